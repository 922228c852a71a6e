package api

import (
	"strings"
	"testing"
	"time"
)

// SetKeepAlive shortens the silence of streams for a test.
func SetKeepAlive(t *testing.T, d time.Duration) { set(t, &keepAlive, d) }

// SetReplicaCheck makes a rebuilt replica be noticed sooner.
func SetReplicaCheck(t *testing.T, d time.Duration) { set(t, &replicaCheckInterval, d) }

func set(t *testing.T, v *time.Duration, d time.Duration) {
	before := *v
	*v = d
	t.Cleanup(func() { *v = before })
}

// What is counted is what stands outside of texts, however they are quoted.
func TestAMillionValuesAreNotDecoded(t *testing.T) {
	for text, want := range map[string][2]int{
		`{"a":[1,2,{"b":"{,[\""}]}`: {2, 3}, `"\\",{`: {1, 1}, `"{`: {0, 0}, `"a\`: {0, 0}, ``: {0, 0},
	} {
		if objects, values := count([]byte(text)); objects != want[0] || values != want[1] {
			t.Errorf("%s: %d, %d", text, objects, values)
		}
	}
	var into any
	for _, part := range []string{"{},", `"",`} {
		if err := decode([]byte("["+strings.Repeat(part, 1_000_000)+"1]"), &into); err == nil || into != nil {
			t.Errorf("%s: %v", part, err)
		}
		if err := decode([]byte("["+strings.Repeat(part, 20_000)+"1]"), &into); err != nil {
			t.Error(err)
		}
		into = nil
	}
}

// TestWhatWasDoneLast: an edit of a record that nobody has changed before waits in the record's first version.
func TestWhatWasDoneLast(t *testing.T) {
	for want, rows := range map[string][]Row{
		"create": {{State: "clean", Version: 1}, {State: "pending"}, {State: "rejected"}},
		"update": {{State: "pending", Version: 1}, {State: "rejected", Version: 1}, {State: "clean", Version: 2}, {State: "conflict", Version: 2}},
		"delete": {{State: "clean", Version: 2, Deleted: true}, {State: "pending", Version: 1, Deleted: true}},
	} {
		for _, r := range rows {
			if got := kindOf(r); got != want {
				t.Errorf("%s in version %d, deleted %v: got %s, want %s", r.State, r.Version, r.Deleted, got, want)
			}
		}
	}
}
