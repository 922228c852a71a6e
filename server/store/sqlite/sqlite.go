// Package sqlite is the server's embedded store: one SQLite file, in write-ahead mode with full durability.
package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"

	sqlite3 "github.com/mattn/go-sqlite3"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/direct"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// FileName is the store's file in the server's data folder.
const FileName = "acopio.db"

//go:embed migrations/*.sql
var migrations embed.FS

// readers bounds how many reads run at once; more wait.
const readers = 4

// Store implements store.Store. One connection writes; a pool reads.
type Store struct {
	*Connections
	schema *schema.Schema
	epoch  []byte
	floor  uint64
	// restored is nil when the store was not restored.
	restored *store.Restoration
	own      options
	mu       sync.Mutex // serializes Update within the process; SQLite does it between processes
	failed   bool       // the disk failed the last Update: nothing is written until it has proved itself
	folder   *folder    // nil over the caller's connections: a test's files are not folded at times of their own
}

// DSN opens a server's file with the options every connection to it has. busy_timeout is long because commands of
// other processes (acopio-server user add …) share the file. Each connection keeps the statements prepared that it used
// last: preparing them anew would double the cost of most.
func DSN(path string) string {
	q := url.Values{}
	for k, v := range map[string]string{
		"_journal_mode": "WAL", "_synchronous": "FULL", "_busy_timeout": "10000", "_txlock": "immediate",
		"_cache_size": "-64000", "_foreign_keys": "off", "_stmt_cache_size": "64",
	} {
		q.Set(k, v)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// writerCache has the one connection that writes keep the pages of all indexes of a million records between the
// pages of the records themselves, of which a push goes to others each time.
const writerCache = "PRAGMA cache_size = -112000"

// options are what a test owns of a store.
type options struct {
	clock    clock.Clock
	chance   io.Reader
	atCommit func(done bool)
	over     *Connections // nil for the store's own
}

// Option changes what a store takes from its machine; the product uses none.
type Option func(*options)

// WithMachine gives the store another clock, and another source of random bytes, which does not fail.
func WithMachine(c clock.Clock, chance io.Reader) Option {
	return func(o *options) { o.clock, o.chance = c, chance }
}

// AtCommit has fn called on either side of each commit of Update. A test that panics in it leaves the file as a process
// would that dies there.
func AtCommit(fn func(done bool)) Option { return func(o *options) { o.atCommit = fn } }

// Over has the store use connections that stay the caller's: with them a test starts a process again without opening its
// file again, which takes longer than all the rest.
func Over(c *Connections) Option { return func(o *options) { o.over = c } }

func chosen(opts []Option) options {
	o := options{clock: clock.System{}, chance: rand.Reader, atCommit: func(bool) {}}
	for _, set := range opts {
		set(&o)
	}
	return o
}

// Open opens or makes the store in a folder. It fails with fault.ReplicaNewer for a file of a newer server.
func Open(dir string, s *schema.Schema, opts ...Option) (*Store, error) {
	path := filepath.Join(dir, FileName)
	st := &Store{schema: s, own: chosen(opts)}
	if st.Connections = st.own.over; st.Connections == nil {
		var err error
		if st.Connections, err = Connect(path); err != nil {
			return nil, err
		}
	}
	if st.own.over == nil {
		st.folder = newFolder(st)
	}
	if err := st.prepare(); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// Connections are a store's to its file: one writes, a pool reads.
type Connections struct {
	writer, reader *sql.DB
	direct         *direct.Conn // the writer's
}

// Connect makes the connections to a store's file.
func Connect(path string) (*Connections, error) {
	c := &Connections{}
	c.writer = open(DSN(path), 1, func(conn *sqlite3.SQLiteConn) error {
		c.direct = direct.On(conn)
		_, err := conn.Exec(writerCache, nil)
		return err
	})
	var err error
	if c.reader, err = sql.Open("sqlite3", DSN(path)+"&_query_only=on"); err != nil {
		return nil, errors.Join(Translate(err), c.writer.Close())
	}
	c.reader.SetMaxOpenConns(readers)
	c.reader.SetMaxIdleConns(readers)
	return c, nil
}

// OpenBeside makes at most so many connections for what else is kept in a server's file while it serves.
func OpenBeside(path string, connections int) *sql.DB {
	return open(DSN(path), connections, func(*sqlite3.SQLiteConn) error { return nil })
}

// open makes connections that write, and leave folding the write-ahead log to the folder.
func open(address string, connections int, hook func(*sqlite3.SQLiteConn) error) *sql.DB {
	db := sql.OpenDB(direct.Connector{Address: address, Hook: func(conn *sqlite3.SQLiteConn) error {
		if _, err := conn.Exec(foldPragma, nil); err != nil {
			return err
		}
		return hook(conn)
	}})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// Close ends them.
func (c *Connections) Close() error {
	if c.direct != nil {
		c.direct.Forget()
	}
	return errors.Join(c.writer.Close(), c.reader.Close())
}

func (st *Store) prepare() error {
	if err := st.migrate(); err != nil {
		return err
	}
	err := st.writer.QueryRow(`SELECT value FROM meta WHERE key = 'epoch'`).Scan(&st.epoch)
	if errors.Is(err, sql.ErrNoRows) {
		st.epoch, err = newEpoch(st.writer, st.own.chance)
	}
	if err != nil {
		return Translate(err)
	}
	if err := st.writer.QueryRow(`SELECT COALESCE(MAX(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'floor'`).Scan(&st.floor); err != nil {
		return Translate(err)
	}
	if st.restored, err = restoration(st.writer); err != nil {
		return err
	}
	return st.indexReferences()
}

// newEpoch begins a new life of the store in db: at its making, and after a restore.
func newEpoch(db *sql.DB, chance io.Reader) ([]byte, error) {
	epoch := make([]byte, 16)
	_, _ = io.ReadFull(chance, epoch) // it does not fail
	_, err := db.Exec(`INSERT INTO meta (key, value) VALUES ('epoch', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, epoch)
	return epoch, Translate(err)
}

// floorStep is more versions than any record gets in one life of a store.
const floorStep = 1 << 24

// raiseFloor puts the versions of a restored store's new life above those of all before: above the backup's own life,
// and, by the time, above that of a store restored from the same backup earlier.
func raiseFloor(db *sql.DB, now clock.Clock) error {
	_, err := db.Exec(`INSERT INTO meta (key, value) VALUES ('floor', MAX(?1, ?2))
		ON CONFLICT (key) DO UPDATE SET value = MAX(CAST(value AS INTEGER) + ?1, ?2)`, floorStep, clock.MillisOf(now.Now()))
	return Translate(err)
}

func (st *Store) migrate() error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var have int
	if err := st.writer.QueryRow(`PRAGMA user_version`).Scan(&have); err != nil {
		return Translate(err)
	}
	if have == len(files) {
		return nil // nothing to hold others up for
	}
	tx, err := st.writer.Begin()
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := tx.QueryRow(`PRAGMA user_version`).Scan(&have); err != nil {
		return Translate(err)
	}
	if have > len(files) {
		return fault.New(fault.ReplicaNewer)
	}
	for _, name := range files[have:] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(string(text)); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	if _, err := tx.Exec(`PRAGMA user_version = ` + strconv.Itoa(len(files))); err != nil {
		return Translate(err)
	}
	return Translate(tx.Commit())
}

// Epoch implements store.Store.
func (st *Store) Epoch() []byte { return st.epoch }

// Floor implements store.Store.
func (st *Store) Floor() uint64 { return st.floor }

// Restored implements store.Store.
func (st *Store) Restored() (store.Restoration, bool) {
	if st.restored == nil {
		return store.Restoration{}, false
	}
	return *st.restored, true
}

// Close implements store.Store.
func (st *Store) Close() error {
	if st.own.over != nil {
		return nil
	}
	st.folder.close()
	return st.Connections.Close()
}

// Revision implements store.Store.
func (st *Store) Revision(ctx context.Context) (uint64, error) {
	var sum sql.NullInt64
	err := st.reader.QueryRowContext(ctx, `SELECT SUM(seq) FROM head`).Scan(&sum)
	return uint64(sum.Int64), Translate(err)
}

// Update implements store.Store. The transaction is not tied to a context: a cancellation in its middle would roll it
// back under the caller's feet. After an Update that the disk failed, the next one begins with a proof that the disk
// works again.
func (st *Store) Update(fn func(store.Tx) error) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.failed {
		if err := st.proveDisk(); err != nil {
			return err
		}
	}
	err := st.update(fn)
	st.failed = st.failed || fault.Is(err, fault.DiskFailing)
	return err
}

func (st *Store) update(fn func(store.Tx) error) error {
	tx, err := st.writer.Begin()
	if err != nil {
		return Translate(err)
	}
	done := false
	defer func() {
		if !done {
			_ = tx.Rollback() // the first error is the one that counts
		}
	}()
	if err := fn(&transaction{reader: reader{q: tx, schema: st.schema}, tx: tx, direct: st.direct, rows: map[record.Key]int64{}}); err != nil {
		return err
	}
	st.own.atCommit(false)
	done = true
	if err := tx.Commit(); err != nil {
		return Translate(err)
	}
	st.own.atCommit(true)
	if st.folder != nil {
		st.folder.committed()
	}
	return nil
}

// proveDisk writes everything that was committed out once more, into the file itself, and demands that it is synced.
// A system may take pages for written that a failed sync did not write, so that the sync after it succeeds and means
// nothing; pages that are written anew are synced anew.
func (st *Store) proveDisk() error {
	var busy, frames, folded int
	if err := st.writer.QueryRow(`PRAGMA wal_checkpoint(FULL)`).Scan(&busy, &frames, &folded); err != nil {
		return Translate(err)
	}
	if busy != 0 || folded < frames {
		return fault.New(fault.ServerBusy)
	}
	st.failed = false
	return nil
}

// View implements store.Store.
func (st *Store) View(ctx context.Context, fn func(store.Reader) error) (err error) {
	conn, err := st.reader.Conn(ctx)
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = conn.Close() }()
	// A plain BEGIN: the pool's own transactions are immediate, and reading needs no lock.
	// Neither it nor the ROLLBACK can be canceled: canceled once it has begun, it would seem not to have.
	held := context.WithoutCancel(ctx)
	if _, err := conn.ExecContext(held, `BEGIN`); err != nil {
		return Translate(err)
	}
	// Also when fn panics: a connection that went back to the pool within a transaction would read an old state for ever.
	defer func() {
		_, rollbackErr := conn.ExecContext(held, `ROLLBACK`)
		err = errors.Join(err, Translate(rollbackErr))
	}()
	return fn(&reader{q: connQuerier{conn}, schema: st.schema})
}

// Translate turns SQLite's errors into faults a person can act on.
func Translate(err error) error {
	return direct.Fault(err, fault.ServerBusy, fault.BadBackup, "file", FileName)
}
