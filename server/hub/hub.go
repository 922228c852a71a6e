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
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// Peer takes frames. Offer must not block: it reports false when the peer's queue is full, and the peer is then poked
// once it has room.
type Peer interface {
	Offer(frame []byte) bool
}

// pollEvery is how soon commits of other processes on the same store are noticed.
const pollEvery = time.Second

// Hub fans commits out. Its methods may be called from any goroutine.
type Hub struct {
	feed  *feed.Feed
	store store.Store
	log   zerolog.Logger

	mu       sync.Mutex
	topics   map[string]*topic
	watchers []func(network string)
	wg       sync.WaitGroup
	ctx      context.Context
	cancel   context.CancelFunc
}

// topic is one network's audience.
type topic struct {
	network string
	peers   map[record.Class]map[Peer]bool
	wake    chan struct{} // holds one token: a commit to look at
}

// New starts a hub; Close ends it.
func New(f *feed.Feed, st store.Store, log zerolog.Logger) *Hub {
	h := &Hub{feed: f, store: st, log: log, topics: map[string]*topic{}}
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

// Join adds a peer to a network's audience; leave ends it.
func (h *Hub) Join(network string, class record.Class, p Peer) (leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topic(network)
	if t.peers[class] == nil {
		t.peers[class] = map[Peer]bool{}
	}
	t.peers[class][p] = true
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(t.peers[class], p)
	}
}

// topic finds or starts a network's broadcaster. The caller holds mu.
func (h *Hub) topic(network string) *topic {
	t := h.topics[network]
	if t == nil {
		t = &topic{network: network, peers: map[record.Class]map[Peer]bool{}, wake: make(chan struct{}, 1)}
		h.topics[network] = t
		h.wg.Go(func() { h.broadcast(t) })
	}
	return t
}

// Publish says that networks have moved. It never blocks.
func (h *Hub) Publish(networks []string) {
	h.mu.Lock()
	watchers := h.watchers
	for _, n := range networks {
		select {
		case h.topic(n).wake <- struct{}{}:
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

// broadcast sends a network's commits to its audience. Each class has its own position in the feed.
func (h *Hub) broadcast(t *topic) {
	at := map[record.Class]uint64{}
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-t.wake:
		}
		for _, class := range []record.Class{record.Everything, record.PublicOnly} {
			if err := h.broadcastClass(t, class, at); err != nil && h.ctx.Err() == nil {
				h.log.Warn().Err(err).Str("network", t.network).Msg("a change could not be sent on")
			}
		}
	}
}

func (h *Hub) broadcastClass(t *topic, class record.Class, at map[record.Class]uint64) error {
	// Who hears of a change is asked after the change is read: a peer that joined in between looked at the head before it
	// moved, and would otherwise hear of it only with the next one.
	from, known := at[class]
	silent := len(h.audience(t, class)) == 0
	head, ok, err := h.feed.Head(h.ctx, t.network)
	if err != nil || !ok {
		return err
	}
	if silent || !known || head.Seq < from || head.Seq-from > tooFar {
		// Nobody listens, or it is a long way: whoever is behind pulls on its own.
		at[class] = head.Seq
		if head.Seq != from {
			offerAll(h.audience(t, class), protocol.Encode(protocol.TypePoke, protocol.Poke{Network: t.network, Head: head.Seq}))
		}
		return nil
	}
	for from < head.Seq {
		page, err := h.feed.Page(h.ctx, feed.Ask{Network: t.network, Class: class, After: from, MaxBytes: feed.MaxBytes})
		if err != nil {
			return err
		}
		offerAll(h.audience(t, class), protocol.Encode(protocol.TypePage, page))
		from = page.To
		at[class] = from
		if page.Last {
			return nil
		}
	}
	return nil
}

// tooFar is the number of changes from which on peers pull for themselves, each at its own pace.
const tooFar = 5000

func (h *Hub) audience(t *topic, class record.Class) []Peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Peer, 0, len(t.peers[class]))
	for p := range t.peers[class] {
		out = append(out, p)
	}
	return out
}

func offerAll(peers []Peer, frame []byte) {
	for _, p := range peers {
		p.Offer(frame)
	}
}
