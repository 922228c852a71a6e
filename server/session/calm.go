package session

import (
	"runtime/debug"
	"time"
)

// Bounds of what is given back.
const (
	calmEvery = time.Minute
	// calmCrowd is by how many connections there must be more, or fewer, for it to pay.
	calmCrowd = 500
)

// calm tells when a crowd has come or gone and nobody comes any more: what opening thousands of connections took is then
// twice what they need, and the runtime keeps it for the next thousands.
type calm struct {
	before int // connections a minute ago
	given  int // when memory was given back last
}

// due is told, once a minute, how many connections there are.
func (c *calm) due(now int) bool {
	moved := distance(now, c.before)
	c.before = now
	if moved > calmCrowd/10 || distance(now, c.given) < calmCrowd {
		return false
	}
	c.given = now
	return true
}

func distance(a, b int) int { return max(a-b, b-a) }

// giveBack returns memory to the system whenever a crowd has settled.
func (l *Listener) giveBack() {
	tick := time.NewTicker(calmEvery)
	defer tick.Stop()
	var c calm
	for {
		select {
		case <-tick.C:
			if c.due(l.Count()) {
				debug.FreeOSMemory()
			}
		case <-l.ctx.Done():
			return
		}
	}
}
