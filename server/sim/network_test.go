package sim

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

var errCut = errors.New("the line was cut")

// line is the way from one device to the server: it can be down, slow, and cut in the middle of anything.
type line struct {
	to *exchange

	mu    sync.Mutex
	rng   *rand.Rand
	up    bool
	delay time.Duration
	mute  bool // whatever is sent, either way, is swallowed
	// budget is how many bytes pass before the line is cut; negative for no limit.
	budget int
	// refill is the budget after a cut: that of the next connection.
	refill int
	conns  map[*lossy]bool
}

func newLine(to *exchange, seed uint64) *line {
	return &line{to: to, rng: rand.New(rand.NewPCG(seed, 1)), up: true, budget: -1, refill: -1, conns: map[*lossy]bool{}}
}

func (l *line) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.up {
		return nil, &net.OpError{Op: "dial", Err: errCut}
	}
	near, far := net.Pipe()
	if err := l.to.offer(ctx, far); err != nil {
		return nil, err
	}
	c := &lossy{Conn: near, line: l}
	l.conns[c] = true
	return c, nil
}

// set changes the line; taking it down cuts what is open.
func (l *line) set(up bool, delay time.Duration, budget int) {
	l.mu.Lock()
	l.up, l.delay, l.budget, l.refill = up, delay, budget, -1 // one cut; the next connection is whole
	var open []*lossy
	if !up {
		for c := range l.conns {
			open = append(open, c)
		}
	}
	l.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

// wears cuts every connection, from now on, after so many bytes.
func (l *line) wears(after int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.budget, l.refill = after, after
}

// swallow makes the line take everything and deliver nothing, as a network that has forgotten a connection does.
func (l *line) swallow(is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mute = is
}

func (l *line) swallows() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mute
}

// pass lets n bytes through, fewer when the line is cut in their middle.
func (l *line) pass(n int) (allowed int, delay time.Duration, cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.up {
		return 0, 0, true
	}
	if l.budget >= 0 && n >= l.budget {
		allowed = l.budget
		l.budget = l.refill
		return allowed, l.delay, true
	}
	if l.budget >= 0 {
		l.budget -= n
	}
	return n, l.delay, false
}

// lossy is one connection over a line.
type lossy struct {
	net.Conn
	line *line
}

func (c *lossy) Write(b []byte) (int, error) {
	if c.line.swallows() {
		return len(b), nil
	}
	allowed, delay, cut := c.line.pass(len(b))
	time.Sleep(delay)
	n, err := c.Conn.Write(b[:allowed])
	if err == nil && cut {
		_ = c.Close()
		return n, errCut
	}
	return n, err
}

func (c *lossy) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	for err == nil && c.line.swallows() {
		n, err = c.Conn.Read(b)
	}
	if err != nil {
		return n, err
	}
	allowed, _, cut := c.line.pass(n)
	if cut {
		_ = c.Close()
		return allowed, errCut
	}
	return n, nil
}

func (c *lossy) Close() error {
	c.line.mu.Lock()
	delete(c.line.conns, c)
	c.line.mu.Unlock()
	return c.Conn.Close()
}

// exchange is the server's end: a listener that outlives the server, as an address does.
type exchange struct {
	mu   sync.Mutex
	open *pipeListener // nil while the server is down
}

func (e *exchange) listen() *pipeListener {
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	e.mu.Lock()
	e.open = l
	e.mu.Unlock()
	return l
}

func (e *exchange) offer(ctx context.Context, c net.Conn) error {
	e.mu.Lock()
	l := e.open
	e.mu.Unlock()
	if l == nil {
		return &net.OpError{Op: "dial", Err: errCut}
	}
	select {
	case l.conns <- c:
		return nil
	case <-l.done:
		return &net.OpError{Op: "dial", Err: errCut}
	case <-ctx.Done():
		return ctx.Err()
	}
}

type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
