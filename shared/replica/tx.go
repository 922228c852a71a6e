package replica

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sort"
	"strconv"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// Tx is a write transaction. It must not be used after Write has returned, nor by several goroutines.
type Tx struct {
	r    *Replica
	w    *writer
	sql  *sql.Tx
	now  clock.Millis
	err  error // the transaction cannot be committed any more
	done bool

	tables   *layout
	grown    *layout // what the tables become with the commit; nil for what they are
	defined  bool    // a field of a network's own was added or changed
	networks map[string]*networkTx
	pending  map[*table]*pendingDocs
	// documents counts those written to the search indexes.
	documents int
	next      map[*table]map[int64]int64 // the next free row, by network ordinal
	fresh     map[*table]bool            // whether the last record applied was a new one
	touched   map[string]map[string]bool
	stale     staleUpkeep
	kind      string
	args      []driver.Value // of the last insertion, used again for the next
	scrub     bool           // what is deleted must not stay readable in the file
}

var errTxDone = errors.New("the transaction has ended")

// Write runs fn in one durable transaction: when it returns nil, what fn wrote is on disk. On an error or panic of fn
// nothing is. Writers wait for each other; a Write inside of fn would wait forever. Errors of fn pass unchanged; SQLite's
// come as fault.DiskFull, DiskReadOnly, ReplicaCorrupt, ReplicaInUse or Internal.
func (r *Replica) Write(fn func(*Tx) error) error {
	ch, err := r.transact(fn)
	if err != nil {
		return r.suspect(translate(err))
	}
	if len(ch.Networks) > 0 {
		r.publish(ch)
	}
	return nil
}

func (r *Replica) transact(fn func(*Tx) error) (_ Change, err error) {
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := r.proveDisk(); err != nil {
		return Change{}, err
	}
	defer func() { r.failed = r.failed || fault.Is(translate(err), fault.DiskFailing) }()
	// Never a context that can be canceled: a rollback in between would let what follows commit by itself.
	begun, err := r.write.db.BeginTx(context.Background(), nil)
	if err != nil {
		return Change{}, err
	}
	tx := &Tx{
		r: r, w: r.write, sql: begun, tables: r.layout(), now: clock.MillisOf(r.clock.Now()), kind: ByDevice,
		networks: map[string]*networkTx{}, pending: map[*table]*pendingDocs{}, next: map[*table]map[int64]int64{},
		fresh: map[*table]bool{}, touched: map[string]map[string]bool{},
		stale: staleUpkeep{organizations: map[record.ID]int64{}, networks: map[string]bool{}},
	}
	committed := false
	defer func() {
		tx.done = true
		if !committed {
			_ = begun.Rollback() // SQLite may have rolled back by itself
		}
		tx.endScrub(committed)
	}()
	if err := fn(tx); err != nil {
		return Change{}, err
	}
	if err := tx.finish(); err != nil {
		return Change{}, err
	}
	r.passCommit(false)
	if err := r.counts.commit(begun.Commit); err != nil {
		return Change{}, err
	}
	committed = true
	r.adopt(tx)
	r.passCommit(true)
	if tx.documents >= manyDocuments {
		r.write.shrink()
	}
	return tx.change(), nil
}

func (r *Replica) passCommit(done bool) {
	if r.atCommit != nil {
		r.atCommit(done)
	}
}

// finish writes what a transaction gathers and refuses to commit one that SQLite gave up.
func (tx *Tx) finish() error {
	if tx.err == nil && tx.defined {
		tx.err = tx.adoptFields()
	}
	if tx.err == nil {
		tx.err = errors.Join(tx.flushDocs(), tx.flushNetworks(), tx.flushUpkeep())
	}
	if tx.err == nil && tx.w.AutoCommit() {
		tx.err = fault.New(fault.Internal) // rolled back behind our back
	}
	return tx.err
}

func (tx *Tx) change() Change {
	ch := Change{Networks: map[string][]string{}, Kind: tx.kind}
	for network, set := range tx.touched {
		names := make([]string, 0, len(set))
		for name := range set {
			names = append(names, name)
		}
		sort.Strings(names)
		ch.Networks[network] = names
	}
	return ch
}

// Now is the time of the transaction, the same all through it.
func (tx *Tx) Now() clock.Millis { return tx.now }

// Touch adds to the Change that subscribers get.
func (tx *Tx) Touch(network, collection string) {
	set := tx.touched[network]
	if set == nil {
		set = map[string]bool{}
		tx.touched[network] = set
	}
	set[collection] = true
}

// Exec runs a statement on tables of other packages in this file.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	res, err := tx.sql.Exec(query, args...)
	return res, tx.check(err)
}

// Query reads within the transaction. The caller closes the rows before it writes on.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	rows, err := tx.sql.Query(query, args...)
	return rows, tx.check(err)
}

// Run executes a statement on tables of other packages that stays prepared: for what is done to each of many records.
func (tx *Tx) Run(query string, args ...driver.Value) error { return tx.run(query, args...) }

// Row is Run for a statement that returns a row, which is valid until the statement is used again; nil if it does not.
func (tx *Tx) Row(query string, args ...driver.Value) ([]driver.Value, error) {
	return tx.row(query, args...)
}

// Each is Row for a statement that returns several, which are shown to see one after the other. see must not use the
// transaction.
func (tx *Tx) Each(query string, see func(row []driver.Value) error, args ...driver.Value) error {
	if err := tx.usable(); err != nil {
		return err
	}
	return tx.check(tx.w.Each(query, func(row []driver.Value) (bool, error) { return true, see(row) }, args...))
}

// QueryRow reads one row within the transaction.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row { return tx.sql.QueryRow(query, args...) }

func (tx *Tx) usable() error {
	if tx.done {
		return fault.Wrap(errTxDone, fault.Internal)
	}
	return tx.err
}

// check remembers an error after which nothing may be committed, even if fn goes on.
func (tx *Tx) check(err error) error {
	if err == nil {
		return nil
	}
	if fatal(err) {
		tx.err = translate(err)
	}
	return translate(err)
}

// run and row are the writer's, within the transaction.
func (tx *Tx) run(query string, args ...driver.Value) error {
	_, err := tx.row(query, args...)
	return err
}

func (tx *Tx) row(query string, args ...driver.Value) ([]driver.Value, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	row, err := tx.w.Row(query, args...)
	if err != nil && isDuplicate(err) {
		return nil, err // for the caller to tell
	}
	return row, tx.check(err)
}

func itoa(n int) string { return strconv.Itoa(n) }
