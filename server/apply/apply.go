// Package apply is the one way into the register: it authorizes each mutation, merges it into the latest state,
// appends it to the log and gives its verdict, in durable transactions that many peers' mutations share.
package apply

import (
	"context"
	"sync"

	"github.com/rs/zerolog"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Author is who pushes: what stamps and the log say, and what the person may do at this moment.
type Author struct {
	Device     uint32
	DeviceName string
	User       string // the person's id: two people may have one name
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

// Engine shares out the transactions of a Judge: what many peers submit at once is committed at once. Its methods may be
// called from any goroutine.
type Engine struct {
	*Judge
	requests chan *request
	done     chan struct{}
	stopOnce sync.Once
	stop     chan struct{}
}

type request struct {
	Request
	reply chan error
}

// New starts an engine on a store. Close it before the store.
func New(st store.Store, s *schema.Schema, c clock.Clock, log zerolog.Logger) *Engine {
	e := &Engine{
		Judge: NewJudge(st, s, c, log), requests: make(chan *request, queueLength), done: make(chan struct{}), stop: make(chan struct{}),
	}
	go e.run()
	return e
}

// Close applies what is queued and stops.
func (e *Engine) Close() {
	e.stopOnce.Do(func() { close(e.stop) })
	<-e.done
}

// Submit applies mutations in order and returns their verdicts once they are durable. A returned error means that
// nothing is known to be durable and the same mutations may be sent again; a rejection is a verdict, not an error.
func (e *Engine) Submit(ctx context.Context, author Author, mutations []record.Mutation) ([]record.Verdict, error) {
	r := &request{Request: Request{Author: author, Mutations: mutations}, reply: make(chan error, 1)}
	err := e.await(ctx, r)
	return r.Verdicts, err
}

// await queues a request and waits until it is durable, or known not to be.
func (e *Engine) await(ctx context.Context, r *request) error {
	select {
	case e.requests <- r:
	case <-e.stop:
		return fault.New(fault.ServerBusy)
	case <-ctx.Done():
		return fault.Wrap(ctx.Err(), fault.ServerBusy)
	}
	select {
	case err := <-r.reply:
		return err
	case <-e.done:
		select {
		case err := <-r.reply:
			return err
		default:
			return fault.New(fault.ServerBusy)
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
	batch, mutations := []*request{first}, len(first.Mutations)
	for len(batch) < maxBatchRequests && mutations < maxBatchMutations {
		select {
		case r := <-e.requests:
			batch = append(batch, r)
			mutations += len(r.Mutations)
		default:
			return batch
		}
	}
	return batch
}

func (e *Engine) commit(batch []*request) {
	requests := make([]*Request, len(batch))
	for i, r := range batch {
		requests[i] = &r.Request
	}
	err := e.Commit(requests)
	for _, r := range batch {
		r.reply <- err
	}
}
