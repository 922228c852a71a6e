package syncer

import (
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// sendWaiting pushes the next batches of the outbox, as many as may be under way, and tells the server how much is left.
// The server answers them in order, and takes none after one that it fails on.
func (c *Conversation) sendWaiting() error {
	for len(c.pushing) < pushesAhead && !c.anyRestored() && !c.anyRepaired() {
		batch, err := c.Outbox.Next(c.ctx, c.pushed, pushCount, c.pushWant)
		if err != nil {
			return err
		}
		if len(batch.Mutations) == 0 {
			break
		}
		c.pushing, c.pushed = append(c.pushing, c.Clock.Now()), batch.Last
		c.say(protocol.TypePush, protocol.Push{Mutations: batch.Mutations})
		c.note(func(p *Progress) { p.Settled = false })
	}
	if len(c.pushing) > 0 {
		return nil
	}
	return c.report()
}

// anyRestored reports whether something may have to be given back ahead of what waits.
func (c *Conversation) anyRestored() bool {
	for _, n := range c.networks {
		if n.restored {
			return true
		}
	}
	return false
}

// anyRepaired reports whether records are being repaired that edits may be based on.
func (c *Conversation) anyRepaired() bool {
	for _, n := range c.networks {
		if n.repair != nil {
			return true
		}
	}
	return false
}

// report tells the server how many edits are still here, when that has changed.
func (c *Conversation) report() error {
	counts, err := c.Outbox.Counts(c.ctx)
	if err != nil {
		return err
	}
	if counts.Waiting != c.reported {
		c.reported = counts.Waiting
		c.say(protocol.TypeReport, protocol.Report{Pending: uint32(counts.Waiting)})
	}
	return nil
}

// acked takes the verdicts of the oldest push under way.
func (c *Conversation) acked(payload []byte) error {
	ack, err := protocol.Decode[protocol.Ack](payload)
	if err != nil {
		return err
	}
	if len(c.pushing) == 0 {
		return fault.New(fault.BadFrame)
	}
	c.pushWant = pushPace.next(c.pushWant, c.Clock.Now().Sub(c.pushing[0]))
	c.pushing = c.pushing[1:]
	verdicts := make([]record.Verdict, len(ack.Verdicts))
	for i, v := range ack.Verdicts {
		verdicts[i] = v.Verdict()
		if v.Status == record.Rejected {
			c.Log.Info().Str("code", string(v.Code)).Msg("the server did not accept an edit")
		}
	}
	if err := c.Outbox.Settle(verdicts); err != nil {
		return err
	}
	c.note(func(p *Progress) { p.Sent += len(verdicts) })
	return nil
}

// settled reports whether both sides have everything.
func (c *Conversation) settled() (bool, error) {
	if len(c.pushing) > 0 {
		return false, nil
	}
	for _, n := range c.networks {
		if n.pulling || n.repair != nil || !n.complete || n.at < n.head || len(n.staged) > 0 {
			return false, nil
		}
	}
	counts, err := c.Outbox.Counts(c.ctx)
	return err == nil && counts.Waiting == 0, err
}
