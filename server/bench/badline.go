package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"acopio/desktop/device"
)

// badLine syncs over 20 kbit/s with 800 ms there and back, cut every 30 s. The quick run has a line ten times as fast.
func badLine(b *bench) error {
	rows := size(b, 5_000, 500)
	times := size(b, 1.0, 10.0)
	rate, trip, cuts := times*20_000/8, span(800*time.Millisecond, times), span(30*time.Second, times)
	h, err := b.hostOf(rows)
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	to := strings.TrimPrefix(h.URL(), "http://")
	holding, err := openSlowLine(b.ctx, to, rate, trip, 0)
	if err != nil {
		return err
	}
	defer func() { _ = holding.Close() }()
	whole, _, err := b.fill(h, holding.url())
	if err != nil {
		return err
	}
	line, err := openSlowLine(b.ctx, to, rate, trip, cuts)
	if err != nil {
		return err
	}
	defer func() { _ = line.Close() }()
	broken, took, err := b.fill(h, line.url())
	if err != nil {
		return err
	}
	b.atMost("S8 bytes sent twice", 100*(float64(broken)/float64(whole)-1), "%", 5)
	b.tell("S8 connections that it took", float64(line.opened.Load()), "")
	b.within("S8 first sync over the bad line", took, time.Duration(3*float64(whole)/rate*float64(time.Second)), yardstick{"its bytes", time.Duration(float64(whole) / rate * float64(time.Second))})
	return b.firstEdit(h, to, rate, trip)
}

func span(d time.Duration, times float64) time.Duration { return time.Duration(float64(d) / times) }

// fill is the first sync of a new laptop: how many bytes came down, and how long it took.
func (b *bench) fill(h *host, url string) (down int64, took time.Duration, err error) {
	l, err := b.newLaptop(h, url)
	if err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Minute)
	defer cancel()
	began := time.Now()
	err = l.sync.Once(ctx)
	return l.line.down.Load(), time.Since(began), errors.Join(err, l.Close())
}

// firstEdit measures how soon after the line is up an edit is acknowledged that was made without it.
func (b *bench) firstEdit(h *host, to string, rate float64, trip time.Duration) error {
	l, err := b.newLaptop(h, h.URL())
	if err != nil {
		return err
	}
	if err := l.sync.Once(b.ctx); err != nil {
		return err
	}
	if err := l.edit(changing(1, 1)); err != nil {
		return err
	}
	line, err := openSlowLine(b.ctx, to, rate, trip, 0)
	if err != nil {
		return err
	}
	defer func() { _ = line.Close() }()
	if err := l.state.Update(func(d *device.State) { d.Server = line.url() }); err != nil {
		return err
	}
	began := time.Now()
	var acked time.Duration
	l.changed = func() {
		if acked == 0 && l.sync.Progress().Sent > 0 {
			acked = time.Since(began)
		}
	}
	if err := l.sync.Once(b.ctx); err != nil {
		return err
	}
	b.within("S8 an edit acknowledged after the line is up", acked, size(b, 5*time.Second, 500*time.Millisecond), yardstick{"round trip", trip})
	return l.Close()
}
