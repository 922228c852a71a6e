package replica

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"acopio/shared/record"
)

// A row's number is its network's ordinal in the upper half and a counter in the lower. So the rows of a network are a
// range, in the tables and in the search index alike: one network can be searched or dropped without looking at others.
const ordinalShift = 32

func firstRow(ordinal int64) int64 { return ordinal << ordinalShift }
func lastRow(ordinal int64) int64  { return (ordinal+1)<<ordinalShift - 1 }

// NetworkState is where the replica stands in a network's feed.
type NetworkState struct {
	Code     string
	Seq      uint64
	Hash     []byte // log hash at Seq
	Complete bool
	Class    record.Class
	Records  int           // living records, as the server has them
	Sums     record.Digest // of the server's state, without edits of this device
}

const networkColumns = "code, seq, hash, complete, class, records, public, sensitive"

func scanNetwork(scan func(...any) error) (NetworkState, error) {
	var n NetworkState
	var public, sensitive []byte
	if err := scan(&n.Code, &n.Seq, &n.Hash, &n.Complete, &n.Class, &n.Records, &public, &sensitive); err != nil {
		return NetworkState{}, err
	}
	n.Sums = record.Digest{Public: record.SumOf(public), Sensitive: record.SumOf(sensitive)}
	return n, nil
}

// Networks lists the networks that are in the replica, by code.
func (r *Replica) Networks(ctx context.Context) ([]NetworkState, error) {
	rows, err := r.read.QueryContext(ctx, "SELECT "+networkColumns+" FROM network_state ORDER BY code")
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	var out []NetworkState
	for rows.Next() {
		n, err := scanNetwork(rows.Scan)
		if err != nil {
			return nil, translate(err)
		}
		out = append(out, n)
	}
	return out, translate(rows.Err())
}

// networkTx gathers what a transaction changes in the sums and counts of a network.
type networkTx struct {
	ordinal int64
	sums    record.Digest
	records int
	changed bool
	tallies map[*table]*tally
}

// tally is by how much the numbers of living and deleted rows of a collection change.
type tally struct{ live, deleted int }

// network loads a network's sums, making it known when it is not yet.
func (tx *Tx) network(code string) (*networkTx, error) {
	if n, ok := tx.networks[code]; ok {
		return n, nil
	}
	row, err := tx.row("SELECT ordinal, records, public, sensitive FROM network_state WHERE code = ?", code)
	if err != nil {
		return nil, err
	}
	if row == nil {
		err := tx.run(`INSERT INTO network_state (code, ordinal, seq, complete, class, records, public, sensitive)
			VALUES (?, (SELECT coalesce(max(ordinal), 0) + 1 FROM network_state), 0, 0, ?, 0, x'', x'')`, code, int64(record.Everything))
		if err != nil {
			return nil, err
		}
		return tx.network(code)
	}
	n := &networkTx{ordinal: row[0].(int64), records: int(row[1].(int64)), tallies: map[*table]*tally{}}
	n.sums = record.Digest{Public: record.SumOf(row[2].([]byte)), Sensitive: record.SumOf(row[3].([]byte))}
	tx.networks[code] = n
	return n, nil
}

func (n *networkTx) tally(t *table) *tally {
	if n.tallies[t] == nil {
		n.tallies[t] = &tally{}
	}
	return n.tallies[t]
}

// move replaces one row's share of the sums: digests are in their stored form, nil for a row that adds nothing.
func (n *networkTx) move(from, to driver.Value) {
	if sameValue(from, to) {
		return
	}
	n.changed = true
	if b, ok := from.([]byte); ok {
		n.sums, n.records = n.sums.Sub(loadDigest(b)), n.records-1
	}
	if b, ok := to.([]byte); ok {
		n.sums, n.records = n.sums.Add(loadDigest(b)), n.records+1
	}
}

// storeDigest is what the server's state of a record adds to its network's sums: nil when it has no living record.
func storeDigest(t *table, server *record.Record) driver.Value {
	if server == nil || server.Deleted || server.Version == 0 {
		return nil
	}
	d := record.DigestOf(t.c, server)
	return append(d.Public.Bytes(), d.Sensitive.Bytes()...)
}

func loadDigest(b []byte) record.Digest {
	if len(b) != 32 {
		return record.Digest{}
	}
	return record.Digest{Public: record.SumOf(b[:16]), Sensitive: record.SumOf(b[16:])}
}

func (tx *Tx) flushNetworks() error {
	for code, n := range tx.networks {
		for t, by := range n.tallies {
			if *by == (tally{}) {
				continue
			}
			err := tx.run(`INSERT INTO tally (network, collection, live, deleted) VALUES (?, ?, ?, ?)
				ON CONFLICT (network, collection) DO UPDATE SET live = live + excluded.live, deleted = deleted + excluded.deleted`,
				code, int64(t.c.Number), int64(by.live), int64(by.deleted))
			if err != nil {
				return err
			}
			*by = tally{}
		}
		if !n.changed {
			continue
		}
		err := tx.run("UPDATE network_state SET records = ?, public = ?, sensitive = ? WHERE code = ?",
			int64(n.records), n.sums.Public.Bytes(), n.sums.Sensitive.Bytes(), code)
		if err != nil {
			return err
		}
		n.changed = false
	}
	return nil
}

// Network is a network's state as the transaction sees it; the zero state for one that is not in the replica.
func (tx *Tx) Network(code string) (NetworkState, error) {
	if err := tx.usable(); err != nil {
		return NetworkState{}, err
	}
	if err := tx.flushNetworks(); err != nil {
		return NetworkState{}, err
	}
	n, err := scanNetwork(tx.sql.QueryRow("SELECT "+networkColumns+" FROM network_state WHERE code = ?", code).Scan)
	if err == sql.ErrNoRows { //nolint:errorlint // Scan returns it bare
		return NetworkState{Code: code}, nil
	}
	return n, tx.check(err)
}

// PutNetwork sets Seq, Hash, Complete and Class. Records and Sums are kept by what is written to the records.
func (tx *Tx) PutNetwork(n NetworkState) error {
	if _, err := tx.network(n.Code); err != nil {
		return err
	}
	class := n.Class
	if class == 0 {
		class = record.Everything
	}
	tx.touchAll(n.Code)
	return tx.run("UPDATE network_state SET seq = ?, hash = ?, complete = ?, class = ? WHERE code = ?",
		int64(n.Seq), n.Hash, flag(n.Complete), int64(class), n.Code)
}

// touchAll makes a change known that is not of one collection.
func (tx *Tx) touchAll(network string) {
	if tx.touched[network] == nil {
		tx.touched[network] = map[string]bool{}
	}
}

// DropNetwork removes a network and every row of it from the replica's tables, and what they leave behind in the file:
// the device may no longer have them. Tables of other packages are theirs to clear.
func (tx *Tx) DropNetwork(code string) error {
	if err := tx.startScrub(); err != nil {
		return err
	}
	if err := tx.emptyNetwork(code, "1"); err != nil {
		return err
	}
	for _, table := range []string{"entry", "batch_change", "tally"} {
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
	for _, t := range tx.r.tables.tables {
		err := tx.run("UPDATE "+t.name+" SET seq = 0, digest = NULL WHERE row BETWEEN ? AND ?", firstRow(n.ordinal), lastRow(n.ordinal))
		if err != nil {
			return err
		}
		err = tx.run(`INSERT OR REPLACE INTO tally (network, collection, live, deleted)
			SELECT ?, ?, count(*) FILTER (WHERE deleted = 0), count(*) FILTER (WHERE deleted = 1) FROM `+t.name+` WHERE row BETWEEN ? AND ?`,
			code, int64(t.c.Number), firstRow(n.ordinal), lastRow(n.ordinal))
		if err != nil {
			return err
		}
	}
	n.sums, n.records, n.changed = record.Digest{}, 0, true
	return tx.run("UPDATE network_state SET seq = 0, hash = NULL, complete = 0 WHERE code = ?", code)
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
	for _, t := range tx.r.tables.tables {
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
	tx.kind = ByServer
	return nil
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
	_ = tx.w.run("PRAGMA secure_delete = OFF")
	if !committed {
		return
	}
	size, err := tx.w.row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
	if err == nil && size != nil && size[0].(int64) <= maxVacuumBytes {
		_ = tx.w.run("VACUUM")
	}
	_ = tx.w.run("PRAGMA wal_checkpoint(TRUNCATE)")
}
