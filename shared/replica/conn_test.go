package replica

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"acopio/shared/record"
)

// After a first sync an edit takes what it takes in a replica that has just been opened: what the search index needed of
// memory for the whole of it is not gone over with each document.
func TestAnEditAfterABulkLoadIsAsQuick(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replica.db")
	r, g, m := openReplica(t, path, nil), newGenerator(), newMaker()
	const rows, page = 40_000, 40_000
	last := m.organization("PE", "Cooperativa", nil)
	apply(t, r, last)
	for range rows / page {
		apply(t, r, g.list(page, "PE")...)
	}
	typical := func(r *Replica) time.Duration {
		took := make([]time.Duration, 60)
		for i := range took {
			next := m.change(last, map[string]any{"notes": []string{"uno", "dos", "tres"}[i%3] + string(rune('a'+i%20))})
			began := time.Now()
			apply(t, r, next)
			took[i], last = time.Since(began), next
		}
		slices.Sort(took)
		return took[len(took)/5]
	}
	var after, opened time.Duration
	for range 3 { // the machine may be busy with something else
		after = typical(r)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		r = openReplica(t, path, nil)
		opened = typical(r)
		if after < 3*opened/2 {
			break
		}
		apply(t, r, g.list(page, "PE")...)
	}
	if after >= 3*opened/2 {
		t.Errorf("an edit takes %v, and %v once the replica was opened again", after, opened)
	}
	var got *record.Record
	write(t, r, func(tx *Tx) (err error) {
		got, _, err = tx.Record(last.Key)
		return err
	})
	if got == nil || got.Version != last.Version {
		t.Errorf("%+v", got)
	}
}
