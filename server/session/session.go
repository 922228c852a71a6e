// Package session is one laptop's websocket on the server: a reader that answers what the laptop asks, one writer with
// a bounded queue, and the laptop's place in the hub's audiences.
package session

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"acopio/server/auth"
	"acopio/server/hub"
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// Bounds of a session.
const (
	queueFrames  = 64
	writeTimeout = 60 * time.Second // a page over a very slow line
	idleTimeout  = 90 * time.Second
	pingEvery    = 30 * time.Second
	helloTimeout = 20 * time.Second
	// goodbyeTimeout is how long a connection that is to end may take to take leave: a revoked laptop is out within 5 s.
	goodbyeTimeout = 3 * time.Second
	maxPushLength  = 20_000 // mutations in one push
)

// session serves one connection.
type session struct {
	*Listener
	conn   *websocket.Conn
	log    zerolog.Logger
	ctx    context.Context
	cancel context.CancelCauseFunc
	queue  chan []byte
	behind atomic.Bool // a frame was not taken: the networks must be poked once there is room

	mu        sync.Mutex
	principal auth.Principal
	leave     map[string]func()
	app       string
}

// Offer implements hub.Peer.
func (s *session) Offer(frame []byte) bool {
	select {
	case s.queue <- frame:
		return true
	default:
		s.behind.Store(true)
		return false
	}
}

// send queues a frame that answers a request; it waits for room, for as long as the connection lives.
func (s *session) send(t protocol.Type, payload any) error {
	select {
	case s.queue <- protocol.Encode(t, payload):
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// run converses until the connection ends.
func (s *session) run() (err error) {
	var wg sync.WaitGroup
	wg.Go(s.write)
	defer wg.Wait()
	defer func() { s.cancel(err) }()
	defer s.leaveAll()
	// A laptop that takes nothing off the line holds the writer up: it is not waited for.
	defer context.AfterFunc(s.ctx, func() { time.AfterFunc(goodbyeTimeout, func() { _ = s.conn.Close() }) })()
	s.conn.SetReadLimit(protocol.MaxFrameBytes)
	s.conn.SetPongHandler(func(string) error { return s.conn.SetReadDeadline(time.Now().Add(idleTimeout)) })
	_ = s.conn.SetReadDeadline(time.Now().Add(helloTimeout)) // fails only on a closed connection, as the read will
	t, payload, err := s.read()
	if err != nil {
		return err
	}
	if t != protocol.TypeHello {
		return fault.New(fault.BadFrame)
	}
	if err := s.hello(payload); err != nil {
		return err
	}
	for {
		t, payload, err := s.read()
		if err != nil {
			return err
		}
		if err := s.answer(t, payload); err != nil {
			return err
		}
	}
}

func (s *session) read() (protocol.Type, []byte, error) {
	kind, frame, err := s.conn.ReadMessage()
	if err != nil {
		return 0, nil, err
	}
	if kind != websocket.BinaryMessage {
		return 0, nil, fault.New(fault.BadFrame)
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(idleTimeout))
	return protocol.Split(frame)
}

// write sends the queue. It is the connection's only writer, control frames apart.
func (s *session) write() {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case frame := <-s.queue:
			_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if err := s.conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
				s.end(err)
				return
			}
			if len(s.queue) == 0 && s.behind.Swap(false) {
				s.pokeAll()
			}
		case <-ping.C:
			if err := s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)); err != nil {
				s.end(err)
				return
			}
		case <-s.ctx.Done():
			s.sayGoodbye()
			return
		}
	}
}

// end breaks the conversation off; the reader notices by the closed connection.
func (s *session) end(cause error) {
	s.cancel(cause)
	_ = s.conn.Close()
}

// sayGoodbye tells the laptop why, where there is something to say, and closes.
func (s *session) sayGoodbye() {
	deadline := time.Now().Add(2 * time.Second)
	if f := fault.Of(context.Cause(s.ctx)); f != nil && f.Code != fault.Internal {
		_ = s.conn.SetWriteDeadline(deadline)
		_ = s.conn.WriteMessage(websocket.BinaryMessage, protocol.Encode(protocol.TypeGoodbye, protocol.Goodbye{Code: f.Code, Args: f.Args}))
	}
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), deadline)
	_ = s.conn.Close()
}

// pokeAll tells a laptop that missed frames to ask for them.
func (s *session) pokeAll() {
	for _, network := range s.networks() {
		head, ok, err := s.feed.Head(s.ctx, network)
		if err == nil && ok {
			s.Offer(protocol.Encode(protocol.TypePoke, protocol.Poke{Network: network, Head: head.Seq}))
		}
	}
}

func (s *session) networks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, 0, len(s.leave))
	for n := range s.leave {
		out = append(out, n)
	}
	return out
}

func (s *session) who() auth.Principal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.principal
}

func (s *session) leaveAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, leave := range s.leave {
		leave()
	}
}

var _ hub.Peer = (*session)(nil)
