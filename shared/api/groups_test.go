package api

import (
	"path/filepath"
	"testing"
	"time"

	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// What was added up before does while it is added up anew, for whoever does not wait.
func TestFiguresAreAwaitedForAMoment(t *testing.T) {
	rep, err := replica.Open(filepath.Join(t.TempDir(), "replica.db"), replica.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rep.Close() }()
	const slow = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		SELECT 'PE', '', '', count(*), (SELECT count(*) FROM v_organization) FROM n`
	f := newFigures()
	ask := func(patience time.Duration) (organizations float64, current bool) {
		t.Helper()
		rows, current, err := f.grouped(t.Context(), rep, time.Now().Add(patience), []string{"organization"}, slow)
		if err != nil {
			t.Fatal(err)
		}
		return rows[0].sums[1], current
	}
	if n, current := ask(0); n != 0 || !current {
		t.Fatalf("the first time: %v %v", n, current)
	}
	org := &record.Record{
		Key: record.Key{Network: "PE", Collection: 2, ID: record.NewID()}, Version: 1, Seq: 1,
		Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
	}
	if err := rep.Write(func(tx *replica.Tx) error { return tx.ApplyRecords([]*record.Record{org}, nil) }); err != nil {
		t.Fatal(err)
	}
	if n, current := ask(time.Millisecond); n != 0 || current {
		t.Errorf("with little patience: %v %v", n, current)
	}
	if n, current := ask(time.Minute); n != 1 || !current {
		t.Errorf("with much: %v %v", n, current)
	}
	if n, current := ask(0); n != 1 || !current {
		t.Errorf("remembered: %v %v", n, current)
	}
}
