package replica

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sort"
	"strings"
)

// grow brings the tables to this build's schema, in one transaction: what is missing is made, what rows kept encoded
// because no column could hold it moves into the new columns, and sort keys and search documents are made anew where the
// schema changed what they are made of.
func (tx *Tx) grow() error {
	if err := tx.run(strangerTable); err != nil {
		return err
	}
	for _, t := range tx.tables.tables {
		if err := tx.growTable(t); err != nil {
			return err
		}
	}
	if err := tx.growIndexes(); err != nil {
		return err
	}
	if err := tx.growUpkeep(); err != nil {
		return err
	}
	return tx.run("INSERT OR REPLACE INTO replica_meta (key, value) VALUES ('layout', ?)", tx.tables.hash())
}

func (tx *Tx) growTable(t *table) error {
	have, err := tx.strings("SELECT name FROM pragma_table_info('" + t.name + "')")
	if err != nil {
		return err
	}
	if len(have) == 0 {
		for _, q := range t.create() {
			if err := tx.run(q); err != nil {
				return err
			}
		}
		if err := tx.noteDocuments(t); err != nil {
			return err
		}
		return tx.adopt(t)
	}
	return tx.addColumns(t, have)
}

func (tx *Tx) addColumns(t *table, have map[string]bool) error {
	where := ""
	for _, c := range t.columns {
		if have[c.name] && !tx.returns(t, c) {
			continue
		}
		if !have[c.name] {
			if err := tx.run("ALTER TABLE " + t.name + " ADD COLUMN " + c.name + " " + c.kind); err != nil {
				return err
			}
		}
		if where == "" {
			where = " AND extra IS NOT NULL" // only these rows can have values for new columns
		}
		if c.key && have["f"+c.name[1:]] {
			where = " AND 1" // an old field got a sort key: all rows
		}
	}
	search, err := tx.row("SELECT value FROM replica_meta WHERE key = ?", t.search)
	if err != nil {
		return err
	}
	anew := search == nil || search[0] != t.documents()
	if anew {
		where = " AND 1"
		if err := tx.remakeSearch(t); err != nil {
			return err
		}
	}
	if where == "" {
		return nil
	}
	return tx.rewrite(t, where, anew)
}

// documents says what a table's search documents are made of, to notice when that changes.
func (t *table) documents() string {
	var parts []string
	for _, at := range t.documented {
		f := t.columnAt(at).field
		parts = append(parts, fmt.Sprintf("%d:%v:%v", f.Number, f.Search, filterToken(f)))
	}
	return strings.Join(append(parts, t.createSearch()...), ",")
}

func (tx *Tx) noteDocuments(t *table) error {
	return tx.run("INSERT OR REPLACE INTO replica_meta (key, value) VALUES (?, ?)", t.search, t.documents())
}

func (tx *Tx) remakeSearch(t *table) error {
	for _, q := range append([]string{"DROP TABLE IF EXISTS " + t.search + "v", "DROP TABLE IF EXISTS " + t.search}, t.createSearch()...) {
		if err := tx.run(q); err != nil {
			return err
		}
	}
	return tx.noteDocuments(t)
}

const rewriteBatch = 500

// rewrite reads rows in the old shape and writes them in the new. A clean row is the server's, so what it adds to the
// checksum is made again too: a field that was unknown counted as withheld.
func (tx *Tx) rewrite(t *table, where string, documents bool) error {
	after := int64(-1)
	for {
		batch, err := tx.batch(t, where, after)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, old := range batch {
			rec, err := t.record(old.img)
			if err != nil {
				return err
			}
			img := t.image(rec, stateOf(old.img))
			img[colUpdatedAt], img[colUpdatedBy], img[colDigest] = old.img[colUpdatedAt], old.img[colUpdatedBy], old.img[colDigest]
			if stateOf(old.img) == Clean {
				img[colDigest] = storeDigest(t, rec)
			}
			if err := tx.put(t, img, old); err != nil {
				return err
			}
			if documents && !rec.Deleted {
				if err := tx.putDoc(t, old.row, t.document(img), false); err != nil {
					return err
				}
			}
			after = old.row
		}
	}
}

func (tx *Tx) batch(t *table, where string, after int64) ([]*stored, error) {
	var out []*stored
	query := fmt.Sprintf("%s WHERE row > ?%s ORDER BY row LIMIT %d", t.selectAll, where, rewriteBatch)
	err := each(context.Background(), tx.w.SQLiteConn, query, []driver.Value{after}, func(row []driver.Value) error {
		out = append(out, &stored{row: row[0].(int64), img: append([]driver.Value(nil), row[1:]...)})
		return nil
	})
	return out, tx.check(err)
}

// growIndexes makes the indexes and views be those of the schema.
func (tx *Tx) growIndexes() error {
	want := map[string]string{}
	for _, t := range tx.tables.tables {
		for name, q := range t.indexes {
			want[name] = q
		}
		want["v_"+t.c.Name] = t.view()
	}
	for _, kind := range []string{"index", "view"} {
		pattern := map[string]string{"index": "r[0-9]*_*", "view": "v_*"}[kind]
		have, err := tx.strings("SELECT name FROM sqlite_schema WHERE type = ? AND name GLOB ? AND sql IS NOT NULL", kind, pattern)
		if err != nil {
			return err
		}
		for name := range have {
			sql, err := tx.row("SELECT sql FROM sqlite_schema WHERE name = ?", name)
			if err != nil {
				return err
			}
			if sql[0] == want[name] {
				delete(want, name)
				continue
			}
			if err := tx.run("DROP " + kind + " " + name); err != nil {
				return err
			}
		}
	}
	names := make([]string, 0, len(want))
	for name := range want {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := tx.run(want[name]); err != nil {
			return err
		}
	}
	return nil
}

// strings reads a query's only column.
func (tx *Tx) strings(query string, args ...driver.Value) (map[string]bool, error) {
	out := map[string]bool{}
	err := each(context.Background(), tx.w.SQLiteConn, query, args, func(row []driver.Value) error {
		out[row[0].(string)] = true
		return nil
	})
	return out, tx.check(err)
}
