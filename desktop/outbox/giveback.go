package outbox

import (
	"context"
	"errors"

	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// A server that was restored from a backup has lost what came after it. Before the network is fetched anew, Hold keeps
// the rows as the server had told them; afterwards GiveBack turns what is missing there into edits of this device.

// Hold keeps a network's rows as the server had told them (of rows with pending edits, their shadows), and a mark that it
// does. What is not proven to be so is left out: a damaged file might know nothing any more of a deletion it was told.
func (o *Outbox) Hold(ctx context.Context, tx *replica.Tx, network string) error {
	mark := record.DerivedID("held", network)
	if _, err := tx.Exec(`INSERT OR REPLACE INTO held (network, collection, id, body) VALUES (?, 0, ?, '')`, network, mark[:]); err != nil {
		return err
	}
	for _, c := range o.schema.Collections() {
		if c.Unsynced || c.ServerOwned {
			continue
		}
		q := replica.Query{Collection: c.Name, Networks: []string{network}}
		err := o.rep.Each(ctx, q, func(row replica.Row) error {
			r := row.Record
			if row.State != replica.Clean {
				var err error
				if r, _, err = o.shadow(tx, row.Record.Key); err != nil || r == nil {
					return err
				}
			}
			if proven, err := tx.Proven(r); err != nil || !proven {
				return err
			}
			_, err := tx.Exec(`INSERT OR REPLACE INTO held (network, collection, id, body) VALUES (?, ?, ?, ?)`,
				network, r.Collection, r.ID[:], record.EncodeBody(c, r))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Holds reports whether a network's rows are held: it is being fetched anew, and GiveBack is due when it is complete.
func (o *Outbox) Holds(tx *replica.Tx, network string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM held WHERE network = ? LIMIT 1)`, network).Scan(&n)
	return n > 0, err
}

// GiveBack compares what was held with what the server turned out to have, and makes edits of the difference: records
// it does not know any more, and fields that changed after the version it went back to.
func (o *Outbox) GiveBack(tx *replica.Tx, network string, role schema.Role) error {
	for {
		rows, err := tx.Query(`SELECT collection, id, body FROM held WHERE network = +? AND collection > 0 ORDER BY collection LIMIT 500`, network)
		if err != nil {
			return err
		}
		held, err := o.scanHeld(rows, network)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			_, err := tx.Exec(`DELETE FROM held WHERE network = ?`, network)
			return err
		}
		for _, r := range held {
			if err := o.giveBack(tx, r, role); err != nil {
				return err
			}
			if _, err := tx.Exec(`DELETE FROM held WHERE id = ? AND collection = ?`, r.ID[:], r.Collection); err != nil {
				return err
			}
		}
	}
}

func (o *Outbox) giveBack(tx *replica.Tx, held *record.Record, role schema.Role) error {
	c, ok := o.schema.CollectionByNumber(held.Collection)
	if !ok || !role.AtLeast(c.Write) {
		return nil
	}
	have, state, err := tx.Record(held.Key)
	if err == nil && state != replica.Clean {
		have, _, err = o.shadow(tx, held.Key)
		if have == nil {
			return err // the record was given back already, ahead of the edits that are pending on it
		}
	}
	if err != nil {
		return err
	}
	if have == nil {
		return o.recreate(tx, c, held)
	}
	m := record.Mutation{Op: o.rep.IDs().Op(), Key: held.Key, Kind: record.Update, Base: have.Version, Edited: held.Updated().Edited, Given: true}
	after := have.Clone()
	for i := range c.Fields {
		f := &c.Fields[i]
		newer := false
		for _, g := range c.GroupOf(f) {
			newer = newer || held.Stamps[g.Number].Version > have.Version
		}
		if newer && f.Rule != schema.Fixed {
			m.Changes = append(m.Changes, record.Change{Field: f.Number, Old: have.Fields[f.Number], New: held.Fields[f.Number]})
			after.Set(f.Number, held.Fields[f.Number])
		}
	}
	if len(m.Changes) == 0 || have.Deleted {
		return nil
	}
	if state != replica.Clean { // what is pending comes after it
		return errors.Join(o.insertFirst(tx, m), o.refresh(tx, held.Key))
	}
	return o.put(tx, have, after, m)
}

// recreate saves the creation of a record anew, with all it holds.
func (o *Outbox) recreate(tx *replica.Tx, c *schema.Collection, held *record.Record) error {
	m, after := o.creationOf(c, held)
	return o.put(tx, nil, after, m)
}

// creationOf is the creation of a record as it is held. By the version in which it is, the server knows whether it has deleted
// it since.
func (o *Outbox) creationOf(c *schema.Collection, held *record.Record) (record.Mutation, *record.Record) {
	m := record.Mutation{Op: o.rep.IDs().Op(), Key: held.Key, Kind: record.Create, Base: held.Version, Edited: held.Updated().Edited, Given: true}
	after := &record.Record{Key: held.Key, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{}}
	for i := range c.Fields {
		if v := held.Fields[c.Fields[i].Number]; v != nil {
			m.Changes = append(m.Changes, record.Change{Field: c.Fields[i].Number, New: v})
			after.Set(c.Fields[i].Number, v)
		}
	}
	return m, after
}

// put saves a mutation with its row and shadow.
func (o *Outbox) put(tx *replica.Tx, server, after *record.Record, m record.Mutation) error {
	if err := o.putShadow(tx, m.Key, server); err != nil {
		return err
	}
	if err := tx.PutLive(after, replica.Pending); err != nil {
		return err
	}
	return o.insert(tx, m)
}

// reconcile puts the shadow right of a record with pending edits that the server did not send when its network was
// fetched anew: the record is gone there. Where that is because a restored server has lost it, it is given back ahead of
// the edits; otherwise somebody deleted it, and a replica that is being filled is not told of it: what is known of it goes on
// being shown under the edits until they are judged.
func (o *Outbox) reconcile(tx *replica.Tx, key record.Key) error {
	before, _, err := o.shadow(tx, key)
	if err != nil {
		return err
	}
	lost, err := o.Holds(tx, key.Network)
	if err != nil {
		return err
	}
	if !lost && before != nil {
		gone := before.Clone()
		gone.Deleted = true
		return o.putShadow(tx, key, gone)
	}
	if err := o.putShadow(tx, key, nil); err != nil {
		return err
	}
	c, ok := o.schema.CollectionByNumber(key.Collection)
	if !lost || before == nil || before.Deleted || !ok || c.ServerOwned {
		return nil
	}
	m, _ := o.creationOf(c, before)
	return o.insertFirst(tx, m)
}
