package replica

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strings"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

const (
	// format is the file's PRAGMA user_version. Raise it when anything but the schema's own tables changes shape, and
	// give grow a step for it. A build refuses files with a higher one.
	format = 1
	// applicationID marks the file as a replica: "Acop".
	applicationID = 0x41636f70
	// cheapCheckBytes bounds the files that are checked for damage after an unclean end. SQLite recovers those by
	// itself; the check is for what it cannot know.
	cheapCheckBytes = 32 << 20
)

// Open opens the replica at path, creating it or bringing it to this build's schema first. It fails with
// fault.ReplicaNewer when a newer build made the file, which is then untouched, and with fault.ReplicaCorrupt,
// fault.DiskFull or fault.DiskReadOnly. The caller holds the lock that keeps other processes out.
func Open(path string, o Options) (*Replica, error) {
	if o.Schema == nil {
		o.Schema = schema.Registry()
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	r := &Replica{
		path: path, schema: schema.Live(o.Schema), clock: o.Clock, ids: o.IDs, atCommit: o.AtCommit,
		counts: newCountCache(), subscribers: map[int]func(Change){},
	}
	r.read = openReaders(path) // which opens nothing until it is used
	found, err := r.inspect(path)
	if err != nil {
		return nil, errors.Join(translate(err), r.read.Close())
	}
	if r.write, err = openWriter(path, writeOptions, r.layout().upkeep); err != nil {
		return nil, errors.Join(openFault(err), r.read.Close())
	}
	if err := r.prepare(found); err != nil {
		return nil, errors.Join(translate(err), r.Close())
	}
	if err := r.read.PingContext(context.Background()); err != nil {
		return nil, errors.Join(translate(err), r.Close())
	}
	return r, nil
}

// openFault tells a folder that cannot be written to from other trouble.
func openFault(err error) error {
	if errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "unable to open database file") {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	return translate(err)
}

// found is what a look at the file shows before anything is written to it.
type found struct {
	exists  bool
	unclean bool // the last user did not close it
	suspect bool // the last user met damage in it
	current bool // its tables are already this schema's
	size    int64
}

// inspect looks at the file without changing it, and settles which tables it has to have.
func (r *Replica) inspect(path string) (found, error) {
	r.tables.Store(layoutOf(r.schema))
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && info.Size() == 0) {
		cleared(path)
		return found{}, nil
	}
	if err != nil {
		return found{}, fault.Wrap(err, fault.DiskReadOnly)
	}
	f := found{exists: true, size: info.Size()}
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		f.unclean = true
	}
	_, err = os.Stat(path + suspectSuffix)
	f.suspect = err == nil
	var version, app, objects int
	err = r.read.QueryRow("SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version, pragma_application_id").
		Scan(&version, &app, &objects)
	switch {
	case err != nil:
		return found{}, err
	case objects == 0 && version == 0:
		return found{size: f.size}, nil // created, and then interrupted
	case version > format:
		return found{}, fault.New(fault.ReplicaNewer)
	case app != applicationID || version < 1:
		return found{}, fault.Wrap(fmt.Errorf("application id %#x, format %d", app, version), fault.ReplicaCorrupt)
	}
	var hash string
	if err := r.read.QueryRow("SELECT value FROM replica_meta WHERE key = 'layout'").Scan(&hash); err != nil {
		return found{}, err
	}
	own, err := ownFields(func(query string, see func([]driver.Value) error) error { return eachRow(r.read, query, see) }, r.layout())
	if err != nil {
		return found{}, err
	}
	if len(own) > 0 {
		r.schema.Adopt(own)
		r.tables.Store(layoutOf(r.schema))
	}
	if f.current = hash == r.layout().hash(); f.current {
		return f, nil
	}
	return f, r.layout().covers(r.read)
}

// covers fails with fault.ReplicaNewer when the file has tables or fields that this build does not know: it would write
// records without them.
func (l *layout) covers(db *sql.DB) error {
	rows, err := db.Query(`SELECT m.name, p.name FROM sqlite_schema m, pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name GLOB 'r[0-9]*' AND p.name GLOB 'f[0-9]*'`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	known := map[string]bool{}
	for _, t := range l.tables {
		for _, c := range t.columns {
			known[t.name+"."+c.name] = true
		}
	}
	for rows.Next() {
		var table, col string
		if err := rows.Scan(&table, &col); err != nil {
			return err
		}
		if !known[table+"."+col] && !isOwnColumn(col) {
			return fault.Wrap(fmt.Errorf("unknown column %s.%s", table, col), fault.ReplicaNewer)
		}
	}
	return rows.Err()
}

// hash stands for everything that the schema decides about the file.
func (l *layout) hash() string {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, strangerTable) // a hash.Hash never fails
	if l.upkeep != nil {
		_, _ = fmt.Fprintln(h, upkeepTables, l.upkeep.deriveOne)
	}
	for _, t := range l.tables {
		parts := append(t.create(), t.view(), fmt.Sprint(t.documents()))
		for _, q := range t.indexes {
			parts = append(parts, q)
		}
		sort.Strings(parts)
		_, _ = fmt.Fprintln(h, strings.Join(parts, "\n")) // a hash.Hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// prepare checks a file that was not closed, and creates or changes the tables where that is needed.
func (r *Replica) prepare(f found) error {
	if f.suspect || (f.unclean && f.size <= cheapCheckBytes) {
		row, err := r.write.Row("PRAGMA quick_check(1)")
		if err != nil {
			return err
		}
		if row != nil && row[0] != "ok" {
			return fault.Wrap(fmt.Errorf("quick_check: %v", row[0]), fault.ReplicaCorrupt)
		}
		cleared(r.path)
	}
	if f.exists && f.current {
		return nil
	}
	return r.Write(func(tx *Tx) error {
		if !f.exists {
			if err := tx.createFile(); err != nil {
				return err
			}
		}
		return tx.grow()
	})
}

// ownTables are the tables that do not come from the schema. Entries are clustered by record, which makes a record's
// history one read and keeps the table at one tree.
const ownTables = `
CREATE TABLE replica_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE network_state (
  code      TEXT PRIMARY KEY,
  ordinal   INTEGER NOT NULL UNIQUE,
  seq       INTEGER NOT NULL,
  hash      BLOB,
  complete  INTEGER NOT NULL,
  class     INTEGER NOT NULL,
  records   INTEGER NOT NULL,
  public    BLOB NOT NULL,
  sensitive BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE tally (
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  live       INTEGER NOT NULL,
  deleted    INTEGER NOT NULL,
  PRIMARY KEY (collection, network)
) WITHOUT ROWID;
CREATE TABLE entry (
  id         BLOB NOT NULL,
  seq        INTEGER NOT NULL,
  op         BLOB NOT NULL,
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  kind       INTEGER NOT NULL,
  status     INTEGER NOT NULL,
  device     INTEGER NOT NULL,
  user       TEXT NOT NULL,
  name       TEXT NOT NULL,
  at         INTEGER NOT NULL,
  edited     INTEGER NOT NULL,
  changes    BLOB NOT NULL,
  PRIMARY KEY (id, seq, op, network)
) WITHOUT ROWID;
CREATE TABLE author (number INTEGER PRIMARY KEY, device TEXT NOT NULL, user TEXT NOT NULL);
CREATE TABLE batch_change (
  n          INTEGER PRIMARY KEY,
  batch      BLOB NOT NULL,
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  created    INTEGER NOT NULL,
  changes    BLOB NOT NULL
);
CREATE INDEX batch_change_batch ON batch_change (batch);
`

func (tx *Tx) createFile() error {
	_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d; %s", format, applicationID, ownTables))
	return err
}
