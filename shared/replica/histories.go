package replica

import (
	"context"

	"acopio/shared/fault"
	"acopio/shared/record"
)

// Histories lists the entries of several records of one collection that are here, by record, newest first.
func (r *Replica) Histories(ctx context.Context, collection string, ids []record.ID) (map[record.ID][]record.Entry, error) {
	c, err := r.schema.Collection(collection)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	rows, err := r.read.QueryContext(ctx, `SELECT id, version, kind, edited, changes FROM entry
		WHERE id IN (SELECT unhex(value, '-') FROM json_each(?)) AND collection = ? ORDER BY id, version DESC`, jsonOf(texts), c.Number)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[record.ID][]record.Entry{}
	for rows.Next() {
		var e record.Entry
		var id, changes []byte
		if err := rows.Scan(&id, &e.Version, &e.Kind, &e.Edited, &changes); err != nil {
			return nil, translate(err)
		}
		copy(e.ID[:], id)
		e.Collection = c.Number
		if e.Changes, err = record.DecodeChanges(c, changes); err != nil {
			return nil, fault.Wrap(err, fault.ReplicaCorrupt)
		}
		out[e.ID] = append(out[e.ID], e)
	}
	return out, translate(rows.Err())
}
