package hub

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/feed"
	"acopio/server/store/sqlite"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// rig is a hub over a real store and engine, with the network PE.
type rig struct {
	*Hub
	t      *testing.T
	dir    string
	engine *apply.Engine
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	st, engine := open(t, dir)
	f := feed.New(st, schema.Registry())
	r := &rig{Hub: New(f, st, zerolog.Nop()), t: t, dir: dir, engine: engine}
	t.Cleanup(r.Close)
	engine.OnChanges(f.Note)
	engine.OnCommit(r.Publish)
	r.commit(engine, "network", map[string]any{"code": "PE", "name": "Perú"}, draft.NetworkID("PE"))
	r.settle()
	return r
}

// open opens a folder's store with an engine on it, as each process does.
func open(t *testing.T, dir string) (*sqlite.Store, *apply.Engine) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	st, err := sqlite.Open(dir, schema.Registry())
	if err != nil {
		t.Fatal(err)
	}
	e := apply.New(st, schema.Registry(), clock.System{}, zerolog.Nop())
	t.Cleanup(func() {
		e.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st, e
}

func (r *rig) commit(e *apply.Engine, collection string, fields map[string]any, ids ...record.ID) {
	r.t.Helper()
	c, err := schema.Registry().Collection(collection)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(ids) == 0 {
		ids = []record.ID{record.NewID()}
	}
	var ms []record.Mutation
	for _, id := range ids {
		m := record.Mutation{Op: record.NewOpID(), Kind: record.Create, Key: record.Key{Network: "PE", Collection: c.Number, ID: id}}
		for i := range c.Fields {
			if raw, ok := fields[c.Fields[i].Name]; ok {
				v, err := c.Fields[i].Normalize(raw)
				if err != nil {
					r.t.Fatal(err)
				}
				m.Changes = append(m.Changes, record.Change{Field: c.Fields[i].Number, New: v})
			}
		}
		ms = append(ms, m)
	}
	verdicts, err := e.Submit(context.Background(), apply.Author{Device: apply.Server}, ms)
	if err != nil || verdicts[0].Status != record.Applied {
		r.t.Fatal(verdicts, err)
	}
}

func (r *rig) organization(name string) {
	r.t.Helper()
	r.commit(r.engine, "organization", map[string]any{"name": name})
}

// settle waits until the hub has looked at every commit so far.
func (r *rig) settle() {
	r.t.Helper()
	p := r.join(record.Everything, 1000)
	defer p.leave()
	r.organization("settling")
	p.await(r.t, func() bool { return len(p.got) > 0 })
}

// peer keeps what it is offered, as far as it has room.
type peer struct {
	leave func()
	mu    sync.Mutex
	room  int
	got   [][]byte
	came  chan struct{}
}

func (r *rig) join(class record.Class, room int) *peer {
	p := &peer{room: room, came: make(chan struct{}, 1)}
	p.leave = r.Join("PE", class, p)
	return p
}

func (p *peer) Offer(frame []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.got) >= p.room {
		return false
	}
	p.got = append(p.got, frame)
	select {
	case p.came <- struct{}{}:
	default:
	}
	return true
}

func (p *peer) await(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		ok := done()
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-p.came:
		case <-deadline:
			t.Fatal("it did not come")
		}
	}
}

// at is how far a peer's pages reach; pages must follow on each other.
func (p *peer) at(t *testing.T) uint64 {
	t.Helper()
	var at uint64
	for _, frame := range p.got {
		kind, payload, err := protocol.Split(frame)
		if err != nil {
			t.Fatal(err)
		}
		if kind != protocol.TypePage {
			continue
		}
		page, err := protocol.Decode[protocol.Page](payload)
		if err != nil {
			t.Fatal(err)
		}
		if at != 0 && page.From != at {
			t.Fatalf("a page from %d came at %d", page.From, at)
		}
		at = page.To
	}
	return at
}

func (r *rig) head() uint64 {
	r.t.Helper()
	h, _, err := r.feed.Head(context.Background(), "PE")
	if err != nil {
		r.t.Fatal(err)
	}
	return h.Seq
}

func (p *peer) awaitHead(t *testing.T, r *rig) {
	t.Helper()
	head := r.head()
	p.await(t, func() bool { return p.at(t) == head })
}

func TestEverybodyHearsTheSame(t *testing.T) {
	r := newRig(t)
	a, b, viewer := r.join(record.Everything, 1000), r.join(record.Everything, 1000), r.join(record.PublicOnly, 1000)
	for i := range 20 {
		r.organization(fmt.Sprint(i))
		r.commit(r.engine, "contact", map[string]any{"name": "canary"})
	}
	for _, p := range []*peer{a, b, viewer} {
		p.awaitHead(t, r)
	}
	if len(a.got) != len(b.got) {
		t.Fatalf("%d and %d frames", len(a.got), len(b.got))
	}
	for i := range a.got {
		if &a.got[i][0] != &b.got[i][0] {
			t.Error("a change was encoded for each peer by itself")
		}
	}
	for _, frame := range viewer.got {
		_, payload, err := protocol.Split(frame)
		if err != nil || bytes.Contains(payload, []byte("canary")) {
			t.Errorf("a viewer got %q (%v)", payload, err)
		}
	}
}

// Who has no room is left behind, and holds up nobody.
func TestASlowPeerHoldsUpNobody(t *testing.T) {
	r := newRig(t)
	slow, quick := r.join(record.Everything, 1), r.join(record.Everything, 1000)
	for i := range 10 {
		r.organization(fmt.Sprint(i))
		quick.awaitHead(t, r)
	}
	if len(slow.got) != 1 {
		t.Errorf("%d frames for a peer with room for one", len(slow.got))
	}
}

func TestWhoLeftHearsNothing(t *testing.T) {
	r := newRig(t)
	gone, stays := r.join(record.Everything, 1000), r.join(record.Everything, 1000)
	gone.leave()
	gone.leave() // twice is once
	r.organization("A")
	stays.awaitHead(t, r)
	if len(gone.got) != 0 {
		t.Errorf("%d frames", len(gone.got))
	}
}

// Another process on the same folder (a command, an import) commits too.
func TestCommitsOfAnotherProcess(t *testing.T) {
	r := newRig(t)
	_, other := open(t, r.dir)
	p := r.join(record.Everything, 1000)
	moved := make(chan string, 10)
	r.Watch(func(network string) { moved <- network })
	r.commit(other, "organization", map[string]any{"name": "from elsewhere"})
	p.awaitHead(t, r)
	select {
	case n := <-moved:
		if n != "PE" {
			t.Error(n)
		}
	case <-time.After(10 * time.Second):
		t.Error("who watches was not told")
	}
}

// After a large import everybody asks for pages at their own pace.
func TestALongWayIsAPoke(t *testing.T) {
	r := newRig(t)
	p := r.join(record.Everything, 1000)
	ids := make([]record.ID, tooFar+1)
	for i := range ids {
		ids[i] = record.NewID()
	}
	r.commit(r.engine, "organization", map[string]any{"name": "many"}, ids...)
	p.await(t, func() bool { return len(p.got) > 0 && protocol.Type(p.got[len(p.got)-1][0]) == protocol.TypePoke })
	_, payload, err := protocol.Split(p.got[len(p.got)-1]) // after what was still to be told of the network's beginning
	if err != nil {
		t.Fatal(err)
	}
	if poke, err := protocol.Decode[protocol.Poke](payload); err != nil || poke.Network != "PE" || poke.Head != r.head() {
		t.Errorf("%+v %v", poke, err)
	}
	told := len(p.got)
	r.organization("one more")
	p.await(t, func() bool { return len(p.got) > told })
	kind, payload, err := protocol.Split(p.got[told])
	if err != nil || kind != protocol.TypePage {
		t.Fatal(kind, err)
	}
	if page, err := protocol.Decode[protocol.Page](payload); err != nil || page.To != r.head() || !page.Last {
		t.Errorf("%+v %v", page, err)
	}
}

func TestPublishNeverBlocks(t *testing.T) {
	r := newRig(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 10_000 {
			r.Publish([]string{"PE", "XX"})
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it blocks")
	}
}

// A crowd is told of many changes in few frames, and of one at once.
func TestMuchIsHeldForACrowd(t *testing.T) {
	r := newRig(t)
	crowd := make([]*peer, 1500)
	for i := range crowd {
		crowd[i] = r.join(record.Everything, 1000)
	}
	frames := func() int {
		crowd[0].mu.Lock()
		defer crowd[0].mu.Unlock()
		return len(crowd[0].got)
	}
	began := time.Now()
	r.organization("alone")
	crowd[0].awaitHead(t, r)
	if took := time.Since(began); took > holdFor/2 {
		t.Errorf("one change was told after %v", took)
	}
	told := frames() // who joins while the rig settles hears of that too
	const commits, each = 20, 200
	ids := make([]record.ID, each)
	for range commits {
		for i := range ids {
			ids[i] = record.NewID()
		}
		r.commit(r.engine, "organization", map[string]any{"name": "one of many"}, ids...)
	}
	last := crowd[len(crowd)-1]
	last.await(t, func() bool {
		page, ok := decodePage(last.got[len(last.got)-1])
		return ok && page.Last && page.To >= commits*each
	})
	if n := frames() - told; n > commits/2 {
		t.Errorf("%d commits were told in %d frames", commits, n)
	}
}

func decodePage(frame []byte) (protocol.Page, bool) {
	kind, payload, err := protocol.Split(frame)
	if err != nil || kind != protocol.TypePage {
		return protocol.Page{}, false
	}
	p, err := protocol.Decode[protocol.Page](payload)
	return p, err == nil
}
