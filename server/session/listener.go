package session

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/feed"
	"acopio/server/gate"
	"acopio/server/hub"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/schema"
)

// accounts is what the door needs to know of people and devices.
type accounts interface {
	Accounts
	Authenticate(ctx context.Context, token string) (auth.Principal, error)
	Changes(ctx context.Context) <-chan auth.Change
}

// Listener takes the websocket connections of laptops. It is an http.Handler.
type Listener struct {
	*Ground
	accounts accounts
	base     zerolog.Logger

	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	mu       sync.Mutex
	sessions map[string][]*session // by device, in the order in which they came
	count    int
}

// NewListener serves from the given parts; Close ends all sessions.
func NewListener(a accounts, e *apply.Engine, f *feed.Feed, h *hub.Hub, s *schema.Schema, c clock.Clock, log zerolog.Logger) *Listener {
	ground := &Ground{Accounts: a, Engine: e, Feed: f, Hub: h, Schema: s, Clock: c}
	l := &Listener{Ground: ground, accounts: a, base: log, sessions: map[string][]*session{}}
	ground.Alone = l.endOthers
	l.ctx, l.cancel = context.WithCancel(context.Background())
	changes := a.Changes(l.ctx) // from before the first session: it must not miss one
	l.wg.Go(func() { l.follow(changes) })
	l.wg.Go(l.giveBack)
	return l
}

// Close sends everybody away, to come back later, and waits until they are gone.
func (l *Listener) Close() {
	l.cancel()
	l.wg.Wait()
}

var upgrader = websocket.Upgrader{
	HandshakeTimeout: 10 * time.Second,
	ReadBufferSize:   1 << 10, // ten thousand laptops say nothing most of the time
	WriteBufferPool:  &sync.Pool{},
	WriteBufferSize:  4 << 10,
	// Laptops send no Origin; a page in somebody's browser does, and has no business here.
	CheckOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "" },
}

func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(protocol.Header, "1")
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p, err := l.accounts.Authenticate(r.Context(), token)
	if err != nil {
		api.WriteFault(w, r, apply.OfServer(err))
		return
	}
	gate.Admit(r.Context())
	taken := &metered{ResponseWriter: w}
	conn, err := upgrader.Upgrade(taken, r, http.Header{protocol.Header: {"1"}})
	if err != nil {
		return // Upgrade has answered
	}
	s := &session{
		device: p.Device.ID, conn: conn, meter: taken.line, messages: allow(messagesAtOnce, messageRate), queue: newQueue(), gone: make(chan struct{}),
		log: l.base.With().Str("device", p.Device.ID).Logger(),
	}
	ctx, cancel := context.WithCancelCause(l.ctx)
	s.cancel = cancel
	s.Talk = l.Talk(ctx, p, s)
	if !l.add(s) {
		s.sayGoodbye()
		return
	}
	go l.serve(s)
}

// serve holds a conversation, apart from the request that it began with: what that needed is free again.
func (l *Listener) serve(s *session) {
	defer l.remove(s)
	s.log.Debug().Msg("a device came")
	err := s.run()
	s.log.Debug().AnErr("cause", hideClose(err)).Msg("a device went")
}

// hideClose leaves out the ways in which a connection normally ends.
func hideClose(err error) error {
	var closed *websocket.CloseError
	if errors.As(err, &closed) || errors.Is(err, net.ErrClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// mostSessions is how many connections a device may have, those included that are broken and not known to be yet. The
// oldest ones make room.
const mostSessions = 4

func (l *Listener) add(s *session) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return false
	}
	own := append(l.sessions[s.device], s)
	for _, old := range own[:max(0, len(own)-mostSessions)] {
		old.cancel(fault.New(fault.ServerBusy))
	}
	l.sessions[s.device] = own
	l.count++
	l.wg.Add(1)
	return true
}

func (l *Listener) remove(s *session) {
	_ = s.conn.Close()
	l.mu.Lock()
	if own := slices.DeleteFunc(l.sessions[s.device], func(o *session) bool { return o == s }); len(own) > 0 {
		l.sessions[s.device] = own
	} else {
		delete(l.sessions, s.device)
	}
	l.count--
	l.mu.Unlock()
	close(s.gone)
	l.wg.Done()
}

// endOthers ends the sessions that a device began before this one: its line broke and we have not noticed, or there are
// two of it. An edit that one of them is about to commit is committed when this returns.
func (l *Listener) endOthers(t *Talk) error {
	var ending []*session
	l.mu.Lock()
	for _, s := range l.sessions[t.who().Device.ID] {
		if s.Talk == t {
			break
		}
		ending = append(ending, s)
		s.cancel(fault.New(fault.ServerBusy))
	}
	l.mu.Unlock()
	for _, s := range ending {
		select {
		case <-s.gone:
		case <-t.ctx.Done():
			return context.Cause(t.ctx)
		case <-time.After(aloneTimeout):
			return fault.New(fault.ServerBusy)
		}
	}
	return nil
}

// Online reports whether a device is connected.
func (l *Listener) Online(deviceID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sessions[deviceID]) > 0
}

// Count is the number of connected devices.
func (l *Listener) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// follow acts on changes of accounts while sockets are open: a revoked device is sent away, and so is one whose
// person's role or networks changed, so that it comes back under its new rights.
func (l *Listener) follow(changes <-chan auth.Change) {
	for change := range changes {
		l.mu.Lock()
		for _, own := range l.sessions {
			for _, s := range own {
				if cause := s.Heed(l.ctx, change); cause != nil {
					s.cancel(cause)
				}
			}
		}
		l.mu.Unlock()
	}
}
