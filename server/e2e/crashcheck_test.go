package e2e

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the files are looked at as they are

	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// check holds everything that was promised against what there is.
func (c *crash) check() {
	c.t.Helper()
	sum := c.server.checksum("PE")
	for _, v := range c.laptops {
		st := v.laptop.status()
		if st.Pending != 0 || st.State != "up_to_date" && st.Rejected == 0 {
			c.t.Errorf("laptop %d has not finished: %+v", v.number, st)
		}
		if v.laptop.checksum("PE") != sum {
			c.t.Errorf("laptop %d differs from the server", v.number)
		}
	}
	found := c.traces()
	c.server.settle()
	c.server.stop()
	wholeFile(c.t, filepath.Join(c.server.dir, "acopio.db"))
	wholeFile(c.t, filepath.Join(c.server.dir, "office.db"))
	for _, v := range c.laptops {
		wholeFile(c.t, filepath.Join(v.laptop.dir, "replica.db"))
		if aside, err := filepath.Glob(filepath.Join(v.laptop.dir, "*.damaged-*")); err != nil || len(aside) > 0 {
			c.t.Errorf("laptop %d took its file for damaged: %v %v", v.number, aside, err)
		}
	}
	c.checkOffice()
	c.checkAcked()
	for _, e := range c.ledger.saved {
		text := found[e.Record]
		if e.Token != "" && !strings.Contains(text, e.Token) || e.Token == "" && !strings.Contains(text, traceOfDeletion) {
			c.t.Errorf("saved and lost: %+v; of the record there is\n%s", e, text)
		}
	}
}

const traceOfDeletion = "\ndeleted\n"

// traces is, for each record, all that is told of it anywhere: its history, its conflicts and theirs, and the edits that
// laptops show as not accepted.
func (c *crash) traces() map[string]string {
	c.t.Helper()
	db := openFile(c.t, filepath.Join(c.server.dir, "acopio.db"))
	defer func() { _ = db.Close() }()
	rows, err := db.Query(`SELECT collection, id, kind, changes FROM log ORDER BY network, seq`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found, about := map[string]*strings.Builder{}, map[string]string{}
	trace := func(id, text string) {
		if found[id] == nil {
			found[id] = &strings.Builder{}
		}
		found[id].WriteString(text)
	}
	for rows.Next() {
		var number uint16
		var id, changes []byte
		var kind record.Kind
		if err := rows.Scan(&number, &id, &kind, &changes); err != nil {
			c.t.Fatal(err)
		}
		of := record.ID(id).String()
		text := textOf(c.t, number, changes)
		if col, ok := schema.Registry().CollectionByNumber(number); ok && col.Name == "conflict" {
			if at := strings.Index(text, "record="); at >= 0 {
				about[of] = text[at+len("record=") : at+len("record=")+36]
			}
			of = about[of]
		}
		trace(of, text)
		if kind == record.Delete || strings.Contains(text, `{"deleted":true}`) {
			trace(of, traceOfDeletion)
		}
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	for _, v := range c.laptops {
		for _, r := range lines[struct {
			ID, Kind string
			Changes  json.RawMessage
		}](c.t, v.laptop.ok("rejected", "--json")) {
			trace(r.ID, string(r.Changes))
			if r.Kind == "delete" {
				trace(r.ID, traceOfDeletion)
			}
		}
	}
	out := make(map[string]string, len(found))
	for id, b := range found {
		out[id] = b.String()
	}
	return out
}

// textOf is a log entry's changes as name=value, one a line.
func textOf(t *testing.T, number uint16, changes []byte) string {
	t.Helper()
	col, ok := schema.Registry().CollectionByNumber(number)
	if !ok {
		t.Fatalf("collection %d", number)
	}
	list, err := record.DecodeChanges(col, changes)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, ch := range list {
		if f, ok := col.FieldByNumber(ch.Field); ok {
			fmt.Fprintf(&b, "%s=%s\n", f.Name, record.Text(ch.New))
		}
	}
	return b.String()
}

// checkAcked: the server has every verdict that it ever gave, and the log every change that one stands for.
func (c *crash) checkAcked() {
	c.t.Helper()
	db := openFile(c.t, filepath.Join(c.server.dir, "acopio.db"))
	defer func() { _ = db.Close() }()
	var head, entries uint64
	if err := db.QueryRow(`SELECT seq, (SELECT COUNT(*) FROM log WHERE network = 'PE') FROM head WHERE network = 'PE'`).Scan(&head, &entries); err != nil || head != entries {
		c.t.Errorf("the head is at %d and the log has %d entries: %v", head, entries, err)
	}
	for op, v := range c.ledger.acked {
		have := protocol.Verdict{Op: op}
		err := db.QueryRow(`SELECT status, version, seq, code FROM judged WHERE op = ?`, op[:]).Scan(&have.Status, &have.Version, &have.Seq, &have.Code)
		if err != nil || have.Status != v.Status || have.Version != v.Version || have.Seq != v.Seq || have.Code != v.Code {
			c.t.Errorf("acknowledged and lost: %+v, the server has %+v, %v", v, have, err)
		}
		if v.Status == record.Rejected || v.Seq == 0 {
			continue
		}
		var seq uint64
		err = db.QueryRow(`SELECT seq FROM log WHERE op = ?`, op[:]).Scan(&seq)
		if errors.Is(err, sql.ErrNoRows) {
			continue // it changed nothing that was not so already
		}
		if err != nil || seq > v.Seq {
			c.t.Errorf("the log has %v at %d, acknowledged at %d: %v", op, seq, v.Seq, err)
		}
	}
}

// checkOffice: the office's replica, after all its deaths, is where the server is.
func (c *crash) checkOffice() {
	c.t.Helper()
	type state struct {
		seq               uint64
		public, sensitive string
	}
	read := func(file, query string) (s state) {
		db := openFile(c.t, filepath.Join(c.server.dir, file))
		defer func() { _ = db.Close() }()
		if err := db.QueryRow(query).Scan(&s.seq, &s.public, &s.sensitive); err != nil {
			c.t.Fatal(err)
		}
		return s
	}
	store := read("acopio.db", `SELECT seq, hex(public), hex(sensitive) FROM head WHERE network = 'PE'`)
	office := read("office.db", `SELECT seq, hex(public), hex(sensitive) FROM network_state WHERE code = 'PE'`)
	if store != office {
		c.t.Errorf("the store is at %+v, the office at %+v", store, office)
	}
}

func openFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=rw&_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// wholeFile is SQLite's own word on a file that nobody has open, and on its log. It looks at copies: looking at a file
// folds its log into it.
func wholeFile(t *testing.T, path string) {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(path))
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		if err == nil {
			err = os.WriteFile(to+end, b, 0o600)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
			return
		}
	}
	db := openFile(t, to)
	defer func() { _ = db.Close() }()
	var word string
	if err := db.QueryRow(`PRAGMA integrity_check(1)`).Scan(&word); err != nil || word != "ok" {
		t.Errorf("%s: %s %v", filepath.Base(path), word, err)
	}
}
