// Package session is one laptop's websocket on the server: a reader that answers what the laptop asks, one writer with
// a bounded queue, and the laptop's place in the hub's audiences.
package session

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// Bounds of a session.
const (
	writeTimeout = 60 * time.Second // a page over a very slow line
	idleTimeout  = 90 * time.Second
	pingEvery    = 30 * time.Second
	helloTimeout = 20 * time.Second
	// goodbyeTimeout is how long a connection that is to end may take to take leave: a revoked laptop is out within 5 s.
	goodbyeTimeout = 3 * time.Second
	// aloneTimeout is how long a laptop that comes waits for the end of its earlier connections.
	aloneTimeout = 10 * time.Second
)

// session serves one connection.
type session struct {
	*Talk
	device   string // its id
	conn     *websocket.Conn
	meter    *meter // below conn
	messages allowance
	log      zerolog.Logger
	cancel   context.CancelCauseFunc
	queue    *queue
	gone     chan struct{} // closed when the session is over
}

// Offer implements Line.
func (s *session) Offer(frame []byte) bool {
	return s.queue.offer(frame)
}

// Send implements Line: it waits for room, for as long as the connection lives.
func (s *session) Send(frame []byte) error {
	for !s.queue.add(frame) {
		select {
		case <-s.queue.room:
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
	return nil
}

// run converses until the connection ends.
func (s *session) run() (err error) {
	var wg sync.WaitGroup
	wg.Go(s.write)
	defer wg.Wait()
	defer func() { s.cancel(err) }()
	defer s.Leave()
	// A laptop that takes nothing off the line holds the writer up: it is not waited for.
	defer context.AfterFunc(s.ctx, func() { time.AfterFunc(goodbyeTimeout, func() { _ = s.conn.Close() }) })()
	s.conn.SetReadLimit(protocol.MaxFrameBytes)
	s.conn.SetPongHandler(func(string) error {
		if !s.greeted {
			return nil // hello has its own time
		}
		return s.conn.SetReadDeadline(time.Now().Add(idleTimeout))
	})
	_ = s.conn.SetReadDeadline(time.Now().Add(helloTimeout)) // fails only on a closed connection, as the read will
	for {
		frame, err := s.read()
		if err != nil {
			return err
		}
		if err := s.pause(s.ctx); err != nil {
			return err
		}
		if err := s.Take(frame); err != nil {
			return err
		}
	}
}

func (s *session) read() ([]byte, error) {
	kind, message, err := s.conn.NextReader()
	if err != nil {
		return nil, err
	}
	s.meter.carried(headBytes)
	frame, err := io.ReadAll(carrier{message, s.meter})
	if err != nil {
		return nil, err
	}
	if kind != websocket.BinaryMessage {
		return nil, fault.New(fault.BadFrame)
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(idleTimeout))
	return frame, nil
}

// write sends the queue. It is the connection's only writer, control frames apart.
func (s *session) write() {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-s.queue.more:
			frame, missed := s.queue.take()
			if frame == nil {
				continue
			}
			_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if err := s.conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
				s.end(err)
				return
			}
			if missed { // now there is room to say so
				s.PokeAll()
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
