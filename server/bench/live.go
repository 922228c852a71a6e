package main

import (
	"errors"
	"fmt"
	"time"

	"acopio/shared/replica"
)

// live measures an edit from the moment it is made on one laptop until it is durable in the other's replica.
func live(b *bench) error {
	h, from, to, err := b.pair(size(b, 10_000, 1_000))
	if err != nil {
		return err
	}
	came := make(chan struct{}, 1)
	defer to.rep.Subscribe(func(ch replica.Change) {
		if ch.Kind == replica.ByServer && len(ch.Networks[network]) > 0 {
			came <- struct{}{}
		}
	})()
	took := make([]time.Duration, 0, 1000)
	for i := range size(b, 1000, 200) {
		began := time.Now()
		if err := from.edit(changing(i, 1)); err != nil {
			return err
		}
		select {
		case <-came:
			took = append(took, time.Since(began))
		case <-time.After(10 * time.Second):
			return errors.New("an edit did not arrive")
		case <-b.ctx.Done():
			return b.ctx.Err()
		}
		time.Sleep(2 * time.Millisecond) // what else an edit brings about is over
	}
	b.within("S3 to the other laptop, p50", quantile(took, 0.5), 2*time.Millisecond, b.yard.each)
	b.within("S3 to the other laptop, p99", quantile(took, 0.99), 8*time.Millisecond, b.yard.each)
	return errors.Join(from.Close(), to.Close(), h.Close())
}

// pair is a server and two laptops that follow it.
func (b *bench) pair(rows int) (h *host, from, to *laptop, err error) {
	if h, err = b.hostOf(rows); err != nil {
		return nil, nil, nil, err
	}
	var laptops []*laptop
	for range 2 {
		l, err := b.newLaptop(h, h.URL())
		if err != nil {
			return nil, nil, nil, err
		}
		l.follow()
		if err := l.settled(b.ctx); err != nil {
			return nil, nil, nil, err
		}
		laptops = append(laptops, l)
	}
	return h, laptops[0], laptops[1], nil
}

// reconnect measures a connection of a laptop that has everything, from dialing to knowing it.
func reconnect(b *bench) error {
	rows := size(b, 100_000, 1_000)
	h, err := b.hostOf(rows)
	if err != nil {
		return err
	}
	l, err := b.newLaptop(h, h.URL())
	if err != nil {
		return err
	}
	if err := l.sync.Once(b.ctx); err != nil {
		return err
	}
	var took []time.Duration
	rounds := size(b, 200, 50)
	l.line.skipHandshake = true
	var turns, before int64
	l.changed = func() {
		if l.sync.Progress().Settled { // what is heard while taking leave is not waited for
			turns += l.line.turns.Load() - before
			before = l.line.turns.Load()
		}
	}
	up, down := l.line.up.Load(), l.line.down.Load()
	for range rounds {
		before = l.line.turns.Load()
		began := time.Now()
		if err := l.sync.Once(b.ctx); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	b.within("S5 reconnect with nothing new", quantile(took, 0.5), 3*time.Millisecond, b.yard.each)
	b.atMost("S5 bytes up after the handshake", float64(l.line.up.Load()-up)/float64(rounds), "B", 200)
	b.atMost("S5 bytes down after the handshake", float64(l.line.down.Load()-down)/float64(rounds), "B", 200)
	b.atMost("S5 round trips after the handshake", float64(turns)/float64(rounds), "", 1)
	return errors.Join(l.Close(), h.Close())
}

// fanOut measures one edit until the last of many connected devices has it.
func fanOut(b *bench) error {
	for _, devices := range size(b, []int{200, 5000}, []int{200}) {
		if err := b.fanOutTo(devices); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) fanOutTo(devices int) error {
	dir, crowd, err := b.crowd(devices)
	if err != nil {
		return err
	}
	t, err := b.rent(dir)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	if err := crowd.connect(b.ctx, t.url); err != nil {
		return err
	}
	defer crowd.disconnect()
	var took []time.Duration
	for i := range size(b, 60, 20) {
		began := time.Now()
		seq, err := crowd[0].push(b.ctx, change(i, 1))
		if err != nil {
			return err
		}
		if err := crowd.await(b.ctx, seq); err != nil {
			return err
		}
		took = append(took, crowd.last().Sub(began))
		time.Sleep(20 * time.Millisecond)
	}
	limit := map[int]time.Duration{200: 8 * time.Millisecond, 5000: 150 * time.Millisecond}[devices]
	b.within(fmt.Sprintf("S4 last of %d, p50", devices), quantile(took, 0.5), limit, b.yard.each)
	return nil
}
