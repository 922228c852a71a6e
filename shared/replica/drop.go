package replica

import (
	"fmt"

	"acopio/shared/record"
)

// DropNetwork removes a network and every row of it from the replica's tables, and what they leave behind in the file:
// the device may no longer have them. Tables of other packages are theirs to clear.
func (tx *Tx) DropNetwork(code string) error {
	if err := tx.startScrub(); err != nil {
		return err
	}
	if err := tx.emptyNetwork(code, "1"); err != nil {
		return err
	}
	for _, table := range []string{"entry", "batch_change", "tally", "stranger"} {
		if err := tx.run("DELETE FROM "+table+" WHERE network = ?", code); err != nil {
			return err
		}
	}
	delete(tx.networks, code)
	return tx.run("DELETE FROM network_state WHERE code = ?", code)
}

// ResetNetwork forgets the server's state of a network, to take it anew from a server that has gone back: clean rows go,
// rows with edits of this device stay visible and wait for the server's, the cursor and the sums return to zero.
func (tx *Tx) ResetNetwork(code string) error {
	if err := tx.emptyNetwork(code, fmt.Sprintf("state = %d", Clean)); err != nil {
		return err
	}
	n, err := tx.network(code)
	if err != nil {
		return err
	}
	for _, t := range tx.tables.tables {
		err := tx.run("UPDATE "+t.name+" SET seq = 0, digest = NULL WHERE row BETWEEN ? AND ?", firstRow(n.ordinal), lastRow(n.ordinal))
		if err != nil {
			return err
		}
		if err := tx.retally(code, n, t); err != nil {
			return err
		}
	}
	if err := tx.run("DELETE FROM stranger WHERE network = ?", code); err != nil {
		return err
	}
	n.sums, n.records, n.changed = record.Digest{}, 0, true
	return tx.run("UPDATE network_state SET seq = 0, hash = NULL, complete = 0 WHERE code = ?", code)
}

// retally counts the rows that a network has in a table.
func (tx *Tx) retally(code string, n *networkTx, t *table) error {
	return tx.run(`INSERT OR REPLACE INTO tally (network, collection, live, deleted)
		SELECT ?, ?, count(*) FILTER (WHERE deleted = 0), count(*) FILTER (WHERE deleted = 1) FROM `+t.name+` WHERE row BETWEEN ? AND ?`,
		code, int64(t.c.Number), firstRow(n.ordinal), lastRow(n.ordinal))
}

// emptyNetwork deletes the rows of a network for which the SQL condition holds. The tallies are left to the caller.
func (tx *Tx) emptyNetwork(code, condition string) error {
	n, err := tx.network(code)
	if err != nil {
		return err
	}
	if err := tx.flushDocs(); err != nil {
		return err
	}
	if err := tx.flushNetworks(); err != nil {
		return err
	}
	for _, t := range tx.tables.tables {
		where := fmt.Sprintf("row BETWEEN %d AND %d AND %s", firstRow(n.ordinal), lastRow(n.ordinal), condition)
		some, err := tx.row("SELECT 1 FROM " + t.name + " WHERE " + where + " LIMIT 1")
		if err != nil {
			return err
		}
		if some == nil {
			continue
		}
		for _, q := range []string{
			"DELETE FROM " + t.search + " WHERE rowid IN (SELECT row FROM " + t.name + " WHERE " + where + " AND deleted = 0)",
			"DELETE FROM " + t.name + " WHERE " + where,
		} {
			if err := tx.run(q); err != nil {
				return err
			}
		}
		if tx.scrub { // merging is what really takes words out of the index
			if err := tx.run("INSERT INTO " + t.search + " (" + t.search + ") VALUES ('optimize')"); err != nil {
				return err
			}
		}
		delete(tx.next, t)
		tx.Touch(code, t.c.Name)
	}
	tx.touchAll(code)
	tx.defined = true
	tx.kind = ByServer
	return tx.dropUpkeep(n.ordinal)
}

// maxVacuumBytes bounds the files that are written anew after a network was dropped: it takes that much memory.
const maxVacuumBytes = 128 << 20

// startScrub has SQLite overwrite what it deletes, until the transaction ends.
func (tx *Tx) startScrub() error {
	tx.scrub = true
	return tx.run("PRAGMA secure_delete = ON")
}

// endScrub takes away what earlier moves inside of the file left in its free space, and empties the write-ahead log. All
// of it is a best effort after the commit: the rows are gone already, and a reader may keep the log in use, which is
// then emptied when the file is closed.
func (tx *Tx) endScrub(committed bool) {
	if !tx.scrub {
		return
	}
	_ = tx.w.Run("PRAGMA secure_delete = OFF")
	if !committed {
		return
	}
	size, err := tx.w.Row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
	if err == nil && size != nil && size[0].(int64) <= maxVacuumBytes {
		_ = tx.w.Run("VACUUM")
	}
	_ = tx.w.Run("PRAGMA wal_checkpoint(TRUNCATE)")
}
