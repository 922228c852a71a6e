package syncer

import (
	"bytes"

	"acopio/desktop/device"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// own reports whether this replica knows what the server last judged under this device's number. If it does not, another
// copy of these files has used the number, and every edit based on what that copy changed would pass for its own.
// A server that went back in time says nothing of that.
func (c *Conversation) own(w protocol.Welcome) (bool, error) {
	epoch := c.Device().Epoch
	if len(w.Last) != len(record.OpID{}) || (len(epoch) > 0 && !bytes.Equal(epoch, w.Epoch)) {
		return true, nil
	}
	return c.Outbox.Knows(record.OpID(w.Last))
}

// keep puts the ticket of a welcome on the disk and says so: from then on edits may be pushed.
func (c *Conversation) keep(w protocol.Welcome) error {
	if len(w.Ticket) == 0 {
		return nil // of a server that gives none
	}
	if err := c.Outbox.KeepTicket(w.Ticket, w.Last); err != nil {
		return err
	}
	c.say(protocol.TypeKeep, protocol.Keep{Ticket: w.Ticket})
	return nil
}

// renamed takes another identity, durably and before anything is sent under it: first the token, which is all that the
// server goes by; the rest it tells again in its next welcome. What was edited here stays as it is: what the other copy had
// sent already, the server will recognize by the op ids.
func (c *Conversation) renamed(payload []byte) error {
	id, err := protocol.Decode[protocol.Identity](payload)
	if err != nil {
		return err
	}
	if id.Token == "" || id.ID == "" {
		return fault.New(fault.BadFrame)
	}
	if c.PutToken != nil {
		if err := c.PutToken(id.Token); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.token = id.Token
	c.mu.Unlock()
	if err := c.Outbox.ForgetTicket(); err != nil {
		return err
	}
	before := c.Device()
	c.Log.Warn().Uint32("was", before.Number).Uint32("is", id.Number).Msg("these files are a copy of another computer's, or older than its own: this one is another from now on")
	if err := c.Update(func(d *device.State) { d.ID, d.Number, d.Name, d.CopyOf = id.ID, id.Number, id.Name, before.Name }); err != nil {
		return err
	}
	return fault.New(fault.DeviceCopied)
}

// termsOf are the terms as the last welcome said them.
func termsOf(d device.State) protocol.Terms {
	return protocol.Terms{
		Email: d.Email, Name: d.UserName, Role: string(d.Role), DeviceID: d.ID, Device: d.Name, Lease: uint32(d.Lease), Key: d.Key, //nolint:gosec // as it came
	}
}

// contactInterval is how often contact that goes on is noted on the disk.
const contactInterval = clock.Millis(10 * 60 * 1000)

// heard notes that the server, which has let this device in, is still there: the lease counts from the last contact, and a
// connection may last for weeks.
func (s *Syncer) heard() {
	now, last := clock.MillisOf(s.Clock.Now()), s.Device().Contact
	if !s.Progress().Connected || (now >= last && now-last < contactInterval) {
		return
	}
	s.update(func(d *device.State) { d.InContact(now) })
	s.Changed()
}

// terms takes what a welcome says of this device into its state.
func terms(d *device.State, w protocol.Welcome, now clock.Millis) {
	if w.DeviceID != "" {
		d.ID, d.Name = w.DeviceID, w.DeviceName
	}
	if len(d.Key) == 0 {
		d.Key = w.Key // enrolled by a server that had none
	}
	d.Parted = false
	d.Lease = int(w.Lease)
	d.InContact(now)
}
