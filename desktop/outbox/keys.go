package outbox

import (
	"database/sql"

	"acopio/shared/fault"
	"acopio/shared/record"
)

// scanKeys reads (network, collection, id) rows and closes them.
func scanKeys(rows *sql.Rows) ([]record.Key, error) {
	defer func() { _ = rows.Close() }()
	var out []record.Key
	for rows.Next() {
		var k record.Key
		var id []byte
		if err := rows.Scan(&k.Network, &k.Collection, &id); err != nil {
			return nil, err
		}
		copy(k.ID[:], id)
		out = append(out, k)
	}
	return out, rows.Err()
}

// scanHeld reads (collection, id, body) rows and closes them.
func (o *Outbox) scanHeld(rows *sql.Rows, network string) ([]*record.Record, error) {
	defer func() { _ = rows.Close() }()
	var out []*record.Record
	for rows.Next() {
		key := record.Key{Network: network}
		var id, body []byte
		if err := rows.Scan(&key.Collection, &id, &body); err != nil {
			return nil, err
		}
		copy(key.ID[:], id)
		c, ok := o.schema.CollectionByNumber(key.Collection)
		if !ok {
			return nil, fault.New(fault.ReplicaNewer)
		}
		r, err := record.DecodeBody(c, key, body)
		if err != nil {
			return nil, fault.Wrap(err, fault.ReplicaCorrupt)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
