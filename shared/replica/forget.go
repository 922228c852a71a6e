package replica

import (
	"context"
	"database/sql/driver"
	"fmt"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// ForgetDeleted removes the rows of a network's deleted records whose last change is not after a seq, and their history, as
// the server has done. Rows with edits of this device stay until those are judged; so do records that were merged into
// others, which say where.
func (tx *Tx) ForgetDeleted(network string, upTo uint64) error {
	n, err := tx.network(network)
	if err != nil {
		return err
	}
	if err := tx.flushNetworks(); err != nil {
		return err
	}
	for _, t := range tx.tables.tables {
		some, err := tx.row("SELECT 1 FROM tally WHERE network = ? AND collection = ? AND deleted > 0", network, int64(t.c.Number))
		if err != nil {
			return err
		}
		if some == nil {
			continue
		}
		if err := tx.forgetDeleted(t, n, network, upTo); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) forgetDeleted(t *table, n *networkTx, network string, upTo uint64) error {
	q := fmt.Sprintf("SELECT id FROM %s WHERE row BETWEEN ? AND ? AND deleted = 1 AND state = %d AND seq BETWEEN 1 AND ?", t.name, Clean)
	if at, ok := t.value[schema.MergedInto]; ok {
		q += " AND " + t.names[at] + " IS NULL"
	}
	var gone []record.ID
	err := each(context.Background(), tx.w.SQLiteConn, q, []driver.Value{firstRow(n.ordinal), lastRow(n.ordinal), int64(upTo)}, func(row []driver.Value) error {
		gone = append(gone, record.ID(row[0].([]byte)))
		return nil
	})
	if err = tx.check(err); err != nil {
		return err
	}
	for _, id := range gone {
		key := record.Key{Network: network, Collection: t.c.Number, ID: id}
		if err := tx.Remove(key); err != nil {
			return err
		}
		if err := tx.run("DELETE FROM entry WHERE id = ? AND network = ? AND collection = ?", id[:], network, int64(key.Collection)); err != nil {
			return err
		}
	}
	return nil
}
