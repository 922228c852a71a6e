package outbox

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"slices"

	"acopio/shared/merge"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// An edit that waits on a record which was merged into another will land on that other one: the server sees to it. Until
// it has, the edit is shown there already. Which records it is so with is kept in the table lands, which is nearly always
// empty; that it is right is seen to whenever such a record is shown anew, when a merge is made here, and at every
// checkpoint, which may have brought one.

const landTable = `
CREATE TABLE IF NOT EXISTS lands (
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  root       BLOB NOT NULL, -- the record that stands for it
  PRIMARY KEY (id, collection)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lands_root ON lands (root, collection);`

// landing picks, of what waits on a record, what was meant for it after it was retired, and says into what. The rest was
// done before, and the merge took it into account.
func (o *Outbox) landing(c *schema.Collection, server *record.Record, items []Item) (landed []Item, into record.Key) {
	live := server
	for _, it := range items {
		_, retired := mergedInto(live)
		_, back := it.Mutation.Unretires()
		if retired && !back && it.Mutation.Kind != record.Delete {
			landed = append(landed, it)
		}
		live = merge.Rebase(c, live, it.Mutation)
	}
	into, retired := mergedInto(live)
	if !retired {
		return nil, into
	}
	return landed, into
}

func mergedInto(r *record.Record) (record.Key, bool) {
	if r == nil {
		return record.Key{}, false
	}
	return r.MergedInto()
}

// maxChain bounds how many mergers are followed one after the other: one that was refused may close a circle.
const maxChain = 100

// standing follows a record, as it is shown here, to the one that stands for it.
func standing(tx *replica.Tx, key record.Key) (record.Key, error) {
	for range maxChain {
		r, _, err := tx.Record(key)
		if err != nil {
			return key, err
		}
		next, retired := mergedInto(r)
		if !retired {
			return key, nil
		}
		key = next
	}
	return key, nil
}

// shown lists what people see on a record that the server has not confirmed: its own edits, and those that land on it.
func (o *Outbox) shown(tx *replica.Tx, key record.Key) ([]Item, error) {
	items, err := o.active(tx, key)
	if err != nil {
		return nil, err
	}
	var retired []record.Key
	err = tx.Each(`SELECT network, collection, id FROM lands WHERE root = ? AND collection = ?`, func(row []driver.Value) error {
		retired = append(retired, keyOf(row))
		return nil
	}, key.ID[:], int64(key.Collection))
	if err != nil || len(retired) == 0 {
		return items, err
	}
	for _, from := range retired {
		landed, _, err := o.landingOf(tx, from)
		if err != nil {
			return nil, err
		}
		for _, it := range landed {
			it.Mutation = directed(it.Mutation, key)
			items = append(items, it)
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.N, b.N) })
	return items, nil
}

// directed is a mutation of a retired record as it is meant for the one that stands for it.
func directed(m record.Mutation, to record.Key) record.Mutation {
	changes := m.Changes
	m.Key, m.Kind, m.Base, m.Changes = to, record.Update, 0, nil
	for _, ch := range changes {
		if ch.Field != record.DeletedField && ch.Field != schema.MergedInto {
			m.Changes = append(m.Changes, ch)
		}
	}
	return m
}

func (o *Outbox) landingOf(tx *replica.Tx, key record.Key) ([]Item, record.Key, error) {
	c, known := o.schema.CollectionByNumber(key.Collection)
	server, ok, err := o.shadow(tx, key)
	if err != nil || !ok || !known {
		return nil, key, err
	}
	items, err := o.active(tx, key)
	if err != nil {
		return nil, key, err
	}
	landed, into := o.landing(c, server, items)
	return landed, into, nil
}

// land has what waits on a record be shown where it will land, if it was retired, and nowhere else any more.
func (o *Outbox) land(tx *replica.Tx, key record.Key) error {
	landed, into, err := o.landingOf(tx, key)
	if err != nil {
		return err
	}
	before, had, err := landedOn(tx, key)
	if err != nil || len(landed) == 0 && !had {
		return err
	}
	if len(landed) == 0 {
		if _, err := tx.Exec(`DELETE FROM lands WHERE id = ? AND collection = ?`, key.ID[:], key.Collection); err != nil {
			return err
		}
		return o.show(tx, before)
	}
	root, err := standing(tx, into)
	if err != nil {
		return err
	}
	if err := putLanding(tx, key, root); err != nil {
		return err
	}
	if had && before != root {
		err = o.show(tx, before)
	}
	return errors.Join(err, o.show(tx, root))
}

func putLanding(tx *replica.Tx, key, root record.Key) error {
	_, err := tx.Exec(`INSERT INTO lands (network, collection, id, root) VALUES (?, ?, ?, ?) ON CONFLICT (id, collection) DO UPDATE SET root = excluded.root`,
		key.Network, key.Collection, key.ID[:], root.ID[:])
	return err
}

func landedOn(tx *replica.Tx, key record.Key) (root record.Key, ok bool, err error) {
	row, err := tx.Row(`SELECT root FROM lands WHERE id = ? AND collection = ?`, key.ID[:], int64(key.Collection))
	if err != nil || row == nil {
		return root, false, err
	}
	return record.Key{Network: key.Network, Collection: key.Collection, ID: record.ID(row[0].([]byte))}, true, nil
}

// show writes the row anew on which something lands, or landed.
func (o *Outbox) show(tx *replica.Tx, key record.Key) error {
	live, state, err := tx.Record(key)
	if err != nil || live == nil {
		return err // not here, or not yet: the checkpoint that brings it sees to it
	}
	if state == replica.Clean {
		items, err := o.shown(tx, key)
		if err != nil || len(items) == 0 {
			return err
		}
		if err := o.putShadow(tx, key, live); err != nil {
			return err
		}
	}
	return o.redraw(tx, key)
}

// landAll looks again where the edits of retired records land.
func (o *Outbox) landAll(tx *replica.Tx) error {
	rows, err := tx.Query(`SELECT network, collection, id FROM lands`)
	if err != nil {
		return err
	}
	keys, err := scanKeys(rows)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := o.land(tx, key); err != nil {
			return err
		}
	}
	return nil
}
