package replica

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"

	"acopio/shared/clock"
	"acopio/shared/record"
)

// The upkeep of an organization is what its other records say about it, in one narrow row: the day each part of it was
// last verified, its latest census, how fresh it is and how much it needs a call. It is derived from the rows alone, so
// that two replicas that hold the same records agree. A small transaction derives what it changed itself; a large one
// only notes it, and Freshen derives it when somebody asks. Days are counted from 1970.
var upkeepTables = []string{
	`CREATE TABLE upkeep (
  row          INTEGER PRIMARY KEY, -- the organization's
  id           BLOB NOT NULL,
  network      TEXT NOT NULL,
  country      TEXT,
  profile      INTEGER, -- last verified on; NULL: never
  contacts     INTEGER,
  census       INTEGER,
  sites        INTEGER,
  certificates INTEGER,
  tried        INTEGER, -- last day on which nobody was reached
  year         INTEGER, -- of the latest census, whose figures follow
  members      INTEGER,
  women        INTEGER,
  youth        INTEGER,
  area         REAL,
  day          INTEGER NOT NULL, -- on which the scores were made
  late         INTEGER NOT NULL, -- the parts that are out of date: bit 0 for the first
  fresh        INTEGER NOT NULL, -- 0 to 100
  need         REAL NOT NULL     -- of a call
)`,
	"CREATE INDEX upkeep_need ON upkeep (need DESC, row)",
	"CREATE INDEX upkeep_network_need ON upkeep (network, need DESC, row)",
	"CREATE INDEX upkeep_id ON upkeep (id, network, country)",
	"CREATE TABLE upkeep_stale (row INTEGER PRIMARY KEY)",
}

const (
	dayMs = 24 * 60 * 60 * 1000
	// maxDerived bounds the organizations whose upkeep a transaction derives itself.
	maxDerived = 100
	// staleBatch is how many Freshen derives in one transaction: others may write in between.
	staleBatch = 2000
)

// staleUpkeep is what a transaction changed.
type staleUpkeep struct {
	organizations map[record.ID]int64 // their rows, where known
	networks      map[string]bool     // whose shelf lives changed
}

// noteUpkeep notes whose upkeep a row that changes is part of.
func (tx *Tx) noteUpkeep(t *table, row int64, images ...[]driver.Value) {
	st := tx.tables.upkeep
	if st == nil {
		return
	}
	at, child := st.owner[t]
	for _, img := range images {
		switch {
		case img == nil:
		case t == st.organization:
			tx.stale.organizations[record.ID(img[colID].([]byte))] = row
		case t == st.lives:
			tx.stale.networks[img[colNetwork].(string)] = true
		case child:
			id, ok := img[at].([]byte)
			if !ok || len(id) != len(record.ID{}) {
				continue
			}
			if _, known := tx.stale.organizations[record.ID(id)]; !known {
				tx.stale.organizations[record.ID(id)] = 0
			}
		}
	}
}

// flushUpkeep derives again what the transaction changed, or notes it.
func (tx *Tx) flushUpkeep() error {
	st := tx.tables.upkeep
	if st == nil {
		return nil
	}
	rows, err := tx.staleRows(st)
	if err != nil {
		return err
	}
	if len(rows) > maxDerived {
		err = tx.run("INSERT OR IGNORE INTO upkeep_stale SELECT value FROM json_each(?)", jsonOf(rows))
	} else {
		for _, row := range rows {
			err = errors.Join(err, tx.run("DELETE FROM upkeep WHERE row = ?", row), tx.run(st.deriveOne, tx.today(), row))
		}
	}
	for network := range tx.stale.networks {
		err = errors.Join(err, tx.run(st.scoreNetwork, tx.today(), network))
	}
	clear(tx.stale.organizations)
	clear(tx.stale.networks)
	return err
}

// staleRows are the rows of the organizations noted, ascending. A child may have come before its organization.
func (tx *Tx) staleRows(st *upkeepSource) ([]int64, error) {
	rows := make([]int64, 0, len(tx.stale.organizations))
	for id, row := range tx.stale.organizations {
		if row == 0 {
			found, err := tx.row("SELECT row FROM "+st.organization.name+" WHERE id = ?", id[:])
			if err != nil {
				return nil, err
			}
			if found == nil {
				continue
			}
			row = found[0].(int64)
		}
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return rows, nil
}

// dropUpkeep forgets those of a network whose rows go all at once. What stays is noted.
func (tx *Tx) dropUpkeep(ordinal int64) error {
	st := tx.tables.upkeep
	if st == nil {
		return nil
	}
	first, last := firstRow(ordinal), lastRow(ordinal)
	if err := tx.run("DELETE FROM upkeep WHERE row BETWEEN ? AND ?", first, last); err != nil {
		return err
	}
	return tx.run("INSERT OR IGNORE INTO upkeep_stale SELECT row FROM "+st.organization.name+" WHERE row BETWEEN ? AND ?", first, last)
}

// growUpkeep makes the tables anew and notes every organization: the schema or the derivation has changed.
func (tx *Tx) growUpkeep() error {
	st := tx.tables.upkeep
	if st == nil {
		return nil
	}
	for _, q := range append([]string{"DROP TABLE IF EXISTS upkeep", "DROP TABLE IF EXISTS upkeep_stale"}, upkeepTables...) {
		if err := tx.run(q); err != nil {
			return err
		}
	}
	return tx.run("INSERT INTO upkeep_stale SELECT row FROM " + st.organization.name)
}

// Freshen brings the upkeep up to date, and their scores to today's. Whoever reads upkeep calls it first; when
// there is nothing to do it costs one look.
func (r *Replica) Freshen(ctx context.Context) error {
	st := r.layout().upkeep
	for st != nil {
		today := r.today()
		stale, old := 0, 0
		err := r.view(ctx, func(rd *reader) (err error) {
			if stale, err = rd.integer("SELECT EXISTS (SELECT 1 FROM upkeep_stale)"); err != nil || r.scored.Load() == today {
				return err
			}
			old, err = rd.integer("SELECT EXISTS (SELECT 1 FROM upkeep WHERE day <> ?)", today)
			return err
		})
		if err != nil {
			return err
		}
		if stale+old == 0 {
			r.scored.Store(today)
			return nil
		}
		if err := r.Write(func(tx *Tx) error { return tx.freshen(st) }); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) freshen(st *upkeepSource) error {
	const batch = "(SELECT row FROM upkeep_stale ORDER BY row LIMIT ?)"
	n := int64(staleBatch)
	if err := tx.run("DELETE FROM upkeep WHERE row IN "+batch, n); err != nil {
		return err
	}
	if err := tx.run(st.deriveStale, tx.today(), n); err != nil {
		return err
	}
	if err := tx.run("DELETE FROM upkeep_stale WHERE row IN "+batch, n); err != nil {
		return err
	}
	return tx.run(st.scoreOld, tx.today())
}

func (tx *Tx) today() int64 { return int64(tx.now / dayMs) }

func (r *Replica) today() int64 { return int64(clock.MillisOf(r.clock.Now()) / dayMs) }
