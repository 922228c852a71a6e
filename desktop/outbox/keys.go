package outbox

import (
	"database/sql"

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
