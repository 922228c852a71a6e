package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"acopio/shared/record"
)

// idle measures what a connection costs that says nothing, and how writes of many are made durable together.
func idle(b *bench) error {
	devices, writers := size(b, 10_000, 500), size(b, 1_000, 100)
	dir, crowd, err := b.crowd(devices)
	if err != nil {
		return err
	}
	t, err := b.rent(dir)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	warm := crowd[:min(100, devices/5)]
	if err := warm.connect(b.ctx, t.url); err != nil {
		return err
	}
	defer crowd.disconnect()
	time.Sleep(2 * time.Second)
	quiet := size(b, 150*time.Second, 3*time.Second)
	before := t.settledMemory(3 * time.Second)
	if err := crowd[len(warm):].connect(b.ctx, t.url); err != nil {
		return err
	}
	for _, m := range crowd { // ten thousand machines that read, on this one, would take it from the server
		m.deaf.Store(true)
	}
	each := float64(t.settledMemory(quiet)-before) / float64(devices-len(warm))
	b.atMost("S6 memory of an idle connection", each/1000, "kB", 30)
	return b.writeAtOnce(t, crowd[:writers])
}

func (b *bench) writeAtOnce(t *tenant, c crowd) error {
	before, err := t.metric("acopio_commits_total")
	if err != nil {
		return err
	}
	var all []time.Duration
	var mu sync.Mutex
	const rounds = 3
	for round := range rounds {
		err := c.each(len(c), func(i int, m *member) error {
			began := time.Now()
			_, err := m.push(b.ctx, change(i%1000, round))
			mu.Lock()
			all = append(all, time.Since(began))
			mu.Unlock()
			return err
		})
		if err != nil {
			return err
		}
	}
	after, err := t.metric("acopio_commits_total")
	if err != nil {
		return err
	}
	b.within(fmt.Sprintf("S6 %d writing at once, p99 of the ack", len(c)), quantile(all, 0.99), 250*time.Millisecond, b.yard.each)
	b.tell("S6 commits (one fsync each) for a write", (after-before)/float64(rounds*len(c)), "")
	return nil
}

// storm restarts the server; all devices come back within a second, each with edits, and are in sync again.
func storm(b *bench) error {
	devices := size(b, 5_000, 200)
	dir, crowd, err := b.crowd(devices)
	if err != nil {
		return err
	}
	t, err := b.rent(dir)
	if err != nil {
		return err
	}
	if err := crowd.connect(b.ctx, t.url); err != nil {
		return errors.Join(err, t.Close())
	}
	at := strings.TrimPrefix(t.url, "http://")
	t.kill()
	crowd.disconnect()
	if t, err = b.rent(dir, at); err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	defer crowd.disconnect()
	var retries atomic.Int64
	var head atomic.Uint64
	began := time.Now()
	err = crowd.each(len(crowd), func(i int, m *member) error {
		d := draws(i)
		time.Sleep(time.Duration(d.below(1000)) * time.Millisecond)
		seq, err := m.comeBack(b.ctx, t.url, i, &retries)
		for have := head.Load(); seq > have && !head.CompareAndSwap(have, seq); have = head.Load() {
		}
		return err
	})
	if err == nil {
		err = crowd.await(b.ctx, head.Load())
	}
	if err != nil {
		return err
	}
	b.within(fmt.Sprintf("S7 %d devices back and in sync", devices), time.Since(began), 30*time.Second, b.yard.each)
	b.tell("S7 retries for a device", float64(retries.Load())/float64(devices), "")
	return nil
}

// comeBack connects and pushes three edits, again and again until it has worked.
func (m *member) comeBack(ctx context.Context, url string, i int, retries *atomic.Int64) (seq uint64, err error) {
	edits := []record.Mutation{change(i%1000, 1), change((i+1)%1000, 2), change((i+2)%1000, 3)}
	for range 20 {
		if err = m.connect(ctx, url, i); err == nil {
			if seq, err = m.push(ctx, edits...); err == nil {
				return seq, nil
			}
		}
		retries.Add(1)
		if m.conn != nil {
			_ = m.conn.Close()
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return 0, fmt.Errorf("%s at %s: %w", m.Name, url, err)
}
