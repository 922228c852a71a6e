package replica

import (
	"context"

	"acopio/shared/fault"
	"acopio/shared/record"
)

// AddEntries keeps entries of the network's log for the history of records. An entry that is here already is skipped, and
// so are those of collections this build does not know.
func (tx *Tx) AddEntries(entries []record.Entry) error {
	for i := range entries {
		e := &entries[i]
		c, ok := tx.r.schema.CollectionByNumber(e.Collection)
		if !ok {
			continue
		}
		err := tx.run(`INSERT OR IGNORE INTO entry (id, seq, op, network, collection, version, kind, status, device, user, name, at, edited, changes)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.ID[:], int64(e.Seq), e.Op[:], e.Network, int64(e.Collection), int64(e.Version), int64(e.Kind), int64(e.Status),
			int64(e.Device), e.User, e.Name, int64(e.At), int64(e.Edited), record.EncodeChanges(c, e.Changes))
		if err != nil {
			return err
		}
	}
	return nil
}

// History lists the entries of a record that are here, newest first.
func (r *Replica) History(ctx context.Context, collection string, id record.ID) ([]record.Entry, error) {
	c, err := r.schema.Collection(collection)
	if err != nil {
		return nil, err
	}
	rows, err := r.read.QueryContext(ctx, `SELECT network, seq, op, version, kind, status, device, user, name, at, edited, changes
		FROM entry WHERE id = ? AND collection = ? ORDER BY seq DESC, version DESC`, id[:], c.Number)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	var out []record.Entry
	for rows.Next() {
		e := record.Entry{Key: record.Key{Collection: c.Number, ID: id}}
		var op, changes []byte
		err := rows.Scan(&e.Network, &e.Seq, &op, &e.Version, &e.Kind, &e.Status, &e.Device, &e.User, &e.Name, &e.At, &e.Edited, &changes)
		if err != nil {
			return nil, translate(err)
		}
		copy(e.Op[:], op)
		if e.Changes, err = record.DecodeChanges(c, changes); err != nil {
			return nil, fault.Wrap(err, fault.ReplicaCorrupt)
		}
		out = append(out, e)
	}
	return out, translate(rows.Err())
}

// HistoryComplete reports whether every version of a record up to the one shown has its entry here.
func (r *Replica) HistoryComplete(ctx context.Context, collection string, id record.ID) (bool, error) {
	t, err := r.table(collection)
	if err != nil {
		return false, err
	}
	var complete bool
	err = r.read.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM `+t.name+` r WHERE r.id = ?1 AND r.version >
		(SELECT count(DISTINCT e.version) FROM entry e WHERE e.id = ?1 AND e.collection = ?2 AND e.version BETWEEN 1 AND r.version))`,
		id[:], t.c.Number).Scan(&complete)
	return complete, translate(err)
}

// PutAuthors says who stands behind device numbers.
func (tx *Tx) PutAuthors(authors []Author) error {
	for _, a := range authors {
		err := tx.run("INSERT OR REPLACE INTO author (number, device, user) VALUES (?, ?, ?)", int64(a.Number), a.Device, a.User)
		if err != nil {
			return err
		}
	}
	return nil
}

// Authors lists who is known, by device number.
func (r *Replica) Authors(ctx context.Context) (map[uint32]Author, error) {
	rows, err := r.read.QueryContext(ctx, "SELECT number, device, user FROM author")
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[uint32]Author{}
	for rows.Next() {
		var a Author
		if err := rows.Scan(&a.Number, &a.Device, &a.User); err != nil {
			return nil, translate(err)
		}
		out[a.Number] = a
	}
	return out, translate(rows.Err())
}

// AddBatchChanges keeps what an import batch did to a record, so that it can be undone.
func (tx *Tx) AddBatchChanges(batch record.ID, key record.Key, created bool, changes []record.Change) error {
	t, err := tx.tableOf(key)
	if err != nil {
		return err
	}
	return tx.run("INSERT INTO batch_change (batch, network, collection, id, created, changes) VALUES (?, ?, ?, ?, ?, ?)",
		batch[:], key.Network, int64(key.Collection), key.ID[:], flag(created), record.EncodeChanges(t.c, changes))
}

// BatchChanges lists what a batch did, in order.
func (r *Replica) BatchChanges(ctx context.Context, batch record.ID) ([]BatchChange, error) {
	rows, err := r.read.QueryContext(ctx, "SELECT network, collection, id, created, changes FROM batch_change WHERE batch = ? ORDER BY n", batch[:])
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	var out []BatchChange
	for rows.Next() {
		var b BatchChange
		var id, changes []byte
		if err := rows.Scan(&b.Key.Network, &b.Key.Collection, &id, &b.Created, &changes); err != nil {
			return nil, translate(err)
		}
		copy(b.Key.ID[:], id)
		c, ok := r.schema.CollectionByNumber(b.Key.Collection)
		if !ok {
			continue
		}
		if b.Changes, err = record.DecodeChanges(c, changes); err != nil {
			return nil, fault.Wrap(err, fault.ReplicaCorrupt)
		}
		out = append(out, b)
	}
	return out, translate(rows.Err())
}
