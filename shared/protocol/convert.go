package protocol

import (
	"crypto/sha256"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// FromMutation puts a mutation on the wire.
func FromMutation(s *schema.Schema, m record.Mutation) Mutation {
	out := Mutation{
		Op: m.Op, Index: m.Group.Index, Size: m.Group.Size, Network: m.Key.Network, Collection: m.Key.Collection, ID: m.Key.ID,
		Kind: m.Kind, Base: m.Base, Edited: m.Edited, Offset: m.Offset, Apart: m.Apart, Given: m.Given,
	}
	if m.Group.Size > 0 {
		out.Group = append([]byte(nil), m.Group.ID[:]...)
	}
	if c, ok := s.CollectionByNumber(m.Key.Collection); ok {
		out.Changes = record.EncodeChanges(c, m.Changes)
	}
	return out
}

// Mutation takes a mutation off the wire, or fails with fault.BadFrame, or fault.UnknownCollection for one that this
// build does not have.
func (w Mutation) Mutation(s *schema.Schema) (record.Mutation, error) {
	m := record.Mutation{
		Op: w.Op, Key: record.Key{Network: w.Network, Collection: w.Collection, ID: w.ID},
		Kind: w.Kind, Base: w.Base, Edited: w.Edited, Offset: w.Offset, Apart: w.Apart, Given: w.Given,
	}
	if w.Size > 0 {
		if len(w.Group) != len(m.Group.ID) {
			return m, fault.New(fault.BadFrame)
		}
		m.Group = record.Group{ID: record.OpID(w.Group), Index: w.Index, Size: w.Size}
	}
	c, ok := s.CollectionByNumber(w.Collection)
	if !ok {
		return m, fault.New(fault.UnknownCollection, "collection", "?")
	}
	changes, err := record.DecodeChanges(c, w.Changes)
	if err != nil {
		return m, fault.Wrap(err, fault.BadFrame)
	}
	m.Changes = changes
	return m, nil
}

// Fingerprint tells whether two mutations of one op id are the same: a hash of the elements that mutations have had from
// the beginning, so that one sent again over a newer build is recognized.
func Fingerprint(s *schema.Schema, m record.Mutation) []byte {
	b := Canonical(FromMutation(s, m))
	b[0] -= laterFlags // the array is so much shorter: each of them is one byte at its end
	sum := sha256.Sum256(b[:len(b)-laterFlags])
	return sum[:16]
}

// laterFlags is how many flags mutations got after they had been in use: Apart and Given.
const laterFlags = 2

// FromVerdict puts a verdict on the wire.
func FromVerdict(v record.Verdict) Verdict {
	return Verdict{Op: v.Op, Status: v.Status, Version: v.Version, Seq: v.Seq, Code: v.Code, Args: v.Args}
}

// Verdict takes a verdict off the wire.
func (w Verdict) Verdict() record.Verdict {
	return record.Verdict{Op: w.Op, Status: w.Status, Version: w.Version, Seq: w.Seq, Code: w.Code, Args: w.Args}
}

// FromEntry puts a history entry on the wire. Without sensitive fields when the class is PublicOnly; ok is false when
// nothing of it may be seen.
func FromEntry(s *schema.Schema, e record.Entry, class record.Class) (w Entry, ok bool) {
	c, known := s.CollectionByNumber(e.Collection)
	if !known || (class == record.PublicOnly && c.Sensitive) {
		return Entry{}, false
	}
	changes := e.Changes
	if class == record.PublicOnly {
		changes = nil
		for _, ch := range e.Changes {
			if ch.Field == record.DeletedField || !c.IsSensitive(ch.Field) {
				changes = append(changes, ch)
			}
		}
	}
	return Entry{
		Collection: e.Collection, ID: e.ID, Seq: e.Seq, Version: e.Version, Op: e.Op, Kind: e.Kind, Status: e.Status,
		Device: e.Device, User: e.User, Name: e.Name, At: e.At, Edited: e.Edited, Changes: record.EncodeChanges(c, changes),
	}, true
}

// Entry takes a history entry off the wire; ok is false for a collection this build does not have.
func (w Entry) Entry(s *schema.Schema, network string) (e record.Entry, ok bool, err error) {
	c, known := s.CollectionByNumber(w.Collection)
	if !known {
		return e, false, nil
	}
	changes, err := record.DecodeChanges(c, w.Changes)
	if err != nil {
		return e, false, fault.Wrap(err, fault.BadFrame)
	}
	return record.Entry{
		Key: record.Key{Network: network, Collection: w.Collection, ID: w.ID}, Seq: w.Seq, Version: w.Version, Op: w.Op,
		Kind: w.Kind, Status: w.Status, Device: w.Device, User: w.User, Name: w.Name, At: w.At, Edited: w.Edited, Changes: changes,
	}, true, nil
}

// Record takes a record off the wire; ok is false for a collection this build does not have.
func (w Record) Record(s *schema.Schema, network string) (r *record.Record, ok bool, err error) {
	c, known := s.CollectionByNumber(w.Collection)
	if !known {
		return nil, false, nil
	}
	r, err = record.DecodeBody(c, record.Key{Network: network, Collection: w.Collection, ID: w.ID}, w.Body)
	if err != nil {
		return nil, false, fault.Wrap(err, fault.BadFrame)
	}
	r.Seq = w.Seq
	return r, true, nil
}
