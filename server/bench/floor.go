package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// playFloor is L1: it reads a filled replica's organizations and search documents into memory, and writes them to a new
// file with the same tables and indexes: prepared statements, one transaction, durable.
func playFloor(args []string) error {
	source, err := sql.Open("sqlite3", "file:"+args[0]+"?mode=ro")
	if err != nil {
		return err
	}
	f := &floor{}
	if err := errors.Join(f.read(source), source.Close()); err != nil {
		return err
	}
	path := args[0] + ".floor"
	took, err := f.write(path)
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + end)
	}
	return errors.Join(err, json.NewEncoder(os.Stdout).Encode(took))
}

type floor struct {
	create []string
	rows   [][]any
	docs   []string
}

// table and search are where a replica keeps organizations.
var table, search = fmt.Sprintf("r%d", organizations.Number), fmt.Sprintf("s%d", organizations.Number)

func (f *floor) read(db *sql.DB) error {
	defs, err := db.Query(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND (name = ?1 OR tbl_name = ?1 AND type = 'index' OR name = ?2)
		ORDER BY type DESC`, table, search)
	if err != nil {
		return err
	}
	defer func() { _ = defs.Close() }()
	for defs.Next() {
		var q string
		if err := defs.Scan(&q); err != nil {
			return err
		}
		f.create = append(f.create, q)
	}
	if err := defs.Err(); err != nil {
		return err
	}
	f.create = append(f.create, "INSERT INTO "+search+" ("+search+", rank) VALUES ('hashsize', 8388608)")
	at, err := f.readRows(db)
	if err != nil {
		return err
	}
	return f.readDocs(db, at)
}

func (f *floor) readRows(db *sql.DB) (at map[int64]int, err error) {
	rows, err := db.Query("SELECT * FROM " + table + " ORDER BY row")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	at = map[int64]int{}
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		at[row[0].(int64)] = len(f.rows)
		f.rows = append(f.rows, row)
	}
	return at, rows.Err()
}

// readDocs makes the search documents from the index's own list of terms: it keeps no texts.
func (f *floor) readDocs(db *sql.DB, at map[int64]int) error {
	rows, err := db.Query("SELECT term, doc FROM " + search + "v")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	words := make([]strings.Builder, len(f.rows))
	for rows.Next() {
		var term sql.RawBytes
		var doc int64
		if err := rows.Scan(&term, &doc); err != nil {
			return err
		}
		if i, ok := at[doc]; ok {
			words[i].Write(term)
			words[i].WriteByte(' ')
		}
	}
	for i := range words {
		f.docs = append(f.docs, words[i].String())
	}
	return rows.Err()
}

func (f *floor) write(path string) (took float64, err error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_cache_size=-65536")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for _, q := range f.create {
		if _, err := db.Exec(q); err != nil {
			return 0, fmt.Errorf("%s: %w", q, err)
		}
	}
	began := time.Now()
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	row, err := tx.Prepare("INSERT INTO " + table + " VALUES (?" + strings.Repeat(", ?", len(f.rows[0])-1) + ")")
	if err != nil {
		return 0, err
	}
	defer func() { _ = row.Close() }()
	doc, err := tx.Prepare("INSERT INTO " + search + " (rowid, text) VALUES (?, ?)")
	if err != nil {
		return 0, err
	}
	defer func() { _ = doc.Close() }()
	for i, r := range f.rows {
		if _, err := row.Exec(r...); err != nil {
			return 0, err
		}
		if _, err := doc.Exec(r[0], f.docs[i]); err != nil {
			return 0, err
		}
	}
	err = tx.Commit()
	return time.Since(began).Seconds(), err
}
