package apply

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// life is random edits of a few records by a few devices, each with what it last saw.
type life struct {
	*rig
	rng  *rand.Rand
	orgs []record.Key
	sent []sent
}

type sent struct {
	author   Author
	ms       []record.Mutation
	verdicts []record.Verdict
}

func (l *life) step() {
	a := named(uint32(1000+l.rng.IntN(4)), "somebody")
	at := noon + clock.Millis(l.rng.IntN(10_000)-5000)
	switch n := l.rng.IntN(10); {
	case n == 0 || len(l.orgs) < 3:
		m := create(fmt.Sprint("org ", l.rng.IntN(5)))
		l.orgs = append(l.orgs, m.Key)
		l.send(a, m)
	case n == 1:
		l.send(a, mutation("organization", record.Delete, "PE", l.pick().ID, uint64(l.rng.IntN(6)), nil))
	case n == 2:
		l.send(a, grouped(l.edit(at), l.edit(at), l.spoiled(at))...)
	case n == 3:
		l.send(a, grouped(l.edit(at), l.edit(at))...)
	case n == 4 && len(l.sent) > 0: // the answer was lost
		s := l.sent[l.rng.IntN(len(l.sent))]
		if again := l.submit(s.author, s.ms...); fmt.Sprint(again) != fmt.Sprint(s.verdicts) {
			l.t.Errorf("sent again it got %v, before %v", again, s.verdicts)
		}
	default:
		l.send(a, l.edit(at))
	}
}

func (l *life) pick() record.Key { return l.orgs[l.rng.IntN(len(l.orgs))] }

func (l *life) edit(at clock.Millis) record.Mutation {
	words := []any{nil, "uno dos tres", "uno tres", "cero uno dos tres", "uno dos tres cuatro"}
	set := [][]string{nil, {"a"}, {"a", "b"}, {"b", "c"}}
	field := []string{"name", "acronym", "notes", "tags"}[l.rng.IntN(4)]
	var old, next any
	switch field {
	case "notes":
		old, next = words[l.rng.IntN(len(words))], words[l.rng.IntN(len(words))]
	case "tags":
		next = set[l.rng.IntN(len(set))]
	default:
		old, next = fmt.Sprint("v", l.rng.IntN(3)), fmt.Sprint("v", l.rng.IntN(3))
	}
	return change(l.pick().ID, uint64(l.rng.IntN(8)), field, old, next, at)
}

func (l *life) spoiled(at clock.Millis) record.Mutation {
	m := l.edit(at)
	if l.rng.IntN(2) == 0 {
		m.Changes[0].New = int64(7)
	}
	return m
}

func (l *life) send(a Author, ms ...record.Mutation) {
	l.sent = append(l.sent, sent{a, ms, l.submit(a, ms...)})
}

// Whatever is done to a register, its log is gapless and chained, and its head tells the sums of its records.
func TestRandomLivesKeepTheLogSound(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			l := &life{rig: newRig(t), rng: rand.New(rand.NewPCG(seed, 1))}
			for range 300 {
				l.step()
			}
			l.sound("PE")
			l.sound("BO")
		})
	}
}

// Many peers at once share transactions, and each gets its own answers.
func TestGroupCommit(t *testing.T) {
	r := newRig(t)
	release := make(chan struct{})
	held := make(chan struct{})
	go func() {
		_ = r.store.Store.Update(heldUpdate(held, release))
	}()
	<-held
	before := r.store.updates.Load()
	var wg sync.WaitGroup
	const peers, each = 40, 5
	for p := range peers {
		wg.Go(func() {
			var ms []record.Mutation
			for i := range each {
				ms = append(ms, create(fmt.Sprint("p", p, "i", i)))
			}
			verdicts, err := r.Submit(context.Background(), staff(uint32(1000+p)), ms)
			if err != nil || len(verdicts) != each {
				t.Errorf("%d verdicts, %v", len(verdicts), err)
				return
			}
			for i, v := range verdicts {
				if v.Op != ms[i].Op || v.Status != record.Applied {
					t.Errorf("%+v", v)
				}
			}
		})
	}
	time.Sleep(100 * time.Millisecond) // for most of them to wait in the queue
	close(release)
	wg.Wait()
	if n := r.store.updates.Load() - before; n > peers/2 {
		t.Errorf("%d peers took %d transactions", peers, n)
	}
	if n := len(r.living("PE", "organization")); n != peers*each {
		t.Errorf("%d organizations", n)
	}
	r.sound("PE")
}

// One peer's nonsense in a shared transaction is its own affair.
func TestASharedTransactionWithNonsense(t *testing.T) {
	r := newRig(t)
	var wg sync.WaitGroup
	for p := range 30 {
		wg.Go(func() {
			m := create(fmt.Sprint("p", p))
			switch p % 3 {
			case 1:
				m.Kind = 99
			case 2:
				m.Op = record.OpID{}
			}
			verdicts, err := r.Submit(context.Background(), staff(uint32(1000+p)), []record.Mutation{m})
			if err != nil || (verdicts[0].Status == record.Applied) != (p%3 == 0) {
				t.Errorf("peer %d: %v, %v", p, verdicts, err)
			}
		})
	}
	wg.Wait()
	if n := len(r.living("PE", "organization")); n != 10 {
		t.Errorf("%d organizations", n)
	}
	r.sound("PE")
}

func TestListenersHearOfWhatIsDurable(t *testing.T) {
	r := newRig(t)
	var mu sync.Mutex
	var heard []string
	r.OnCommit(func(networks []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, n := range networks {
			heard = append(heard, fmt.Sprint(n, r.head(n).Seq)) // what is told is there to be read
		}
	})
	bad := create("A")
	bad.Changes[0].New = int64(7)
	r.submit(staff(1001), bad)
	r.submit(staff(1001), create("A"), mutation("organization", record.Create, "BO", record.NewID(), 0, values{"name": "B"}))
	mu.Lock()
	defer mu.Unlock()
	if fmt.Sprint(heard) != "[BO2 PE2]" {
		t.Errorf("%v", heard)
	}
}

func TestAFullDiskIsNoVerdict(t *testing.T) {
	r := newRig(t)
	broken := &failingStore{countingStore: r.store}
	e := New(broken, r.schema, r.clock, r.log)
	defer e.Close()
	m := create("A")
	if _, err := e.Submit(context.Background(), staff(1001), []record.Mutation{m}); !fault.Is(err, fault.ServerDisk) {
		t.Errorf("%v", err)
	}
	r.want(r.submit(staff(1001), m)[0], record.Applied, "") // and the same may be sent again
	r.sound("PE")
}

func TestClosedEngine(t *testing.T) {
	r := newRig(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	acked := map[record.ID]bool{}
	for p := range 20 {
		wg.Go(func() {
			for {
				m := create(fmt.Sprint(p))
				verdicts, err := r.Submit(context.Background(), staff(uint32(1000+p)), []record.Mutation{m})
				if err != nil {
					if !fault.Is(err, fault.ServerBusy) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				acked[m.Key.ID] = verdicts[0].Status == record.Applied
				mu.Unlock()
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	r.Close()
	wg.Wait()
	for id, applied := range acked {
		if !applied || r.record(record.Key{Network: "PE", Collection: 2, ID: id}) == nil {
			t.Error("an acknowledged edit is not there")
		}
	}
	if _, err := r.Submit(context.Background(), staff(1001), nil); !fault.Is(err, fault.ServerBusy) {
		t.Errorf("%v", err)
	}
	r.sound("PE")
}

func TestNetworksBeginWithTheirOwnRecord(t *testing.T) {
	r := bareRig(t)
	m := mutation("network", record.Create, "PE", draft.NetworkID("PE"), 0, values{"code": "PE", "name": "Perú"})
	r.outcome("a person makes one", r.submit(named(1001, "Ana"), m)[0], fault.UnknownNetwork)
	m.Op = record.NewOpID()
	if v := r.applied(Author{Device: Server, UserName: "office"}, m); v.Seq != 1 || v.Version != 1 {
		t.Errorf("%+v", v)
	}
	r.sound("PE")
}
