// Package gate bounds what strangers can take of a server: for each address, so many sockets on which nobody has shown
// yet who they are. Whoever has is not counted any more.
package gate

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

const (
	// Most is the number of sockets of one address on which nobody is known.
	Most = 20
	// mostTold is how many there may be with those that are only told to come later; further ones are closed without a word.
	mostTold = 2 * Most
	// comeAgain is after how long a refused one is told to try again.
	comeAgain = 5 * time.Second
	// bodyTimeout and answerTimeout are how long a stranger may take to send a request, and to take its answer off the line.
	bodyTimeout   = 30 * time.Second
	answerTimeout = 5 * time.Minute
)

// Gate counts. Where something stands in front of the server that hands on the requests of all, it counts requests by the
// addresses that this names; otherwise connections.
type Gate struct {
	behindProxy bool

	mu        sync.Mutex
	strangers map[string][]*pass // by address, in the order in which they came
	conns     map[net.Conn]*pass
}

// pass is one socket, or one request of a proxy's, until somebody is known on it.
type pass struct {
	gate    *Gate
	address string
	conn    net.Conn // nil: a request
	idle    bool     // between two requests: it is closed if there is no room for others
	refused bool
}

// New makes a gate.
func New(behindProxy bool) *Gate {
	return &Gate{behindProxy: behindProxy, strangers: map[string][]*pass{}, conns: map[net.Conn]*pass{}}
}

// Guard puts the gate in front of a server that is not serving yet.
func (g *Gate) Guard(s *http.Server) {
	s.Handler = g.around(s.Handler)
	if !g.behindProxy {
		s.ConnContext, s.ConnState = g.came, g.moved
	}
}

// Strangers is the number of sockets of an address that count.
func (g *Gate) Strangers(address string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.strangers[neighborhood(address)])
}

type visitKey struct{}

// visit is one request.
type visit struct {
	*pass
	patient func() // takes away what bounds the time of strangers
}

// Admit says that somebody was recognized in the request of the context.
func Admit(ctx context.Context) {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		v.gate.release(v.pass)
		v.patient()
	}
}

type passKey struct{}

// came is http.Server.ConnContext.
func (g *Gate) came(ctx context.Context, conn net.Conn) context.Context {
	p, idle := g.enter(hostOf(conn.RemoteAddr().String()), conn)
	if p == nil {
		_ = conn.Close()
		return ctx
	}
	if idle != nil {
		go func() { _ = idle.Close() }() // over TLS it may take a moment to say so
	}
	return context.WithValue(ctx, passKey{}, p)
}

// enter counts a socket, or refuses it: nil for one that is not even told so. idle is closed for it.
func (g *Gate) enter(address string, conn net.Conn) (p *pass, idle net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	address = neighborhood(address)
	there := g.strangers[address]
	if len(there) >= mostTold {
		return nil, nil
	}
	p = &pass{gate: g, address: address, conn: conn}
	if len(there) >= Most {
		if first := firstIdle(there); first != nil {
			idle = first.conn
			g.drop(first)
			there = g.strangers[address]
		} else {
			p.refused = true
		}
	}
	g.strangers[address] = append(there, p)
	if conn != nil {
		g.conns[conn] = p
	}
	return p, idle
}

func firstIdle(there []*pass) *pass {
	for _, p := range there {
		if p.idle {
			return p
		}
	}
	return nil
}

// moved is http.Server.ConnState.
func (g *Gate) moved(conn net.Conn, state http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.conns[conn]
	if p == nil {
		return
	}
	switch state {
	case http.StateIdle:
		p.idle = true
	case http.StateActive:
		p.idle = false
	case http.StateClosed, http.StateHijacked: // a socket is taken over for a device that is known
		g.drop(p)
	default:
	}
}

func (g *Gate) release(p *pass) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drop(p)
}

// drop lets go of a pass, once or more. The caller holds mu.
func (g *Gate) drop(p *pass) {
	delete(g.conns, p.conn)
	there := g.strangers[p.address]
	for i := range there {
		if there[i] == p {
			there = append(there[:i:i], there[i+1:]...)
			break
		}
	}
	if len(there) == 0 {
		delete(g.strangers, p.address)
		return
	}
	g.strangers[p.address] = there
}

// around answers requests on sockets that are refused, and bounds the time of those on which nobody is known.
func (g *Gate) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, known := r.Context().Value(passKey{}).(*pass)
		if g.behindProxy {
			if p, _ = g.enter(Address(r, true), nil); p != nil {
				defer g.release(p)
			}
			known = p != nil
		}
		if !known || p.refused {
			refuse(w, r)
			return
		}
		v := &visit{pass: p, patient: func() {}}
		if g.stranger(p) {
			v.patient = hurry(w, r)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
}

func (g *Gate) stranger(p *pass) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return p.conn == nil || g.conns[p.conn] == p
}

func refuse(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(protocol.Header, "1")
	w.Header().Set("Connection", "close")
	api.WriteFault(w, r, fault.New(fault.TooManyAttempts, "seconds", strconv.Itoa(int(comeAgain.Seconds()))))
}

// hurry bounds how long a request may take on its line; patient ends that.
func hurry(w http.ResponseWriter, r *http.Request) (patient func()) {
	line := http.NewResponseController(w)
	if r.ContentLength != 0 {
		_ = line.SetReadDeadline(time.Now().Add(bodyTimeout)) // a line that knows no deadlines is a test's
	}
	_ = line.SetWriteDeadline(time.Now().Add(answerTimeout))
	return func() {
		_ = line.SetReadDeadline(time.Time{})
		_ = line.SetWriteDeadline(time.Time{})
	}
}

// Address is where a request comes from.
func Address(r *http.Request, behindProxy bool) string {
	if behindProxy {
		hops := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if last := strings.TrimSpace(hops[len(hops)-1]); last != "" {
			return last // the one that our own proxy saw; those before it are hearsay
		}
	}
	return hostOf(r.RemoteAddr)
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// neighborhood is what counts as one address: of IPv6, where everybody has more addresses than there are sockets, the
// network.
func neighborhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}
