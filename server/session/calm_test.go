package session

import "testing"

func TestMemoryIsGivenBackWhenACrowdHasSettled(t *testing.T) {
	var c calm
	for minute, step := range []struct {
		connections int
		due         bool
	}{
		{0, false}, {30, false}, {4000, false}, {9000, false}, {9990, false}, {10_000, true}, // they came, and are here
		{10_010, false}, {9_990, false}, {9_700, false}, {9_690, false}, // as always
		{300, false}, {310, true}, {300, false}, // they went
		{900, false}, {300, false}, {301, false}, // some came, and went again
	} {
		if got := c.due(step.connections); got != step.due {
			t.Errorf("minute %d, %d connections: %v", minute, step.connections, got)
		}
	}
}
