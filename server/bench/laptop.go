package main

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/desktop/outbox"
	"acopio/desktop/syncer"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// laptop is the real replica, outbox and syncer of one device, on a disk.
type laptop struct {
	dir  string
	rep  *replica.Replica
	out  *outbox.Outbox
	sync *syncer.Syncer
	line meter

	changed func() // called on every step of the sync

	state *device.Keeper
	stop  context.CancelFunc
	wg    sync.WaitGroup
}

// openLaptop opens what a folder has, or makes it. via, when not nil, opens connections.
func openLaptop(dir, server string, c credential, via func(ctx context.Context, network, addr string) (net.Conn, error)) (*laptop, error) {
	l := &laptop{dir: dir, changed: func() {}}
	var err error
	if l.state, err = device.Keep(dir); err != nil {
		return nil, err
	}
	err = l.state.Update(func(d *device.State) {
		if !d.Enrolled() {
			*d = device.State{ID: c.ID, Number: c.Number, Name: c.Name, Role: schema.Coordinator}
		}
		d.Server = server
	})
	if err != nil {
		return nil, err
	}
	if l.rep, err = replica.Open(filepath.Join(dir, device.ReplicaFile), replica.Options{}); err != nil {
		return nil, err
	}
	if l.out, err = outbox.Open(l.rep); err != nil {
		return nil, errors.Join(err, l.rep.Close())
	}
	l.line.via = via
	l.sync = syncer.New(syncer.Config{
		Replica: l.rep, Outbox: l.out, Token: c.Token, Clock: clock.System{}, Log: zerolog.Nop(), Changed: func() { l.changed() }, NetDial: l.line.dial,
		Device: l.state.State, Update: l.state.Update,
	})
	return l, nil
}

// newLaptop is one that has just been enrolled; url is how it reaches the server.
func (b *bench) newLaptop(h *host, url string) (*laptop, error) {
	devices, err := enroll(b.ctx, h.Auth, 1)
	if err != nil {
		return nil, err
	}
	dir, err := b.folder("laptop")
	if err != nil {
		return nil, err
	}
	return openLaptop(dir, url, devices[0], nil)
}

// follow keeps the laptop in sync until it is closed.
func (l *laptop) follow() {
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	l.wg.Go(func() { _ = l.sync.Run(ctx) }) // why it ended shows in what is measured
}

func (l *laptop) Close() error {
	if l.stop != nil {
		l.stop()
	}
	l.wg.Wait()
	return errors.Join(l.state.Flush(), l.rep.Close())
}

func (l *laptop) edit(edits ...draft.Edit) error {
	d := l.state.State()
	_, err := l.out.Edit(draft.Author{Role: d.Role, May: func(string) bool { return true }, Offset: d.Offset}, draft.Intent{Edits: edits, Bulk: true})
	l.sync.Kick()
	return err
}

// settled waits until both sides have everything.
func (l *laptop) settled(ctx context.Context) error {
	for !l.sync.Progress().Settled {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// meter counts what passes over a device's connections, TLS and TCP apart.
type meter struct {
	via      func(ctx context.Context, network, addr string) (net.Conn, error)
	up, down atomic.Int64
	turns    atomic.Int64 // how often the line turned from sending to receiving
	// skipHandshake counts from the first binary message on: what the websocket's own opening takes is HTTP's.
	skipHandshake bool
}

func (m *meter) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	open := m.via
	if open == nil {
		open = (&net.Dialer{}).DialContext
	}
	c, err := open(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &metered{Conn: c, m: m}, nil
}

// metered is one connection. The client of a websocket writes its request and reads the answer before anything else.
type metered struct {
	net.Conn
	m    *meter
	open atomic.Bool // the opening is over
	sent atomic.Bool // since something was last received
}

func (c *metered) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.open.Load() || !c.m.skipHandshake {
		c.m.down.Add(int64(n))
	}
	if n > 0 && c.sent.Swap(false) && c.open.Load() {
		c.m.turns.Add(1)
	}
	return n, err
}

func (c *metered) Write(b []byte) (int, error) {
	c.open.CompareAndSwap(false, len(b) > 0 && b[0] != 'G') // GET
	n, err := c.Conn.Write(b)
	if c.open.Load() || !c.m.skipHandshake {
		c.m.up.Add(int64(n))
	}
	c.sent.Store(true)
	return n, err
}
