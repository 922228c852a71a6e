package sqlite

import (
	"testing"
	"time"

	"acopio/server/store"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// The write-ahead log is folded by nobody's transaction, and all the same soon.
func TestTheLogIsFoldedOnceItIsQuiet(t *testing.T) {
	dir := t.TempDir()
	st, err := Open(dir, schema.Registry())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	unfolded := func() int {
		n, err := st.folder.checkpoint("NOOP")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	most := 0
	for i := 0; most < foldWhenQuiet; i++ {
		err := st.Update(func(tx store.Tx) error {
			for j := range 4000 {
				payload := make([]byte, 2000) // two of them fill a page
				if err := tx.PutJudged(record.OpID{byte(i), byte(j >> 8), byte(j)}, store.Judged{Payload: payload}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		n := unfolded()
		if n < most {
			t.Fatalf("a commit left %d of %d pages: it folded the log itself", n, most)
		}
		most = n
	}
	for end := time.Now().Add(30 * time.Second); unfolded() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d pages are not in the file", unfolded())
		}
	}
	if st.failed {
		t.Error("the disk is said to have failed")
	}
}
