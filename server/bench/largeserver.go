package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/feed"
	"acopio/server/service"
	"acopio/server/store/sqlite"
	"acopio/shared/record"
)

// largeServer measures a server with a long past: a million organizations, each changed four times.
func largeServer(b *bench) error {
	rows, changes := size(b, 1_000_000, 10_000), 4
	small, smallCost, err := b.pushRate(size(b, 10_000, 1_000), 0)
	if err != nil {
		return err
	}
	large, largeCost, err := b.pushRate(rows, changes)
	if err != nil {
		return err
	}
	b.tell("S10 push to a small server", small, "op/s")
	b.tell("S10 push to the large server", large, "op/s")
	b.tell("S10 processor time of both sides an op, small server", smallCost, "µs")
	b.tell("S10 processor time of both sides an op, large server", largeCost, "µs")
	b.note(figure{Name: "S10 push, to the small server", Value: large / small, Unit: "×", Limit: 0.9, Ratio: small / large, over: "small server", least: true})
	built, err := b.builtWithPast(rows, changes)
	if err != nil {
		return err
	}
	dir, err := b.copyOf(built)
	if err != nil {
		return err
	}
	began := time.Now()
	t, err := b.rent(dir)
	if err != nil {
		return err
	}
	b.within("S10 start", time.Since(began), time.Second, b.yard.hash)
	if err := t.Close(); err != nil {
		return err
	}
	return b.backUp(dir)
}

// builtWithPast is a built server whose organizations were changed a number of times.
func (b *bench) builtWithPast(rows, changes int) (string, error) {
	built, err := b.built(rows)
	if err != nil || changes == 0 {
		return built, err
	}
	dir := filepath.Join(b.dir, "built", fmt.Sprintf("server-%d-%d", rows, changes))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	work, err := b.copyOf(built)
	if err != nil {
		return "", err
	}
	core, err := service.OpenCore(service.Config{DataDir: work, Log: zerolog.Nop(), CheapPasswords: true})
	if err != nil {
		return "", err
	}
	for round := range changes {
		for done := 0; done < rows; done += 4000 {
			ms := make([]record.Mutation, min(4000, rows-done))
			for i := range ms {
				ms[i] = change(done+i, round)
			}
			if err := submit(b.ctx, core.Engine, apply.Author{Device: apply.Server, UserName: "bench"}, ms); err != nil {
				return "", errors.Join(err, core.Close())
			}
		}
	}
	if err := errors.Join(core.Close(), settleOffice(b.ctx, work)); err != nil {
		return "", err
	}
	return dir, os.Rename(work, dir)
}

// pushRate is how many edits a second a server takes from four devices that push as fast as they are answered, and how many
// microseconds of the processor each takes.
func (b *bench) pushRate(rows, changes int) (rate, cost float64, err error) {
	built, err := b.builtWithPast(rows, changes)
	if err != nil {
		return 0, 0, err
	}
	dir, err := b.copyOf(built)
	if err != nil {
		return 0, 0, err
	}
	h, err := openHost(dir)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = h.Close() }()
	credentials, err := enroll(b.ctx, h.Auth, 4)
	if err != nil {
		return 0, 0, err
	}
	var c crowd
	for _, one := range credentials {
		c = append(c, &member{credential: one})
	}
	if err := c.connect(b.ctx, h.URL()); err != nil {
		return 0, 0, err
	}
	defer c.disconnect()
	const pushed = 500
	rounds := size(b, 12, 4)
	spent, began := processor(), time.Now()
	err = c.each(len(c), func(i int, m *member) error {
		for round := range rounds {
			ms := make([]record.Mutation, pushed)
			for j := range ms {
				ms[j] = change((i+len(c)*(j+pushed*round))*7919%rows, changes+1+round)
			}
			if _, err := m.push(b.ctx, ms...); err != nil {
				return err
			}
		}
		return nil
	})
	all := float64(len(c) * rounds * pushed)
	return all / time.Since(began).Seconds(), (processor() - spent).Seconds() * 1e6 / all, err
}

// backUp measures acknowledgments while a backup is being written, and what a first page costs.
func (b *bench) backUp(dir string) error {
	h, err := openHost(dir)
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	page := typical(20, func() error {
		_, err := h.Feed.Page(b.ctx, feed.Ask{Network: network, Class: record.Everything, First: 1 << 40, MaxBytes: feed.MaxBytes})
		return err
	})
	b.within("S10 a page of the first sync", page, 100*time.Millisecond, b.yard.hash)
	credentials, err := enroll(b.ctx, h.Auth, 1)
	if err != nil {
		return err
	}
	m := &member{credential: credentials[0]}
	if err := m.connect(b.ctx, h.URL(), 0); err != nil {
		return err
	}
	defer func() { _ = m.conn.Close() }()
	ctx, stop := context.WithCancel(b.ctx)
	var wg sync.WaitGroup
	var backup error
	wg.Go(func() {
		defer stop()
		backup = sqlite.Backup(b.ctx, dir, dir+".backup")
	})
	var took []time.Duration
	for i := 0; ctx.Err() == nil || len(took) < 100; i++ {
		began := time.Now()
		if _, err := m.push(b.ctx, change(i%1000, 9)); err != nil {
			return err
		}
		took = append(took, time.Since(began))
		time.Sleep(2 * time.Millisecond)
	}
	wg.Wait()
	b.within("S10 ack while a backup is made, p99", quantile(took, 0.99), 100*time.Millisecond, b.yard.each)
	return errors.Join(backup, os.Remove(dir+".backup"))
}

// settleOffice lets the office replica of a data folder catch up, so that a server that is measured has nothing to do.
func settleOffice(ctx context.Context, dir string) error {
	h, err := openHost(dir)
	if err != nil {
		return err
	}
	for ready := false; !ready && err == nil; time.Sleep(20 * time.Millisecond) {
		if err = ctx.Err(); err == nil {
			ready, err = isReady(h.URL())
		}
	}
	return errors.Join(err, h.Close())
}

func isReady(url string) (bool, error) {
	res, err := http.Get(url + "/readyz")
	if err != nil {
		return false, err
	}
	return res.StatusCode == http.StatusOK, res.Body.Close()
}
