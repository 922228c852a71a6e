package device

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// onDisk is what a program that starts now would find.
func onDisk(t *testing.T, dir string) State {
	t.Helper()
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keep(t *testing.T, k *Keeper, change func(*State)) {
	t.Helper()
	if err := k.Update(change); err != nil {
		t.Fatal(err)
	}
}

func TestTheKeeperWritesAtOnceWhatMatters(t *testing.T) {
	at := int64(1767268800000)
	for name, change := range map[string]func(*State){
		"identity": func(s *State) { s.ID, s.Number = "other", 7 },
		"role":     func(s *State) { s.Role = "viewer" },
		"revoked":  func(s *State) { s.Revoked = true },
		"epoch":    func(s *State) { s.Epoch = []byte{9} },
		"lease":    func(s *State) { s.Lease = 3 },
		"offset":   func(s *State) { s.Offset += 60_000 },
		"failure":  func(s *State) { s.Tried(s.LastAttempt+1, &LastError{Code: fault.ServerRefused}) },
		"a minute": func(s *State) { s.InContact(s.Contact + keepEvery) },
		"put back": func(s *State) { s.Look(s.Seen - 3*keepEvery) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			k, err := Keep(dir)
			if err != nil {
				t.Fatal(err)
			}
			keep(t, k, func(s *State) {
				s.Server, s.ID = "https://acopio.example", "one"
				s.InContact(clock.Millis(at))
				s.Tried(clock.Millis(at), nil)
			})
			keep(t, k, change)
			if got := onDisk(t, dir); !reflect.DeepEqual(got, k.State()) {
				t.Errorf("on disk %+v, in memory %+v", got, k.State())
			}
		})
	}
}

func TestTheKeeperWritesTimesNowAndThen(t *testing.T) {
	dir := t.TempDir()
	k, err := Keep(dir)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, k, func(s *State) { s.Server = "https://acopio.example"; s.Tried(1, nil) })
	for i := range 59 {
		keep(t, k, func(s *State) { s.Tried(clock.Millis(int64(i)*1000+2), nil); s.Offset = clock.Millis(int64(i)) })
	}
	if got := onDisk(t, dir); got.LastSuccess != 1 || got.Attempts[0].Times != 1 {
		t.Errorf("written within the minute: %+v", got)
	}
	if got := k.State(); got.Attempts[0].Times != 60 || got.Offset != 58 {
		t.Errorf("in memory %+v", got)
	}
	keep(t, k, func(s *State) { s.Tried(keepEvery+1, nil) })
	if got := onDisk(t, dir); got.LastSuccess != keepEvery+1 || got.Attempts[0].Times != 61 {
		t.Errorf("not written after a minute: %+v", got)
	}
	keep(t, k, func(s *State) { s.Tried(keepEvery+2, nil) })
	if err := k.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := onDisk(t, dir); got.LastSuccess != keepEvery+2 {
		t.Errorf("not flushed: %+v", got)
	}
}

func TestTheKeeperOfAFolderThatIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	k, err := Keep(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	change := func(s *State) { s.Server = "https://acopio.example" }
	if err := k.Update(change); !fault.Is(err, fault.DiskReadOnly) {
		t.Errorf("%v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	keep(t, k, func(*State) {}) // what was not written then is written now
	if got := onDisk(t, dir); !got.Enrolled() {
		t.Errorf("%+v", got)
	}
}
