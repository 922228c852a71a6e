package sqlite

import (
	"database/sql"
	"encoding/json"
	"errors"

	"acopio/server/store"
	"acopio/shared/clock"
)

// noteRestore writes down, in a copy that is being restored, when that was and where the copy stood.
func noteRestore(db *sql.DB, c clock.Clock) error {
	r := store.Restoration{At: clock.MillisOf(c.Now()), Heads: map[string]uint64{}}
	if err := db.QueryRow(`SELECT COALESCE(MAX(at), 0) FROM log`).Scan(&r.Backup); err != nil {
		return Translate(err)
	}
	// Not more of the heads than this: the backup may be of an earlier build, whose table has fewer columns.
	_, err := all(db, func(scan func(...any) error) (n string, err error) {
		var seq uint64
		err = scan(&n, &seq)
		r.Heads[n] = seq
		return n, err
	}, `SELECT network, seq FROM head`)
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = db.Exec(`INSERT INTO meta (key, value) VALUES ('restored', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, text)
	return Translate(err)
}

// restoration reads what noteRestore wrote; nil when the store was never restored.
func restoration(db *sql.DB) (*store.Restoration, error) {
	var text []byte
	err := db.QueryRow(`SELECT value FROM meta WHERE key = 'restored'`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, Translate(err)
	}
	r := &store.Restoration{}
	return r, json.Unmarshal(text, r)
}
