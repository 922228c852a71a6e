package apply

import (
	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// An invariant of the store, kept here and in retire.go: a retired record points to a record that is not its own end, and no
// living record refers to a retired one. What a device sends about a retired record is meant for the one that stands for it.

// maxChain bounds how many mergers are followed one after the other. Each was a decision of a person.
const maxChain = 1000

// standing follows a record to the one that stands for it: itself, when it was not retired. r is nil for a record that is
// not there.
func (j *sitting) standing(key record.Key) (at record.Key, r *record.Record, err error) {
	for range maxChain {
		if r, err = j.book.Record(key); err != nil || r == nil {
			return key, r, err
		}
		next, retired := r.MergedInto()
		if !retired {
			return key, r, nil
		}
		key = next
	}
	return key, nil, fault.New(fault.Internal)
}

// directed is a mutation as it is meant now: on the record that stands for its own, with references to records that stand
// for theirs. unseen is true when its author knew of another record than it ends at.
func (j *sitting) directed(c *schema.Collection, author Author, head *store.Head, m record.Mutation) (to record.Mutation, unseen bool, err error) {
	have, err := j.book.Record(m.Key)
	if err != nil {
		return m, false, err
	}
	if have != nil && have.Deleted && m.Kind != record.Delete {
		if err := j.bringUp(c, author, head, m.Op, have); err != nil {
			return m, false, err
		}
	}
	at, _, err := j.standing(m.Key)
	if err != nil {
		return m, false, err
	}
	if at != m.Key {
		if m.Kind == record.Delete {
			return m, false, nil // it is gone already
		}
		m.Key, m.Base, unseen = at, 0, true
		m.Changes = without(m.Changes, record.DeletedField, schema.MergedInto)
	}
	moved, err := j.redirectReferences(c, &m)
	if err != nil || !moved || m.Kind != record.Create || unseen {
		return m, unseen, err
	}
	return j.restated(c, author, head, m)
}

func without(changes []record.Change, fields ...uint16) []record.Change {
	out := make([]record.Change, 0, len(changes))
	for _, ch := range changes {
		keep := true
		for _, n := range fields {
			keep = keep && ch.Field != n
		}
		if keep {
			out = append(out, ch)
		}
	}
	return out
}

// redirectReferences has a mutation refer to the records that stand for those it names, and reports whether one does.
func (j *sitting) redirectReferences(c *schema.Collection, m *record.Mutation) (moved bool, err error) {
	changes := append([]record.Change(nil), m.Changes...)
	for i := range changes {
		f, ok := c.FieldByNumber(changes[i].Field)
		if !ok || f.Type != schema.Reference || f.Number == schema.MergedInto {
			continue
		}
		for _, v := range []*schema.Value{&changes[i].Old, &changes[i].New} {
			to, err := j.referent(f, m.Key.Network, *v)
			if err != nil {
				return false, err
			}
			if to != nil && !schema.Equal(to, *v) {
				*v, moved = to, true
			}
		}
		if f.Target == c.Name && changes[i].New == m.Key.ID.String() {
			changes[i].New = nil // it would refer to itself
		}
	}
	m.Changes = changes
	return moved, nil
}

// referent is the record that stands for the one a reference names; nil where there is nothing to follow.
func (j *sitting) referent(f *schema.Field, network string, v schema.Value) (schema.Value, error) {
	text, ok := v.(string)
	if !ok {
		return nil, nil
	}
	id, err := record.ParseID(text)
	if err != nil {
		return nil, nil //nolint:nilerr // the schema's own check says what is wrong with it
	}
	c, err := j.schema.Collection(f.Target)
	if err != nil {
		return nil, err
	}
	at, _, err := j.standing(record.Key{Network: network, Collection: c.Number, ID: id})
	return at.ID.String(), err
}

// restated takes the creation of a fact about a retired record for one about the record that stands for it. The id that the
// device gave it points there from now on, so that what it sends next of it arrives too.
func (j *sitting) restated(c *schema.Collection, author Author, head *store.Head, m record.Mutation) (to record.Mutation, unseen bool, err error) {
	id, derived := record.IdentityOf(c, m.Key.Network, newValues(m))
	if !derived || id == m.Key.ID {
		return m, false, nil
	}
	stub := &record.Record{Key: m.Key, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{}}
	m.Key.ID, m.Base = id, 0
	have, err := j.book.Record(stub.Key)
	if err != nil {
		return m, true, err
	}
	if have != nil {
		stub = have.Clone()
	}
	r := retirement{c: c, author: author, head: head, by: m.Op, edited: m}
	return m, true, r.close(j, have, stub, m.Key)
}

func newValues(m record.Mutation) map[uint16]schema.Value {
	values := make(map[uint16]schema.Value, len(m.Changes))
	for _, ch := range m.Changes {
		values[ch.Field] = ch.New
	}
	return values
}

// bringUp moves a deleted record that is about to come back, if it refers to a record that was retired meanwhile.
func (j *sitting) bringUp(c *schema.Collection, author Author, head *store.Head, op record.OpID, have *record.Record) error {
	r := retirement{c: c, author: author, head: head, by: op}
	for n, v := range have.Fields {
		f, ok := c.FieldByNumber(n)
		if !ok || f.Type != schema.Reference || n == schema.MergedInto {
			continue
		}
		to, err := j.referent(f, have.Network, v)
		if err != nil {
			return err
		}
		if to != nil && !schema.Equal(to, v) {
			return r.moveOne(j, c, have, v, to)
		}
	}
	return nil
}
