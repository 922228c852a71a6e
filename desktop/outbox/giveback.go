package outbox

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"

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
		for _, deleted := range []bool{false, true} { // under a deletion that waits the record lives
			q := replica.Query{Collection: c.Name, Networks: []string{network}, Deleted: deleted}
			err := o.rep.Each(ctx, q, func(row replica.Row) error { return o.hold(tx, c, row) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Outbox) hold(tx *replica.Tx, c *schema.Collection, row replica.Row) error {
	r := row.Record
	if row.State != replica.Clean {
		var err error
		if r, _, err = o.shadow(tx, r.Key); err != nil || r == nil {
			return err
		}
	}
	if r.Deleted {
		if row.State != replica.Clean {
			return nil
		}
		if ours, err := o.confirmed(tx, r.Key); err != nil || !ours {
			return err
		}
	}
	if proven, err := tx.Proven(r); err != nil || !proven {
		return err
	}
	_, err := tx.Exec(`INSERT OR REPLACE INTO held (network, collection, id, body) VALUES (?, ?, ?, ?)`, r.Network, r.Collection, r.ID[:], record.EncodeBody(c, r))
	return err
}

// Holds reports whether a network's rows are held: it is being fetched anew, and GiveBack is due when it is complete.
func (o *Outbox) Holds(tx *replica.Tx, network string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM held WHERE network = ? LIMIT 1)`, network).Scan(&n)
	return n > 0, err
}

// confirmed reports whether a server has taken edits of a record that were made here: they are sent again to a restored one.
func (o *Outbox) confirmed(tx *replica.Tx, key record.Key) (bool, error) {
	row, err := tx.Row(`SELECT 1 FROM outbox WHERE id = ? AND collection = ? AND sent = 1 LIMIT 1`, key.ID[:], int64(key.Collection))
	return row != nil, err
}

// GiveBack compares what was held with what the server turned out to have, and makes edits of the difference: records
// it does not know any more, and fields that changed after the version it went back to. Where edits of a record wait, also
// ones that are merely sent again, it comes ahead of all of them, and so does what such a record refers to, which is first.
func (o *Outbox) GiveBack(tx *replica.Tx, network string, role schema.Role) error {
	var ahead []record.Mutation
	leading, err := o.leading(tx, network)
	if err != nil {
		return err
	}
	for {
		rows, err := tx.Query(`SELECT collection, id, body FROM held WHERE network = +? AND collection > 0 ORDER BY collection, id LIMIT 500`, network)
		if err != nil {
			return err
		}
		held, err := o.scanHeld(rows, network)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			_, err := tx.Exec(`DELETE FROM held WHERE network = ?`, network)
			return errors.Join(err, o.insertAhead(tx, ahead))
		}
		for _, r := range held {
			first, err := o.giveBack(tx, r, role, leading[r.Key])
			if err != nil {
				return err
			}
			if first != nil {
				ahead = append(ahead, *first)
			}
			if _, err := tx.Exec(`DELETE FROM held WHERE id = ? AND collection = ?`, r.ID[:], r.Collection); err != nil {
				return err
			}
		}
	}
}

// giveBack returns what has to come ahead of the edits that wait, if there is such a thing. A record that leads is given back
// before its own creation is sent again, too.
func (o *Outbox) giveBack(tx *replica.Tx, held *record.Record, role schema.Role, leads bool) (first *record.Mutation, err error) {
	c, ok := o.schema.CollectionByNumber(held.Collection)
	if !ok || !role.AtLeast(c.Write) {
		return nil, nil
	}
	have, state, err := tx.Record(held.Key)
	if err == nil && state != replica.Clean {
		have, _, err = o.shadow(tx, held.Key)
	}
	if err != nil {
		return nil, err
	}
	again, err := o.sentAgain(tx, held.Key)
	if err != nil {
		return nil, err
	}
	var m record.Mutation
	after := held
	switch {
	case held.Deleted && state != replica.Clean:
		return nil, nil
	case held.Deleted && have == nil && (buries(again) || leads && len(again) > 0):
		m, after = o.creationOf(c, held) // for there to be something that those edits change, or others refer to, before it is deleted
		err := errors.Join(o.putShadow(tx, held.Key, nil), tx.PutLive(after, replica.Pending))
		return &m, errors.Join(err, o.buryAgain(tx, have, held, again))
	case held.Deleted:
		return nil, o.buryAgain(tx, have, held, again)
	case have == nil:
		m, after = o.creationOf(c, held)
	default:
		if m, after = o.updateOf(c, have, held); len(m.Changes) == 0 || have.Deleted {
			return nil, nil
		}
	}
	if state == replica.Clean {
		if have != nil || !leads && (len(again) == 0 || again[0].Kind == record.Create) { // what is sent again the server can take before
			return nil, o.put(tx, have, after, m)
		}
		if err := errors.Join(o.putShadow(tx, held.Key, nil), tx.PutLive(after, replica.Pending)); err != nil {
			return nil, err
		}
	}
	return &m, o.insist(tx, c, held, again)
}

// buries reports whether edits that are sent again delete a record that they did not make.
func buries(again []record.Mutation) bool {
	return len(again) > 1 && again[0].Kind != record.Create && again[len(again)-1].Kind == record.Delete
}

// buryAgain deletes a record after edits of this device that are sent again, as somebody else had done.
func (o *Outbox) buryAgain(tx *replica.Tx, have, held *record.Record, again []record.Mutation) error {
	if _, retired := mergedInto(held); retired || len(again) == 0 || again[len(again)-1].Kind == record.Delete || have != nil && have.Deleted {
		return nil
	}
	m := record.Mutation{Op: o.rep.IDs().Op(), Key: held.Key, Kind: record.Delete, Base: held.Version, Edited: held.Updated().Edited, Given: true}
	return o.put(tx, have, held, m)
}

// updateOf is the update that makes of what the server has what is held, where that is newer.
func (o *Outbox) updateOf(c *schema.Collection, have, held *record.Record) (record.Mutation, *record.Record) {
	m := record.Mutation{Op: o.rep.IDs().Op(), Key: held.Key, Kind: record.Update, Base: have.Version, Edited: held.Updated().Edited, Given: true}
	after := have.Clone()
	for i := range c.Fields {
		f := &c.Fields[i]
		newer := slices.ContainsFunc(c.GroupOf(f), func(g *schema.Field) bool { return held.Stamps[g.Number].Version > have.Version })
		if newer && f.Rule != schema.Fixed {
			m.Changes = append(m.Changes, record.Change{Field: f.Number, Old: have.Fields[f.Number], New: held.Fields[f.Number]})
			after.Set(f.Number, held.Fields[f.Number])
		}
	}
	return m, after
}

// sentAgain are the mutations of a record that a server had confirmed before it went back, oldest first.
func (o *Outbox) sentAgain(tx *replica.Tx, key record.Key) (out []record.Mutation, err error) {
	err = tx.Each(`SELECT wire FROM outbox WHERE id = ? AND collection = ? AND state = `+waiting+` AND sent = 1 ORDER BY n`, func(row []driver.Value) error {
		m, err := decode(o.schema, row[0].([]byte))
		out = append(out, m)
		return err
	}, key.ID[:], int64(key.Collection))
	return out, err
}

// insist says last what others had made of a record after the edits of this device that are sent again after it was given
// back: to the server those are newer. What edits that wait change is their affair.
func (o *Outbox) insist(tx *replica.Tx, c *schema.Collection, held *record.Record, again []record.Mutation) error {
	said := map[uint16]schema.Value{}
	for _, m := range again {
		said[record.DeletedField] = m.Kind == record.Delete
		for _, ch := range m.Changes {
			said[ch.Field] = ch.New
		}
	}
	items, err := o.active(tx, held.Key)
	if err != nil {
		return err
	}
	for _, it := range items {
		delete(said, record.DeletedField)
		for _, ch := range it.Mutation.Changes {
			delete(said, ch.Field)
		}
	}
	m := record.Mutation{Op: o.rep.IDs().Op(), Key: held.Key, Kind: record.Update, Base: held.Version, Edited: held.Updated().Edited}
	if said[record.DeletedField] == true {
		m.Changes = append(m.Changes, record.Change{Field: record.DeletedField, Old: true, New: false})
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		differs := slices.ContainsFunc(c.GroupOf(f), func(g *schema.Field) bool {
			value, ok := said[g.Number]
			return ok && !schema.Equal(value, held.Fields[g.Number])
		})
		if differs && f.Rule != schema.Fixed {
			m.Changes = append(m.Changes, record.Change{Field: f.Number, Old: said[f.Number], New: held.Fields[f.Number]})
		}
	}
	if len(m.Changes) == 0 {
		return nil
	}
	m.Given = said[record.DeletedField] != true // a deletion that is sent again is not one that somebody made since
	return o.insert(tx, m)
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
// fetched anew: the record is gone there. Where that is because a restored server has lost it, GiveBack gives it back ahead
// of the edits; otherwise somebody deleted it, and a replica that is being filled is not told of it: what is known of it goes on
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
	return o.putShadow(tx, key, nil)
}
