package hub

import (
	"context"
	"errors"
	"slices"
	"sync"

	"acopio/server/feed"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// Peer takes frames. Offer must not block: it reports false when the peer's queue is full, and the peer is then poked
// once it has room.
type Peer interface {
	Offer(frame []byte) bool
}

// Fan knows who listens to which network and how far each was told, and tells them in the caller's goroutine. Join may be
// called from any goroutine; Broadcast of one network from one at a time.
type Fan struct {
	feed *feed.Feed

	mu     sync.Mutex
	topics map[string]*topic
}

// topic is one network's audience. Each class has its own position in the feed.
type topic struct {
	network string
	peers   map[record.Class][]Peer // in the order in which they came
	at      map[record.Class]uint64
}

// NewFan tells of the feed.
func NewFan(f *feed.Feed) *Fan { return &Fan{feed: f, topics: map[string]*topic{}} }

// Join adds a peer to a network's audience; leave ends it.
func (h *Fan) Join(network string, class record.Class, p Peer) (leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topic(network)
	t.peers[class] = append(t.peers[class], p)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if i := slices.Index(t.peers[class], p); i >= 0 {
			t.peers[class] = slices.Delete(t.peers[class], i, i+1)
		}
	}
}

// topic finds or makes a network's audience. The caller holds mu.
func (h *Fan) topic(network string) *topic {
	t := h.topics[network]
	if t == nil {
		t = &topic{network: network, peers: map[record.Class][]Peer{}, at: map[record.Class]uint64{}}
		h.topics[network] = t
	}
	return t
}

// Broadcast sends what was committed to a network since the last time to its audience.
func (h *Fan) Broadcast(ctx context.Context, network string) error {
	h.mu.Lock()
	t := h.topic(network)
	h.mu.Unlock()
	return errors.Join(h.tell(ctx, t, record.Everything), h.tell(ctx, t, record.PublicOnly))
}

// Weight is about how many bytes the next Broadcast of a network will put on the line, over all of its audience; 0 for an
// audience that is small whatever there is to tell.
func (h *Fan) Weight(ctx context.Context, network string) (int, error) {
	h.mu.Lock()
	t := h.topic(network)
	listeners := map[record.Class]int{}
	all := 0
	for class, peers := range t.peers {
		listeners[class] = len(peers)
		all += len(peers)
	}
	h.mu.Unlock()
	if all < crowd {
		return 0, nil
	}
	head, ok, err := h.feed.Head(ctx, network)
	if err != nil || !ok {
		return 0, err
	}
	bytes := 0
	for class, n := range listeners {
		if behind := head.Seq - t.at[class]; behind <= tooFar {
			bytes += int(behind) * changeBytes * n
		}
	}
	return bytes, nil
}

// crowd is from how many peers on an audience is one.
const crowd = 100

// changeBytes is about what a change takes in a frame.
const changeBytes = 250

func (h *Fan) tell(ctx context.Context, t *topic, class record.Class) error {
	// Who hears of a change is asked after the change is read: a peer that joined in between looked at the head before it
	// moved, and would otherwise hear of it only with the next one.
	from, known := t.at[class]
	silent := len(h.audience(t, class)) == 0
	head, ok, err := h.feed.Head(ctx, t.network)
	if err != nil || !ok {
		return err
	}
	if silent || !known || head.Seq < from || head.Seq-from > tooFar {
		// Nobody listens, or it is a long way: whoever is behind pulls on its own.
		t.at[class] = head.Seq
		if head.Seq != from {
			offerAll(h.audience(t, class), protocol.Encode(protocol.TypePoke, protocol.Poke{Network: t.network, Head: head.Seq}))
		}
		return nil
	}
	for from < head.Seq {
		page, err := h.feed.Page(ctx, feed.Ask{Network: t.network, Class: class, After: from, MaxBytes: feed.MaxBytes})
		if err != nil {
			return err
		}
		offerAll(h.audience(t, class), protocol.Encode(protocol.TypePage, page))
		from = page.To
		t.at[class] = from
		if page.Last {
			return nil
		}
	}
	return nil
}

// tooFar is the number of changes from which on peers pull for themselves, each at its own pace.
const tooFar = 5000

func (h *Fan) audience(t *topic, class record.Class) []Peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(t.peers[class])
}

func offerAll(peers []Peer, frame []byte) {
	for _, p := range peers {
		p.Offer(frame)
	}
}
