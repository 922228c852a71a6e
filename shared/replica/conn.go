package replica

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"

	"acopio/shared/direct"
)

// Pragmas are per connection, so they are in the address. Commits are durable when they return (synchronous=FULL).
const (
	writeOptions = "mode=rwc&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=0&_txlock=immediate&_busy_timeout=5000" +
		"&_cache_size=-32768&_stmt_cache_size=64"
	readOptions = "mode=ro&_query_only=1&_foreign_keys=0&_busy_timeout=5000&_cache_size=-16384&_stmt_cache_size=64"
	// readers bounds how many reads run at once; more wait.
	readers = 4
	// maxLogBytes is what the write-ahead log is cut back to once its content is in the file.
	maxLogBytes = 64 << 20
	// foldPages is how long the write-ahead log gets before it is folded into the file: pages that many transactions change,
	// as those of a first sync do, are written there once.
	foldPages = 8000
)

func address(path, options string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: options}
	return u.String()
}

func openReaders(path string) *sql.DB {
	db := sql.OpenDB(direct.Connector{Address: address(path, readOptions), Hook: func(c *sqlite3.SQLiteConn) error {
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

// writer is the one connection that writes. Bulk work goes to it directly.
type writer struct {
	*direct.Conn
	db *sql.DB
}

func openWriter(path, options string, st *upkeepSource) (*writer, error) {
	w := &writer{}
	w.db = sql.OpenDB(direct.Connector{Address: address(path, options), Hook: func(c *sqlite3.SQLiteConn) error {
		w.Conn = direct.On(c) // the statements of a connection die with it
		return st.register(c)
	}})
	w.db.SetMaxOpenConns(1)
	w.db.SetMaxIdleConns(1)
	if err := w.db.PingContext(context.Background()); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	_, err := w.Exec("PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit="+itoa(maxLogBytes)+"; PRAGMA wal_autocheckpoint="+itoa(foldPages), nil)
	if err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	return w, nil
}

// manyDocuments is from how many documents on a transaction leaves search indexes with tables in memory that are worth
// making anew.
const manyDocuments = 500

// shrink gives up what the search indexes hold in memory. Their tables of words grow with the transaction and stay as large,
// and each later one goes over them whole: after a first sync that was most of what an edit took.
func (w *writer) shrink() {
	w.Forget()
	_, _ = w.Exec("PRAGMA writable_schema=RESET", nil) // it reads the schema again; where it cannot, the next statement says so
}

func (w *writer) close() error {
	w.Forget()
	return w.db.Close()
}
