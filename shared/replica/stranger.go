package replica

import (
	"context"
	"database/sql/driver"

	"acopio/shared/fault"
	"acopio/shared/record"
)

// A Stranger is a record of a collection that this build does not know. It is kept as it came, so that the replica still
// proves itself equal to the server's, and becomes a row like any other once a newer build opens the file.
type Stranger struct {
	Key  record.Key
	Seq  uint64
	Body []byte // record.EncodeBody's form
}

const strangerTable = `CREATE TABLE IF NOT EXISTS stranger (
  id         BLOB NOT NULL,
  collection INTEGER NOT NULL,
  network    TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  body       BLOB NOT NULL,
  digest     BLOB,
  PRIMARY KEY (id, collection, network)
) WITHOUT ROWID`

// ApplyStrangers takes over records from the server whose collections this build does not know. It fails with
// fault.BadFrame for a body that cannot be read.
func (tx *Tx) ApplyStrangers(list []Stranger) error {
	for _, s := range list {
		if err := tx.applyStranger(s); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) applyStranger(s Stranger) error {
	d, err := record.DigestOfBody(s.Key, s.Body)
	if err != nil {
		return fault.Wrap(err, fault.BadFrame)
	}
	var digest driver.Value
	if d != (record.Digest{}) {
		digest = encodeDigest(d)
	}
	n, err := tx.network(s.Key.Network)
	if err != nil {
		return err
	}
	id := s.Key.ID
	old, err := tx.row("SELECT seq, digest FROM stranger WHERE id = ? AND collection = ? AND network = ?", id[:], int64(s.Key.Collection), s.Key.Network)
	if err != nil {
		return err
	}
	var before driver.Value
	if old != nil {
		if uint64(old[0].(int64)) >= s.Seq {
			return nil
		}
		before = old[1]
	}
	n.move(before, digest)
	tx.kind = ByServer
	return tx.run("INSERT OR REPLACE INTO stranger (id, collection, network, seq, body, digest) VALUES (?, ?, ?, ?, ?, ?)",
		id[:], int64(s.Key.Collection), s.Key.Network, int64(s.Seq), s.Body, digest)
}

// adopt makes rows of the strangers of a collection that this build knows at last.
func (tx *Tx) adopt(t *table) error {
	var found []*record.Record
	err := each(context.Background(), tx.w.SQLiteConn, "SELECT id, network, seq, body, digest FROM stranger WHERE collection = ? ORDER BY network",
		[]driver.Value{int64(t.c.Number)}, func(row []driver.Value) error {
			key := record.Key{Network: row[1].(string), Collection: t.c.Number}
			copy(key.ID[:], row[0].([]byte))
			rec, err := record.DecodeBody(t.c, key, row[3].([]byte))
			if err != nil {
				return fault.Wrap(err, fault.ReplicaCorrupt)
			}
			rec.Seq = uint64(row[2].(int64))
			found = append(found, rec)
			return nil
		})
	if err != nil {
		return tx.check(err)
	}
	for _, rec := range found {
		id := rec.ID
		old, err := tx.row("SELECT digest FROM stranger WHERE id = ? AND collection = ? AND network = ?", id[:], int64(t.c.Number), rec.Network)
		if err != nil {
			return err
		}
		n, err := tx.network(rec.Network)
		if err != nil {
			return err
		}
		n.move(old[0], nil)
	}
	if err := tx.run("DELETE FROM stranger WHERE collection = ?", int64(t.c.Number)); err != nil {
		return err
	}
	return tx.ApplyRecords(found, nil)
}
