package outbox

import (
	"database/sql"
	"errors"
	"net/url"

	"acopio/shared/record"
	"acopio/shared/replica"
)

// Salvage carries over, from a damaged replica that was set aside, every mutation of its outbox that can still be read,
// row by row from both ends of the table. Networks and rows come back with the next sync, and the mutations then show on
// them. It returns how many were saved, and how many positions could not be read.
func (o *Outbox) Salvage(path string) (saved, lost int, err error) {
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = db.Close() }()
	var last int64
	if err := db.QueryRow(`SELECT COALESCE(MAX(n), 0) FROM outbox`).Scan(&last); err != nil {
		return 0, 0, err
	}
	err = o.rep.Write(func(tx *replica.Tx) error {
		for n := int64(1); n <= last; n++ {
			var state State
			var wire []byte
			var at int64
			switch err := db.QueryRow(`SELECT state, at, wire FROM outbox WHERE n = ?`, n).Scan(&state, &at, &wire); {
			case errors.Is(err, sql.ErrNoRows):
				continue
			case err != nil:
				lost++
				continue
			}
			if state == Done {
				continue
			}
			ok, err := o.take(tx, wire)
			if err != nil {
				return err
			}
			if ok {
				saved++
			} else {
				lost++
			}
		}
		return nil
	})
	return saved, lost, err
}

// take puts a salvaged mutation back into the queue, to be judged (again: the server knows what it has judged).
func (o *Outbox) take(tx *replica.Tx, wire []byte) (bool, error) {
	m, err := decode(o.schema, wire)
	if err != nil {
		return false, nil
	}
	if err := o.insert(tx, m); err != nil {
		return false, err
	}
	if err := o.putShadow(tx, m.Key, nil); err != nil {
		return false, err
	}
	live, _, err := tx.Record(m.Key)
	if err != nil {
		return false, err
	}
	if live == nil && m.Kind != record.Create {
		return true, nil // an edit of a row that is still to be fetched
	}
	return true, o.refresh(tx, m.Key)
}
