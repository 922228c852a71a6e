package replica

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func small(number uint16, name string, fields ...schema.Field) schema.Collection {
	return schema.Collection{Number: number, Name: name, Title: "name", Fields: append([]schema.Field{
		{Number: 10, Name: "name", Type: schema.Text, MaxLength: 50, Search: true, Grid: true},
	}, fields...)}
}

func mustSchema(t *testing.T, c ...schema.Collection) *schema.Schema {
	t.Helper()
	s, err := schema.New(c...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestGrowth opens a file with a schema that learned a field and a collection: what was kept encoded becomes a value
// that can be sought, sorted and counted, and what a record is does not change by a byte.
func TestGrowth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replica.db")
	old := mustSchema(t, small(2, "thing"))
	grown := mustSchema(t, small(2, "thing",
		schema.Field{Number: 11, Name: "color", Type: schema.Text, MaxLength: 50, Search: true, Grid: true},
		schema.Field{Number: 12, Name: "size", Type: schema.Integer, Indexed: true},
		schema.Field{Number: 13, Name: "kinds", Type: schema.Texts, MaxLength: 50},
	), small(3, "other"))
	newThing, _ := grown.CollectionByNumber(2)

	r := openReplica(t, path, old)
	var want [][]byte
	var ids []record.ID
	for i := 0; i < 1200; i++ {
		rec := &record.Record{
			Key: record.Key{Network: "PE", Collection: 2, ID: record.NewID()}, Version: 1, Seq: uint64(i + 1),
			Fields: map[uint16]schema.Value{10: "thing", 11: encoded("verde oliva"), 12: encoded(i), 13: encoded([]string{"a", "b"}), 77: encoded("later")},
			Stamps: map[uint16]record.Stamp{10: {Version: 1, Device: 1, Edited: 5}, 11: {Version: 1, Device: 1, Edited: 5}},
		}
		apply(t, r, rec)
		c, _ := old.CollectionByNumber(2)
		want, ids = append(want, record.EncodeBody(c, rec)), append(ids, rec.ID)
	}
	newOther, _ := grown.CollectionByNumber(3)
	stranger := &record.Record{
		Key: record.Key{Network: "PE", Collection: 3, ID: record.NewID()}, Version: 1, Fields: map[uint16]schema.Value{10: "forastera"},
		Stamps: map[uint16]record.Stamp{10: {Version: 1, Device: 1, Edited: 5}},
	}
	write(t, r, func(tx *Tx) error {
		came := Stranger{Key: stranger.Key, Seq: 1201, Body: record.EncodeBody(newOther, stranger)}
		older := Stranger{Key: stranger.Key, Seq: 1200, Body: []byte{0x84, 0x09, 0xf4, 0xa0, 0x80}}
		if err := tx.ApplyStrangers([]Stranger{came, older, came}); err != nil {
			return err
		}
		return tx.PutNetwork(NetworkState{Code: "PE", Seq: 1201, Complete: true})
	})
	checkSums(t, r, "PE")
	before, err := r.Networks(ctx)
	if err != nil || before[0].Records != 1201 {
		t.Fatalf("%+v %v", before, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	r = openReplica(t, path, grown)
	after, err := r.Networks(ctx)
	if err != nil || after[0].Sums.Of(record.Everything) != before[0].Sums.Of(record.Everything) || after[0].Records != 1201 || !after[0].Complete {
		t.Errorf("growing changed what the replica holds: %+v, before %+v, %v", after, before, err)
	}
	if row, err := r.Get(ctx, "other", stranger.ID); err != nil || !bytes.Equal(record.EncodeBody(newOther, row.Record), record.EncodeBody(newOther, stranger)) || row.Record.Seq != 1201 {
		t.Errorf("the record of a collection that was not known: %+v %v", row, err)
	}
	for i, id := range ids {
		row, err := r.Get(ctx, "thing", id)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(record.EncodeBody(newThing, row.Record), want[i]) {
			t.Fatal("growing changed a record")
		}
		if row.Record.Fields[11] != "verde oliva" || row.Record.Fields[12] != int64(i) {
			t.Fatalf("fields: %v", row.Record.Fields)
		}
	}
	for _, q := range []Query{
		{Search: "oliv"}, {Where: []Condition{{"size", ">=", "0"}}}, {Where: []Condition{{"kinds", "=", "a"}}}, {Where: []Condition{{"color", "=", "VERDE OLIVA"}}},
	} {
		q.Collection = "thing"
		if res := query(t, r, q); res.Total != 1200 {
			t.Errorf("%+v: %d", q, res.Total)
		}
	}
	if res := query(t, r, Query{Collection: "thing", Sort: []Order{{"size", true}}, Limit: 1}); res.Rows[0].Record.Fields[12] != int64(1199) {
		t.Errorf("sorted by the new field: %v", res.Rows[0].Record.Fields)
	}
	if res := query(t, r, Query{Collection: "other", Search: "forast"}); res.Total != 1 {
		t.Error("the new collection is not searched")
	}
	checkSums(t, r, "PE")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	refusedUntouched(t, path, old)
}

// refusedUntouched opens a file that only a newer build understands.
func refusedUntouched(t *testing.T, path string, s *schema.Schema) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wal, _ := os.ReadFile(path + "-wal")
	if _, err := Open(path, Options{Schema: s}); !fault.Is(err, fault.ReplicaNewer) {
		t.Errorf("opened a newer file: %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a newer file was changed: %v", err)
	}
	if now, _ := os.ReadFile(path + "-wal"); !bytes.Equal(wal, now) {
		t.Error("a newer file's log was changed")
	}
}

func TestNewerIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replica.db")
	r := openReplica(t, path, nil)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	refusedUntouched(t, path, nil)
}

// TestNewerAfterCrash has the newer version number in the log only.
func TestNewerAfterCrash(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "replica.db"), filepath.Join(dir, "copy.db")
	r := openReplica(t, path, nil)
	write(t, r, func(tx *Tx) error { _, err := tx.Exec("PRAGMA user_version = 2"); return err })
	for _, suffix := range []string{"", "-wal"} { // as after a crash: the log was not folded in
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refusedUntouched(t, copied, nil)
}

func TestCrashLosesNothing(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "replica.db"), filepath.Join(dir, "copy.db")
	r, g := openReplica(t, path, nil), newGenerator()
	apply(t, r, g.list(100, "PE")...)
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := openReplica(t, copied, nil)
	if res := query(t, again, Query{Limit: -1}); res.Total != 100 {
		t.Errorf("%d of 100 rows after a crash", res.Total)
	}
	checkSums(t, again, "PE")
}

func TestCorrupt(t *testing.T) {
	dir := t.TempDir()
	for name, damage := range map[string]func([]byte) []byte{
		"not SQLite": func([]byte) []byte { return bytes.Repeat([]byte("no database "), 1000) },
		"header":     func(b []byte) []byte { copy(b, "garbage garbage!"); return b },
		"catalog":    func(b []byte) []byte { copy(b[100:4096], bytes.Repeat([]byte{0xa5}, 3996)); return b },
	} {
		path := filepath.Join(dir, name)
		r, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		apply(t, r, newGenerator().list(10, "PE")...)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, damage(b), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{}); !fault.Is(err, fault.ReplicaCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !fault.Is(err, fault.ReplicaCorrupt) {
		t.Errorf("opened another program's file: %v", err)
	}
}

func TestOpenTwiceInARow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space & ? ñ.db")
	for i := 0; i < 3; i++ {
		r, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file has another name: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no", "such", "folder.db"), Options{}); err == nil {
		t.Error("opened a file in a folder that is not there")
	}
}

func TestDiskFull(t *testing.T) {
	r, g := newReplica(t), newGenerator()
	apply(t, r, g.list(50, "PE")...)
	if err := r.write.Run("PRAGMA max_page_count = " + itoa(pages(t, r)+5)); err != nil {
		t.Fatal(err)
	}
	err := r.Write(func(tx *Tx) error {
		_ = tx.ApplyRecords(g.list(2000, "PE"), nil) // even one that carries on commits nothing
		_, err := tx.Exec("CREATE TABLE more (x)")
		return err
	})
	if !fault.Is(err, fault.DiskFull) {
		t.Fatalf("full disk: %v", err)
	}
	if res := query(t, r, Query{Limit: -1}); res.Total != 50 {
		t.Errorf("%d rows, there were 50", res.Total)
	}
	checkSums(t, r, "PE")
	if err := r.write.Run("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	apply(t, r, g.list(500, "PE")...)
	if res := query(t, r, Query{Search: "coop", Limit: -1}); res.Total == 0 {
		t.Error("nothing is found once there is room again")
	}
	checkSums(t, r, "PE")
}

func pages(t *testing.T, r *Replica) int {
	t.Helper()
	row, err := r.write.Row("PRAGMA page_count")
	if err != nil {
		t.Fatal(err)
	}
	return int(row[0].(int64))
}
