// Package hub tells everybody who is connected what has just been committed: a change is read and encoded once for
// each class of peers and handed to all of them.
package hub

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/feed"
	"acopio/server/store"
)

// pollEvery is how soon commits of other processes on the same store are noticed.
const pollEvery = time.Second

// Hub tells of commits as they come. Its methods may be called from any goroutine.
type Hub struct {
	*Fan
	store store.Store
	log   zerolog.Logger

	mu       sync.Mutex
	wakes    map[string]chan struct{} // by network: one token, a commit to look at
	watchers []func(network string)
	wg       sync.WaitGroup
	ctx      context.Context
	cancel   context.CancelFunc
}

// New starts a hub; Close ends it.
func New(f *feed.Feed, st store.Store, log zerolog.Logger) *Hub {
	h := &Hub{Fan: NewFan(f), store: st, log: log, wakes: map[string]chan struct{}{}}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.wg.Go(h.poll)
	return h
}

// Close ends the hub; no peer is offered anything after it.
func (h *Hub) Close() {
	h.cancel()
	h.wg.Wait()
}

// Watch registers a listener that learns which network has moved. It must not block.
func (h *Hub) Watch(fn func(network string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers = append(h.watchers, fn)
}

// wake finds or starts a network's broadcaster. The caller holds mu.
func (h *Hub) wake(network string) chan struct{} {
	w := h.wakes[network]
	if w == nil {
		w = make(chan struct{}, 1)
		h.wakes[network] = w
		h.wg.Go(func() { h.broadcast(network, w) })
	}
	return w
}

// Publish says that networks have moved. It never blocks.
func (h *Hub) Publish(networks []string) {
	h.mu.Lock()
	watchers := h.watchers
	for _, n := range networks {
		select {
		case h.wake(n) <- struct{}{}:
		default: // a look is already due, and it will see this commit too
		}
	}
	h.mu.Unlock()
	for _, fn := range watchers {
		for _, n := range networks {
			fn(n)
		}
	}
}

// poll notices commits made by other processes.
func (h *Hub) poll() {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	seen := map[string]uint64{}
	var revision uint64
	for {
		now, err := h.store.Revision(h.ctx)
		if err == nil && now != revision {
			revision = now
			h.publishMoved(seen)
		}
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *Hub) publishMoved(seen map[string]uint64) {
	heads, err := h.feed.Heads(h.ctx)
	if err != nil {
		h.log.Warn().Err(err).Msg("the heads could not be read")
		return
	}
	var moved []string
	for _, head := range heads {
		if seen[head.Network] != head.Seq {
			seen[head.Network] = head.Seq
			moved = append(moved, head.Network)
		}
	}
	h.Publish(moved)
}

// broadcast sends a network's commits to its audience.
func (h *Hub) broadcast(network string, wake chan struct{}) {
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-wake:
		}
		h.hold(network)
		if err := h.Broadcast(h.ctx, network); err != nil && h.ctx.Err() == nil {
			h.log.Warn().Err(err).Str("network", network).Msg("a change could not be sent on")
		}
	}
}

// Bounds of what is told at once: edits come and are answered while a crowd is told of those before. What is worth less
// than light is told at once; telling the rest waits as long as it will take, for more to come along, so that it takes half
// of the machine at the most.
const (
	light   = 16 << 20 // bytes, over the audience
	pace    = 256 << 20
	holdFor = 2 * time.Second
)

// hold waits before a network's audience is told of much.
func (h *Hub) hold(network string) {
	bytes, err := h.Weight(h.ctx, network)
	if err != nil || bytes < light {
		return // what cannot be read is reported by who tells it
	}
	select {
	case <-h.ctx.Done():
	case <-time.After(min(holdFor, time.Duration(float64(bytes)/pace*float64(time.Second)))):
	}
}
