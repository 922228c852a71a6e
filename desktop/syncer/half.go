package syncer

import "acopio/shared/protocol"

// half is the beginning of a page's frame, kept from a line that broke to the next: see protocol.Pull's Hold.
type half struct {
	pull  protocol.Pull // the question
	begun []byte
}

// Broken takes what had come of a frame when the line broke. It is the last call of a conversation, after what had
// come whole was taken.
func (c *Conversation) Broken(begun []byte) {
	n := c.awaited()
	if n == nil || len(begun) == 0 {
		return
	}
	switch h := c.half; {
	case protocol.Type(begun[0]) == protocol.TypePage: // or one of the live ones: then the server sends the page it was asked for
		c.half = &half{pull: n.asking, begun: begun}
	case protocol.Type(begun[0]) == protocol.TypeRest && h != nil && h.pull.Network == n.code:
		h.begun = protocol.Continue(h.begun, begun)
	}
}

// awaited is the network whose page comes next: the server answers in order.
func (c *Conversation) awaited() (next *network) {
	for _, n := range c.inOrder() {
		if n.pulling && (next == nil || n.asked.Before(next.asked)) {
			next = n
		}
	}
	return next
}

// resume is the question for a network's next page: the one that was half answered, if there is one.
func (c *Conversation) resume(n *network) protocol.Pull {
	h := c.half
	if h == nil || h.pull.Network != n.code || h.pull.After != n.at || (h.pull.First > 0) == n.complete {
		return n.asking
	}
	n.asking, n.want = h.pull, int(h.pull.MaxBytes)
	if !n.complete {
		n.first = h.pull.First // the filling goes on that began then
	}
	return h.pull.Hold(h.begun)
}

// rest takes what was missing of a page.
func (c *Conversation) rest(frame []byte) error {
	if c.half == nil {
		return nil // the page came another way meanwhile
	}
	whole := protocol.Continue(c.half.begun, frame)
	c.half = nil
	_, payload, err := protocol.Split(whole)
	if err != nil {
		return err
	}
	return c.page(payload, len(frame))
}

// whole forgets the half that a network's page has replaced.
func (c *Conversation) whole(n *network) {
	if c.half != nil && c.half.pull.Network == n.code {
		c.half = nil
	}
}
