package session

import (
	"bytes"

	"acopio/server/auth"
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// recognize tells a laptop from a copy of it by the ticket it shows. A copy is given an identity of its own, with which it
// comes again: the conversation is over. The laptop's earlier conversations are ended before anything else is said, so
// that two copies never speak under one number at the same time.
func (t *Talk) recognize(h protocol.Hello, p auth.Principal) (copied bool, err error) {
	if !h.Keeps {
		return false, nil // of a build that knows no tickets
	}
	t.shown = h.Ticket
	show := func() error {
		t.next, copied, err = t.Accounts.Show(t.ctx, p.Device.ID, t.Feed.Epoch(), h.Ticket)
		return err
	}
	if err := show(); err != nil {
		return false, err
	}
	if !copied && t.Alone != nil {
		if err := t.Alone(t); err != nil {
			return false, err
		}
		// Shown again: what an earlier conversation was about to keep, it has kept now.
		if err := show(); err != nil {
			return false, err
		}
	}
	if copied {
		return true, t.renew()
	}
	return false, nil
}

// terms adds to a welcome what a laptop of today needs: its ticket, its name, and what the office expects of it. known is
// the hello's sum of what it was told before.
func (t *Talk) terms(w *protocol.Welcome, p auth.Principal, known []byte) error {
	days, err := t.Accounts.Lease(t.ctx)
	if err != nil {
		return err
	}
	w.Ticket, w.DeviceID, w.DeviceName, w.Lease, w.Key = t.next, p.Device.ID, p.Device.Name, uint32(days), t.Accounts.PublicKey() //nolint:gosec // a few thousand at most
	if w.Same = bytes.Equal(w.Terms().Sum(), known); w.Same {
		w.SetTerms(protocol.Terms{})
	}
	if t.next == nil {
		return nil
	}
	last, err := t.Feed.Last(t.ctx, p.Device.Number)
	if err == nil && !last.IsZero() {
		w.Last = last[:]
	}
	return err
}

// keep takes the laptop's word that its ticket is on its disk: from here on it may push. Or it says that somebody else
// used its number, which it then gives up.
func (t *Talk) keep(payload []byte) error {
	k, err := protocol.Decode[protocol.Keep](payload)
	if err != nil {
		return err
	}
	if k.Renew {
		return t.renew()
	}
	if t.next == nil || !bytes.Equal(k.Ticket, t.next) {
		return fault.New(fault.BadFrame)
	}
	if err := t.Accounts.Keep(t.ctx, t.who().Device.ID, t.Feed.Epoch(), t.shown, k.Ticket); err != nil {
		return err
	}
	t.kept = true
	return nil
}

// renew gives the laptop another identity. It hangs up when it has it.
func (t *Talk) renew() error {
	e, err := t.Accounts.Renew(t.ctx, t.who().Device.ID)
	if err != nil {
		return err
	}
	t.over = true
	return t.say(protocol.TypeIdentity, protocol.Identity{ID: e.Device.ID, Number: e.Device.Number, Name: e.Device.Name, Token: e.Token})
}
