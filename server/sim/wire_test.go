package sim

import (
	"time"

	"acopio/desktop/syncer"
	"acopio/server/auth"
	"acopio/server/session"
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// way is the way from a machine to the server, as it is now.
type way struct {
	down  bool
	delay time.Duration
	queue int // frames that the server holds for it
	left  int // frames until it breaks; 0 for never
}

// wire is one connection. Frames of one direction arrive in order, after a while, or not at all.
type wire struct {
	w    *world
	m    *machine
	conv *syncer.Conversation // nil once the machine's end is gone
	talk *session.Talk        // nil once the server's end is gone
	who  auth.Principal       // as the server let it in

	up, downAt time.Time // when the last frame of a direction arrives
	waiting    int       // frames on their way to the machine
	behind     bool
	lingering  int // frames that still reach the server after the machine is gone; -1 while it is there
}

// toServer puts a frame of the machine on the wire.
func (c *wire) toServer(frame []byte) {
	c.up = later(c.up, c.w.now.Add(c.m.way.delay+c.w.some(30*time.Millisecond)))
	c.m.counted(frame)
	c.w.at(c.up, func() {
		if c.talk == nil || c.lingering == 0 {
			return
		}
		if c.lingering > 0 {
			c.lingering--
		}
		c.w.note("%s> %x", c.m.name, frame)
		if c.m.wears() {
			c.cut()
			if c.w.chances(50) {
				c.lingering = 0 // what is behind a part that is missing does not arrive either
				return
			}
		}
		if err := c.talk.Take(frame); err != nil {
			c.sendAway(err)
		}
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Send implements session.Line.
func (c *wire) Send(frame []byte) error {
	c.toMachine(frame)
	return nil
}

// Offer implements session.Line, with a queue that is soon full.
func (c *wire) Offer(frame []byte) bool {
	if c.waiting >= c.m.way.queue {
		c.behind = true
		return false
	}
	c.toMachine(frame)
	return true
}

func (c *wire) toMachine(frame []byte) {
	c.w.ledger.sent(c, frame)
	c.m.counted(frame)
	c.waiting++
	c.downAt = later(c.downAt, c.w.now.Add(c.m.way.delay+c.w.some(30*time.Millisecond)))
	c.w.at(c.downAt, func() { c.arrive(frame) })
}

func (c *wire) arrive(frame []byte) {
	c.waiting--
	if c.waiting == 0 && c.behind && c.talk != nil {
		c.behind = false
		c.talk.PokeAll()
	}
	if c.conv == nil {
		return
	}
	c.w.note("%s< %x", c.m.name, frame)
	if c.m.wears() {
		c.conv.Broken(frame[:len(frame)/2])
		c.cut()
		return
	}
	err := c.conv.Take(frame)
	c.m.work(err)
}

// wears counts a frame on a way that is about to break.
func (m *machine) wears() bool {
	if m.way.left == 0 {
		return false
	}
	m.way.left--
	return m.way.left == 0
}

// cut breaks the connection. The server notices late, and may still get some of what was under way.
func (c *wire) cut() {
	if c.conv == nil {
		return
	}
	c.lingering = c.w.rng.IntN(4)
	c.machineGone(fault.New(fault.ServerReset))
	c.w.after(c.w.some(90*time.Second), c.forget)
}

// machineGone takes the machine's end away.
func (c *wire) machineGone(cause error) {
	if c.conv == nil {
		return
	}
	c.conv = nil
	c.m.over(c, cause)
}

// forget takes the server's end away.
func (c *wire) forget() {
	if c.talk == nil {
		return
	}
	c.talk.Leave()
	c.talk = nil
	o := c.w.office
	for i, other := range o.wires {
		if other == c {
			o.wires = append(o.wires[:i:i], o.wires[i+1:]...)
			break
		}
	}
}

// sendAway ends the server's side, with its reason as the last frame.
func (c *wire) sendAway(cause error) {
	if c.talk == nil {
		return
	}
	if f := fault.Of(cause); f.Code != fault.Internal {
		c.toMachine(protocol.Encode(protocol.TypeGoodbye, protocol.Goodbye{Code: f.Code, Args: f.Args}))
	} else {
		c.w.fail("the server failed: %v", cause)
	}
	c.forget()
	c.w.at(c.downAt.Add(time.Millisecond), func() { c.machineGone(fault.New(fault.ServerReset)) })
}

// serverGone is the death of the server's process.
func (c *wire) serverGone() {
	c.talk = nil
	c.w.after(c.m.way.delay, func() { c.machineGone(fault.New(fault.ServerReset)) })
}
