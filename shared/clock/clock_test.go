package clock

import (
	"math"
	"testing"
	"time"
)

const now = Millis(1767268800000) // 2026-01-01 12:00 UTC

const year = Millis(365 * 24 * 3600 * 1000)

func TestCorrect(t *testing.T) {
	for name, c := range map[string]struct{ edited, offset, want Millis }{
		"a right clock":                     {now - 5000, 0, now - 5000},
		"a few seconds ahead of the server": {now + 3000, 0, now + 3000},
		"at the edge of what is forgiven":   {now + MaxFutureSkew, 0, now + MaxFutureSkew},
		"beyond it":                         {now + MaxFutureSkew + 1, 0, now},
		"ten years ahead, measured":         {now + 10*year - 5000, -10 * year, now - 5000},
		"ten years behind, measured":        {now - 10*year - 5000, 10 * year, now - 5000},
		"ten years ahead, never measured":   {now + 10*year, 0, now},
		"before the product":                {now - 30*year, 0, earliest},
		"1970":                              {0, 0, earliest},
		"a clock set right after the edit":  {now - 5000, 10 * year, now},
		"the end of numbers":                {math.MaxInt64, 0, now},
		"the beginning of numbers":          {math.MinInt64, 0, earliest},
	} {
		if got := Correct(c.edited, c.offset, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got.Time(), c.want.Time())
		}
	}
}

// No pair of numbers that a hostile device can send makes a time outside of the range.
func TestCorrectStaysInRange(t *testing.T) {
	ends := []Millis{math.MinInt64, math.MinInt64 + 1, -year, -1, 0, 1, earliest, now, year, math.MaxInt64 - 1, math.MaxInt64}
	for _, edited := range ends {
		for _, offset := range ends {
			if got := Correct(edited, offset, now); got < earliest || got > now+MaxFutureSkew {
				t.Errorf("%d corrected by %d is %d", edited, offset, got)
			}
		}
	}
}

func TestMillisAreUTC(t *testing.T) {
	at := time.Date(2026, 1, 1, 7, 0, 0, 123_456_789, time.FixedZone("Lima", -5*3600))
	m := MillisOf(at)
	if m != now+123 || !m.Time().Equal(at.Truncate(time.Millisecond)) || m.Time().Location() != time.UTC {
		t.Errorf("%v", m.Time())
	}
	if (System{}).Now().Location() != time.UTC {
		t.Error("the machine's clock tells another zone's time")
	}
}
