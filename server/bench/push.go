package main

import (
	"errors"
	"time"

	"acopio/shared/draft"
)

// push lets a laptop that was offline for days send field edits and new records, all of which the server makes durable
// and acknowledges.
func push(b *bench) error {
	for _, rows := range b.sizes() {
		h, err := b.hostOf(rows)
		if err != nil {
			return err
		}
		if err := errors.Join(b.pushTo(h, rows), h.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) pushTo(h *host, rows int) error {
	edits, creates := size(b, 10_000, 2_000), size(b, 1_000, 200)
	l, err := b.newLaptop(h, h.URL())
	if err != nil {
		return err
	}
	if err := l.sync.Once(b.ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	var rates, costs []float64
	var up int64
	for round := range 3 {
		if err := l.work(rows, round, edits, creates); err != nil {
			return errors.Join(err, l.Close())
		}
		before, spent, began := l.line.up.Load(), processor(), time.Now()
		var acked time.Time // the last of them
		l.changed = func() {
			if acked.IsZero() && l.sync.Progress().Sent >= edits+creates {
				acked, spent = time.Now(), processor()-spent
			}
		}
		if err := l.sync.Once(b.ctx); err != nil {
			return errors.Join(err, l.Close())
		}
		if acked.IsZero() {
			return errors.Join(errors.New("not everything was acknowledged"), l.Close())
		}
		up = l.line.up.Load() - before
		rates = append(rates, float64(edits+creates)/acked.Sub(began).Seconds())
		costs = append(costs, spent.Seconds()*1e6/float64(edits+creates))
	}
	at := " @ " + number(float64(rows))
	best := max(rates[0], rates[1], rates[2])
	b.tell("S2 push"+at, best, "op/s")
	b.tell("S2 processor time of both sides an op"+at, min(costs[0], costs[1], costs[2]), "µs")
	if rows == size(b, 100_000, 10_000) {
		b.beyond("S2 push", best, "op/s", 20_000, b.yard.hash)
		b.atMost("S2 bytes up an op", float64(up)/float64(edits+creates), "B", 100)
	}
	if rows == 1_000_000 {
		b.beyond("S2 push to a million", best, "op/s", 20_000, b.yard.hash)
	}
	return l.Close()
}

// work makes the edits while there is no connection, over the whole register.
func (l *laptop) work(rows, round, edits, creates int) error {
	var all []draft.Edit
	for i := range edits {
		e := changing(i*7919%rows, round*1_000_000+i)
		all = append(all, e)
	}
	for i := range creates {
		all = append(all, adding(rows+round*creates+i))
	}
	return l.edit(all...)
}
