package feed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/store"
	"acopio/server/sweeper"
	"acopio/shared/clock"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// counted is a store that counts how often its feed is read.
type counted struct {
	store.Store
	reads int
}

func (c *counted) View(ctx context.Context, fn func(store.Reader) error) error {
	return c.Store.View(ctx, func(r store.Reader) error { return fn(countedReader{r, c}) })
}

type countedReader struct {
	store.Reader
	of *counted
}

func (r countedReader) Feed(network string, after, first uint64, limit, maxBytes int) ([]protocol.Record, bool, error) {
	r.of.reads++
	return r.Reader.Feed(network, after, first, limit, maxBytes)
}

// pair is a feed that remembers, beside the rig's, which reads everything.
type pair struct {
	*rig
	quick *Feed
	store *counted
}

func newPair(t *testing.T) *pair {
	r := newRig(t)
	p := &pair{rig: r, store: &counted{Store: r.store}}
	p.quick = New(p.store, schema.Registry())
	r.engine.OnChanges(p.quick.Note)
	return p
}

// same demands one page from both, and says whether the one that remembers had it in hand.
func (p *pair) same(ask Ask) (page protocol.Page, inHand bool) {
	p.t.Helper()
	before := p.store.reads
	want, wrong := p.Page(context.Background(), ask)
	got, err := p.quick.Page(context.Background(), ask)
	if wrong != nil || err != nil {
		p.t.Fatal(wrong, err)
	}
	if !reflect.DeepEqual(got, want) {
		p.t.Fatalf("%+v:\n%+v\nwant\n%+v", ask, got, want)
	}
	return got, p.store.reads == before
}

// known makes records that both networks have.
func (p *pair) known(n int) []record.ID {
	p.t.Helper()
	ids := make([]record.ID, n)
	for i := range ids {
		ids[i] = record.NewID()
		for _, network := range []string{"PE", "BO"} {
			p.write("organization", network, ids[i], record.Create, map[string]any{"name": fmt.Sprint(i)})
		}
	}
	return ids
}

// scribble changes a few records of two networks, over and over: some are deleted and come back.
func (p *pair) scribble(rng *rand.Rand, ids []record.ID, n int) {
	p.t.Helper()
	for range n {
		network, id := []string{"PE", "BO"}[rng.IntN(2)], ids[rng.IntN(len(ids))]
		switch rng.IntN(6) {
		case 0:
			p.write("organization", network, record.NewID(), record.Create, map[string]any{"name": "new", "notes": noise(rng, rng.IntN(9000))})
		case 1:
			org := record.NewID()
			p.write("organization", network, org, record.Create, map[string]any{"name": "x"})
			p.write("organization", network, org, record.Delete, nil)
		case 2:
			p.write("contact", network, record.NewID(), record.Create, map[string]any{"name": "canary"})
		default:
			p.write("organization", network, id, record.Update, map[string]any{"notes": noise(rng, rng.IntN(9000))})
		}
	}
}

// What is told of changes that are in hand is what the store says of them, whatever is asked.
func TestPagesInHandAreThoseOfTheStore(t *testing.T) {
	p := newPair(t)
	rng := rand.New(rand.NewPCG(3, 4))
	ids := p.known(10)
	inHand, cut := 0, 0
	for range 40 {
		p.scribble(rng, ids, 10)
		for range 20 {
			network := []string{"PE", "BO"}[rng.IntN(2)]
			head, _, err := p.Head(context.Background(), network)
			if err != nil {
				t.Fatal(err)
			}
			ask := Ask{Network: network, After: rng.Uint64N(head.Seq + 2), MaxBytes: rng.IntN(200_000)}
			ask.Class = []record.Class{record.Everything, record.PublicOnly}[rng.IntN(2)]
			if rng.IntN(3) == 0 {
				ask.First = rng.Uint64N(head.Seq + 5)
			}
			page, quick := p.same(ask)
			if quick {
				inHand++
			}
			if quick && !page.Last {
				cut++
			}
		}
	}
	if inHand < 500 || cut < 50 {
		t.Errorf("%d pages were in hand, %d of them not to the end", inHand, cut)
	}
}

// What another process committed is read.
func TestPagesAroundWhatIsNotInHand(t *testing.T) {
	p := newPair(t)
	rng := rand.New(rand.NewPCG(5, 6))
	ids := p.known(2)
	other := apply.New(p.rig.store, schema.Registry(), clock.System{}, zerolog.Nop())
	defer other.Close()
	ours := p.engine
	p.scribble(rng, ids, 20)
	head, _, _ := p.Head(context.Background(), "PE")
	if _, inHand := p.same(Ask{Network: "PE", After: head.Seq - 3}); !inHand {
		t.Error("what was just committed was read")
	}
	p.engine = other
	p.organization("of another process")
	if page, inHand := p.same(Ask{Network: "PE", After: head.Seq - 3}); inHand || page.To != head.Seq+1 {
		t.Errorf("%v to %d", inHand, page.To)
	}
	p.engine = ours
	for range 3 {
		p.organization("ours")
	}
	for after, want := range map[uint64]bool{head.Seq: false, head.Seq + 1: true, head.Seq + 3: true} {
		if _, inHand := p.same(Ask{Network: "PE", After: after}); inHand != want {
			t.Errorf("after %d: %v", after-head.Seq, inHand)
		}
	}
}

// What is forgotten is not told from memory either.
func TestWhatWasSweptIsNotInHand(t *testing.T) {
	p := newPair(t)
	id := p.organization("canary")
	p.write("organization", "PE", id, record.Delete, nil)
	s := sweeper.Sweeper{Store: p.rig.store, Clock: clock.System{}, Retention: -time.Second} // whatever was before a moment from now
	if n, _, err := s.Step("PE"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	p.organization("after it")
	head, _, _ := p.Head(context.Background(), "PE")
	page, inHand := p.same(Ask{Network: "PE", Class: record.Everything, After: head.Swept - 2})
	if inHand || strings.Contains(string(protocol.Canonical(page)), "canary") {
		t.Errorf("in hand: %v, %+v", inHand, page)
	}
	if _, inHand := p.same(Ask{Network: "PE", Class: record.Everything, After: head.Swept}); !inHand {
		t.Error("what came after was read")
	}
}

// Memory has an end: the oldest goes first.
func TestSoMuchIsRemembered(t *testing.T) {
	f := New(nil, schema.Registry())
	note := func(network string, first, n, bytes int) {
		changes := make([]store.Change, n)
		for i := range changes {
			changes[i] = store.Change{Entry: record.Entry{Key: record.Key{Network: network}, Seq: uint64(first + i)}, Body: make([]byte, bytes)}
		}
		f.Note(changes)
	}
	note("BO", 1, 10, 100)
	for i := range 20 {
		note("PE", 1+i*100, 100, 9000)
	}
	if _, ok := f.recent.between("BO", 0, 10); ok {
		t.Error("the oldest is still there")
	}
	changes, ok := f.recent.between("PE", 1234, 2000)
	if !ok || len(changes) != 2000-1234 || changes[0].Entry.Seq != 1235 {
		t.Errorf("%d, %v", len(changes), ok)
	}
	if _, ok := f.recent.between("PE", 0, 2000); ok || f.recent.bytes > recentBytes {
		t.Errorf("%d bytes are held", f.recent.bytes)
	}
	for i := range 2 * recentCommits {
		note("PE", 2001+i, 1, 0)
	}
	if n := len(f.recent.commits); n != recentCommits {
		t.Errorf("%d commits", n)
	}
}
