package e2e

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy stands between laptops and a server and does to their connections what bad lines do: it delays, throttles,
// swallows and cuts, also in the middle of a frame. What TCP promises it keeps: bytes come in order, and once.
type proxy struct {
	listener net.Listener
	target   atomic.Value // string: host:port of the server
	faulty   atomic.Bool
	tap      *tap // sees all that passes; nil: nobody looks

	mu     sync.Mutex
	random *rand.Rand
	conns  map[net.Conn]bool
	wg     sync.WaitGroup

	cuts, swallows, delays, throttles atomic.Int64
}

func newProxy(t *testing.T, target string, seed uint64, tap *tap) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, tap: tap, random: rand.New(rand.NewPCG(seed, 1)), conns: map[net.Conn]bool{}}
	p.target.Store(target)
	p.wg.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

func (p *proxy) close() {
	_ = p.listener.Close()
	p.cutAll()
	p.wg.Wait()
}

// cutAll breaks every connection off, as when the line fails.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.carry(c) })
	}
}

// fate is what happens to one direction of one connection.
type fate struct {
	delay     time.Duration // before each piece
	perSecond int           // bytes; 0: as fast as it goes
	cutAfter  int           // bytes; 0: never
	swallow   bool          // instead of cutting, take the rest and give nothing on, for a while
}

// draw decides a connection's fate. The choices depend on the seed alone; when they strike depends on the programs.
func (p *proxy) draw() fate {
	if !p.faulty.Load() {
		return fate{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var f fate
	r := p.random
	if r.IntN(3) == 0 {
		f.delay = time.Duration(r.IntN(15)) * time.Millisecond
		p.delays.Add(1)
	}
	if r.IntN(6) == 0 {
		f.perSecond = 8<<10 + r.IntN(64<<10)
		p.throttles.Add(1)
	}
	if r.IntN(3) == 0 {
		f.cutAfter = 1 + r.IntN(1<<r.IntN(16)+200)
		f.swallow = r.IntN(4) == 0
	}
	return f
}

func (p *proxy) carry(client net.Conn) {
	server, err := net.Dial("tcp", p.target.Load().(string))
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	up, down := p.tap.streams()
	var both sync.WaitGroup
	both.Go(func() { p.pump(server, client, p.draw(), up) })
	both.Go(func() { p.pump(client, server, p.draw(), down) })
	both.Wait()
	p.mu.Lock()
	delete(p.conns, client)
	delete(p.conns, server)
	p.mu.Unlock()
}

// swallowTime is how long a line that swallows everything stays open; a laptop would wait for minutes.
const swallowTime = 300 * time.Millisecond

func (p *proxy) pump(to, from net.Conn, f fate, see io.Writer) {
	defer func() { _, _ = to.Close(), from.Close() }()
	b, passed := make([]byte, 4<<10), 0
	for {
		n, err := from.Read(b)
		if n > 0 {
			_, _ = see.Write(b[:n]) // a tap takes everything
			time.Sleep(f.delay)
			if f.perSecond > 0 {
				time.Sleep(time.Duration(n) * time.Second / time.Duration(f.perSecond))
			}
			if f.cutAfter > 0 && passed+n >= f.cutAfter {
				p.strike(to, from, f, b[:f.cutAfter-passed])
				return
			}
			passed += n
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// strike passes what still gets through, and then swallows or cuts.
func (p *proxy) strike(to, from net.Conn, f fate, last []byte) {
	_, _ = to.Write(last) // it may be gone already
	if !f.swallow {
		p.cuts.Add(1)
		return
	}
	p.swallows.Add(1)
	_ = from.SetReadDeadline(time.Now().Add(swallowTime))
	if _, err := io.Copy(io.Discard, from); err != nil && !errors.Is(err, net.ErrClosed) {
		return
	}
}
