package syncer

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"acopio/desktop/device"
	"acopio/desktop/link"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// Bounds of a line.
const (
	idleTimeout  = 90 * time.Second // the server pings every 30 s
	writeTimeout = 60 * time.Second
	inboxFrames  = 8
	outboxFrames = 32
)

// line is one connection: a reader, a writer, and between them the conversation, which has a goroutine to itself.
type line struct {
	*Conversation
	conn   *websocket.Conn
	cancel context.CancelCauseFunc
	frames chan []byte
	out    chan []byte
	begun  []byte // of the frame in whose middle the line broke; read once the reader is gone
}

// attempts bounds how often an attempt to connect begins anew by itself: after a network was let go, or as a copy that got
// a name of its own.
const attempts = 4

// connect holds one conversation, from dialing to its end, and draws the consequences. With once it returns nil as soon as
// both sides have everything; without, it only ends in an error.
func (s *Syncer) connect(ctx context.Context, once bool) (err error) {
	for range attempts {
		if err = s.converse(ctx, once); err == nil {
			return nil
		}
		again, cause := s.part(ctx, err)
		if !again || cause != nil {
			return cause
		}
	}
	return fault.Wrap(err, fault.ServerBusy)
}

func (s *Syncer) converse(ctx context.Context, once bool) error {
	s.update(func(d *device.State) { d.LastAttempt = clock.MillisOf(s.Clock.Now()) })
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	l := &line{conn: conn, frames: make(chan []byte, inboxFrames), out: make(chan []byte, outboxFrames)}
	ctx, l.cancel = context.WithCancelCause(ctx)
	l.Conversation = s.Converse(ctx, l.queue)
	var wg sync.WaitGroup
	wg.Go(l.read)
	wg.Go(l.write)
	err = l.reason(l.run(once))
	l.cancel(err)
	_ = conn.Close()
	wg.Wait()
	l.Broken(l.begun)
	l.end()
	return err
}

func (l *line) run(once bool) error {
	if err := l.Open(); err != nil {
		return err
	}
	for {
		settled, err := l.Work()
		if err != nil {
			return err
		}
		if settled && once {
			return l.farewell()
		}
		if err := l.next(); err != nil {
			return err
		}
	}
}

// next waits for whatever comes first and deals with it.
func (l *line) next() error {
	asks := l.asks
	if l.greeting != nil {
		asks = nil // nothing may come before the welcome
	}
	select {
	case f := <-l.frames:
		return l.Take(f)
	case <-l.kick:
		return nil
	case a := <-asks:
		l.ask(a)
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

// reason is why a conversation ended. Where the end of the line broke off what was under way, in the replica too, it is
// what the server said last, which may still be in the queue, or else what ended the line.
func (l *line) reason(err error) error {
	for errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		select {
		case f := <-l.frames:
			if err := l.Take(f); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				return err
			}
		default:
			return l.cause()
		}
	}
	return err
}

// cause is why the line ended, in terms a person can act on.
func (l *line) cause() error {
	err := context.Cause(l.ctx)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(err, fault.ServerTimeout)
	}
	return link.Diagnose(err, "", l.Clock.Now())
}

func (l *line) read() {
	l.conn.SetReadLimit(protocol.MaxFrameBytes)
	extend := func() { _ = l.conn.SetReadDeadline(time.Now().Add(idleTimeout)) } // fails only on a closed connection
	l.conn.SetPingHandler(func(data string) error {
		extend()
		l.heard()
		return ignoreTimeout(l.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTimeout)))
	})
	for {
		extend()
		_, frame, err := l.conn.ReadMessage()
		if err != nil {
			l.begun = frame
			l.cancel(closedAs(err))
			return
		}
		l.heard()
		select {
		case l.frames <- frame:
		case <-l.ctx.Done():
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

func (l *line) write() {
	for {
		select {
		case frame := <-l.out:
			_ = l.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if err := l.conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
				l.cancel(err)
				return
			}
		case <-l.ctx.Done():
			return
		}
	}
}

// queue takes a frame to send. What may be under way at once is bounded, so that there is always room.
func (l *line) queue(frame []byte) {
	select {
	case l.out <- frame:
	case <-l.ctx.Done():
	}
}

// farewell ends a conversation in which everything was said.
func (l *line) farewell() error {
	_ = l.conn.SetReadDeadline(time.Unix(1, 0)) // nothing is waited for, not even an answer to this
	deadline := time.Now().Add(time.Second)
	_ = l.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline)
	return nil
}

// dial opens the websocket.
func (s *Syncer) dial(ctx context.Context) (*websocket.Conn, error) {
	state := s.Device()
	u, err := url.Parse(state.Server)
	if err != nil {
		return nil, fault.Wrap(err, fault.BadURL, "got", state.Server)
	}
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	u.Path = protocol.Path
	tls, err := link.TLS(state.CA)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	d := websocket.Dialer{TLSClientConfig: tls, Proxy: http.ProxyFromEnvironment, HandshakeTimeout: dialTimeout, NetDialContext: s.NetDial}
	conn, res, err := d.DialContext(ctx, u.String(), http.Header{"Authorization": {"Bearer " + s.secret()}})
	if res != nil && res.Body != nil {
		defer func() { _ = res.Body.Close() }()
	}
	switch {
	case err == nil && res.Header.Get(protocol.Header) == "":
		_ = conn.Close()
		return nil, fault.New(fault.ServerNotAcopio)
	case err == nil:
		return conn, nil
	case errors.Is(err, websocket.ErrBadHandshake) && res != nil:
		if answer := link.CheckAnswer(res); answer != nil {
			return nil, answer
		}
		return nil, fault.Wrap(err, fault.ServerNotAcopio)
	default:
		return nil, link.Diagnose(err, u.Hostname(), s.Clock.Now())
	}
}
