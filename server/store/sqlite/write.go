package sqlite

import (
	"database/sql"
	"encoding/json"

	"acopio/server/store"
	"acopio/shared/direct"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// transaction writes, and reads what is read for every mutation, on statements that stay prepared: anything else would
// double the cost of a mutation.
type transaction struct {
	reader
	tx     *sql.Tx
	direct *direct.Conn         // the one that tx is on
	rows   map[record.Key]int64 // of records that were read: they are not looked up again
}

// Record implements store.Reader.
func (t *transaction) Record(key record.Key) (*record.Record, error) {
	r, _, err := t.Hashed(key)
	return r, err
}

// placeQuery reads a record and where it is.
const placeQuery = `SELECT seq, body, rowid` + recordWhere

// Hashed implements store.Tx.
func (t *transaction) Hashed(key record.Key) (*record.Record, record.Sum, error) {
	c, err := t.collection(key)
	if err != nil {
		return nil, record.Sum{}, err
	}
	row, err := t.direct.Row(placeQuery, key.ID[:], int64(key.Collection), key.Network)
	if err != nil || row == nil {
		return nil, record.Sum{}, Translate(err)
	}
	t.rows[key] = row[2].(int64)
	body := row[1].([]byte)
	r, err := decode(c, key, uint64(row[0].(int64)), body)
	return r, record.HashOfBody(key, body), err
}

// Judged implements store.Reader.
func (t *transaction) Judged(op record.OpID) (store.Judged, bool, error) {
	row, err := t.direct.Row(judgedQuery, op[:])
	if err != nil || row == nil {
		return store.Judged{}, false, Translate(err)
	}
	payload, _ := row[1].([]byte)
	return judgedOf(store.Judged{Device: uint32(row[0].(int64)), Payload: payload, Verdict: record.Verdict{
		Op: op, Status: record.Status(row[2].(int64)), Version: uint64(row[3].(int64)), Seq: uint64(row[4].(int64)), Code: fault.Code(row[5].(string)),
	}}, row[6].(string))
}

func (t *transaction) PutRecord(r *record.Record, body []byte) error {
	deleted := int64(0)
	if r.Deleted {
		deleted = 1
	}
	var err error
	if row, known := t.rows[r.Key]; known {
		err = t.direct.Run(`UPDATE record SET seq = ?, deleted = ?, body = ? WHERE rowid = ?`, int64(r.Seq), deleted, body, row)
	} else {
		err = t.direct.Run(`INSERT INTO record (network, seq, collection, id, deleted, body) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (id, collection, network) DO UPDATE SET seq = excluded.seq, deleted = excluded.deleted, body = excluded.body`,
			r.Network, int64(r.Seq), int64(r.Collection), r.ID[:], deleted, body)
	}
	if err != nil {
		return Translate(err)
	}
	if err := t.addToFeed(r); err != nil {
		return err
	}
	if c, ok := t.schema.CollectionByNumber(r.Collection); ok {
		return t.putReferences(store.References(c, r, true), r.Key)
	}
	return nil
}

func (t *transaction) putReferences(targets []record.ID, from record.Key) error {
	for _, target := range targets {
		err := t.direct.Run(`INSERT OR IGNORE INTO reference (target, network, collection, id) VALUES (?, ?, ?, ?)`,
			target[:], from.Network, int64(from.Collection), from.ID[:])
		if err != nil {
			return Translate(err)
		}
	}
	return nil
}

func (t *transaction) Append(e record.Entry, previous uint64, hash []byte) error {
	c, ok := t.schema.CollectionByNumber(e.Collection)
	if !ok {
		return fault.New(fault.UnknownCollection, "collection", "?")
	}
	return Translate(t.direct.Run(`INSERT INTO log (`+entryColumns+`, hash, previous) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Network, int64(e.Seq), int64(e.Collection), e.ID[:], int64(e.Version), e.Op[:], int64(e.Kind), int64(e.Status), int64(e.Device),
		e.User, e.Name, int64(e.At), int64(e.Edited), record.EncodeChanges(c, e.Changes), hash, int64(previous)))
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
	return Translate(t.direct.Run(`INSERT INTO judged (op, device, payload, status, version, seq, code, args) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		op[:], int64(j.Device), j.Payload, int64(j.Verdict.Status), int64(j.Verdict.Version), int64(j.Verdict.Seq), string(j.Verdict.Code), args))
}

func (t *transaction) PutLast(device uint32, op record.OpID) error {
	_, err := t.tx.Exec(`INSERT INTO last (device, op) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET op = excluded.op`, device, op[:])
	return Translate(err)
}

func (t *transaction) AddDeletions(device uint32, in store.Hours, n int) error {
	_, err := t.tx.Exec(`DELETE FROM deletions_by_hour WHERE device = ? AND (hour < ? OR hour > ?)`, device, in.From, in.To)
	if err == nil {
		_, err = t.tx.Exec(`INSERT INTO deletions_by_hour (device, hour, count) VALUES (?, ?, ?)
			ON CONFLICT (device, hour) DO UPDATE SET count = deletions_by_hour.count + excluded.count`, device, in.To, n)
	}
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
	_, err := t.tx.Exec(`INSERT INTO head (`+headColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (network) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, public = excluded.public,
		sensitive = excluded.sensitive, records = excluded.records, shown = excluded.shown, swept = excluded.swept`, h.Network, h.Seq, hash, h.Sums.Public.Bytes(), h.Sums.Sensitive.Bytes(), h.Records, h.Public, h.Swept)
	return Translate(err)
}
