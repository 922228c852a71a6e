package storetest

import (
	"fmt"
	"strings"
	"testing"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func heads(t *testing.T, w *world) {
	pe := store.Head{
		Network: "PE", Seq: 7, Hash: []byte{1, 2, 3}, Records: 5, Public: 4,
		Sums: record.Digest{Public: record.Sum{Hi: 1, Lo: 2}, Sensitive: record.Sum{Hi: ^uint64(0), Lo: 4}},
	}
	bo := store.Head{Network: "BO", Hash: []byte{}}
	w.view(func(r store.Reader) error {
		h, ok, err := r.Head("PE")
		w.equal("an unknown head", h, store.Head{Network: "PE"})
		w.equal("known", ok, false)
		return err
	})
	w.update(func(tx store.Tx) error {
		w.check(tx.PutHead(store.Head{Network: "PE", Seq: 6, Hash: []byte{9}, Records: 9}), tx.PutHead(pe))
		return tx.PutHead(store.Head{Network: "BO"})
	})
	w.view(func(r store.Reader) error {
		h, ok, err := r.Head("PE")
		w.check(err)
		w.equal("head", h, pe)
		w.equal("known", ok, true)
		all, err := r.Heads()
		w.equal("heads, by code", all, []store.Head{bo, pe})
		return err
	})
}

func hashAt(t *testing.T, w *world) {
	var want [][]byte
	for _, name := range []string{"A", "B", "C"} {
		w.commit(named(key("PE", name), 1, name))
		want = append(want, w.chains["PE"])
	}
	w.commit(named(key("BO", "X"), 1, "X"))
	w.view(func(r store.Reader) error {
		for i, hash := range want {
			got, err := r.HashAt("PE", uint64(i+1))
			w.check(err)
			w.equal("hash", got, hash)
		}
		start, err := r.HashAt("PE", 0)
		w.check(err)
		if start == nil || len(start) != 0 {
			t.Errorf("the hash before the first entry is %v: it is empty, and known", start)
		}
		beyond, err := r.HashAt("PE", 4)
		w.equal("a hash beyond the log", beyond, []byte(nil))
		return err
	})
}

func records(t *testing.T, w *world) {
	r := named(key("PE", "A"), 1, "A")
	r.Fields[23], r.Fields[18] = []string{"cocoa", "coffee"}, int64(1998)
	r.Fields[27] = id("parent").String()
	r.Fields[999] = []byte{0x82, 0x01, 0x02} // of a newer build
	r.Stamps[999] = record.Stamp{Version: 1, Device: 7}
	w.view(func(rd store.Reader) error {
		got, err := rd.Record(r.Key)
		if got != nil {
			t.Errorf("%+v", got)
		}
		return err
	})
	w.commit(r)
	w.view(func(rd store.Reader) error {
		got, err := rd.Record(r.Key)
		w.equal("record", got, r)
		return err
	})
	next := named(r.Key, 2, "B")
	next.Deleted = true
	w.commit(next)
	w.view(func(rd store.Reader) error {
		got, err := rd.Record(r.Key)
		w.equal("its next state", got, next)
		return err
	})
	large := named(key("PE", "L"), 1, strings.Repeat("x", 1<<20))
	w.commit(large)
	w.view(func(rd store.Reader) error {
		got, err := rd.Record(large.Key)
		w.equal("a large one", len(got.Fields[10].(string)), 1<<20)
		return err
	})
}

// recordsApart: a record is named by network, collection and id together.
func recordsApart(t *testing.T, w *world) {
	a, b := named(key("PE", "same"), 1, "Perú"), named(key("BO", "same"), 1, "Bolivia")
	c := named(key("PE", "same"), 1, "contact")
	c.Collection = contact
	c.Fields = map[uint16]schema.Value{11: "contact"}
	for _, r := range []*record.Record{a, b, c} {
		w.commit(r)
	}
	w.view(func(rd store.Reader) error {
		for _, want := range []*record.Record{a, b, c} {
			got, err := rd.Record(want.Key)
			w.check(err)
			w.equal("record", got, want)
		}
		return nil
	})
}

func unknownCollection(t *testing.T, w *world) {
	w.view(func(rd store.Reader) error {
		if _, err := rd.Record(record.Key{Network: "PE", Collection: 9999, ID: id("x")}); !fault.Is(err, fault.UnknownCollection) {
			t.Errorf("%v", err)
		}
		return nil
	})
}

func feed(t *testing.T, w *world) {
	for _, name := range []string{"A", "B", "C"} {
		w.commit(named(key("PE", name), 1, name))
		w.commit(named(key("BO", name), 1, name+" of BO"))
	}
	w.equal("all", w.feedOf("PE", 0, 0, 100, 1<<20), []string{"A@1", "B@2", "C@3"})
	w.equal("after 1", w.feedOf("PE", 1, 0, 100, 1<<20), []string{"B@2", "C@3"})
	w.equal("after the head", w.feedOf("PE", 3, 0, 100, 1<<20), []string{})
	w.equal("far after the head", w.feedOf("PE", 1<<40, 0, 100, 1<<20), []string{})
	w.equal("of a network that is not there", w.feedOf("XX", 0, 0, 100, 1<<20), []string{})
}

// feedMoves: a record is in the feed once, at its last change.
func feedMoves(t *testing.T, w *world) {
	for _, name := range []string{"A", "B", "C"} {
		w.commit(named(key("PE", name), 1, name))
	}
	w.commit(named(key("PE", "A"), 2, "A2"))
	w.equal("all", w.feedOf("PE", 0, 0, 100, 1<<20), []string{"B@2", "C@3", "A2@4"})
	w.commit(named(key("PE", "A"), 3, "A3"))
	w.equal("after 2", w.feedOf("PE", 2, 0, 100, 1<<20), []string{"C@3", "A3@5"})
}

// feedMoved: however much of the feed is of changes that others followed, a page is as full as it may be, and says truly whether
// more comes.
func feedMoved(t *testing.T, w *world) {
	const others, changes = 40, 25
	w.commit(named(key("PE", "first"), 1, "first"))
	for version := uint64(1); version <= changes; version++ {
		if version == changes {
			w.commit(named(key("PE", "late"), 1, "late"))
		}
		w.update(func(tx store.Tx) error {
			for i := range others {
				w.put(tx, named(key("PE", fmt.Sprint(i)), version, fmt.Sprint(i)))
			}
			return nil
		})
	}
	want := []string{"first@1", fmt.Sprintf("late@%d", 2+others*(changes-1))}
	for i := range others {
		want = append(want, fmt.Sprintf("%d@%d", i, 3+others*(changes-1)+i))
	}
	w.equal("all", w.feedOf("PE", 0, 0, 1000, 1<<20), want)
	for _, limit := range []int{1, 3, 41, 42} {
		var got []string
		w.view(func(r store.Reader) error {
			for after, more := uint64(0), true; more; {
				var page []protocol.Record
				var err error
				page, more, err = r.Feed("PE", after, 0, limit, 1<<20)
				w.check(err)
				if more && len(page) != limit || len(page) == 0 {
					t.Fatalf("%d records in a page of %d, more: %v", len(page), limit, more)
				}
				for _, f := range page {
					got, after = append(got, w.describe("PE", f)), f.Seq
				}
			}
			return nil
		})
		w.equal("page by page", got, want)
	}
}

func feedLimits(t *testing.T, w *world) {
	big := strings.Repeat("x", 1000)
	for _, name := range []string{"A", "B", "C", "D"} {
		w.commit(named(key("PE", name), 1, name+big))
	}
	w.equal("at most two", len(w.feedOf("PE", 0, 0, 2, 1<<20)), 2)
	w.equal("about 1500 bytes", len(w.feedOf("PE", 0, 0, 100, 1500)), 2)
	w.equal("about 3000 bytes", len(w.feedOf("PE", 0, 0, 100, 3000)), 3)
	w.equal("one byte is still one record", len(w.feedOf("PE", 0, 0, 100, 1)), 1)
	w.view(func(r store.Reader) error {
		for limit, want := range map[int]bool{1: true, 3: true, 4: false, 5: false} {
			_, more, err := r.Feed("PE", 0, 0, limit, 1<<20)
			w.check(err)
			w.equal("more", more, want)
		}
		_, more, err := r.Feed("PE", 0, 0, 100, 3000)
		w.equal("more than 3000 bytes", more, true)
		return err
	})
}

func feedLiving(t *testing.T, w *world) {
	for _, name := range []string{"A", "B", "C"} {
		w.commit(named(key("PE", name), 1, name))
	}
	gone := named(key("PE", "B"), 2, "B")
	gone.Deleted = true
	w.commit(gone)
	w.equal("all", w.feedOf("PE", 0, 0, 100, 1<<20), []string{"A@1", "C@3", "B@4"})
	w.equal("tombstones after 3", w.feedOf("PE", 0, 3, 100, 1<<20), []string{"A@1", "C@3", "B@4"})
	w.equal("the living", w.feedOf("PE", 0, 1<<40, 100, 1<<20), []string{"A@1", "C@3"})
	w.commit(named(key("PE", "B"), 3, "B"))
	w.equal("come back", w.feedOf("PE", 0, 1<<40, 100, 1<<20), []string{"A@1", "C@3", "B@5"})
}

func log(t *testing.T, w *world) {
	var want []record.Entry
	for _, name := range []string{"A", "B", "C", "D"} {
		want = append(want, w.commit(named(key("PE", name), 1, name)))
		w.commit(named(key("BO", name), 1, name))
	}
	rich := record.Entry{
		Key: key("PE", "A"), Seq: 5, Version: 2, Op: record.OpID{0xff}, Kind: record.Delete, Status: record.Conflict, Device: 1 << 31,
		User: "", Name: "ñ", At: -1, Edited: 1 << 50,
		Changes: []record.Change{
			{Field: record.DeletedField, Old: false, New: true},
			{Field: 23, Old: []string{"coffee"}, New: nil},
			{Field: 27, Old: nil, New: id("p").String()},
			{Field: 999, Old: []byte{0xf5}, New: []byte{0x82, 1, 2}},
		},
	}
	w.update(func(tx store.Tx) error { return tx.Append(rich, 0, []byte{1}) })
	want = append(want, rich)
	w.view(func(r store.Reader) error {
		for _, c := range []struct {
			after, upTo uint64
			limit       int
			want        []record.Entry
		}{
			{0, 5, 100, want}, {0, 99, 100, want}, {1, 3, 100, want[1:3]}, {0, 5, 2, want[:2]}, {3, 3, 100, nil}, {5, 9, 100, nil}, {0, 0, 100, nil},
		} {
			got, err := r.Log("PE", c.after, c.upTo, c.limit)
			w.check(err)
			w.equal("log", got, c.want)
		}
		return nil
	})
}

func history(t *testing.T, w *world) {
	a := key("PE", "A")
	first := w.commit(named(a, 1, "A"))
	w.commit(named(key("PE", "B"), 1, "B"))
	w.commit(named(key("BO", "A"), 1, "A of BO"))
	other := named(a, 1, "")
	other.Collection, other.Fields = contact, map[uint16]schema.Value{11: "A"}
	w.commit(other)
	second := w.commit(named(a, 2, "AA"))
	w.view(func(r store.Reader) error {
		got, err := r.History(a)
		w.check(err)
		w.equal("history", got, []record.Entry{first, second})
		none, err := r.History(key("PE", "nobody"))
		w.equal("history of nothing", len(none), 0)
		return err
	})
}

func authors(t *testing.T, w *world) {
	w.update(func(tx store.Tx) error {
		w.check(tx.PutAuthor("PE", protocol.Author{Number: 1002, Device: "b", User: "Eva"}))
		w.check(tx.PutAuthor("PE", protocol.Author{Number: 1001, Device: "old", User: "Ana"}))
		w.check(tx.PutAuthor("BO", protocol.Author{Number: 1003, Device: "c", User: "Luz"}))
		return tx.PutAuthor("PE", protocol.Author{Number: 1001, Device: "new", User: "Ana M."})
	})
	w.view(func(r store.Reader) error {
		got, err := r.Authors("PE")
		w.equal("authors", got, []protocol.Author{{Number: 1001, Device: "new", User: "Ana M."}, {Number: 1002, Device: "b", User: "Eva"}})
		return err
	})
}
