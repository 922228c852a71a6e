package replica

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Pragmas are per connection, so they are in the address. Commits are durable when they return (synchronous=FULL).
const (
	writeOptions = "mode=rwc&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=0&_txlock=immediate&_busy_timeout=5000" +
		"&_cache_size=-65536&_stmt_cache_size=64"
	readOptions = "mode=ro&_query_only=1&_foreign_keys=0&_busy_timeout=5000&_cache_size=-16384&_stmt_cache_size=64"
	// readers bounds how many reads run at once; more wait.
	readers = 4
	// maxLogBytes is what the write-ahead log is cut back to once its content is in the file.
	maxLogBytes = 64 << 20
)

func address(path, options string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: options}
	return u.String()
}

// connector opens connections and shows each to hook.
type connector struct {
	address string
	hook    func(*sqlite3.SQLiteConn) error
}

func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{ConnectHook: c.hook} }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.address) }

func openReaders(path string) *sql.DB {
	db := sql.OpenDB(connector{address: address(path, readOptions), hook: func(c *sqlite3.SQLiteConn) error {
		if err := c.RegisterFunc("has_words", hasWords, true); err != nil {
			return err
		}
		if err := c.RegisterFunc("sort_key", sortKey, true); err != nil {
			return err
		}
		if err := c.RegisterFunc("folded", foldedValue, true); err != nil {
			return err
		}
		_, err := c.Exec("PRAGMA temp_store=MEMORY", nil)
		return err
	}})
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return db
}

// foldedValue is the SQL function folded(value): text without case and accents; nothing of no value.
func foldedValue(v any) string {
	s, _ := v.(string)
	return fold(s)
}

// hasWords is the SQL function has_words(wanted, text…): whether each of the wanted words, separated by spaces, begins
// a word of the texts. It says of one row what the search index says of all.
func hasWords(wanted string, texts ...any) bool {
	var have []string
	for _, t := range texts {
		if s, ok := t.(string); ok {
			have = append(have, words(s)...)
		}
	}
	for _, w := range strings.Fields(wanted) {
		if !anyPrefixed(have, w) {
			return false
		}
	}
	return true
}

func anyPrefixed(have []string, prefix string) bool {
	for _, h := range have {
		if strings.HasPrefix(h, prefix) {
			return true
		}
	}
	return false
}

// maxStatements bounds the writer's prepared statements: updates have one for each set of changed columns.
const maxStatements = 256

// writer is the one connection that writes. Bulk work goes to the driver directly, on statements that stay prepared:
// database/sql would bind each value in a call of its own.
type writer struct {
	db    *sql.DB
	conn  *sqlite3.SQLiteConn
	stmts map[string]*statement
}

type statement struct {
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue
	dest []driver.Value
}

func openWriter(path, options string, st *upkeepSource) (*writer, error) {
	w := &writer{stmts: map[string]*statement{}}
	w.db = sql.OpenDB(connector{address: address(path, options), hook: func(c *sqlite3.SQLiteConn) error {
		w.conn, w.stmts = c, map[string]*statement{} // the statements of a connection die with it
		return st.register(c)
	}})
	w.db.SetMaxOpenConns(1)
	w.db.SetMaxIdleConns(1)
	if err := w.db.PingContext(context.Background()); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	_, err := w.conn.Exec("PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit="+itoa(maxLogBytes), nil)
	if err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	return w, nil
}

func (w *writer) close() error {
	w.forget()
	return w.db.Close()
}

func (w *writer) forget() {
	for _, s := range w.stmts {
		_ = s.stmt.Close() // finalizing reports the last error again, which was handled where it happened
	}
	w.stmts = map[string]*statement{}
}

func (w *writer) prepare(query string) (*statement, error) {
	if s, ok := w.stmts[query]; ok {
		return s, nil
	}
	if len(w.stmts) >= maxStatements {
		w.forget()
	}
	st, err := w.conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	s := &statement{stmt: st.(*sqlite3.SQLiteStmt)}
	s.args = make([]driver.NamedValue, s.stmt.NumInput())
	for i := range s.args {
		s.args[i].Ordinal = i + 1
	}
	w.stmts[query] = s
	return s, nil
}

// run executes a statement that returns nothing. The driver's query path binds and steps in one crossing into C.
func (w *writer) run(query string, args ...driver.Value) error {
	_, err := w.row(query, args...)
	return err
}

// row executes a statement and returns its first row, which is valid until the statement is used again; nil if none.
func (w *writer) row(query string, args ...driver.Value) ([]driver.Value, error) {
	s, err := w.prepare(query)
	if err != nil {
		return nil, err
	}
	for i := range s.args {
		s.args[i].Value = args[i]
	}
	rows, err := s.stmt.QueryContext(context.Background(), s.args)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // an error of a reset is the one that Next returned
	if s.dest == nil {
		s.dest = make([]driver.Value, len(rows.Columns()))
	}
	if len(s.dest) == 0 {
		return nil, nil
	}
	if err := rows.Next(s.dest); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	return s.dest, nil
}
