package session

import (
	"context"
	"maps"
	"slices"
	"sync"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/feed"
	"acopio/server/hub"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Ground is what conversations stand on: who people are, where their edits go, and where changes come from.
type Ground struct {
	Accounts Accounts
	Engine   Engine
	Feed     *feed.Feed
	Hub      Hub
	Schema   *schema.Schema
	Clock    clock.Clock
	// Alone, if set, ends a device's other conversations, begun before this one, and waits until they are over.
	Alone func(t *Talk) error

	pages pages
}

// Accounts is what conversations need to know of people and devices.
type Accounts interface {
	DevicePrincipal(ctx context.Context, deviceID string) (auth.Principal, error)
	Seen(ctx context.Context, deviceID, version string, pending int64, at clock.Millis) error
	// Show and Keep deal in tickets, Renew makes a copy of a device another one.
	Show(ctx context.Context, deviceID string, epoch, ticket []byte) (next []byte, copied bool, err error)
	Keep(ctx context.Context, deviceID string, epoch, shown, ticket []byte) error
	Renew(ctx context.Context, deviceID string) (auth.Enrolled, error)
	Lease(ctx context.Context) (days int, err error)
	PublicKey() []byte
	// Errand and the rest are about devices that are no longer let in.
	Errand(ctx context.Context, token string) (auth.Errand, error)
	HandIn(ctx context.Context, e auth.Errand, edits int, done bool) error
	Obeyed(ctx context.Context, p auth.Principal, orderID string) error
}

// Engine takes edits.
type Engine interface {
	Submit(ctx context.Context, author apply.Author, mutations []record.Mutation) ([]record.Verdict, error)
	Propose(ctx context.Context, author apply.Author, h *apply.Handover, mutations []record.Mutation) error
}

// Hub tells of changes.
type Hub interface {
	Join(network string, class record.Class, p hub.Peer) (leave func())
}

// Line takes frames to the laptop. Send waits for room and fails when the line is at its end; Offer does not wait.
type Line interface {
	Send(frame []byte) error
	hub.Peer
}

// Talk is the server's side of one conversation without its line: it takes the laptop's frames and gives its own, and
// has no goroutine or time of its own. Take is called from one goroutine, with hello first; after an error the
// conversation is over. Leave ends it.
type Talk struct {
	*Ground
	ctx     context.Context
	line    Line
	greeted bool
	over    bool // the laptop was told that it is a copy: nothing more is taken
	app     string
	shown   []byte            // the ticket of the hello
	next    []byte            // the one given in the welcome; nil: the laptop keeps none
	kept    bool              // next is on the laptop's disk: it may push
	told    map[string]uint64 // the head of each network that PokeAll told last

	mu        sync.Mutex
	principal auth.Principal
	leave     map[string]func()
}

// Talk begins a conversation with a device that was let in.
func (g *Ground) Talk(ctx context.Context, p auth.Principal, l Line) *Talk {
	return &Talk{Ground: g, ctx: ctx, line: l, principal: p, told: map[string]uint64{}, leave: map[string]func(){}}
}

// Take deals with one frame of the laptop.
func (t *Talk) Take(frame []byte) error {
	kind, payload, err := protocol.Split(frame)
	if err != nil {
		return err
	}
	if t.greeted && !t.over {
		return t.answer(kind, payload)
	}
	if kind != protocol.TypeHello || t.over {
		return fault.New(fault.BadFrame)
	}
	t.greeted = true
	return t.hello(payload)
}

// Leave gives up the laptop's place in all audiences.
func (t *Talk) Leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, leave := range t.leave {
		leave()
	}
}

// Heed says why a change of accounts ends this conversation; nil when it is not about this device or person. A device
// whose person's rights changed is to come back under its new ones.
func (t *Talk) Heed(ctx context.Context, change auth.Change) error {
	p := t.who()
	if (change.Device == "" || p.Device.ID != change.Device) && (change.User == "" || p.User.ID != change.User) {
		return nil
	}
	if _, err := t.Accounts.DevicePrincipal(ctx, p.Device.ID); err != nil {
		return err
	}
	return fault.New(fault.ServerBusy)
}

// PokeAll tells a laptop that missed frames to ask for them. What it told before it does not tell again: where the line
// holds fewer frames than there are networks, some of its own are missed, and it would never come to an end. One goroutine
// calls it.
func (t *Talk) PokeAll() {
	for _, network := range t.networks() {
		head, ok, err := t.Feed.Head(t.ctx, network)
		if err != nil || !ok || t.told[network] == head.Seq {
			continue
		}
		if t.line.Offer(protocol.Encode(protocol.TypePoke, protocol.Poke{Network: network, Head: head.Seq})) {
			t.told[network] = head.Seq
		}
	}
}

func (t *Talk) say(kind protocol.Type, payload any) error {
	return t.line.Send(protocol.Encode(kind, payload))
}

func (t *Talk) networks() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.leave))
}

func (t *Talk) who() auth.Principal {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.principal
}
