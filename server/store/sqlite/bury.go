package sqlite

import (
	"database/sql"
	"errors"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
)

func (r *reader) Aged(network string, after uint64, before clock.Millis, limit int) (upTo uint64, err error) {
	rows, err := r.q.Query(`SELECT seq, at FROM log WHERE network = ? AND seq > ? ORDER BY seq LIMIT ?`, network, after, limit)
	if err != nil {
		return 0, Translate(err)
	}
	defer func() { _ = rows.Close() }()
	upTo = after
	for rows.Next() {
		var seq uint64
		var at clock.Millis
		if err := rows.Scan(&seq, &at); err != nil {
			return 0, Translate(err)
		}
		if at >= before {
			break
		}
		upTo = seq
	}
	return upTo, Translate(rows.Err())
}

const buriedQuery = `SELECT version, seq FROM grave WHERE id = +? AND network = +? AND collection = +?`

func (r *reader) Buried(key record.Key) (g store.Grave, ok bool, err error) {
	err = r.q.QueryRow(buriedQuery, key.ID[:], key.Network, key.Collection).Scan(&g.Version, &g.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return g, false, nil
	}
	return g, err == nil, Translate(err)
}

func (t *transaction) Bury(r *record.Record) error {
	c, ok := t.schema.CollectionByNumber(r.Collection)
	if !ok {
		return fault.New(fault.UnknownCollection, "collection", "?")
	}
	for _, target := range store.References(c, r, false) {
		if _, err := t.tx.Exec(`DELETE FROM reference WHERE target = ? AND network = ? AND collection = ? AND id = ?`,
			target[:], r.Network, r.Collection, r.ID[:]); err != nil {
			return Translate(err)
		}
	}
	// Its entries are found from its latest state back, so that goes last.
	if _, err := t.tx.Exec(`UPDATE log SET changes = ?1 WHERE network = ?3 AND seq IN (`+pastQuery+`)`,
		record.EncodeChanges(c, nil), r.ID[:], r.Network, r.Collection); err != nil {
		return Translate(err)
	}
	if err := t.PutGrave(r.Key, store.Grave{Version: r.Version, Seq: r.Seq}); err != nil {
		return err
	}
	if err := t.takeFromFeed(r.Network, r.Seq); err != nil {
		return err
	}
	delete(t.rows, r.Key)
	_, err := t.tx.Exec(`DELETE FROM record WHERE id = ? AND collection = ? AND network = ?`, r.ID[:], r.Collection, r.Network)
	return Translate(err)
}

func (t *transaction) PutGrave(key record.Key, g store.Grave) error {
	_, err := t.tx.Exec(`INSERT OR REPLACE INTO grave (id, network, collection, seq, version) VALUES (?, ?, ?, ?, ?)`,
		key.ID[:], key.Network, key.Collection, g.Seq, g.Version)
	return Translate(err)
}
