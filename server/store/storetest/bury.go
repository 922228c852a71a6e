package storetest

import (
	"errors"
	"fmt"
	"testing"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/record"
)

// tomb is a record that is deleted.
func tomb(k record.Key, version uint64, name string) *record.Record {
	r := named(k, version, name)
	r.Deleted = true
	r.Stamps[record.DeletedField] = record.Stamp{Version: version, Device: 1001}
	return r
}

// aged: the log's age is looked up in its order, no further than asked.
func aged(t *testing.T, w *world) {
	for _, name := range []string{"A", "B", "C"} {
		w.commit(named(key("PE", name), 1, name))
	}
	w.commit(named(key("BO", "X"), 1, "X"))
	at := clock.Millis(1767268800001) // of every entry
	w.view(func(r store.Reader) error {
		for _, c := range []struct {
			after  uint64
			before clock.Millis
			limit  int
			want   uint64
		}{{0, at, 10, 0}, {0, at + 1, 10, 3}, {0, at + 1, 2, 2}, {2, at + 1, 10, 3}, {2, at, 10, 2}, {3, at + 1, 10, 3}} {
			got, err := r.Aged("PE", c.after, c.before, c.limit)
			w.check(err)
			w.equal(fmt.Sprintf("%+v", c), got, c.want)
		}
		return nil
	})
}

// bury: of a record that is buried, its latest state and what its entries said are gone, and nothing else.
func bury(t *testing.T, w *world) {
	living, dead, late := named(key("PE", "A"), 1, "A"), tomb(key("PE", "B"), 2, "B"), tomb(key("PE", "C"), 1, "C")
	other := tomb(key("BO", "B"), 1, "B of BO")
	other.ID = dead.ID
	parent := id("parent")
	dead.Fields[27] = parent.String()
	for _, r := range []*record.Record{living, named(dead.Key, 1, "B"), dead, other, late} {
		w.commit(r)
	}
	w.view(func(r store.Reader) error {
		gone, err := r.Tombstones("PE", 0, 3)
		w.check(err)
		w.equal("tombstones up to 3", gone, []*record.Record{dead})
		gone, err = r.Tombstones("PE", 3, 4)
		w.check(err)
		w.equal("tombstones after 3", gone, []*record.Record{late})
		_, ok, err := r.Buried(key("PE", "never"))
		w.equal("of one that was never there", ok, false)
		return err
	})
	w.update(func(tx store.Tx) error {
		w.check(tx.Bury(dead))
		w.check(tx.PutGrave(key("PE", "never"), store.Grave{Version: 9}))
		h, _, err := tx.Head("PE")
		w.check(err)
		h.Swept = 3
		return tx.PutHead(h)
	})
	w.check(w.Close())
	w.Store = w.again()
	w.equal("the feed", w.feedOf("PE", 0, 0, 100, 1<<20), []string{"A@1", "C@4"})
	w.equal("another network's", w.feedOf("BO", 0, 0, 100, 1<<20), []string{"B of BO@1"})
	w.view(func(r store.Reader) error {
		h, _, err := r.Head("PE")
		w.check(err)
		w.equal("swept", h.Swept, uint64(3))
		w.equal("the head's hash", h.Hash, w.chains["PE"])
		got, err := r.Record(dead.Key)
		w.check(err)
		w.equal("the record", got, (*record.Record)(nil))
		grave, ok, err := r.Buried(dead.Key)
		w.check(err)
		w.equal("its grave", []any{grave, ok}, []any{store.Grave{Version: 2, Seq: dead.Seq}, true})
		grave, ok, err = r.Buried(key("PE", "never"))
		w.check(err)
		w.equal("a grave of what was never there", []any{grave, ok}, []any{store.Grave{Version: 9}, true})
		entries, err := r.History(dead.Key)
		w.check(err)
		w.equal("entries of it", len(entries), 2)
		for _, e := range entries {
			w.equal("what an entry says", len(e.Changes), 0)
			w.equal("who did it", []string{e.User, e.Name}, []string{"Ana", "laptop"})
		}
		for _, r2 := range []*record.Record{living, other, late} {
			entries, err := r.History(r2.Key)
			w.check(err)
			if len(entries) != 1 || len(entries[0].Changes) != 1 {
				t.Errorf("the history of %v changed: %+v", r2.Fields[10], entries)
			}
		}
		hash, err := r.HashAt("PE", 3)
		w.equal("a hash at its seq", len(hash), 16)
		refs, err2 := r.Referrers("PE", parent)
		w.equal("who refers to its parent", len(refs), 0)
		return errors.Join(err, err2)
	})
}
