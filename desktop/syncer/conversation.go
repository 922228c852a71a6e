package syncer

import (
	"context"
	"maps"
	"math"
	"runtime"
	"slices"
	"time"

	"acopio/desktop/device"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
	"acopio/shared/version"
)

// Bounds of what is under way at once.
const (
	pushCount   = 2000
	pushMost    = 128 << 10
	pushesAhead = 4 // sent before the first of them is answered
	pullStart   = 32 << 10
	stagedMost  = 64 << 20 // bytes of pages held for a checkpoint
	// heldMost and heldLong bound the checkpoints that wait until what is being pushed is answered.
	heldMost = 8 << 20
	// filledAtOnce is how many bytes of pages a network that is being filled takes in one transaction, if they come quickly.
	filledAtOnce = 6 << 20
	quickPage    = time.Second
	heldLong     = 4 * time.Second
)

// Conversation is the laptop's side of one connection without the connection: it takes the server's frames and gives its
// own to send, and has no goroutine, line or time of its own. Whoever holds the line calls Open once, then Take with each
// frame that comes, and Work after it and whenever something may be there to send; all from one goroutine. After an
// error it is over, and so is the line.
type Conversation struct {
	*Syncer
	ctx      context.Context
	send     func(frame []byte)
	greeting *greeting // until the server's welcome
	renewing bool      // asked for another identity: all else is left aside
	compares bool      // the server answers questions about where networks differ
	verified bool      // all networks were, or are being, compared with the server's
	networks map[string]*network
	pushing  []time.Time // when each push was sent that is not answered
	pushWant int         // bytes to push at once
	pushed   int64       // position in the outbox up to which mutations were sent over this connection
	reported int         // pending edits last told to the server
	queries  map[uint32]historyAsk
	lastAsk  uint32
}

// greeting is what was said in the hello that the welcome answers.
type greeting struct {
	states []replica.NetworkState
	sent   time.Time
}

// network is how far this connection is with one network.
type network struct {
	code     string
	class    record.Class
	at       uint64 // the cursor, staged pages included
	head     uint64 // of the server, as last heard
	complete bool
	first    uint64 // while it is being filled: the head when that began
	pulling  bool
	asking   protocol.Pull
	asked    time.Time
	want     int             // bytes to ask for
	staged   []protocol.Page // since the last checkpoint
	bytes    int
	since    time.Time // the first of them came
	ready    bool      // they end in a checkpoint
	quick    bool      // the last page was as large as they get, and came soon after it was asked for
	checksum []byte    // the server's at the last checkpoint, and its number of records
	count    uint64
	verify   bool // to be compared with the server's although nothing is new
	repair   *repair
	owed     int  // answers to what was asked for repairs
	repaired bool // over this connection, and it was not enough
	healed   bool // fetched anew over this connection, because the checksums differed
	// distrusted: the server's records were found to be ours, and not what its checksum says.
	distrusted bool
	restored   bool   // being fetched anew from a server that went back: edits wait until it is known what is missing there
	swept      uint64 // up to where deletions were forgotten over this connection
}

// Converse begins a conversation. send must take a frame without waiting for an answer; what may be under way at once is
// bounded.
func (s *Syncer) Converse(ctx context.Context, send func(frame []byte)) *Conversation {
	return &Conversation{
		Syncer: s, ctx: ctx, send: send, pushed: math.MinInt64, pushWant: pushPace.least, networks: map[string]*network{}, queries: map[uint32]historyAsk{}, reported: -1,
	}
}

// Open says hello.
func (c *Conversation) Open() error {
	states, err := c.Replica.Networks(c.ctx)
	if err != nil {
		return err
	}
	counts, err := c.Outbox.Counts(c.ctx)
	if err != nil {
		return err
	}
	ticket, err := c.Outbox.Ticket(c.ctx)
	if err != nil {
		return err
	}
	c.greeting = &greeting{states: states, sent: c.Clock.Now()}
	hello := protocol.Hello{
		Protocol: protocol.Version, App: version.Version, Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Epoch: c.Device().Epoch, Now: clock.MillisOf(c.greeting.sent), Pending: uint32(counts.Waiting),
		Keeps: true, Ticket: ticket, Terms: termsOf(c.Device()).Sum(),
	}
	for _, n := range states {
		hello.Cursors = append(hello.Cursors, protocol.Cursor{Network: n.Code, Seq: n.Seq, Hash: n.Hash, Class: n.Class})
	}
	c.reported = counts.Waiting
	c.say(protocol.TypeHello, hello)
	return nil
}

// Take deals with one frame of the server.
func (c *Conversation) Take(frame []byte) error {
	t, payload, err := protocol.Split(frame)
	if err != nil {
		return err
	}
	switch {
	case t == protocol.TypeIdentity:
		return c.renamed(payload)
	case c.renewing && t != protocol.TypeGoodbye:
		return nil
	case c.greeting != nil && t != protocol.TypeGoodbye:
		return c.welcomed(t, payload)
	}
	switch t {
	case protocol.TypeAck:
		return c.acked(payload)
	case protocol.TypePage:
		return c.page(payload, len(frame))
	case protocol.TypeRest:
		return c.rest(frame)
	case protocol.TypePoke:
		return c.poked(payload)
	case protocol.TypeHistory:
		return c.historyCame(payload)
	case protocol.TypeDiffer:
		return c.differs(payload)
	case protocol.TypeGoodbye:
		return goodbye(payload)
	default:
		return nil // a newer server's frame that this build can do without
	}
}

// Work reads like the protocol: once there was a welcome, it sends and asks for what is left, and says whether both sides
// have everything.
func (c *Conversation) Work() (settled bool, err error) {
	if c.greeting != nil || c.renewing {
		return false, nil
	}
	if err := c.sendWaiting(); err != nil {
		return false, err
	}
	if err := c.applyReady(); err != nil {
		return false, err
	}
	c.fetchMissing()
	if settled, err = c.settled(); settled {
		if settled, err = c.examine(); !settled {
			c.fetchMissing()
			return false, err
		}
		c.succeeded()
	}
	return settled, err
}

// end answers the questions that the server will not answer any more.
func (c *Conversation) end() {
	for _, ask := range c.queries {
		ask.reply <- historyAnswer{err: fault.New(fault.ServerReset)}
	}
}

func (c *Conversation) say(t protocol.Type, payload any) { c.send(protocol.Encode(t, payload)) }

// inOrder is the networks by code: what is sent must not depend on how a map is laid out.
func (c *Conversation) inOrder() []*network {
	out := make([]*network, 0, len(c.networks))
	for _, code := range slices.Sorted(maps.Keys(c.networks)) {
		out = append(out, c.networks[code])
	}
	return out
}

// welcomed settles which networks there are, and measures the clock's offset.
func (c *Conversation) welcomed(t protocol.Type, payload []byte) error {
	if t != protocol.TypeWelcome {
		return fault.New(fault.BadFrame)
	}
	w, err := protocol.Decode[protocol.Welcome](payload)
	if err != nil {
		return err
	}
	if w.Same {
		w.SetTerms(termsOf(c.Device()))
	}
	own, err := c.own(w)
	if err != nil {
		return err
	}
	if !own {
		c.renewing = true
		c.say(protocol.TypeKeep, protocol.Keep{Renew: true})
		return nil
	}
	sent, now := c.greeting.sent, c.Clock.Now()
	middle := clock.MillisOf(sent.Add(now.Sub(sent) / 2))
	if err := c.arrange(w, c.greeting.states); err != nil {
		return err
	}
	if err := c.keep(w); err != nil {
		return err
	}
	c.greeting, c.compares = nil, w.Compares
	err = c.Update(func(d *device.State) {
		d.Number, d.Email, d.UserName, d.Role = w.Device, w.Email, w.Name, schema.Role(w.Role)
		d.Epoch, d.Offset, d.Revoked = w.Epoch, w.Now-middle, false
		terms(d, w, clock.MillisOf(now))
	})
	if err != nil {
		return err
	}
	c.note(func(p *Progress) { *p = Progress{Connected: true} })
	return nil
}

func (c *Conversation) poked(payload []byte) error {
	p, err := protocol.Decode[protocol.Poke](payload)
	if err != nil {
		return err
	}
	if n := c.networks[p.Network]; n != nil {
		n.head = max(n.head, p.Head)
	}
	return nil
}

// goodbye is the server's reason for closing, as an error.
func goodbye(payload []byte) error {
	g, err := protocol.Decode[protocol.Goodbye](payload)
	if err != nil {
		return err
	}
	return &fault.Error{Code: g.Code, Args: g.Args}
}

// ask puts a question to the server.
func (c *Conversation) ask(a historyAsk) {
	c.lastAsk++
	c.queries[c.lastAsk] = a
	c.say(protocol.TypeAskHistory, protocol.AskHistory{Query: c.lastAsk, Network: a.key.Network, Collection: a.key.Collection, ID: a.key.ID})
}

func (c *Conversation) historyCame(payload []byte) error {
	h, err := protocol.Decode[protocol.History](payload)
	if err != nil {
		return err
	}
	ask, ok := c.queries[h.Query]
	if !ok {
		return nil
	}
	delete(c.queries, h.Query)
	var a historyAnswer
	for _, w := range h.Entries {
		e, known, err := w.Entry(c.Replica.Schema(), ask.key.Network)
		if err != nil {
			return err
		}
		if known {
			a.entries = append(a.entries, e)
		}
	}
	ask.reply <- a
	return nil
}

// succeeded notes that both sides have everything.
func (c *Conversation) succeeded() {
	if c.Progress().Settled {
		return
	}
	now := clock.MillisOf(c.Clock.Now())
	c.update(func(d *device.State) { d.Tried(now, nil) })
	c.note(func(p *Progress) { *p = Progress{Connected: true, Settled: true} })
}
