package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// querier is what reading needs of a transaction or a connection.
type querier interface {
	Query(query string, args ...any) (*sql.Rows, error)
	QueryRow(query string, args ...any) *sql.Row
}

type connQuerier struct{ conn *sql.Conn }

func (c connQuerier) Query(query string, args ...any) (*sql.Rows, error) {
	return c.conn.QueryContext(context.Background(), query, args...)
}

func (c connQuerier) QueryRow(query string, args ...any) *sql.Row {
	return c.conn.QueryRowContext(context.Background(), query, args...)
}

// A sign before a question mark hides what is bound from SQLite's planner, which would prepare the statement anew each time
// for an argument that it may choose an index by.
type reader struct {
	q      querier
	schema *schema.Schema
}

const headColumns = `network, seq, hash, public, sensitive, records, shown, swept`

func scanHead(scan func(...any) error) (store.Head, error) {
	var h store.Head
	var public, sensitive []byte
	err := scan(&h.Network, &h.Seq, &h.Hash, &public, &sensitive, &h.Records, &h.Public, &h.Swept)
	h.Sums = record.Digest{Public: record.SumOf(public), Sensitive: record.SumOf(sensitive)}
	return h, err
}

func (r *reader) Heads() ([]store.Head, error) {
	return all(r.q, scanHead, `SELECT `+headColumns+` FROM head ORDER BY network`)
}

func (r *reader) Head(network string) (store.Head, bool, error) {
	h, err := scanHead(r.q.QueryRow(`SELECT `+headColumns+` FROM head WHERE network = ?`, network).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Head{Network: network}, false, nil
	}
	return h, err == nil, Translate(err)
}

func (r *reader) HashAt(network string, seq uint64) ([]byte, error) {
	if seq == 0 {
		return []byte{}, nil
	}
	var hash []byte
	err := r.q.QueryRow(`SELECT hash FROM log WHERE network = ? AND seq = ?`, network, seq).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return hash, Translate(err)
}

const (
	recordWhere = ` FROM record WHERE id = +? AND collection = +? AND network = +?`
	recordQuery = `SELECT seq, body` + recordWhere
)

func (r *reader) Record(key record.Key) (*record.Record, error) {
	c, err := r.collection(key)
	if err != nil {
		return nil, err
	}
	var seq uint64
	var body []byte
	err = r.q.QueryRow(recordQuery, key.ID[:], key.Collection, key.Network).Scan(&seq, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, Translate(err)
	}
	return decode(c, key, seq, body)
}

func (r *reader) collection(key record.Key) (*schema.Collection, error) {
	c, ok := r.schema.CollectionByNumber(key.Collection)
	if !ok {
		return nil, fault.New(fault.UnknownCollection, "collection", "?")
	}
	return c, nil
}

func decode(c *schema.Collection, key record.Key, seq uint64, body []byte) (*record.Record, error) {
	rec, err := record.DecodeBody(c, key, body)
	if err != nil {
		return nil, err
	}
	rec.Seq = seq
	return rec, nil
}

const entryColumns = `network, seq, collection, id, version, op, kind, status, device, user, name, at, edited, changes`

func (r *reader) scanEntry(scan func(...any) error) (record.Entry, error) {
	var e record.Entry
	var id, op, changes []byte
	if err := scan(&e.Network, &e.Seq, &e.Collection, &id, &e.Version, &op, &e.Kind, &e.Status, &e.Device, &e.User, &e.Name, &e.At, &e.Edited, &changes); err != nil {
		return e, err
	}
	copy(e.ID[:], id)
	copy(e.Op[:], op)
	c, ok := r.schema.CollectionByNumber(e.Collection)
	if !ok {
		return e, fault.New(fault.UnknownCollection, "collection", "?")
	}
	var err error
	e.Changes, err = record.DecodeChanges(c, changes)
	return e, err
}

func (r *reader) Log(network string, after, upTo uint64, limit int) ([]record.Entry, error) {
	return all(r.q, r.scanEntry, `SELECT `+entryColumns+` FROM log WHERE network = +? AND seq > ? AND seq <= ? ORDER BY seq LIMIT +?`, network, after, upTo, limit)
}

// pastQuery lists the seqs of the log's entries about one record (its id, network and collection are ?2, ?3 and ?4), each of
// which names the one before it. A damaged file cannot lead it in circles.
const pastQuery = `WITH RECURSIVE past (place) AS (
	SELECT MAX(seq) FROM (
		SELECT seq FROM record WHERE id = +?2 AND network = +?3 AND collection = +?4
		UNION ALL SELECT seq FROM grave WHERE id = +?2 AND network = +?3 AND collection = +?4)
	UNION ALL
	SELECT previous FROM past JOIN log ON network = +?3 AND seq = place WHERE previous > 0 AND previous < place)
	SELECT place FROM past`

const historyQuery = `SELECT ` + entryColumns + ` FROM log WHERE network = +?3 AND seq IN (` + pastQuery + `) ORDER BY seq`

func (r *reader) History(key record.Key) ([]record.Entry, error) {
	return all(r.q, r.scanEntry, historyQuery, nil, key.ID[:], key.Network, key.Collection)
}

func (r *reader) Definitions() ([]*record.Record, error) {
	c, err := r.schema.Collection(schema.OwnFields)
	if err != nil {
		return nil, nil //nolint:nilerr // a schema without them has none
	}
	const ownFields = `SELECT network, id, body FROM record INDEXED BY record_own_field WHERE collection = 80 ORDER BY network, id`
	return all(r.q, func(scan func(...any) error) (*record.Record, error) {
		key := record.Key{Collection: c.Number}
		var id, body []byte
		if err := scan(&key.Network, &id, &body); err != nil {
			return nil, err
		}
		copy(key.ID[:], id)
		return record.DecodeBody(c, key, body)
	}, ownFields)
}

func (r *reader) Referrers(network string, target record.ID) ([]record.Key, error) {
	return all(r.q, func(scan func(...any) error) (record.Key, error) {
		k := record.Key{Network: network}
		var id []byte
		err := scan(&k.Collection, &id)
		copy(k.ID[:], id)
		return k, err
	}, `SELECT collection, id FROM reference WHERE target = ? AND network = ? ORDER BY collection, id`, target[:], network)
}

func (r *reader) Authors(network string) ([]protocol.Author, error) {
	return all(r.q, func(scan func(...any) error) (protocol.Author, error) {
		var a protocol.Author
		err := scan(&a.Number, &a.Device, &a.User)
		return a, err
	}, `SELECT number, device, user FROM author WHERE network = +? ORDER BY number`, network)
}

const judgedQuery = `SELECT device, payload, status, version, seq, code, args FROM judged WHERE op = ?`

func (r *reader) Judged(op record.OpID) (store.Judged, bool, error) {
	j := store.Judged{Verdict: record.Verdict{Op: op}}
	var args string
	err := r.q.QueryRow(judgedQuery, op[:]).
		Scan(&j.Device, &j.Payload, &j.Verdict.Status, &j.Verdict.Version, &j.Verdict.Seq, &j.Verdict.Code, &args)
	if errors.Is(err, sql.ErrNoRows) {
		return j, false, nil
	}
	if err != nil {
		return j, false, Translate(err)
	}
	return judgedOf(j, args)
}

func judgedOf(j store.Judged, args string) (store.Judged, bool, error) {
	if args == "" {
		return j, true, nil
	}
	return j, true, json.Unmarshal([]byte(args), &j.Verdict.Args)
}

func (r *reader) Last(device uint32) (op record.OpID, ok bool, err error) {
	var b []byte
	err = r.q.QueryRow(`SELECT op FROM last WHERE device = ?`, device).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return op, false, nil
	}
	copy(op[:], b)
	return op, err == nil, Translate(err)
}

func (r *reader) Deletions(device uint32, in store.Hours) (n int, err error) {
	err = r.q.QueryRow(`SELECT COALESCE(SUM(count), 0) FROM deletions_by_hour WHERE device = ? AND hour BETWEEN ? AND ?`, device, in.From, in.To).Scan(&n)
	return n, Translate(err)
}

// all reads every row of a query.
func all[T any](q querier, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.Query(query, args...)
	if err != nil {
		return nil, Translate(err)
	}
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, Translate(err)
		}
		out = append(out, v)
	}
	return out, Translate(rows.Err())
}
