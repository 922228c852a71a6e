package sqlite

import (
	"testing"
	"time"

	"acopio/server/store"
	"acopio/server/store/storetest"
	"acopio/shared/schema"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() (store.Store, error) {
		dir := t.TempDir()
		return func() (store.Store, error) { return Open(dir, schema.Registry()) }
	})
}

// What was counted of a day by an earlier build counts on.
func TestDeletionsOfAnEarlierBuildCount(t *testing.T) {
	dir, db := older(t, 7)
	if _, err := db.Exec(`INSERT INTO deletions VALUES (1001, 1800000000000, 49)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	st, err := Open(dir, schema.Registry())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	err = st.View(t.Context(), func(r store.Reader) error {
		n, err := r.Deletions(1001, store.HoursTo(1800000000000, time.Hour))
		if n != 49 {
			t.Errorf("%d count", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
