package sim

import (
	"bytes"
	"container/heap"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"acopio/desktop/device"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// world is a server and its laptops in one goroutine: all that happens comes from the agenda, in an order that one seed
// decides.
type world struct {
	script   *script
	left     []step // of it, after the one under way
	ground   *ground
	dir      string
	rng      *rand.Rand                 // of the step under way
	chance   *rand.ChaCha8              // of ids and secrets
	now      time.Time                  // the true time; machines have clocks of their own
	agenda   agenda                     // what is to come
	count    uint64                     // of events ever put on it
	trace    hash.Hash                  // over all that happened, frames included
	log      *bytes.Buffer              // the same in words; nil when nobody reads it
	office   *office                    // the server
	machines []*machine                 // the laptops, copies included
	words    map[string]word            // every text that a person was told is saved
	gaveUp   map[record.OpID]fault.Code // refused edits that their person gave up, and why they had been refused
	ledger   *ledger
	faulty   bool // faults are on
	ctx      context.Context
}

// word is a text that occurs nowhere else.
type word struct {
	network string
	secret  bool // in a field or collection that viewers are not given
	by      string
	at      time.Time
}

// violation is a promise that was broken.
type violation struct{ text string }

func (v violation) Error() string { return v.text }

// later reports whether something is still to come in this history. A copy that nothing goes back to is not made.
func (w *world) later(do string) bool {
	return slices.ContainsFunc(w.left, func(s step) bool { return s.do == do })
}

// death is what a process dies of in the middle of a commit.
type death struct{ end func() }

func (w *world) fail(format string, args ...any) { panic(violation{fmt.Sprintf(format, args...)}) }

func (w *world) must(err error) {
	if err != nil {
		w.fail("unexpected: %v (%+v)", err, err)
	}
}

// note puts an event into the trace.
func (w *world) note(format string, args ...any) {
	fmt.Fprintf(w.trace, format, args...)
	if w.log != nil {
		fmt.Fprintf(w.log, "%s ", w.now.Sub(birth))
		fmt.Fprintf(w.log, format, args...)
		w.log.WriteByte('\n')
	}
}

// birth is when every world begins.
var birth = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// Now makes the world a clock: the server's.
func (w *world) Now() time.Time { return w.now }

type event struct {
	at time.Time
	n  uint64
	do func()
}

type agenda []event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].n < a[j].n
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	*a = (*a)[:last]
	return e
}

// at puts something on the agenda.
func (w *world) at(when time.Time, do func()) {
	w.count++
	heap.Push(&w.agenda, event{when, w.count, do})
}

func (w *world) after(d time.Duration, do func()) { w.at(w.now.Add(d), do) }

// some draws a duration below one.
func (w *world) some(below time.Duration) time.Duration {
	return time.Duration(w.rng.Int64N(int64(below)/int64(time.Millisecond)+1)) * time.Millisecond
}

func (w *world) chances(percent int) bool { return w.rng.IntN(100) < percent }

// pass lets time pass, and all happen that is due.
func (w *world) pass(d time.Duration) {
	end := w.now.Add(d)
	for len(w.agenda) > 0 && !w.agenda[0].at.After(end) {
		e := heap.Pop(&w.agenda).(event)
		if e.at.After(w.now) {
			w.now = e.at
		}
		w.alive(e.do)
	}
	w.now = end
}

// alive does something during which a process may die.
func (w *world) alive(do func()) (survived bool) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case death:
			r.end()
		default:
			panic(r)
		}
	}()
	do()
	return true
}

// ground is what worlds of one worker share: folders in memory, files that are made once, and replicas to use again.
type ground struct {
	dir    string
	casts  map[int]*cast
	blank  map[int]string   // empty replicas, by build
	idle   map[int][]*drive // open replicas, emptied, by build
	empty  map[*cast][]*premises
	worlds int
}

func newGround(dir string) *ground {
	return &ground{dir: dir, casts: map[int]*cast{}, blank: map[int]string{}, idle: map[int][]*drive{}, empty: map[*cast][]*premises{}}
}

func (g *ground) close() {
	for _, list := range g.idle {
		for _, d := range list {
			_ = errors.Join(d.rep.Close(), d.folder.close())
		}
	}
	for _, list := range g.empty {
		for _, p := range list {
			_ = p.close()
		}
	}
}

// newWorld begins a world.
func (g *ground) newWorld(s *script, spoken bool) *world {
	g.worlds++
	w := &world{
		script: s, ground: g, dir: filepath.Join(g.dir, fmt.Sprint("w", g.worlds)), now: birth, trace: sha256.New(),
		words: map[string]word{}, gaveUp: map[record.OpID]fault.Code{}, ctx: context.Background(), faulty: true, rng: rand.New(rand.NewPCG(s.seed, 0)),
	}
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], s.seed)
	w.chance = rand.NewChaCha8(key)
	w.ledger = newLedger(w)
	if spoken {
		w.log = &bytes.Buffer{}
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		panic(err)
	}
	c := g.cast(s.cast, s.size)
	w.office = newOffice(w, c)
	for i := range c.people {
		w.machines = append(w.machines, newMachine(w, c, i))
	}
	return w
}

// end gives everything back.
func (w *world) end() {
	for _, m := range w.machines {
		m.putAway()
	}
	w.office.leave()
	_ = os.RemoveAll(w.dir)
}

// copyFile copies a file that nobody has open.
func copyFile(from, to string) {
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		panic(err)
	}
}

var replicaName = device.ReplicaFile
