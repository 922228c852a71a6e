package outbox

import (
	"slices"

	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// leading are the held records that others refer to, at first or second hand, of which edits wait or are sent again.
func (o *Outbox) leading(tx *replica.Tx, network string) (map[record.Key]bool, error) {
	rows, err := tx.Query(`SELECT collection, id, body FROM held WHERE network = +? AND EXISTS
		(SELECT 1 FROM outbox WHERE outbox.id = held.id AND outbox.collection = held.collection AND outbox.state <= `+rejected+`)`, network)
	if err != nil {
		return nil, err
	}
	follow, err := o.scanHeld(rows, network)
	if err != nil {
		return nil, err
	}
	leading := map[record.Key]bool{}
	for len(follow) > 0 {
		r := follow[0]
		follow = follow[1:]
		for _, key := range o.references(r) {
			if leading[key] {
				continue
			}
			leading[key] = true
			rows, err := tx.Query(`SELECT collection, id, body FROM held WHERE id = ? AND collection = ?`, key.ID[:], key.Collection)
			if err != nil {
				return nil, err
			}
			more, err := o.scanHeld(rows, network)
			if err != nil {
				return nil, err
			}
			follow = append(follow, more...)
		}
	}
	return leading, nil
}

// references are what a record refers to.
func (o *Outbox) references(r *record.Record) (out []record.Key) {
	c, ok := o.schema.CollectionByNumber(r.Collection)
	if !ok {
		return nil
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Type != schema.Reference {
			continue
		}
		text, _ := r.Fields[f.Number].(string)
		id, err := record.ParseID(text)
		target, terr := o.schema.Collection(f.Target)
		if err == nil && terr == nil {
			out = append(out, record.Key{Network: r.Network, Collection: target.Number, ID: id})
		}
	}
	return out
}

// insertAhead puts mutations before all others, in their order, and shows them.
func (o *Outbox) insertAhead(tx *replica.Tx, ms []record.Mutation) error {
	for _, m := range slices.Backward(ms) {
		if err := o.insertFirst(tx, m); err != nil {
			return err
		}
	}
	for _, m := range ms {
		if err := o.refresh(tx, m.Key); err != nil {
			return err
		}
	}
	return nil
}
