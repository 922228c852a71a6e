package apply

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/store"
	"acopio/server/store/sqlite"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

const noon = clock.Millis(1767268800000) // 2026-01-01 12:00 UTC

// handClock is moved by hand.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// countingStore counts the transactions that were tried.
type countingStore struct {
	store.Store
	updates atomic.Int64
}

func (s *countingStore) Update(fn func(store.Tx) error) error {
	s.updates.Add(1)
	return s.Store.Update(fn)
}

// rig is an engine on a real store, with the networks PE and BO.
type rig struct {
	t     *testing.T
	store *countingStore
	*Engine
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := bareRig(t)
	for _, code := range []string{"PE", "BO"} {
		m := mutation("network", record.Create, code, draft.NetworkID(code), 0, values{"code": code, "name": "Red " + code})
		r.applied(Author{Device: Server}, m)
	}
	return r
}

func bareRig(t *testing.T) *rig {
	t.Helper()
	st, err := sqlite.Open(t.TempDir(), schema.Registry())
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, store: &countingStore{Store: st}}
	r.Engine = New(r.store, schema.Registry(), &handClock{now: noon.Time()}, zerolog.Nop())
	t.Cleanup(func() {
		r.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// who is a device's author with a role in networks.
func who(device uint32, role schema.Role, networks ...string) Author {
	return Author{Device: device, DeviceName: "laptop", UserName: "Ana", Role: role, May: func(n string) bool {
		for _, m := range networks {
			if m == n {
				return true
			}
		}
		return role.AllNetworks()
	}}
}

func staff(device uint32) Author { return who(device, schema.Coordinator, "PE", "BO") }

type values = map[string]any

// mutation makes one that sets fields from empty; change gives the old values.
func mutation(collection string, kind record.Kind, network string, id record.ID, base uint64, set values) record.Mutation {
	c, err := schema.Registry().Collection(collection)
	if err != nil {
		panic(err)
	}
	m := record.Mutation{
		Op: record.NewOpID(), Kind: kind, Base: base, Edited: noon,
		Key: record.Key{Network: network, Collection: c.Number, ID: id},
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if raw, ok := set[f.Name]; ok {
			v, err := f.Normalize(raw)
			if err != nil {
				panic(err)
			}
			m.Changes = append(m.Changes, record.Change{Field: f.Number, New: v})
		}
	}
	return m
}

func create(name string) record.Mutation {
	return mutation("organization", record.Create, "PE", record.NewID(), 0, values{"name": name})
}

// change edits a field of an organization that the person saw with the old value.
func change(id record.ID, base uint64, field string, old, next any, at clock.Millis) record.Mutation {
	m := mutation("organization", record.Update, "PE", id, base, values{field: next})
	m.Changes[0].Old, m.Edited = old, at
	return m
}

// grouped ties mutations together.
func grouped(ms ...record.Mutation) []record.Mutation {
	g := record.Group{ID: record.NewOpID(), Size: uint32(len(ms))}
	for i := range ms {
		g.Index = uint32(i)
		ms[i].Group = g
	}
	return ms
}

func (r *rig) submit(a Author, ms ...record.Mutation) []record.Verdict {
	r.t.Helper()
	verdicts, err := r.Submit(context.Background(), a, ms)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(verdicts) != len(ms) {
		r.t.Fatalf("%d verdicts on %d mutations", len(verdicts), len(ms))
	}
	for i, v := range verdicts {
		if v.Op != ms[i].Op {
			r.t.Errorf("verdict %d is on another mutation", i)
		}
	}
	return verdicts
}

// applied submits mutations that must stand as sent, and returns the last verdict.
func (r *rig) applied(a Author, ms ...record.Mutation) record.Verdict {
	r.t.Helper()
	var last record.Verdict
	for _, v := range r.submit(a, ms...) {
		r.want(v, record.Applied, "")
		last = v
	}
	return last
}

func (r *rig) want(v record.Verdict, s record.Status, code fault.Code) {
	r.t.Helper()
	if v.Status != s || v.Code != code {
		r.t.Errorf("%s %s %v, want %s %s", v.Status, v.Code, v.Args, s, code)
	}
}

func (r *rig) view(fn func(store.Reader) error) {
	r.t.Helper()
	if err := r.store.View(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) head(network string) (h store.Head) {
	r.t.Helper()
	r.view(func(rd store.Reader) (err error) {
		h, _, err = rd.Head(network)
		return err
	})
	return h
}

func (r *rig) record(key record.Key) (rec *record.Record) {
	r.t.Helper()
	r.view(func(rd store.Reader) (err error) {
		rec, err = rd.Record(key)
		return err
	})
	return rec
}

// field is a field's value by its name.
func (r *rig) field(key record.Key, name string) schema.Value {
	r.t.Helper()
	c, _ := schema.Registry().CollectionByNumber(key.Collection)
	rec := r.record(key)
	if rec == nil {
		r.t.Fatal("there is no such record")
	}
	return rec.Named(c)[name]
}

// living lists the records of a collection that are not deleted, by field name.
func (r *rig) living(network, collection string) (out []map[string]schema.Value) {
	r.t.Helper()
	c, err := schema.Registry().Collection(collection)
	if err != nil {
		r.t.Fatal(err)
	}
	r.view(func(rd store.Reader) error {
		all, _, err := rd.Feed(network, 0, 1<<40, 1<<20, 1<<30)
		for _, w := range all {
			if w.Collection == c.Number {
				rec, _, err := w.Record(schema.Registry(), network)
				if err != nil {
					return err
				}
				out = append(out, rec.Named(c))
			}
		}
		return err
	})
	return out
}

// sound demands what must hold of a network whatever happened: a gapless log with an intact chain, and a head whose sums
// and counts are those of the records.
func (r *rig) sound(network string) {
	r.t.Helper()
	r.view(func(rd store.Reader) error {
		head, _, err := rd.Head(network)
		if err != nil {
			return err
		}
		entries, err := rd.Log(network, 0, 1<<40, 1<<20)
		if err != nil {
			return err
		}
		if uint64(len(entries)) != head.Seq {
			r.t.Errorf("%s: %d entries, head at %d", network, len(entries), head.Seq)
		}
		var hash []byte
		for i, e := range entries {
			if e.Seq != uint64(i+1) {
				r.t.Fatalf("%s: entry %d has seq %d", network, i+1, e.Seq)
			}
			hash = store.Chain(schema.Registry(), hash, e)
			if stored, err := rd.HashAt(network, e.Seq); err != nil || string(stored) != string(hash) {
				r.t.Fatalf("%s: the chain breaks at %d (%v)", network, e.Seq, err)
			}
		}
		if head.Seq > 0 && string(head.Hash) != string(hash) {
			r.t.Errorf("%s: the head's hash is not the chain's", network)
		}
		r.sums(rd, head)
		return nil
	})
}

func (r *rig) sums(rd store.Reader, head store.Head) {
	r.t.Helper()
	all, _, err := rd.Feed(head.Network, 0, 0, 1<<20, 1<<30)
	if err != nil {
		r.t.Fatal(err)
	}
	var sums record.Digest
	var living, shown uint64
	for _, w := range all {
		c, _ := schema.Registry().CollectionByNumber(w.Collection)
		rec, _, err := w.Record(schema.Registry(), head.Network)
		if err != nil {
			r.t.Fatal(err)
		}
		sums = sums.Add(record.DigestOf(c, rec))
		if !rec.Deleted {
			living++
			if !c.Sensitive {
				shown++
			}
		}
	}
	if head.Sums != sums || head.Records != living || head.Public != shown {
		r.t.Errorf("%s: the head says %v, %d, %d; the records say %v, %d, %d", head.Network, head.Sums, head.Records, head.Public, sums, living, shown)
	}
}

// heldUpdate holds the store's one place to write until it is released.
func heldUpdate(held chan<- struct{}, release <-chan struct{}) func(store.Tx) error {
	return func(store.Tx) error {
		close(held)
		<-release
		return nil
	}
}

// failingStore has a full disk once.
type failingStore struct {
	*countingStore
	failed bool
}

func (s *failingStore) Update(fn func(store.Tx) error) error {
	if s.failed {
		return s.countingStore.Update(fn)
	}
	s.failed = true
	return s.Store.Update(func(tx store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return fault.New(fault.DiskFull)
	})
}
