package syncer

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"acopio/desktop/device"
	"acopio/desktop/link"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
	"acopio/shared/version"
)

// Bounds of a conversation.
const (
	idleTimeout  = 90 * time.Second // the server pings every 30 s
	writeTimeout = 60 * time.Second
	inboxFrames  = 8
	outboxFrames = 32
	pushCount    = 1000
	pushBytes    = 128 << 10
	pullStart    = 32 << 10
	pullMost     = 1 << 20
	stagedMost   = 64 << 20 // bytes of pages held for a checkpoint
)

// conversation is one connection. Everything but reading and writing happens in one goroutine.
type conversation struct {
	*Syncer
	conn     *websocket.Conn
	ctx      context.Context
	cancel   context.CancelCauseFunc
	frames   chan inbound
	out      chan []byte
	once     bool // end when nothing is left to do
	networks map[string]*network
	pushing  bool
	pushed   int64 // position in the outbox up to which mutations were sent over this connection
	reported int   // pending edits last told to the server
	queries  map[uint32]historyAsk
	lastAsk  uint32
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
	asked    time.Time
	want     int             // bytes to ask for
	staged   []protocol.Page // since the last checkpoint
	bytes    int
	healed   bool // fetched anew over this connection, because the checksums differed
	restored bool // being fetched anew from a server that went back: edits wait until it is known what is missing there
}

type inbound struct {
	t       protocol.Type
	payload []byte
	size    int
}

// converse holds one conversation, from dialing to its end. With once it returns nil as soon as both sides have
// everything; without, it only ends in an error.
func (s *Syncer) converse(ctx context.Context, once bool) error {
	s.update(func(d *device.State) { d.LastAttempt = clock.MillisOf(s.Clock.Now()) })
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	c := &conversation{
		Syncer: s, conn: conn, once: once, frames: make(chan inbound, inboxFrames), out: make(chan []byte, outboxFrames),
		pushed: math.MinInt64, networks: map[string]*network{}, queries: map[uint32]historyAsk{}, reported: -1,
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	wg.Go(c.read)
	wg.Go(c.write)
	err = c.run()
	c.cancel(err)
	_ = conn.Close()
	wg.Wait()
	for _, ask := range c.queries {
		ask.reply <- historyAnswer{err: fault.New(fault.ServerReset)}
	}
	return err
}

// run reads like the protocol: greet, then send and fetch until nothing is left, then stay and listen.
func (c *conversation) run() error {
	if err := c.greet(); err != nil {
		return err
	}
	c.note(func(p *Progress) { *p = Progress{Connected: true} })
	for {
		if err := c.sendWaiting(); err != nil {
			return err
		}
		c.fetchMissing()
		settled, err := c.settled()
		if err != nil {
			return err
		}
		if settled {
			if c.succeeded(); c.once {
				return c.farewell()
			}
		}
		if err := c.next(); err != nil {
			return err
		}
	}
}

// next waits for whatever comes first and deals with it.
func (c *conversation) next() error {
	select {
	case f := <-c.frames:
		return c.handle(f)
	case <-c.kick:
		return nil
	case ask := <-c.asks:
		c.lastAsk++
		c.queries[c.lastAsk] = ask
		c.send(protocol.TypeAskHistory, protocol.AskHistory{Query: c.lastAsk, Network: ask.key.Network, Collection: ask.key.Collection, ID: ask.key.ID})
		return nil
	case <-c.ctx.Done():
		return c.cause()
	}
}

// cause is why the conversation ended, in terms a person can act on.
func (c *conversation) cause() error {
	err := context.Cause(c.ctx)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(err, fault.ServerTimeout)
	}
	return link.Diagnose(err, "", c.Clock.Now())
}

func (c *conversation) read() {
	c.conn.SetReadLimit(protocol.MaxFrameBytes)
	extend := func() { _ = c.conn.SetReadDeadline(time.Now().Add(idleTimeout)) } // fails only on a closed connection
	c.conn.SetPingHandler(func(data string) error {
		extend()
		return ignoreTimeout(c.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTimeout)))
	})
	for {
		extend()
		_, frame, err := c.conn.ReadMessage()
		if err != nil {
			c.cancel(closedAs(err))
			return
		}
		t, payload, err := protocol.Split(frame)
		if err != nil {
			c.cancel(err)
			return
		}
		select {
		case c.frames <- inbound{t, payload, len(frame)}:
		case <-c.ctx.Done():
			return
		}
	}
}

// ignoreTimeout keeps a pong that found no room from ending a connection that is busy, not dead.
func ignoreTimeout(err error) error {
	if errors.Is(err, websocket.ErrCloseSent) {
		return nil
	}
	return err
}

// closedAs names the end of a connection: a server that goes away says so, and is back soon.
func closedAs(err error) error {
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return fault.Wrap(err, fault.ServerReset)
	}
	return err
}

func (c *conversation) write() {
	for {
		select {
		case frame := <-c.out:
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if err := c.conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
				c.cancel(err)
				return
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// send queues a frame. What may be under way at once is bounded, so that there is always room.
func (c *conversation) send(t protocol.Type, payload any) {
	select {
	case c.out <- protocol.Encode(t, payload):
	case <-c.ctx.Done():
	}
}

// receive waits for one frame.
func (c *conversation) receive() (inbound, error) {
	select {
	case f := <-c.frames:
		return f, nil
	case <-c.ctx.Done():
		// The server's last words may still be in the queue behind the end of the connection.
		select {
		case f := <-c.frames:
			return f, nil
		default:
			return inbound{}, c.cause()
		}
	}
}

// greet exchanges hello and welcome, measures the clock's offset, and settles which networks there are.
func (c *conversation) greet() error {
	states, err := c.Replica.Networks(c.ctx)
	if err != nil {
		return err
	}
	counts, err := c.Outbox.Counts(c.ctx)
	if err != nil {
		return err
	}
	d := c.Device()
	sent := c.Clock.Now()
	hello := protocol.Hello{
		Protocol: protocol.Version, App: version.Version, Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Epoch: d.Epoch, Now: clock.MillisOf(sent), Pending: uint32(counts.Waiting),
	}
	for _, n := range states {
		hello.Cursors = append(hello.Cursors, protocol.Cursor{Network: n.Code, Seq: n.Seq, Hash: n.Hash, Class: n.Class})
	}
	c.reported = counts.Waiting
	c.send(protocol.TypeHello, hello)
	f, err := c.receive()
	if err != nil {
		return err
	}
	if f.t == protocol.TypeGoodbye {
		return goodbye(f.payload)
	}
	if f.t != protocol.TypeWelcome {
		return fault.New(fault.BadFrame)
	}
	w, err := protocol.Decode[protocol.Welcome](f.payload)
	if err != nil {
		return err
	}
	return c.welcomed(w, states, sent)
}

func (c *conversation) welcomed(w protocol.Welcome, states []replica.NetworkState, sent time.Time) error {
	now := c.Clock.Now()
	middle := clock.MillisOf(sent.Add(now.Sub(sent) / 2))
	if err := c.arrange(w, states); err != nil {
		return err
	}
	return c.Update(func(d *device.State) {
		d.Number, d.Email, d.UserName, d.Role = w.Device, w.Email, w.Name, schema.Role(w.Role)
		d.Epoch, d.Offset, d.Revoked = w.Epoch, w.Now-middle, false
	})
}

// handle deals with one frame of the server.
func (c *conversation) handle(f inbound) error {
	switch f.t {
	case protocol.TypeAck:
		return c.acked(f.payload)
	case protocol.TypePage:
		return c.page(f)
	case protocol.TypePoke:
		p, err := protocol.Decode[protocol.Poke](f.payload)
		if err != nil {
			return err
		}
		if n := c.networks[p.Network]; n != nil {
			n.head = max(n.head, p.Head)
		}
		return nil
	case protocol.TypeHistory:
		return c.historyCame(f.payload)
	case protocol.TypeGoodbye:
		return goodbye(f.payload)
	default:
		return nil // a newer server's frame that this build can do without
	}
}

// goodbye is the server's reason for closing, as an error.
func goodbye(payload []byte) error {
	g, err := protocol.Decode[protocol.Goodbye](payload)
	if err != nil {
		return err
	}
	return &fault.Error{Code: g.Code, Args: g.Args}
}

func (c *conversation) historyCame(payload []byte) error {
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
func (c *conversation) succeeded() {
	if c.Progress().Settled {
		return
	}
	now := clock.MillisOf(c.Clock.Now())
	c.update(func(d *device.State) { d.LastSuccess, d.LastAttempt, d.LastError = now, now, nil })
	c.note(func(p *Progress) { *p = Progress{Connected: true, Settled: true} })
}

// farewell ends a conversation in which everything was said.
func (c *conversation) farewell() error {
	deadline := time.Now().Add(time.Second)
	_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline)
	return nil
}
