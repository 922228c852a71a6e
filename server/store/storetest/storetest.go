// Package storetest holds what any backend of the server's store must do, as tests that each backend runs on itself.
package storetest

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Place makes the place where one test's data lives, empty, and returns what opens it. Opened again after a Close, it
// holds what was committed; opened twice, both handles work on the same data, as two processes would.
type Place func(t *testing.T) (open func() (store.Store, error))

// Run tests a backend.
func Run(t *testing.T, place Place) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *world)
	}{
		{"heads", heads},
		{"hash at a seq", hashAt},
		{"records", records},
		{"records are apart", recordsApart},
		{"unknown collection", unknownCollection},
		{"feed", feed},
		{"feed of rows that move", feedMoves},
		{"feed of rows that all moved", feedMoved},
		{"feed limits", feedLimits},
		{"feed of the living", feedLiving},
		{"log", log},
		{"log is written once", logOnce},
		{"history", history},
		{"authors", authors},
		{"verdicts", verdicts},
		{"verdicts are given once", verdictsOnce},
		{"last ops", lastOps},
		{"deletions", deletions},
		{"age of the log", aged},
		{"buried records", bury},
		{"failed update", failedUpdate},
		{"panicking update", panickingUpdate},
		{"update reads its writes", readsOwnWrites},
		{"update writes what it read", writesWhatItRead},
		{"durable", durable},
		{"epoch", epoch},
		{"serialized", serialized},
		{"serialized between handles", serializedHandles},
		{"view is a snapshot", viewSnapshot},
		{"view does not wait", viewDoesNotWait},
		{"view canceled", viewCanceled},
		{"view panics", viewPanics},
		{"revision", revision},
	} {
		t.Run(c.name, func(t *testing.T) {
			open := place(t)
			w := &world{t: t, open: open, chains: map[string][]byte{}, seqs: map[string]uint64{}, ends: map[record.Key]uint64{}}
			w.Store = w.again()
			c.test(t, w)
		})
	}
}

// world is a store under test, with what it takes to write to it as the server does.
type world struct {
	store.Store
	t      *testing.T
	open   func() (store.Store, error)
	chains map[string][]byte
	ends   map[record.Key]uint64 // the seq of the last entry about a record
	seqs   map[string]uint64
	ops    byte
}

// again opens another handle, closed at the end of the test.
func (w *world) again() store.Store {
	w.t.Helper()
	st, err := w.open()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = st.Close() }) // tests that close it themselves have looked at the error
	return st
}

func (w *world) update(fn func(store.Tx) error) {
	w.t.Helper()
	if err := w.Update(fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view(fn func(store.Reader) error) {
	w.t.Helper()
	if err := w.View(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

const (
	organization = 2
	contact      = 8
)

func collection(n uint16) *schema.Collection {
	c, ok := schema.Registry().CollectionByNumber(n)
	if !ok {
		panic(fmt.Sprintf("no collection %d", n))
	}
	return c
}

// id makes the same id from the same name.
func id(name string) record.ID { return record.DerivedID("storetest", name) }

func key(network, name string) record.Key {
	return record.Key{Network: network, Collection: organization, ID: id(name)}
}

// named is a record with a name; more fields may be set before it is written.
func named(k record.Key, version uint64, name string) *record.Record {
	return &record.Record{
		Key: k, Version: version, Fields: map[uint16]schema.Value{10: name},
		Stamps: map[uint16]record.Stamp{10: {Version: version, Device: 1001, Edited: 1767268800000}},
	}
}

// put writes a record's next state with its entry and the head, all in tx, as the server does.
func (w *world) put(tx store.Tx, r *record.Record) record.Entry {
	w.t.Helper()
	w.seqs[r.Network]++
	r.Seq = w.seqs[r.Network]
	w.ops++
	e := record.Entry{
		Key: r.Key, Seq: r.Seq, Version: r.Version, Op: record.OpID{w.ops, 1}, Kind: record.Update, Status: record.Applied,
		Device: 1001, User: "Ana", Name: "laptop", At: 1767268800001, Edited: clock.Millis(1767268800000 + int64(w.ops)),
		Changes: []record.Change{{Field: 10, Old: nil, New: r.Fields[10]}},
	}
	w.chains[r.Network] = store.Chain(schema.Registry(), w.chains[r.Network], e)
	body := record.EncodeBody(collection(r.Collection), r)
	w.check(tx.PutRecord(r, body), tx.Append(e, w.ends[r.Key], w.chains[r.Network]))
	w.ends[r.Key] = r.Seq
	w.check(tx.PutHead(store.Head{Network: r.Network, Seq: r.Seq, Hash: w.chains[r.Network]}))
	return e
}

// commit is put in an Update of its own.
func (w *world) commit(r *record.Record) (e record.Entry) {
	w.t.Helper()
	w.update(func(tx store.Tx) error {
		e = w.put(tx, r)
		return nil
	})
	return e
}

func (w *world) check(errs ...error) {
	w.t.Helper()
	for _, err := range errs {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) equal(what string, got, want any) {
	w.t.Helper()
	if !reflect.DeepEqual(got, want) {
		w.t.Errorf("%s:\n%+v\nwant\n%+v", what, got, want)
	}
}

// feedOf is the feed's records as name@seq.
func (w *world) feedOf(network string, after, first uint64, limit, maxBytes int) []string {
	w.t.Helper()
	out := []string{}
	w.view(func(r store.Reader) error {
		records, _, err := r.Feed(network, after, first, limit, maxBytes)
		for _, f := range records {
			out = append(out, w.describe(network, f))
		}
		return err
	})
	return out
}

func (w *world) describe(network string, f protocol.Record) string {
	w.t.Helper()
	r, known, err := f.Record(schema.Registry(), network)
	if err != nil || !known {
		w.t.Fatal(known, err)
	}
	return fmt.Sprintf("%v@%d", r.Fields[10], f.Seq)
}
