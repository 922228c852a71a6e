package outbox

import (
	"database/sql/driver"
	"errors"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/merge"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// active lists the mutations of a record that people still see as theirs: not done, not declined by the office, and not merely
// sent again to a restored server, whatever it says to them. While there are any, or any that land on it,
// and only then, the record has a shadow and its row is not clean.
func (o *Outbox) active(tx *replica.Tx, key record.Key) (out []Item, err error) {
	err = tx.Each(`SELECT `+itemColumns+` FROM outbox WHERE id = +? AND collection = +? AND state < ? AND NOT (state IN (?, ?) AND sent = 1) AND code <> '`+declined+`' ORDER BY n`,
		func(row []driver.Value) error {
			it := Item{N: row[0].(int64), State: State(row[1].(int64)), At: clock.Millis(row[2].(int64))}
			err := o.fill(&it, row[3].(string), row[4].(string), row[5].([]byte))
			out = append(out, it)
			return err
		}, key.ID[:], int64(key.Collection), int64(Done), int64(Waiting), int64(Rejected))
	return out, err
}

// shadow is the server's last state of a record; nil when the server does not have it. ok is false when there is no
// shadow: the visible row is the server's.
func (o *Outbox) shadow(tx *replica.Tx, key record.Key) (server *record.Record, ok bool, err error) {
	row, err := tx.Row(`SELECT seq, body FROM shadow WHERE id = ? AND collection = ?`, key.ID[:], int64(key.Collection))
	if err != nil || row == nil {
		return nil, false, err
	}
	seq, body := uint64(row[0].(int64)), row[1]
	if body == nil {
		return nil, true, nil
	}
	c, known := o.schema.CollectionByNumber(key.Collection)
	if !known {
		return nil, false, fault.New(fault.ReplicaNewer)
	}
	server, err = record.DecodeBody(c, key, body.([]byte))
	if err != nil {
		return nil, false, fault.Wrap(err, fault.ReplicaCorrupt)
	}
	server.Seq = seq
	return server, true, nil
}

func (o *Outbox) putShadow(tx *replica.Tx, key record.Key, server *record.Record) error {
	var seq int64
	var body any
	if server != nil {
		c, known := o.schema.CollectionByNumber(key.Collection)
		if !known {
			return fault.New(fault.ReplicaNewer)
		}
		seq, body = int64(server.Seq), record.EncodeBody(c, server)
	}
	return tx.Run(`INSERT INTO shadow (network, collection, id, seq, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id, collection) DO UPDATE SET seq = excluded.seq, body = excluded.body`, key.Network, int64(key.Collection), key.ID[:], seq, body)
}

func dropShadow(tx *replica.Tx, key record.Key) error {
	return tx.Run(`DELETE FROM shadow WHERE id = ? AND collection = ?`, key.ID[:], int64(key.Collection))
}

// fold shows mutations on top of a server state.
func (o *Outbox) fold(key record.Key, server *record.Record, items []Item) (*record.Record, replica.State, error) {
	c, known := o.schema.CollectionByNumber(key.Collection)
	if !known {
		return nil, 0, fault.New(fault.ReplicaNewer)
	}
	live, state := server, replica.Clean
	for _, it := range items {
		live = merge.Rebase(c, live, it.Mutation)
		switch {
		case it.State == Rejected:
			state = replica.Rejected
		case state != replica.Rejected:
			state = replica.Pending
		}
	}
	if server == nil && state == replica.Rejected && items[0].Mutation.Kind != record.Create {
		live.Deleted = true // nothing is known of what they would be made to: alone they were a record without a name
	}
	return live, state, nil
}

// Rebase implements replica.Overlay: the server's new state becomes the shadow, and what is pending stays visible.
func (o *Outbox) Rebase(tx *replica.Tx, server *record.Record) (*record.Record, replica.State, error) {
	items, err := o.shown(tx, server.Key)
	if err != nil {
		return nil, 0, err
	}
	if len(items) == 0 { // what was pending is confirmed by the checkpoint that brings this
		return server, replica.Clean, dropShadow(tx, server.Key)
	}
	if err := o.putShadow(tx, server.Key, server); err != nil {
		return nil, 0, err
	}
	if into, retired := mergedInto(server); retired { // where it is shown instead is written at the checkpoint
		if landed, _, err := o.landingOf(tx, server.Key); err != nil || len(landed) > 0 {
			if err = errors.Join(err, putLanding(tx, server.Key, into)); err != nil {
				return nil, 0, err
			}
		}
	}
	return o.fold(server.Key, server, items)
}

// refresh writes a record's visible row anew, and that of the record on which its edits land.
func (o *Outbox) refresh(tx *replica.Tx, key record.Key) error {
	return errors.Join(o.redraw(tx, key), o.land(tx, key))
}

// redraw writes a record's visible row anew from its shadow and what is still pending on it. A record on which
// nothing is pending any more goes back to the server's state, or away if the server never had it.
func (o *Outbox) redraw(tx *replica.Tx, key record.Key) error {
	server, ok, err := o.shadow(tx, key)
	if err != nil || !ok {
		return err
	}
	return o.redrawOver(tx, key, server)
}

func (o *Outbox) redrawOver(tx *replica.Tx, key record.Key, server *record.Record) error {
	items, err := o.shown(tx, key)
	if err != nil {
		return err
	}
	live, state, err := o.fold(key, server, items)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		if err := dropShadow(tx, key); err != nil {
			return err
		}
	}
	unsure, err := o.unsure(tx, key, server)
	switch {
	case err != nil:
		return err
	case live == nil, unsure && len(items) == 0:
		return tx.Remove(key)
	case server == nil, unsure:
		return tx.PutLive(live, state)
	default:
		return tx.PutServer(server, live, state)
	}
}

// unsure reports whether a shadow is of before its network began to be fetched anew: whether the server has the record still
// is not known until it comes, or until all has come.
func (o *Outbox) unsure(tx *replica.Tx, key record.Key, shadow *record.Record) (bool, error) {
	if shadow == nil {
		return false, nil
	}
	row, _, err := tx.Record(key)
	return row != nil && row.Seq == 0, err
}
