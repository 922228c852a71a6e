package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"acopio/server/service"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// member is a device without a replica: thousands of them fit into one process. It says hello as a laptop that has
// everything, hears what comes, and pushes edits.
type member struct {
	credential
	conn  *websocket.Conn
	says  sync.Mutex    // over writing to conn
	pulls bool          // it has asked for a page; this and the next are listen's own
	head  uint64        // the newest that it knows of
	deaf  atomic.Bool   // it takes pages off the line and does not look into them
	heard atomic.Uint64 // the newest checkpoint that was sent to it
	at    atomic.Int64  // when, in Unix nanoseconds
	acks  chan protocol.Ack
	gone  chan struct{}
}

type crowd []*member

// crowd is a server's data folder with so many devices, and the devices.
func (b *bench) crowd(devices int) (dir string, out crowd, err error) {
	built, err := b.built(size(b, 10_000, 1_000))
	if err != nil {
		return "", nil, err
	}
	if dir, err = b.copyOf(built); err != nil {
		return "", nil, err
	}
	core, err := service.OpenCore(service.Config{DataDir: dir, Log: zerolog.Nop(), CheapPasswords: true})
	if err != nil {
		return "", nil, err
	}
	credentials, err := enroll(b.ctx, core.Auth, devices)
	for _, c := range credentials {
		out = append(out, &member{credential: c})
	}
	return dir, out, errors.Join(err, core.Close())
}

// arrivals bounds how many devices of a crowd dial at once: the listener's queue is not endless.
const arrivals = 200

// connect lets everybody say hello.
func (c crowd) connect(ctx context.Context, url string) error {
	return c.each(arrivals, func(i int, m *member) error { return m.connect(ctx, url, i) })
}

// each calls fn for every member, so many at a time.
func (c crowd) each(atOnce int, fn func(int, *member) error) error {
	var wg sync.WaitGroup
	room := make(chan struct{}, atOnce)
	errs := make([]error, len(c))
	for i, m := range c {
		room <- struct{}{}
		wg.Go(func() {
			errs[i] = fn(i, m)
			<-room
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// offices is from how many addresses of this machine they come, as laptops come from the lines of their offices: of one
// address, the server hears few at a time.
const offices = 250

var (
	readBuffers  = 1 << 10
	writeBuffers = &sync.Pool{}
)

func (m *member) connect(ctx context.Context, url string, i int) error {
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%offices))}
	d := websocket.Dialer{
		NetDialContext:  (&net.Dialer{LocalAddr: local, Timeout: 30 * time.Second}).DialContext,
		ReadBufferSize:  readBuffers,
		WriteBufferPool: writeBuffers,
	}
	conn, res, err := d.DialContext(ctx, strings.Replace(url, "http", "ws", 1)+protocol.Path, http.Header{"Authorization": {"Bearer " + m.Token}})
	if err != nil {
		return err
	}
	_ = res.Body.Close() // of an upgrade it is empty
	m.pulls, m.head = false, 0
	m.conn, m.acks, m.gone = conn, make(chan protocol.Ack, 4), make(chan struct{})
	hello := protocol.Hello{Protocol: protocol.Version, App: "bench", Platform: "linux/amd64", Now: clock.MillisOf(time.Now())}
	if err := m.say(protocol.TypeHello, hello); err != nil {
		return err
	}
	t, payload, err := m.read()
	if err != nil {
		return err
	}
	if t != protocol.TypeWelcome {
		return fmt.Errorf("frame %d for a welcome", t)
	}
	w, err := protocol.Decode[protocol.Welcome](payload)
	if err != nil {
		return err
	}
	m.heard.Store(w.Grants[0].Head)
	go m.listen()
	return nil
}

func (m *member) say(t protocol.Type, payload any) error {
	m.says.Lock()
	defer m.says.Unlock()
	return m.conn.WriteMessage(websocket.BinaryMessage, protocol.Encode(t, payload))
}

func (m *member) read() (protocol.Type, []byte, error) {
	_, frame, err := m.conn.ReadMessage()
	if err != nil {
		return 0, nil, err
	}
	return protocol.Split(frame)
}

func (m *member) listen() {
	defer close(m.gone)
	for m.next() == nil {
	}
}

// frames are buffers that members share: most of the time nobody hears anything.
var frames = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// next hears one frame.
func (m *member) next() error {
	_, from, err := m.conn.NextReader()
	if err != nil {
		return err
	}
	into := frames.Get().(*bytes.Buffer)
	defer frames.Put(into)
	into.Reset()
	if _, err := into.ReadFrom(from); err != nil {
		return err
	}
	now := time.Now()
	frame := into.Bytes()
	if len(frame) > 0 && protocol.Type(frame[0]) == protocol.TypePage {
		if m.deaf.Load() {
			return nil
		}
		p, err := headOf(frame)
		if err != nil {
			return err
		}
		return m.page(p, now)
	}
	return m.take(frame, now)
}

// take hears a frame that is no page.
func (m *member) take(frame []byte, now time.Time) error {
	t, payload, err := protocol.Split(frame)
	if err != nil {
		return err
	}
	switch t {
	case protocol.TypePoke:
		p, err := protocol.Decode[protocol.Poke](payload)
		if err != nil {
			return err
		}
		return m.behind(p.Network, p.Head)
	case protocol.TypeAck:
		a, err := protocol.Decode[protocol.Ack](payload)
		if err != nil {
			return err
		}
		m.acks <- a
	}
	return nil
}

// extent is the head of a page.
type extent struct {
	network  string
	from, to uint64
}

// extents remembers the heads of pages by what the pages hash to.
var (
	extents    sync.Map
	extentSeed = maphash.MakeSeed()
)

// headOf is a page's head. Thousands are sent the same page on one machine, which has the processors of one: no more of it
// is read than that, and once.
func headOf(frame []byte) (s extent, err error) {
	hash := maphash.Bytes(extentSeed, frame)
	if s, ok := extents.Load(hash); ok {
		return s.(extent), nil
	}
	_, payload, err := protocol.Split(frame)
	if err != nil {
		return s, err
	}
	rest := payload[min(1, len(payload)):] // the head of the array
	for _, v := range []any{&s.network, &s.from, &s.to} {
		if rest, err = cbor.UnmarshalFirst(rest, v); err != nil {
			return s, err
		}
	}
	extents.Store(hash, s)
	return s, nil
}

// page takes what follows on what the member has, and asks for what is missing before it.
func (m *member) page(p extent, now time.Time) error {
	if p.from == m.heard.Load() {
		m.pulls = false
		m.hear(p.to, now)
	}
	return m.behind(p.network, max(p.to, m.head))
}

// behind asks for the page after what the member has, if there is more.
func (m *member) behind(network string, head uint64) error {
	m.head = max(m.head, head)
	if m.pulls || m.head <= m.heard.Load() {
		return nil
	}
	m.pulls = true
	return m.say(protocol.TypePull, protocol.Pull{Network: network, After: m.heard.Load(), MaxBytes: 1 << 20, Packed: true})
}

func (m *member) hear(seq uint64, at time.Time) {
	if seq > m.heard.Load() {
		m.at.Store(at.UnixNano())
		m.heard.Store(seq)
	}
}

// push sends edits and waits for their acknowledgment; a verdict that is no success is an error.
func (m *member) push(ctx context.Context, edits ...record.Mutation) (seq uint64, err error) {
	p := protocol.Push{}
	for _, e := range edits {
		p.Mutations = append(p.Mutations, protocol.FromMutation(schema.Registry(), e))
	}
	if err := m.say(protocol.TypePush, p); err != nil {
		return 0, err
	}
	select {
	case a := <-m.acks:
		for _, v := range a.Verdicts {
			if v.Status == record.Rejected {
				return 0, &fault.Error{Code: v.Code, Args: v.Args}
			}
			seq = max(seq, v.Seq)
		}
		return seq, nil
	case <-m.gone:
		return 0, errors.New("the connection ended before the answer")
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// await waits until everybody has heard of a seq.
func (c crowd) await(ctx context.Context, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for _, m := range c {
		for m.heard.Load() < seq {
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s did not hear of %d: %w", m.Name, seq, ctx.Err())
			case <-time.After(200 * time.Microsecond):
			}
		}
	}
	return nil
}

// last is when the last of them heard the newest.
func (c crowd) last() time.Time {
	var at int64
	for _, m := range c {
		at = max(at, m.at.Load())
	}
	return time.Unix(0, at)
}

func (c crowd) disconnect() {
	for _, m := range c {
		if m.conn != nil {
			_ = m.conn.Close()
		}
	}
}
