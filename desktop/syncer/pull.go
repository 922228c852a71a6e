package syncer

import (
	"maps"
	"math"
	"slices"

	"acopio/shared/fault"
	"acopio/shared/ingest"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// arrange compares the networks that the server grants with those in the replica: new ones begin empty, ones no longer
// granted go (those with something unsent once it was handed in), and ones whose log does not agree with ours are fetched anew, with our own edits sent again.
func (c *Conversation) arrange(w protocol.Welcome, states []replica.NetworkState) error {
	have := map[string]replica.NetworkState{}
	for _, n := range states {
		have[n.Code] = n
	}
	epoch := c.Device().Epoch
	replaced := len(epoch) > 0 && string(epoch) != string(w.Epoch)
	var parting leaving
	err := c.Replica.Write(func(tx *replica.Tx) error {
		parting = leaving{}
		for _, g := range w.Grants {
			n, known := have[g.Network]
			delete(have, g.Network)
			switch {
			case !known:
				n = replica.NetworkState{Code: g.Network, Class: g.Class}
				if err := tx.PutNetwork(n); err != nil {
					return err
				}
			case !g.Known:
				c.Log.Warn().Str("network", g.Network).Msg("the server's log is not the one this replica grew from: fetching anew")
				if n.Class == g.Class && n.Complete {
					if err := c.Outbox.Hold(c.ctx, tx, g.Network); err != nil {
						return err
					}
				}
				var err error
				if n, err = c.startOver(tx, g.Network, g.Class, true); err != nil {
					return err
				}
			case missed(n.Seq, 0, g.Swept):
				c.tooOld(g.Network, n.Seq, g.Swept)
				var err error
				if n, err = c.startOver(tx, g.Network, g.Class, replaced); err != nil {
					return err
				}
			case replaced: // by one that has all we had: only what we sent since may be lost
				if err := c.Outbox.Resend(tx, g.Network); err != nil {
					return err
				}
			}
			restored, err := c.Outbox.Holds(tx, g.Network)
			if err != nil {
				return err
			}
			c.networks[g.Network] = &network{
				code: g.Network, class: g.Class, at: n.Seq, head: g.Head, complete: n.Complete, first: firstOf(n.Seq, g.Head), want: pullStart, restored: restored,
			}
		}
		for _, code := range slices.Sorted(maps.Keys(have)) {
			unsent, err := c.Outbox.HasUnsent(tx, code)
			if err != nil {
				return err
			}
			if unsent && len(c.Device().Key) > 0 { // a server that has a key takes errands
				parting.networks = append(parting.networks, code)
				continue
			}
			c.Log.Warn().Str("network", code).Msg("a network is no longer granted: its rows go")
			if err := c.Outbox.Forget(tx, code); err != nil {
				return err
			}
			if err := tx.DropNetwork(code); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(parting.networks) > 0 {
		return parting
	}
	return err
}

// startOver forgets what the server told us of a network, never what people did here.
func (c *Conversation) startOver(tx *replica.Tx, code string, class record.Class, resend bool) (replica.NetworkState, error) {
	if resend {
		if err := c.Outbox.Resend(tx, code); err != nil {
			return replica.NetworkState{}, err
		}
	}
	if err := tx.ResetNetwork(code); err != nil {
		return replica.NetworkState{}, err
	}
	n := replica.NetworkState{Code: code, Class: class}
	return n, tx.PutNetwork(n)
}

// fetchMissing asks for the next page of every network that is behind.
func (c *Conversation) fetchMissing() {
	for _, n := range c.inOrder() {
		if n.pulling || n.repair != nil || (n.complete && n.at >= n.head && (len(n.staged) == 0 || n.ready) && !n.verify) {
			continue
		}
		n.verify = false
		c.pull(n)
		c.note(func(p *Progress) { p.Settled, p.First = false, p.First || !n.complete })
	}
}

// pull asks for the page after what we have.
func (c *Conversation) pull(n *network) {
	n.pulling, n.asked = true, c.Clock.Now()
	n.asking = protocol.Pull{Network: n.code, After: n.at, First: n.filling(), MaxBytes: uint32(n.want), Packed: true}
	c.say(protocol.TypePull, c.resume(n))
}

// firstOf is where the server's head was, at the latest, when the filling of a network began that stands at a seq.
func firstOf(at, head uint64) uint64 {
	if at > 0 {
		return at // begun over an earlier connection: what it was then is not known
	}
	return head
}

// filling is protocol.Pull's First.
func (n *network) filling() uint64 {
	if n.complete {
		return 0
	}
	return n.first
}

// page takes a page, asked for or not. One that does not follow on what we have is dropped: if it is news, the next
// question asks from where we are.
func (c *Conversation) page(payload []byte, size int) error {
	p, err := protocol.Decode[protocol.Page](payload)
	if err != nil {
		return err
	}
	n := c.networks[p.Network]
	if n == nil {
		return nil
	}
	n.head = max(n.head, p.Head)
	if n.pulling && p.From == n.at {
		n.pulling = false
		c.whole(n)
		took := c.Clock.Now().Sub(n.asked)
		n.quick = n.want == pullPace.most && took < quickPage
		if size >= n.want/32 || took >= pullPace.quick { // a short page that comes soon says little of the line
			n.want = pullPace.next(n.want, took)
		}
	}
	if p.From != n.at {
		return nil
	}
	if n.repair != nil {
		return nil // it is asked for again
	}
	if p.To < p.From || (p.To == p.From && !p.Last) {
		return fault.New(fault.BadFrame) // it would be asked for again and again
	}
	if missed(n.at, n.filling(), p.Swept) {
		c.tooOld(n.code, n.at, p.Swept)
		return c.again(n)
	}
	n.at = p.To
	if !n.complete && !p.Last {
		c.pull(n) // the next one travels while this one is written
	}
	if len(n.staged) == 0 {
		n.since = c.Clock.Now()
	}
	n.staged, n.bytes, n.ready = append(n.staged, p), n.bytes+len(payload), p.Last
	if n.bytes >= stagedMost || !n.complete && !n.gathers(p) {
		return c.apply(n)
	}
	return nil
}

// gathers reports whether the pages of a network that is being filled wait for the next one, which is on its way: fewer,
// larger transactions write less. The first page does not, so that there is something to see; nor on a slow line, which
// may break.
func (n *network) gathers(last protocol.Page) bool {
	return !last.Last && last.From > 0 && n.bytes < filledAtOnce && n.quick
}

// applyReady puts pages that end in a checkpoint into the replica. While pushes are under way they wait for a moment: what
// is pushed is answered sooner, and what it changed comes back in fewer, larger transactions.
func (c *Conversation) applyReady() error {
	for _, n := range c.inOrder() {
		held := len(c.pushing) > 0 && n.bytes < heldMost && c.Clock.Now().Sub(n.since) < heldLong
		if !n.ready || held {
			continue
		}
		if err := c.apply(n); err != nil {
			return err
		}
	}
	return nil
}

// apply puts the staged pages into the replica in one transaction, together with the cursor. A network that is being
// filled, or that is further behind than fits in memory, is applied page by page and marked incomplete until its
// checkpoint.
func (c *Conversation) apply(n *network) error {
	last := n.staged[len(n.staged)-1]
	complete := last.Last
	equal, records := true, 0
	for _, p := range n.staged {
		records += ingest.Count(p)
	}
	err := c.Replica.Write(func(tx *replica.Tx) error {
		var done []record.Key
		var err error
		if n.complete && complete { // what comes back with these pages is not pending any more
			if done, err = c.Outbox.Confirm(tx, n.code, last.To); err != nil {
				return err
			}
		}
		for i, p := range n.staged {
			n.staged[i] = protocol.Page{} // it is not needed again: when this fails, the conversation is over
			if err := ingest.Page(tx, c.Replica.Schema(), p, c.Outbox); err != nil {
				return err
			}
		}
		if err := tx.PutNetwork(replica.NetworkState{Code: n.code, Class: n.class, Seq: last.To, Hash: last.Hash, Complete: complete}); err != nil {
			return err
		}
		if !complete {
			return nil
		}
		if !n.complete {
			if err := c.Outbox.Reapply(tx, n.code); err != nil {
				return err
			}
			if err := c.Outbox.GiveBack(tx, n.code, c.Device().Role); err != nil {
				return err
			}
			if done, err = c.Outbox.Confirm(tx, n.code, last.To); err != nil {
				return err
			}
		}
		if err := c.Outbox.Refresh(tx, done); err != nil {
			return err
		}
		if err := n.forget(tx, last.Swept); err != nil {
			return err
		}
		state, err := tx.Network(n.code)
		n.checksum, n.count = last.Checksum, last.Count
		equal = n.proven(state)
		return err
	})
	if err != nil {
		return err
	}
	n.staged, n.bytes, n.ready, n.complete = nil, 0, false, complete
	if complete && n.restored {
		n.restored, c.pushed = false, math.MinInt64 // what is given back comes first
	}
	c.note(func(p *Progress) {
		if p.First {
			p.Fetched += records
			p.ToFetch = max(p.Fetched+int(last.Remaining), p.ToFetch)
			if complete {
				p.ToFetch = p.Fetched
			}
			p.First = !complete || c.anyIncomplete()
		}
	})
	if complete && !equal {
		return c.heal(n)
	}
	return nil
}

func (c *Conversation) anyIncomplete() bool {
	for _, n := range c.networks {
		if !n.complete {
			return true
		}
	}
	return false
}
