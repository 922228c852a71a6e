package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"acopio/server/store"
)

func durable(t *testing.T, w *world) {
	r := named(key("PE", "A"), 1, "A")
	e := w.commit(r)
	w.check(w.Close())
	w.Store = w.again()
	w.untouched("A@1")
	w.view(func(rd store.Reader) error {
		got, err := rd.Record(r.Key)
		w.check(err)
		w.equal("record", got, r)
		entries, err := rd.History(r.Key)
		w.check(err)
		w.equal("history", len(entries), 1)
		w.equal("entry", entries[0], e)
		return nil
	})
	w.commit(named(key("PE", "B"), 1, "B"))
	w.untouched("A@1", "B@2")
}

func epoch(t *testing.T, w *world) {
	first := w.Epoch()
	if len(first) == 0 {
		t.Fatal("there is none")
	}
	floor := w.Floor()
	w.equal("another handle's", w.again().Epoch(), first)
	w.check(w.Close())
	w.Store = w.again()
	w.equal("after opening again", w.Epoch(), first)
	w.equal("the floor after opening again", w.Floor(), floor)
}

// raise adds one to a network's seq, reading it first, as everything that writes does.
func raise(st store.Store) error {
	return st.Update(func(tx store.Tx) error {
		h, _, err := tx.Head("PE")
		if err != nil {
			return err
		}
		h.Seq++
		return tx.PutHead(h)
	})
}

func (w *world) raiseAll(each int, stores ...store.Store) {
	w.t.Helper()
	var wg sync.WaitGroup
	for _, st := range stores {
		wg.Go(func() {
			for range each {
				if err := raise(st); err != nil {
					w.t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.view(func(r store.Reader) error {
		h, _, err := r.Head("PE")
		w.equal("seq", h.Seq, uint64(each*len(stores)))
		return err
	})
}

func serialized(t *testing.T, w *world) { w.raiseAll(25, w.Store, w.Store, w.Store, w.Store) }

func serializedHandles(t *testing.T, w *world) { w.raiseAll(25, w.Store, w.again(), w.again()) }

func viewSnapshot(t *testing.T, w *world) {
	w.commit(named(key("PE", "A"), 1, "A"))
	w.view(func(r store.Reader) error {
		before, _, err := r.Feed("PE", 0, 0, 100, 1<<20)
		w.check(err)
		w.commit(named(key("PE", "B"), 1, "B"))
		w.commit(named(key("PE", "A"), 2, "A2"))
		after, _, err := r.Feed("PE", 0, 0, 100, 1<<20)
		w.check(err)
		w.equal("the feed within one view", after, before)
		h, _, err := r.Head("PE")
		w.equal("the head within it", h.Seq, uint64(1))
		return err
	})
	w.equal("afterwards", w.feedOf("PE", 0, 0, 100, 1<<20), []string{"B@2", "A2@3"})
}

// viewDoesNotWait: reading goes on while somebody writes, and sees nothing of what is not committed.
func viewDoesNotWait(t *testing.T, w *world) {
	w.commit(named(key("PE", "A"), 1, "A"))
	w.update(func(tx store.Tx) error {
		w.put(tx, named(key("PE", "B"), 1, "B"))
		seen := make(chan []string, 1)
		go func() { seen <- w.feedOf("PE", 0, 0, 100, 1<<20) }()
		select {
		case got := <-seen:
			w.equal("seen while another writes", got, []string{"A@1"})
		case <-time.After(5 * time.Second):
			t.Error("reading waits for writing")
		}
		return nil
	})
}

func viewCanceled(t *testing.T, w *world) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.View(ctx, func(store.Reader) error { return nil }); err == nil {
		t.Error("a view was given though nobody waits for it")
	}
	ctx, cancel = context.WithCancel(context.Background())
	err := w.View(ctx, func(store.Reader) error {
		cancel()
		return errOn
	})
	if !errors.Is(err, errOn) {
		t.Errorf("%v", err)
	}
	for range 10 { // more than any pool of readers
		w.commit(named(key("PE", "A"), 1, "A"))
		w.equal("a later view", len(w.feedOf("PE", 0, 0, 100, 1<<20)), 1)
	}
}

// viewPanics: a reader that panics leaves no old snapshot behind for others to read from.
func viewPanics(t *testing.T, w *world) {
	w.commit(named(key("PE", "A"), 1, "A"))
	for range 5 {
		func() {
			defer func() { _ = recover() }()
			_ = w.View(context.Background(), func(r store.Reader) error {
				_, _, _ = r.Head("PE")
				panic("on purpose")
			})
		}()
	}
	w.commit(named(key("PE", "B"), 1, "B"))
	for range 5 {
		w.equal("a later view", w.feedOf("PE", 0, 0, 100, 1<<20), []string{"A@1", "B@2"})
	}
}

func revision(t *testing.T, w *world) {
	ctx := context.Background()
	other := w.again()
	read := func() uint64 {
		t.Helper()
		n, err := w.Revision(ctx)
		w.check(err)
		return n
	}
	start := read()
	w.equal("with nothing committed", read(), start)
	w.check(raise(other))
	second := read()
	if second == start {
		t.Error("another handle's commit does not show")
	}
	w.check(raise(w.Store))
	if read() == second {
		t.Error("its own commit does not show")
	}
	_ = other.Update(func(tx store.Tx) error {
		_ = tx.PutHead(store.Head{Network: "PE", Seq: 99})
		return errOn
	})
	third := read()
	w.equal("after a failed update", read(), third)
}
