package apply

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Judge decides and writes, one transaction at a time, in the caller's goroutine. Commit must not be called by two at once.
type Judge struct {
	store  store.Store
	schema *schema.Schema
	clock  clock.Clock
	log    zerolog.Logger
	named  map[namedAuthor]bool // authors that the store knows
	// MostDeletions is how many records of others may be deleted from one computer within a day before the office is asked; 0:
	// any number. It is called with each deletion.
	MostDeletions func() int

	commits   atomic.Uint64
	mu        sync.Mutex
	onCommit  []func(networks []string)
	onChanges func([]store.Change)
}

// namedAuthor is an author's name in a network.
type namedAuthor struct {
	network string
	author  protocol.Author
}

// Request is what one peer submits at once, and the answer to it.
type Request struct {
	Author    Author
	Mutations []record.Mutation
	Verdicts  []record.Verdict // after Commit
	Handover  *Handover        // nil: the mutations are to be applied
}

// NewJudge judges over a store.
func NewJudge(st store.Store, s *schema.Schema, c clock.Clock, log zerolog.Logger) *Judge {
	return &Judge{
		store: st, schema: s, clock: c, log: log, named: map[namedAuthor]bool{}, MostDeletions: func() int { return draft.DeletionsADay },
	}
}

// Commits is how many durable transactions there have been since NewJudge: many mutations share one.
func (g *Judge) Commits() uint64 { return g.commits.Load() }

// OnCommit registers a listener that is told, after each durable commit, which networks moved. It must not block.
func (g *Judge) OnCommit(fn func(networks []string)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onCommit = append(g.onCommit, fn)
}

// OnChanges registers the one who is shown, after each durable commit, what it changed, before anybody is told which networks moved.
// It must not block, nor alter anything. It is called before the first Commit.
func (g *Judge) OnChanges(fn func([]store.Change)) { g.onChanges = fn }

// Commit judges requests in order, in one durable transaction, and fills in their verdicts. After an error nothing is
// known to be durable, and the same mutations may be submitted again.
func (g *Judge) Commit(batch []*Request) error {
	var moved []string
	var s *sitting
	err := g.store.Update(func(tx store.Tx) error {
		s = &sitting{
			Judge: g, tx: tx, book: newLedger(tx, g.schema), now: clock.MillisOf(g.clock.Now()),
			heads: map[string]*store.Head{}, last: map[uint32]record.OpID{}, deleted: map[uint32]*tally{},
		}
		for _, r := range batch {
			if err := s.request(r); err != nil {
				return err
			}
		}
		var err error
		moved, err = s.finish()
		return err
	})
	if err != nil {
		if s != nil && s.defined {
			err = errors.Join(err, g.AdoptFields())
		}
		g.log.Error().Err(err).Int("requests", len(batch)).Msg("nothing was committed")
		return OfServer(err)
	}
	g.commits.Add(1)
	for _, a := range s.met {
		g.named[a] = true
	}
	if len(moved) > 0 {
		if g.onChanges != nil {
			g.onChanges(s.book.Changes())
		}
		g.mu.Lock()
		listeners := g.onCommit
		g.mu.Unlock()
		for _, fn := range listeners {
			fn(moved)
		}
	}
	return nil
}

// ofMachine reports whether it is the machine that failed, and not what it was to do.
func ofMachine(err error) bool {
	k := fault.KindOf(err)
	return k == fault.Broken || k == fault.Busy
}

// OfServer says to those far away that it is the server's disk that does not take their edits, not theirs.
func OfServer(err error) error {
	if fault.Is(err, fault.DiskFull) || fault.Is(err, fault.DiskReadOnly) || fault.Is(err, fault.DiskFailing) {
		return fault.Wrap(err, fault.ServerDisk)
	}
	return err
}
