package sqlite

import (
	"acopio/server/store"
	"acopio/shared/record"
)

// referencesIndexed marks a store whose references are all in their index: one that was made before there was one has its
// records looked at once.
const referencesIndexed = "references"

func (st *Store) indexReferences() error {
	var n int
	if err := st.writer.QueryRow(`SELECT COUNT(*) FROM meta WHERE key = ?`, referencesIndexed).Scan(&n); err != nil || n > 0 {
		return Translate(err)
	}
	return st.Update(func(tx store.Tx) error {
		t := tx.(*transaction) // Update makes no other
		rows, err := t.tx.Query(`SELECT network, collection, id, body FROM record`)
		if err != nil {
			return Translate(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var key record.Key
			var id, body []byte
			if err := rows.Scan(&key.Network, &key.Collection, &id, &body); err != nil {
				return Translate(err)
			}
			copy(key.ID[:], id)
			c, ok := st.schema.CollectionByNumber(key.Collection)
			if !ok {
				continue
			}
			r, err := record.DecodeBody(c, key, body)
			if err != nil {
				return err
			}
			if err := t.putReferences(store.References(c, r, false), key); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return Translate(err)
		}
		_, err = t.tx.Exec(`INSERT INTO meta (key, value) VALUES (?, 1)`, referencesIndexed)
		return Translate(err)
	})
}
