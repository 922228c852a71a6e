package apply

import (
	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/merge"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// retirement is one record giving way to another, with all that follows from it: the edits that its author had not seen,
// what refers to it, and the facts whose ids are made of its own.
type retirement struct {
	c      *schema.Collection
	author Author
	head   *store.Head
	by     record.OpID // the mutation that asks for it
	edited record.Mutation
	depth  int
}

// maxDepth bounds how far facts about facts are followed.
const maxDepth = 8

func (r retirement) stamp(j *sitting, version uint64) record.Stamp {
	return record.Stamp{
		Version: max(version, j.store.Floor()), Device: r.author.Device,
		Edited: clock.Correct(r.edited.Edited, r.edited.Offset, j.now),
	}
}

// op names a change that follows from another one, the same however often it is worked out.
func (r retirement) op(what string, key record.Key) record.OpID {
	return record.OpID(record.DerivedID(what, r.by.String(), key.ID.String()))
}

// retire has one record stand for another. The first at the server wins: it fails with fault.MergedElsewhere for a record
// that was merged into a different one, and has nothing to do when both are one already, whichever way that was done.
func (j *sitting) retire(r retirement, base uint64, into record.Key) (record.Status, uint64, error) {
	key := r.edited.Key
	have, err := j.book.Record(key)
	if err != nil {
		return 0, 0, err
	}
	if have == nil {
		return 0, 0, j.absent(r.c, key)
	}
	root, survivor, err := j.standing(into)
	if err != nil {
		return 0, 0, err
	}
	mine, _, err := j.standing(key)
	switch {
	case err != nil:
		return 0, 0, err
	case mine == root:
		return record.Merged, have.Version, nil
	case mine != key:
		return 0, 0, fault.New(fault.MergedElsewhere, "into", mine.ID.String())
	case survivor == nil && len(r.c.Identity) == 0:
		return 0, 0, fault.New(fault.BrokenReference, "field", "merged_into", "got", into.ID.String())
	}
	return record.Applied, have.Version, r.run(j, base, have, root)
}

// run retires a record that stands for itself into another that does.
func (r retirement) run(j *sitting, base uint64, have *record.Record, root record.Key) error {
	if r.depth++; r.depth > maxDepth {
		return fault.New(fault.Internal)
	}
	var err error
	if len(r.c.Identity) > 0 {
		err = r.pour(j, have, root)
	} else {
		err = r.carry(j, base, have, root)
	}
	if err != nil {
		return err
	}
	if err := r.touch(j, have.Key, root); err != nil {
		return err
	}
	if err := r.close(j, have, have.Clone(), root); err != nil {
		return err
	}
	return r.moveAll(j, have.Key, root)
}

// carry takes over to the survivor what others did to the record and the author had not seen, as though it had come
// after the merge.
func (r retirement) carry(j *sitting, base uint64, have *record.Record, root record.Key) error {
	entries, err := j.book.History(have.Key)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Version <= base || e.Device == r.author.Device || e.Device == Server {
			continue
		}
		m := record.Mutation{
			Op: r.op("carried", record.Key{ID: record.ID(e.Op)}), Key: root, Kind: record.Update, Edited: e.Edited,
			Changes: without(e.Changes, record.DeletedField, schema.MergedInto),
		}
		if _, err := j.redirectReferences(r.c, &m); err != nil {
			return err
		}
		if len(m.Changes) == 0 {
			continue
		}
		by := Author{Device: e.Device, UserName: e.User, DeviceName: e.Name}
		if err := r.land(j, by, m); err != nil {
			return err
		}
	}
	return nil
}

// land merges into the survivor what was meant for the retired record. What would leave the survivor unsound is kept as
// the losing side of a conflict, for a person to decide.
func (r retirement) land(j *sitting, by Author, m record.Mutation) error {
	_, _, err := j.edit(r.c, by, r.head, m, true)
	f := fault.Of(err)
	if err == nil || f.Code.Kind() != fault.Rejected {
		return err
	}
	have, err := j.book.Record(m.Key)
	if err != nil || have == nil {
		return err
	}
	for _, ch := range m.Changes {
		field, ok := r.c.FieldByNumber(ch.Field)
		if !ok || schema.Equal(have.Fields[ch.Field], ch.New) {
			continue
		}
		side := func(v schema.Value) map[string]schema.Value { return map[string]schema.Value{field.Name: v} }
		l := merge.Loser{
			Field: field.Name, MustReview: true, Base: side(ch.Old), Kept: side(have.Fields[ch.Field]), Lost: side(ch.New),
			KeptBy: have.Stamps[ch.Field], LostBy: record.Stamp{Device: by.Device, Edited: m.Edited},
		}
		if err := j.keepLoser(r.c, by, r.head, m, l); err != nil {
			return err
		}
	}
	return nil
}

// pour takes over the whole content of a fact to the same fact about the survivor, which may be there already: then they
// are merged field by field.
func (r retirement) pour(j *sitting, have *record.Record, root record.Key) error {
	if have.Deleted {
		return nil
	}
	m := record.Mutation{Op: r.op("poured", have.Key), Key: root, Kind: record.Create, Edited: have.Updated().Edited}
	for i := range r.c.Fields {
		if n := r.c.Fields[i].Number; n != schema.MergedInto && have.Fields[n] != nil {
			m.Changes = append(m.Changes, record.Change{Field: n, New: have.Fields[n]})
		}
	}
	if _, err := j.redirectReferences(r.c, &m); err != nil {
		return err
	}
	return r.land(j, r.author, m)
}

// touch marks in the survivor that it took in another record: whoever deletes it without having seen that gives way.
func (r retirement) touch(j *sitting, from, root record.Key) error {
	have, err := j.book.Record(root)
	if err != nil || have == nil {
		return err
	}
	if have.Deleted {
		m := record.Mutation{Op: r.op("kept", from), Key: root, Kind: record.Update, Edited: r.edited.Edited, Offset: r.edited.Offset}
		if _, _, err := j.edit(r.c, r.author, r.head, m, true); err != nil {
			return err
		}
		if have, err = j.book.Record(root); err != nil {
			return err
		}
	}
	next := have.Clone()
	stamp := r.stamp(j, have.Version+1)
	next.Version, next.Stamps[schema.MergedInto] = stamp.Version, stamp
	j.put(r.c, r.author, r.head, have, next, record.Entry{
		Op: r.op("took in", from), Kind: record.Update, Status: record.Applied, Edited: stamp.Edited,
		Changes: []record.Change{{Field: schema.MergedInto, Old: from.ID.String()}},
	})
	return nil
}

// close makes a record a tombstone that points to its survivor.
func (r retirement) close(j *sitting, have, next *record.Record, root record.Key) error {
	stamp := r.stamp(j, next.Version+1)
	e := record.Entry{Op: r.by, Kind: record.Delete, Status: record.Applied, Edited: stamp.Edited}
	if r.depth > 1 || r.edited.Key != next.Key {
		e.Op = r.op("retired", next.Key)
	}
	e.Changes = []record.Change{
		{Field: record.DeletedField, Old: next.Deleted, New: true},
		{Field: schema.MergedInto, Old: next.Fields[schema.MergedInto], New: root.ID.String()},
	}
	next.Version, next.Deleted = stamp.Version, true
	next.Set(schema.MergedInto, root.ID.String())
	next.Stamps[record.DeletedField], next.Stamps[schema.MergedInto] = stamp, stamp
	j.put(r.c, r.author, r.head, have, next, e)
	return nil
}

// moveAll has everything that refers to the retired record refer to the survivor.
func (r retirement) moveAll(j *sitting, from, root record.Key) error {
	return j.referrers(from, func(c *schema.Collection, have *record.Record) error {
		if have.Deleted {
			return nil
		}
		return r.moveOne(j, c, have, from.ID.String(), root.ID.String())
	})
}

// referrers calls fn with every record that refers to one, deleted ones too.
func (j *sitting) referrers(target record.Key, fn func(*schema.Collection, *record.Record) error) error {
	keys, err := j.book.Referrers(target.Network, target.ID)
	if err != nil {
		return err
	}
	for _, key := range keys {
		c, ok := j.schema.CollectionByNumber(key.Collection)
		have, err := j.book.Record(key)
		if err != nil {
			return err
		}
		if !ok || have == nil {
			continue
		}
		if err := fn(c, have); err != nil {
			return err
		}
	}
	return nil
}

// moveOne has a record refer to another than it did. A fact whose id is made of the reference becomes another record.
func (r retirement) moveOne(j *sitting, c *schema.Collection, have *record.Record, from, to schema.Value) error {
	next := have.Clone()
	stamp := r.stamp(j, have.Version+1)
	e := record.Entry{Op: r.op("moved", have.Key), Kind: record.Update, Status: record.Applied, Edited: stamp.Edited}
	for i := range c.Fields {
		f := &c.Fields[i]
		pointing := f.Type == schema.Reference && f.Number != schema.MergedInto || c.Name == "conflict" && f.Name == "record"
		if !pointing || !schema.Equal(have.Fields[f.Number], from) {
			continue
		}
		v := to
		if to == have.ID.String() {
			v = nil // it would refer to itself
		}
		e.Changes = append(e.Changes, record.Change{Field: f.Number, Old: from, New: v})
		next.Set(f.Number, v)
		next.Stamps[f.Number] = stamp
	}
	if len(e.Changes) == 0 {
		return nil
	}
	if id, derived := record.IdentityOf(c, have.Network, next.Fields); derived && id != have.ID {
		root, _, err := j.standing(record.Key{Network: have.Network, Collection: c.Number, ID: id})
		if err != nil || root == have.Key {
			return err
		}
		r.c = c
		return r.run(j, have.Version, have, root)
	}
	next.Version = stamp.Version
	j.put(c, r.author, r.head, have, next, e)
	return nil
}
