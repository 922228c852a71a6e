package record

import (
	"bytes"
	"testing"
	"time"
)

type stopped struct{ at time.Time }

func (s *stopped) Now() time.Time { return s.at }

type counting struct{ n byte }

func (c *counting) Read(b []byte) (int, error) {
	for i := range b {
		c.n++
		b[i] = c.n
	}
	return len(b), nil
}

// Ids of one source ascend, whatever its clock does within reason, and the same clock and chance give the same ids.
func TestASourceThatIsOwned(t *testing.T) {
	clock := &stopped{time.UnixMilli(1767268800000)}
	a, b := NewSource(clock, &counting{}), NewSource(clock, &counting{})
	var last ID
	for i := range 10_000 {
		switch i % 1000 {
		case 500:
			clock.at = clock.at.Add(3 * time.Millisecond)
		case 700:
			clock.at = clock.at.Add(-2 * time.Millisecond)
		}
		id := a.ID()
		if bytes.Compare(id[:], last[:]) <= 0 {
			t.Fatalf("%s after %s", id, last)
		}
		if parsed, err := ParseID(id.String()); err != nil || parsed != id || id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Fatalf("%s is no UUIDv7: %v", id, err)
		}
		if other := b.ID(); other != id {
			t.Fatalf("%s and %s from the same chance", id, other)
		}
		last = id
	}
	// A clock that was years ahead does not hold its ids there.
	clock.at = clock.at.Add(-365 * 24 * time.Hour)
	id, _ := a.ID(), b.ID()
	if bytes.Compare(id[:6], last[:6]) >= 0 {
		t.Errorf("%s after %s, a year earlier", id, last)
	}
	var none *Source
	id1, id2, op1, op2 := none.ID(), none.ID(), none.Op(), none.Op()
	if id1 == id2 || op1 == op2 || a.Op() != b.Op() {
		t.Error("op ids")
	}
}
