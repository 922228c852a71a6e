// Package apply is the one way into the register: it authorizes each mutation, merges it into the latest state,
// appends it to the log and gives its verdict, in durable transactions that many peers' mutations share.
package apply

import (
	"context"
	"maps"
	"sync"

	"github.com/rs/zerolog"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Author is who pushes: what stamps and the log say, and what the person may do at this moment.
type Author struct {
	Device     uint32
	DeviceName string
	UserName   string
	Role       schema.Role
	May        func(network string) bool
}

// Server is the author of what the server itself writes: networks added by command, conflicts found by a merge.
const Server uint32 = 1

// Bounds of one transaction: enough to share the cost of making it durable, not so much that others wait long.
const (
	maxBatchRequests  = 256
	maxBatchMutations = 4000
	queueLength       = 1024
)

// Engine applies mutations. Its methods may be called from any goroutine.
type Engine struct {
	store  store.Store
	schema *schema.Schema
	clock  clock.Clock
	log    zerolog.Logger

	requests chan *request
	done     chan struct{}
	stopOnce sync.Once
	stop     chan struct{}

	named map[namedAuthor]bool // authors that the store knows; only the committing goroutine touches it

	mu       sync.Mutex
	onCommit []func(networks []string)
}

// namedAuthor is an author's name in a network.
type namedAuthor struct {
	network string
	author  protocol.Author
}

type request struct {
	author    Author
	mutations []record.Mutation
	verdicts  []record.Verdict
	reply     chan error
}

// New starts an engine on a store. Close it before the store.
func New(st store.Store, s *schema.Schema, c clock.Clock, log zerolog.Logger) *Engine {
	e := &Engine{
		store: st, schema: s, clock: c, log: log,
		requests: make(chan *request, queueLength), done: make(chan struct{}), stop: make(chan struct{}),
		named: map[namedAuthor]bool{},
	}
	go e.run()
	return e
}

// Close applies what is queued and stops.
func (e *Engine) Close() {
	e.stopOnce.Do(func() { close(e.stop) })
	<-e.done
}

// OnCommit registers a listener that is told, after each durable commit, which networks moved. It must not block.
func (e *Engine) OnCommit(fn func(networks []string)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onCommit = append(e.onCommit, fn)
}

// Submit applies mutations in order and returns their verdicts once they are durable. A returned error means that
// nothing is known to be durable and the same mutations may be sent again; a rejection is a verdict, not an error.
func (e *Engine) Submit(ctx context.Context, author Author, mutations []record.Mutation) ([]record.Verdict, error) {
	r := &request{author: author, mutations: mutations, reply: make(chan error, 1)}
	select {
	case e.requests <- r:
	case <-e.stop:
		return nil, fault.New(fault.ServerBusy)
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.ServerBusy)
	}
	select {
	case err := <-r.reply:
		return r.verdicts, err
	case <-e.done:
		select {
		case err := <-r.reply:
			return r.verdicts, err
		default:
			return nil, fault.New(fault.ServerBusy)
		}
	}
}

func (e *Engine) run() {
	defer close(e.done)
	for {
		select {
		case first := <-e.requests:
			e.commit(e.gather(first))
		case <-e.stop:
			for {
				select {
				case first := <-e.requests:
					e.commit(e.gather(first))
				default:
					return
				}
			}
		}
	}
}

// gather takes what waits in the queue into one batch, without waiting for more: under load the batch grows by itself
// while the previous one is being made durable.
func (e *Engine) gather(first *request) []*request {
	batch, mutations := []*request{first}, len(first.mutations)
	for len(batch) < maxBatchRequests && mutations < maxBatchMutations {
		select {
		case r := <-e.requests:
			batch = append(batch, r)
			mutations += len(r.mutations)
		default:
			return batch
		}
	}
	return batch
}

func (e *Engine) commit(batch []*request) {
	var moved []string
	var met map[namedAuthor]bool
	err := e.store.Update(func(tx store.Tx) error {
		j := &judge{Engine: e, tx: tx, now: clock.MillisOf(e.clock.Now()), heads: map[string]*store.Head{}, met: map[namedAuthor]bool{}}
		for _, r := range batch {
			r.verdicts = r.verdicts[:0]
			if err := j.request(r); err != nil {
				return err
			}
		}
		var err error
		moved, err = j.finish()
		met = j.met
		return err
	})
	if err != nil {
		e.log.Error().Err(err).Int("requests", len(batch)).Msg("nothing was committed")
	}
	if err == nil {
		maps.Copy(e.named, met)
	}
	if err == nil && len(moved) > 0 {
		e.mu.Lock()
		listeners := e.onCommit
		e.mu.Unlock()
		for _, fn := range listeners {
			fn(moved)
		}
	}
	for _, r := range batch {
		r.reply <- err
	}
}
