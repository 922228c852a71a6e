package sqlite

import (
	"database/sql"
	"encoding/json"
	"errors"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// statements are the writer's prepared statements; preparing them anew for each mutation would double its cost.
type statements struct {
	record, log, judged, head, reference *sql.Stmt
}

func (s *statements) prepare(db *sql.DB) error {
	for _, p := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&s.record, `INSERT INTO record (network, seq, collection, id, deleted, body) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (id, collection, network) DO UPDATE SET seq = excluded.seq, deleted = excluded.deleted, body = excluded.body`},
		{&s.reference, `INSERT OR IGNORE INTO reference (target, network, collection, id) VALUES (?, ?, ?, ?)`},
		{&s.log, `INSERT INTO log (` + entryColumns + `, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.judged, `INSERT INTO judged (op, device, payload, status, version, seq, code, args) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.head, `INSERT INTO head (` + headColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (network) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, public = excluded.public,
			sensitive = excluded.sensitive, records = excluded.records, shown = excluded.shown`},
	} {
		st, err := db.Prepare(p.query) //nolint:sqlclosecheck // statements.close closes them all
		if err != nil {
			return Translate(err)
		}
		*p.to = st
	}
	return nil
}

func (s *statements) in(tx *sql.Tx) statements {
	return statements{record: tx.Stmt(s.record), log: tx.Stmt(s.log), judged: tx.Stmt(s.judged), head: tx.Stmt(s.head), reference: tx.Stmt(s.reference)}
}

func (s *statements) close() {
	for _, st := range []*sql.Stmt{s.record, s.log, s.judged, s.head, s.reference} {
		if st != nil {
			_ = st.Close() // the connection goes with it
		}
	}
}

type transaction struct {
	reader
	tx   *sql.Tx
	puts statements
}

func (t *transaction) PutRecord(r *record.Record, body []byte) error {
	if _, err := t.puts.record.Exec(r.Network, r.Seq, r.Collection, r.ID[:], r.Deleted, body); err != nil {
		return Translate(err)
	}
	if c, ok := t.schema.CollectionByNumber(r.Collection); ok {
		return t.putReferences(store.References(c, r, true), r.Key)
	}
	return nil
}

func (t *transaction) putReferences(targets []record.ID, from record.Key) error {
	for _, target := range targets {
		if _, err := t.puts.reference.Exec(target[:], from.Network, from.Collection, from.ID[:]); err != nil {
			return Translate(err)
		}
	}
	return nil
}

func (t *transaction) Append(e record.Entry, hash []byte) error {
	c, ok := t.schema.CollectionByNumber(e.Collection)
	if !ok {
		return fault.New(fault.UnknownCollection, "collection", "?")
	}
	_, err := t.puts.log.Exec(e.Network, e.Seq, e.Collection, e.ID[:], e.Version, e.Op[:], e.Kind, e.Status, e.Device, e.User, e.Name,
		e.At, e.Edited, record.EncodeChanges(c, e.Changes), hash)
	return Translate(err)
}

func (t *transaction) PutJudged(op record.OpID, j store.Judged) error {
	args := ""
	if len(j.Verdict.Args) > 0 {
		b, err := json.Marshal(j.Verdict.Args)
		if err != nil {
			return err
		}
		args = string(b)
	}
	_, err := t.puts.judged.Exec(op[:], j.Device, j.Payload, j.Verdict.Status, j.Verdict.Version, j.Verdict.Seq, string(j.Verdict.Code), args)
	return Translate(err)
}

func (t *transaction) PutLast(device uint32, op record.OpID) error {
	_, err := t.tx.Exec(`INSERT INTO last (device, op) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET op = excluded.op`, device, op[:])
	return Translate(err)
}

func (t *transaction) PutAuthor(network string, a protocol.Author) error {
	_, err := t.tx.Exec(`INSERT INTO author (network, number, device, user) VALUES (?, ?, ?, ?)
		ON CONFLICT (network, number) DO UPDATE SET device = excluded.device, user = excluded.user`, network, a.Number, a.Device, a.User)
	return Translate(err)
}

func (t *transaction) PutHead(h store.Head) error {
	hash := h.Hash
	if hash == nil {
		hash = []byte{}
	}
	_, err := t.puts.head.Exec(h.Network, h.Seq, hash, h.Sums.Public.Bytes(), h.Sums.Sensitive.Bytes(), h.Records, h.Public)
	return Translate(err)
}

func (t *transaction) Attempt(fn func() error) error {
	if _, err := t.tx.Exec(`SAVEPOINT attempt`); err != nil {
		return Translate(err)
	}
	if err := fn(); err != nil {
		_, undo := t.tx.Exec(`ROLLBACK TO attempt; RELEASE attempt`)
		return errors.Join(err, Translate(undo))
	}
	_, err := t.tx.Exec(`RELEASE attempt`)
	return Translate(err)
}
