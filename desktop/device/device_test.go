package device

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/zalando/go-keyring"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/schema"
)

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// only demands that a folder has these files and nothing else.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder has %v, want %v", got, want)
	}
}

func TestState(t *testing.T) {
	dir := t.TempDir()
	if s, err := Load(dir); err != nil || s.Enrolled() {
		t.Errorf("%+v %v", s, err)
	}
	want := State{
		Server: "https://acopio.example", ID: "x", Number: 1001, Name: "laptop", Email: "a@b.c", UserName: "Ana", Role: schema.FieldStaff,
		Epoch: []byte{1, 2}, Offset: -5, CA: "PEM", Revoked: true, LastSuccess: 7, LastAttempt: 8,
		LastError: &LastError{Code: fault.ServerRefused, Args: map[string]string{"a": "b"}},
	}
	for range 2 {
		if err := Save(dir, want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(dir)
	if err != nil || !reflect.DeepEqual(got, want) || !got.Enrolled() {
		t.Errorf("%+v %v", got, err)
	}
	if m := mode(t, filepath.Join(dir, stateFile)); m != 0o600 {
		t.Errorf("mode %o", m)
	}
	only(t, dir, stateFile)
}

func TestDamagedState(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, stateFile), []byte(`{"server":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); !fault.Is(err, fault.ReplicaCorrupt) {
		t.Errorf("%v", err)
	}
}

func TestStateWhereNothingCanBeWritten(t *testing.T) {
	if err := Save(filepath.Join(t.TempDir(), "missing"), State{}); !fault.Is(err, fault.DiskReadOnly) {
		t.Errorf("%v", err)
	}
}

func TestTheLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if m := mode(t, dir); m != 0o700 {
		t.Errorf("mode %o", m)
	}
	if _, err := Lock(dir); !fault.Is(err, fault.ReplicaInUse) {
		t.Errorf("a second program: %v", err)
	}
	release()
	again, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	again()
	if _, err := Lock(filepath.Join(dir, lockFile)); !fault.Is(err, fault.DiskReadOnly) {
		t.Errorf("a file for a folder: %v", err)
	}
}

func TestTheTokenInAFile(t *testing.T) {
	t.Setenv("ACOPIO_KEYRING", "off")
	dir := t.TempDir()
	if _, err := Token(dir); !fault.Is(err, fault.NotEnrolled) {
		t.Errorf("%v", err)
	}
	var logged strings.Builder
	for _, token := range []string{"secret one", "secret two"} {
		if err := PutToken(dir, token, zerolog.New(&logged)); err != nil {
			t.Fatal(err)
		}
		if got, err := Token(dir); err != nil || got != token {
			t.Errorf("%q %v", got, err)
		}
	}
	if m := mode(t, filepath.Join(dir, tokenFile)); m != 0o600 {
		t.Errorf("mode %o", m)
	}
	only(t, dir, tokenFile)
	if strings.Contains(logged.String(), "secret") {
		t.Error("the token is in the log")
	}
}

func TestTheTokenInTheKeychain(t *testing.T) {
	keyring.MockInit()
	t.Setenv("ACOPIO_KEYRING", "")
	dir, other := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, tokenFile), []byte("of an earlier enrollment"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := PutToken(dir, "secret", zerolog.Nop()); err != nil {
		t.Fatal(err)
	}
	only(t, dir)
	if got, err := Token(dir); err != nil || got != "secret" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := Token(other); !fault.Is(err, fault.NotEnrolled) {
		t.Errorf("another folder's: %v", err)
	}
}

func TestAKeychainThatDoesNotWork(t *testing.T) {
	keyring.MockInitWithError(os.ErrPermission)
	t.Cleanup(keyring.MockInit)
	t.Setenv("ACOPIO_KEYRING", "")
	dir := t.TempDir()
	if err := PutToken(dir, "secret", zerolog.Nop()); err != nil {
		t.Fatal(err)
	}
	if got, err := Token(dir); err != nil || got != "secret" || mode(t, filepath.Join(dir, tokenFile)) != 0o600 {
		t.Errorf("%q %v", got, err)
	}
}

func TestAddressesAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"acopio.example":           "https://acopio.example",
		" https://acopio.example/": "https://acopio.example",
		"acopio.example:8470":      "https://acopio.example:8470",
		"http://127.0.0.1:8470":    "http://127.0.0.1:8470",
		"HTTPS://Acopio.example":   "HTTPS://Acopio.example",
		"":                         "",
		"https://":                 "",
		"ftp://acopio.example":     "",
		"acopio.example/office":    "",
		"acopio.example?x=1":       "",
		"ac opio":                  "",
		"https://[::1":             "",
	} {
		got, err := BaseURL(typed)
		if want == "" {
			if !fault.Is(err, fault.BadURL) {
				t.Errorf("%q: %q %v", typed, got, err)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", typed, got, err, want)
		}
	}
}

type fixedClock struct{}

func (fixedClock) Now() time.Time { return time.UnixMilli(1767268800000).UTC() }

func TestEnroll(t *testing.T) {
	var asked map[string]string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(protocol.Header, "1")
		if r.URL.Path != protocol.EnrollPath || r.Method != http.MethodPost || r.Header.Get("X-Acopio") == "" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		if asked["code"] != "GOOD" {
			w.WriteHeader(422)
			_, _ = w.Write([]byte(`{"code":"code_used"}`))
			return
		}
		_, _ = w.Write([]byte(`{"device":{"id":"d","number":1001,"name":"mine"},"token":"secret","user":{"name":"Ana","email":"a@b.c","role":"field"},"server_time":1767268805000,"key":"AQI="}`))
	}))
	defer s.Close()
	state, token, err := Enroll(t.Context(), s.URL+"/", "GOOD", "mine", "", fixedClock{})
	want := State{Server: s.URL, ID: "d", Number: 1001, Name: "mine", Email: "a@b.c", UserName: "Ana", Role: schema.FieldStaff, Offset: clock.Millis(5000), Key: []byte{1, 2}}
	if err != nil || token != "secret" || !reflect.DeepEqual(state, want) {
		t.Errorf("%+v %q %v", state, token, err)
	}
	if asked["name"] != "mine" || asked["platform"] == "" || asked["version"] == "" {
		t.Errorf("it said %v", asked)
	}
	if _, _, err := Enroll(t.Context(), s.URL, "BAD", "mine", "", fixedClock{}); !fault.Is(err, fault.CodeUsed) {
		t.Errorf("%v", err)
	}
	if _, _, err := Enroll(t.Context(), "", "GOOD", "mine", "", fixedClock{}); !fault.Is(err, fault.BadURL) {
		t.Errorf("%v", err)
	}
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	defer portal.Close()
	if _, _, err := Enroll(t.Context(), portal.URL, "GOOD", "mine", "", fixedClock{}); !fault.Is(err, fault.ServerNotAcopio) {
		t.Errorf("%v", err)
	}
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(protocol.Header, "1")
		_, _ = w.Write([]byte(`{}`))
	}))
	defer empty.Close()
	if _, _, err := Enroll(t.Context(), empty.URL, "GOOD", "mine", "", fixedClock{}); !fault.Is(err, fault.ServerNotAcopio) {
		t.Errorf("an answer without a token: %v", err)
	}
}

func TestDefaultDataDir(t *testing.T) {
	t.Setenv("ACOPIO_DATA", "/somewhere")
	if dir, err := DefaultDataDir(); err != nil || dir != "/somewhere" {
		t.Errorf("%q %v", dir, err)
	}
	t.Setenv("ACOPIO_DATA", "")
	t.Setenv("HOME", "/home/ana")
	t.Setenv("XDG_CONFIG_HOME", "")
	if dir, err := DefaultDataDir(); err != nil || filepath.Base(dir) != "acopio" {
		t.Errorf("%q %v", dir, err)
	}
}
