package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"acopio/server/store"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// older makes a store as the build had it whose newest migration was the one of a number.
func older(t *testing.T, number int) (dir string, db *sql.DB) {
	t.Helper()
	dir = t.TempDir()
	db, err := sql.Open("sqlite3", DSN(filepath.Join(dir, FileName)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files[:number] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(string(text)); err != nil {
			t.Fatal(name, err)
		}
	}
	if _, err := db.Exec(fmt.Sprintf("PRAGMA user_version = %d", number)); err != nil {
		t.Fatal(err)
	}
	return dir, db
}

// A store from before entries named the one before them: histories are whole, and it is known what was buried.
func TestHistoriesOfAnOlderStore(t *testing.T) {
	dir, db := older(t, 6)
	c, _ := schema.Registry().CollectionByNumber(2)
	kept, gone, last := record.NewID(), record.NewID(), map[record.Key]uint64{}
	for i, key := range []record.Key{
		{Network: "PE", ID: kept}, {Network: "PE", ID: gone}, {Network: "PE", ID: kept}, {Network: "BO", ID: kept}, {Network: "PE", ID: gone}, {Network: "PE", ID: kept},
	} {
		key.Collection = 2
		seq := uint64(i + 1)
		_, err := db.Exec(`INSERT INTO log (`+entryColumns+`, hash) VALUES (?, ?, 2, ?, ?, ?, 2, 1, 1001, '', '', 0, 0, ?, x'')`,
			key.Network, seq, key.ID[:], seq, make([]byte, 10), record.EncodeChanges(c, nil))
		if err != nil {
			t.Fatal(err)
		}
		last[key] = seq
	}
	for key, seq := range last {
		if key.ID == gone {
			continue
		}
		body := record.EncodeBody(c, &record.Record{Key: key, Version: seq})
		if _, err := db.Exec(`INSERT INTO record (network, seq, collection, id, deleted, body) VALUES (?, ?, 2, ?, 0, ?)`, key.Network, seq, key.ID[:], body); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	err := openIn(t, dir).View(context.Background(), func(r store.Reader) error {
		for key, want := range map[record.Key]string{
			{Network: "PE", Collection: 2, ID: kept}: "[1 3 6]", {Network: "PE", Collection: 2, ID: gone}: "[2 5]", {Network: "BO", Collection: 2, ID: kept}: "[4]",
		} {
			entries, err := r.History(key)
			if err != nil {
				return err
			}
			var seqs []uint64
			for _, e := range entries {
				seqs = append(seqs, e.Seq)
			}
			if got := fmt.Sprint(seqs); got != want {
				t.Errorf("of %v in %s: %s, want %s", key.ID, key.Network, got, want)
			}
			grave, buried, err := r.Buried(key)
			if err != nil || buried != (key.ID == gone) || buried && grave != (store.Grave{Version: 5, Seq: 5}) {
				t.Errorf("%v in %s: %v %v %v", key.ID, key.Network, grave, buried, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A store from before the feed was a table of its own: it has every record, in the order of their last changes.
func TestFeedOfAnOlderStore(t *testing.T) {
	dir, db := older(t, 8)
	c, _ := schema.Registry().CollectionByNumber(2)
	want := map[string][]record.ID{}
	for i, network := range []string{"PE", "BO", "PE", "PE", "BO"} {
		key := record.Key{Network: network, Collection: 2, ID: record.NewID()}
		seq := uint64(9 - i)
		body := record.EncodeBody(c, &record.Record{Key: key, Version: 1, Deleted: i == 2})
		if _, err := db.Exec(`INSERT INTO record (network, seq, collection, id, deleted, body) VALUES (?, ?, 2, ?, ?, ?)`, network, seq, key.ID[:], i == 2, body); err != nil {
			t.Fatal(err)
		}
		want[network] = append([]record.ID{key.ID}, want[network]...) // the first have the highest seq
	}
	if _, err := db.Exec(`INSERT INTO head (` + headColumns + `) VALUES ('PE', 9, x'', x'', x'', 2, 2, 0), ('BO', 8, x'', x'', x'', 2, 2, 0)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	st := openIn(t, dir)
	err := st.View(context.Background(), func(r store.Reader) error {
		for network, ids := range want {
			got, more, err := r.Feed(network, 0, 0, 10, 1<<20)
			if err != nil || more || len(got) != len(ids) {
				t.Fatalf("%s: %d, %v, %v", network, len(got), more, err)
			}
			for i, w := range got {
				if w.ID != ids[i] {
					t.Errorf("%s: %v at %d", network, w.ID, w.Seq)
				}
			}
		}
		gone, err := r.Tombstones("PE", 0, 9)
		if err != nil || len(gone) != 1 || gone[0].ID != want["PE"][1] || gone[0].Seq != 7 {
			t.Errorf("%+v, %v", gone, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := st.outdated(t.Context()); n != 0 || err != nil {
		t.Errorf("%d entries are out of date in a feed that was just made: %v", n, err)
	}
}
