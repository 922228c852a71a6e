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

// direction is a mutation as it is meant now: on the record that stands for its own, with references to records that stand
// for theirs.
type direction struct {
	record.Mutation
	unseen bool            // its author knew of another record than it ends at
	moved  []record.Change // the references that it was given, from what its author named
}

func (j *sitting) directed(c *schema.Collection, author Author, head *store.Head, m record.Mutation) (direction, error) {
	to := direction{Mutation: m}
	have, err := j.book.Record(m.Key)
	if err != nil {
		return to, err
	}
	if have != nil && have.Deleted && m.Kind != record.Delete {
		if err := j.bringUp(c, author, head, m.Op, have); err != nil {
			return to, err
		}
	}
	at, _, err := j.standing(m.Key)
	if err != nil {
		return to, err
	}
	if at != m.Key {
		if m.Kind == record.Delete {
			return to, nil // it is gone already
		}
		to.Key, to.Base, to.unseen = at, 0, true
		to.Changes = without(m.Changes, record.DeletedField, schema.MergedInto)
	}
	to.moved, err = j.redirectReferences(c, &to.Mutation)
	if err != nil || len(to.moved) == 0 || m.Kind != record.Create || to.unseen {
		return to, err
	}
	return j.restated(c, author, head, m, to)
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

// redirectReferences has a mutation refer to the records that stand for those it names, and lists where one does.
func (j *sitting) redirectReferences(c *schema.Collection, m *record.Mutation) (moved []record.Change, err error) {
	changes := append([]record.Change(nil), m.Changes...)
	for i := range changes {
		f, ok := c.FieldByNumber(changes[i].Field)
		if !ok || f.Type != schema.Reference || f.Number == schema.MergedInto {
			continue
		}
		named := changes[i].New
		for _, v := range []*schema.Value{&changes[i].Old, &changes[i].New} {
			to, err := j.referent(f, m.Key.Network, *v)
			if err != nil {
				return nil, err
			}
			if to != nil {
				*v = to
			}
		}
		if !schema.Equal(named, changes[i].New) {
			moved = append(moved, record.Change{Field: f.Number, Old: named, New: changes[i].New})
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

// restated takes the creation of a fact about a retired record for one about the record that stands for it. The fact as it
// was stated is kept, retired too: the id that the device gave it leads on, so that what it sends next of it arrives, and
// it comes back along with what it is about.
func (j *sitting) restated(c *schema.Collection, author Author, head *store.Head, m record.Mutation, to direction) (direction, error) {
	id, derived := record.IdentityOf(c, m.Key.Network, newValues(to.Mutation))
	if !derived || id == m.Key.ID {
		return to, nil
	}
	have, err := j.book.Record(m.Key)
	if err != nil {
		return to, err
	}
	to.Key.ID, to.Base, to.unseen, to.moved = id, 0, true, nil
	r := retirement{c: c, author: author, head: head, by: m.Op, edited: to.Mutation}
	stated, stamp := &record.Record{Key: m.Key, Fields: newValues(m), Stamps: map[uint16]record.Stamp{}}, r.stamp(j, 1)
	if have != nil {
		stamp, stated.Stamps = r.stamp(j, have.Version+1), have.Clone().Stamps
	}
	e := record.Entry{Op: r.op("stated", m.Key), Kind: record.Create, Status: record.Applied, Edited: stamp.Edited, Changes: m.Changes}
	stated.Version = stamp.Version
	for _, ch := range m.Changes {
		stated.Stamps[ch.Field] = stamp
	}
	j.put(c, author, head, have, stated, e)
	return to, r.close(j, stated, stated.Clone(), to.Key)
}

// came notes in a record's history that what it was given to refer to is what stands for something else, so that it goes
// along when that is a record of its own again. It returns the record's version.
func (j *sitting) came(c *schema.Collection, author Author, head *store.Head, to direction) (uint64, error) {
	have, err := j.book.Record(to.Key)
	if err != nil {
		return 0, err
	}
	r := retirement{c: c, author: author, head: head, by: to.Op, edited: to.Mutation}
	next, stamp := have.Clone(), r.stamp(j, have.Version+1)
	e := record.Entry{Op: r.op("came", to.Key), Kind: record.Update, Status: record.Applied, Edited: stamp.Edited}
	for _, ch := range to.moved {
		if schema.Equal(have.Fields[ch.Field], ch.New) {
			e.Changes, next.Stamps[ch.Field] = append(e.Changes, ch), stamp
		}
	}
	if len(e.Changes) == 0 {
		return have.Version, nil
	}
	next.Version = stamp.Version
	j.put(c, author, head, have, next, e)
	return next.Version, nil
}

func newValues(m record.Mutation) map[uint16]schema.Value {
	values := make(map[uint16]schema.Value, len(m.Changes))
	for _, ch := range m.Changes {
		if ch.New != nil {
			values[ch.Field] = ch.New
		}
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
