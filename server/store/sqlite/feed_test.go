package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"acopio/server/store"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// pen writes records as the server does: each change with its entry, which names the one before it.
type pen struct {
	t   *testing.T
	st  *Store
	ids []record.ID
	seq map[string]uint64
	end map[record.Key]uint64
}

func newPen(t *testing.T, st *Store, records int) *pen {
	p := &pen{t: t, st: st, seq: map[string]uint64{}, end: map[record.Key]uint64{}}
	for range records {
		p.ids = append(p.ids, record.NewID())
	}
	return p
}

// change changes the i-th record of a network in tx.
func (p *pen) change(tx store.Tx, network string, i int, deleted bool) error {
	c, _ := schema.Registry().CollectionByNumber(2)
	p.seq[network]++
	r := &record.Record{
		Key: record.Key{Network: network, Collection: 2, ID: p.ids[i]}, Version: p.seq[network], Seq: p.seq[network], Deleted: deleted,
		Fields: map[uint16]schema.Value{10: fmt.Sprint(i)},
	}
	e := record.Entry{Key: r.Key, Seq: r.Seq, Version: r.Version, Op: record.NewOpID(), Kind: record.Update, Status: record.Applied}
	err := errors.Join(
		tx.PutRecord(r, record.EncodeBody(c, r)), tx.Append(e, p.end[r.Key], []byte{1}), tx.PutHead(store.Head{Network: network, Seq: r.Seq, Hash: []byte{1}}))
	p.end[r.Key] = r.Seq
	return err
}

// all changes every record of both networks, each network's in another order.
func (p *pen) all() {
	p.t.Helper()
	err := p.st.Update(func(tx store.Tx) error {
		for i := range p.ids {
			if err := errors.Join(p.change(tx, "PE", (i*7)%len(p.ids), i%50 == 0), p.change(tx, "BO", len(p.ids)-1-i, false)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// whole demands that the feed lists each record once, at its last change, and that so many entries are there for it.
func (p *pen) whole(entries int) {
	p.t.Helper()
	want := map[string][]uint64{}
	for key, seq := range p.end {
		want[key.Network] = append(want[key.Network], seq)
	}
	err := p.st.View(context.Background(), func(r store.Reader) error {
		for network, seqs := range want {
			slices.Sort(seqs)
			got, _, err := r.Feed(network, 0, 0, 1_000_000, 1<<40)
			if err != nil {
				return err
			}
			for i, w := range got {
				if i >= len(seqs) || w.Seq != seqs[i] || p.end[record.Key{Network: network, Collection: w.Collection, ID: w.ID}] != w.Seq {
					return fmt.Errorf("%s: %v@%d is the feed's record %d", network, w.ID, w.Seq, i)
				}
			}
			if len(got) != len(seqs) {
				return fmt.Errorf("%s: %d records, want %d", network, len(got), len(seqs))
			}
		}
		return nil
	})
	var n int
	if err := errors.Join(err, p.st.writer.QueryRow(`SELECT COUNT(*) FROM feed`).Scan(&n)); err != nil {
		p.t.Fatal(err)
	}
	if n != entries {
		p.t.Errorf("%d entries, want %d", n, entries)
	}
}

func TestTidying(t *testing.T) {
	st := openIn(t, t.TempDir())
	const records = tidyTurn * 3 / 2 // of each network: more than one turn
	p := newPen(t, st, records)
	for range 3 {
		p.all()
	}
	p.whole(3 * 2 * records)
	ctx, cancel := context.WithCancel(t.Context())
	st.own.atCommit = func(done bool) { // after the first turn
		if done {
			cancel()
		}
	}
	if err := st.Tidy(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	st.own.atCommit = func(bool) {}
	p.whole(3*2*records - tidyTurn)
	if n, err := st.outdated(t.Context()); n != 3*2*records || err != nil {
		t.Errorf("%d changes are to be looked at, %v: what was not gone over to its end is gone over again", n, err)
	}
	if err := st.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.whole(2 * records)
	if n, err := st.outdated(t.Context()); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	p.all()
	if err := st.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.whole(2 * records)
}

// However much comes in between, tidying is not left behind.
func TestTidyingKeepsUp(t *testing.T) {
	dir := t.TempDir()
	st, other := openIn(t, dir), openIn(t, dir)
	const records = 2 * tidyTurn
	p := newPen(t, other, records)
	for range 3 {
		p.all()
	}
	turns := 0
	st.own.atCommit = func(done bool) {
		if done {
			turns++
			p.all()
		}
	}
	if _, _, err := st.tidy(t.Context(), "PE", 0); err != nil {
		t.Fatal(err)
	}
	if turns > 3 { // one as usual, one of what is left, and the note of it
		t.Errorf("%d turns for %d entries, with %d changes between each", turns, 2*records, 2*records)
	}
	st.own.atCommit = func(bool) {}
	if err := st.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.whole(2 * records)
}

// Of a record that is forgotten nothing stays in the feed, whether it was tidied or not.
func TestTheFeedForgetsWhatIsBuried(t *testing.T) {
	st := openIn(t, t.TempDir())
	p := newPen(t, st, 100)
	p.all()
	p.all()
	err := st.Update(func(tx store.Tx) error {
		gone, err := tx.Tombstones("PE", 0, p.seq["PE"])
		for _, r := range gone {
			err = errors.Join(err, tx.Bury(r))
			delete(p.end, r.Key)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.whole(400 - 2)
	if err := st.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.whole(200 - 2)
}

func TestTheFeedIsTidiedOnceItIsQuiet(t *testing.T) {
	st := openIn(t, t.TempDir())
	p := newPen(t, st, 1000)
	for done := 0; done < tidyWhenQuiet; done += 2 * len(p.ids) {
		p.all()
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		n, err := st.outdated(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d entries are out of date", n)
		}
	}
	p.whole(2 * len(p.ids))
}
