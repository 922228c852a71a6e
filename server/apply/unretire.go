package apply

import (
	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// unretire makes a retired record one of its own again, and gives it back what went to its survivor with it and nobody moved
// on since.
func (j *sitting) unretire(c *schema.Collection, author Author, head *store.Head, m record.Mutation, from record.Key) (record.Status, uint64, error) {
	have, err := j.book.Record(m.Key)
	if err != nil {
		return 0, 0, err
	}
	if have == nil {
		return 0, 0, j.absent(c, m.Key)
	}
	into, retired := have.MergedInto()
	switch {
	case !retired && !have.Deleted:
		return record.Merged, have.Version, nil // somebody else has done it
	case !retired || into != from:
		return 0, 0, fault.New(fault.MergedElsewhere, "into", record.Text(have.Fields[schema.MergedInto]))
	}
	root, _, err := j.standing(into)
	if err != nil {
		return 0, 0, err
	}
	m.Base = have.Version // what is taken back is the retirement itself, whatever else was
	status, version, err := j.edit(c, author, head, m, false)
	if err != nil {
		return 0, 0, err
	}
	r := retirement{c: c, author: author, head: head, by: m.Op, edited: m}
	if err := r.regain(j, have, root); err != nil {
		return 0, 0, err
	}
	return status, version, r.giveBackAll(j, have.Key, root)
}

// regain restores the facts about the record that were retired along with it: their ids are made of its own, so that they
// refer to it still.
func (r retirement) regain(j *sitting, restored *record.Record, root record.Key) error {
	return j.referrers(restored.Key, func(c *schema.Collection, have *record.Record) error {
		into, retired := have.MergedInto()
		if !retired || len(c.Identity) == 0 || !refersTo(c, have, restored.ID.String()) {
			return nil
		}
		if err := r.reopen(j, c, have); err != nil {
			return err
		}
		return r.drain(j, c, have.Key, into)
	})
}

func refersTo(c *schema.Collection, r *record.Record, id string) bool {
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Type == schema.Reference && f.Number != schema.MergedInto && r.Fields[f.Number] == id {
			return true
		}
	}
	return false
}

func (r retirement) reopen(j *sitting, c *schema.Collection, have *record.Record) error {
	next, stamp := have.Clone(), r.stamp(j, have.Version+1)
	e := record.Entry{Op: r.op("reopened", have.Key), Kind: record.Update, Status: record.Applied, Edited: stamp.Edited}
	e.Changes = []record.Change{
		{Field: record.DeletedField, Old: true, New: false},
		{Field: schema.MergedInto, Old: have.Fields[schema.MergedInto]},
	}
	next.Version, next.Deleted = stamp.Version, false
	next.Set(schema.MergedInto, nil)
	next.Stamps[record.DeletedField], next.Stamps[schema.MergedInto] = stamp, stamp
	j.put(c, r.author, r.head, have, next, e)
	return nil
}

// drain takes the fact about the survivor away again that was made of the restored one alone, and that nobody touched since.
func (r retirement) drain(j *sitting, c *schema.Collection, from, into record.Key) error {
	have, err := j.book.Record(into)
	if err != nil || have == nil || have.Deleted {
		return err
	}
	entries, err := j.book.History(into)
	if err != nil {
		return err
	}
	for i, e := range entries {
		tookIn := len(e.Changes) == 1 && e.Changes[0].Field == schema.MergedInto
		if i == 0 && e.Kind == record.Create || tookIn && e.Changes[0].Old == from.ID.String() {
			continue
		}
		return nil
	}
	source, err := j.book.Record(from)
	if err != nil {
		return err
	}
	for n, v := range have.Fields {
		if f, ok := c.FieldByNumber(n); ok && f.Type != schema.Reference && !f.System && !schema.Equal(source.Fields[n], v) {
			return nil // it was stated by itself
		}
	}
	next, stamp := have.Clone(), r.stamp(j, have.Version+1)
	next.Version, next.Deleted, next.Stamps[record.DeletedField] = stamp.Version, true, stamp
	j.put(c, r.author, r.head, have, next, record.Entry{
		Op: r.op("drained", into), Kind: record.Delete, Status: record.Applied, Edited: stamp.Edited,
		Changes: []record.Change{{Field: record.DeletedField, Old: false, New: true}},
	})
	return nil
}

// giveBackAll has what came to the survivor from the restored record refer to that again.
func (r retirement) giveBackAll(j *sitting, restored, root record.Key) error {
	return j.referrers(root, func(c *schema.Collection, have *record.Record) error {
		if have.Deleted || refersByIdentity(c, root, have) {
			return nil
		}
		came, err := j.cameFrom(c, have, restored, root)
		if err != nil || !came {
			return err
		}
		return r.moveOne(j, c, have, root.ID.String(), restored.ID.String())
	})
}

// refersByIdentity reports whether a record's id is made of its reference to another: such a fact does not move.
func refersByIdentity(c *schema.Collection, target record.Key, r *record.Record) bool {
	for _, name := range c.Identity {
		if f, ok := c.Field(name); ok && f.Type == schema.Reference && r.Fields[f.Number] == target.ID.String() {
			return true
		}
	}
	return false
}

// cameFrom reports whether a record refers to the survivor only because what it referred to was merged into it.
func (j *sitting) cameFrom(c *schema.Collection, have *record.Record, restored, root record.Key) (bool, error) {
	entries, err := j.book.History(have.Key)
	if err != nil {
		return false, err
	}
	at := root
	for i := len(entries) - 1; i >= 0; i-- {
		for _, ch := range entries[i].Changes {
			f, ok := c.FieldByNumber(ch.Field)
			if !ok || f.Type != schema.Reference && f.Name != "record" || ch.New != at.ID.String() || f.Number == schema.MergedInto {
				continue
			}
			old, ok := ch.Old.(string)
			if !ok {
				return false, nil
			}
			id, err := record.ParseID(old)
			if err != nil {
				return false, nil //nolint:nilerr // it referred to nothing that can be followed
			}
			if id == restored.ID {
				return true, nil
			}
			before := record.Key{Network: root.Network, Collection: root.Collection, ID: id}
			if stands, _, err := j.standing(before); err != nil || stands != root {
				return false, err // a person moved it
			}
			at = before
		}
	}
	return false, nil
}
