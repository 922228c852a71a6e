package main

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// slowLine is a proxy in front of a server that is as bad as a line in the country: so many bytes a second each way, a
// long way there and back, and cut now and then.
type slowLine struct {
	to     string
	rate   float64       // bytes a second
	delay  time.Duration // one way
	cuts   time.Duration // between cuts; 0: never
	listen net.Listener

	mu     sync.Mutex
	conns  map[net.Conn]bool
	passed atomic.Int64 // bytes handed on, both ways
	opened atomic.Int64
}

func openSlowLine(ctx context.Context, to string, rate float64, roundTrip, cuts time.Duration) (*slowLine, error) {
	l := &slowLine{to: to, rate: rate, delay: roundTrip / 2, cuts: cuts, conns: map[net.Conn]bool{}}
	var err error
	if l.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	go l.accept()
	if cuts > 0 {
		go l.cut(ctx)
	}
	return l, nil
}

func (l *slowLine) url() string { return "http://" + l.listen.Addr().String() }

func (l *slowLine) Close() error {
	err := l.listen.Close()
	l.cutAll()
	return err
}

func (l *slowLine) accept() {
	for {
		near, err := l.listen.Accept()
		if err != nil {
			return
		}
		time.Sleep(2 * l.delay) // for the connection to be made
		far, err := net.Dial("tcp", l.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		l.opened.Add(1)
		l.mu.Lock()
		l.conns[near], l.conns[far] = true, true
		l.mu.Unlock()
		go l.pass(near, far)
		go l.pass(far, near)
	}
}

func (l *slowLine) cut(ctx context.Context) {
	tick := time.NewTicker(l.cuts)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.cutAll()
		}
	}
}

func (l *slowLine) cutAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		_ = c.Close()
	}
	clear(l.conns)
}

// segment is how much travels at once.
const segment = 512

type sent struct {
	bytes []byte
	due   time.Time
}

// pass hands on what one end sends, at the line's rate and so much later. What is under way when the line is cut is lost.
func (l *slowLine) pass(from, to net.Conn) {
	way := make(chan sent, 64) // what is on the way fills the line, no more
	defer func() {
		close(way)
		l.drop(from, to)
	}()
	go l.deliver(way, to)
	free := time.Now() // when the line has room again
	for {
		b := make([]byte, segment)
		n, err := from.Read(b)
		if n > 0 {
			if now := time.Now(); free.Before(now) {
				free = now
			}
			free = free.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
			time.Sleep(time.Until(free))
			way <- sent{b[:n], free.Add(l.delay)}
		}
		if err != nil {
			return
		}
	}
}

func (l *slowLine) deliver(way <-chan sent, to io.Writer) {
	var err error
	for s := range way {
		time.Sleep(time.Until(s.due))
		if err == nil {
			var n int
			n, err = to.Write(s.bytes)
			l.passed.Add(int64(n))
		}
	}
}

func (l *slowLine) drop(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(l.conns, c)
	}
}
