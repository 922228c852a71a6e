package session

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"acopio/shared/fault"
)

// What a laptop may send besides messages, and how many messages.
const (
	// emptyBytes is how many bytes that carry nothing (pings, pongs, heads of empty fragments) are taken at once, and
	// emptyRate how many a second over time. An honest laptop sends about one every two seconds.
	emptyBytes = 16 << 10
	emptyRate  = 256
	// headBytes is what the head of a message may take, and a message's parts one byte of so many.
	headBytes    = 32
	partOverhead = 64
	// messagesAtOnce and messageRate bound what is answered; what comes faster waits.
	messagesAtOnce = 1000
	messageRate    = 500
)

// allowance is what may be spent at once, and comes back over time.
type allowance struct {
	most, rate float64 // rate is per second
	left       float64
	at         time.Time
}

func allow(most, rate float64) allowance {
	return allowance{most: most, rate: rate, left: most, at: time.Now()}
}

// spend takes n, and reports what is left: below zero, there was not enough.
func (a *allowance) spend(n float64) float64 {
	now := time.Now()
	a.left = min(a.most, a.left+a.rate*now.Sub(a.at).Seconds()) - n
	a.at = now
	return a.left
}

// meter is a laptop's line, on which what carries nothing is counted. The library below answers pings and passes over empty
// fragments by itself, for as long as they come; so it is counted what it reads, and given back what comes out of it.
type meter struct {
	net.Conn
	empty allowance // used by the one goroutine that reads
}

func (m *meter) Read(b []byte) (int, error) {
	if m.empty.spend(0) < 0 {
		return 0, fault.New(fault.BadFrame)
	}
	n, err := m.Conn.Read(b)
	m.empty.spend(float64(n))
	return n, err
}

// carried says that so many bytes read were of a message.
func (m *meter) carried(n int) { m.empty.spend(-float64(n) * (1 + 1.0/partOverhead)) }

// metered is an answer to a request that gives a metered line when it is taken over.
type metered struct {
	http.ResponseWriter
	line *meter
}

// Hijack implements http.Hijacker.
func (w *metered) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	w.line = &meter{Conn: conn, empty: allow(emptyBytes, emptyRate)}
	return w.line, buffered, nil
}

// carrier reads a message off a metered line.
type carrier struct {
	io.Reader
	line *meter
}

func (c carrier) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.line.carried(n)
	return n, err
}

// pause waits for as long as messages come faster than they are answered.
func (s *session) pause(ctx context.Context) error {
	left := s.messages.spend(1)
	if left >= 0 {
		return nil
	}
	wait := time.NewTimer(time.Duration(-left / messageRate * float64(time.Second)))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
