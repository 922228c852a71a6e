package replica

import (
	"context"
	"database/sql"
	"database/sql/driver"

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
	return encodeDigest(record.DigestOf(t.c, server))
}

func encodeDigest(d record.Digest) []byte { return append(d.Public.Bytes(), d.Sensitive.Bytes()...) }

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
	tx.kind = ByServer
	return tx.run("UPDATE network_state SET seq = ?, hash = ?, complete = ?, class = ? WHERE code = ?",
		int64(n.Seq), n.Hash, flag(n.Complete), int64(class), n.Code)
}

// touchAll makes a change known that is not of one collection.
func (tx *Tx) touchAll(network string) {
	if tx.touched[network] == nil {
		tx.touched[network] = map[string]bool{}
	}
}
