package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"

	"acopio/desktop/device"
	"acopio/desktop/station"
	"acopio/shared/replica"
)

// arrival is what a first sync took, measured by the process that did it.
type arrival struct {
	Seconds  float64
	First    float64 // seconds until a search found something
	Down, Up int64   // bytes
	Peak     int64   // bytes of memory
	Rows     int
}

// firstSync fills new replicas on disk, turn by turn with L1: the same rows into the same tables, indexes and search
// index by the bare driver.
func firstSync(b *bench) error {
	for _, rows := range b.sizes() {
		main := rows == size(b, 100_000, 10_000)
		rounds := 1
		if main {
			rounds = 3
		}
		if err := b.firstSyncOf(rows, rounds, main); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) firstSyncOf(rows, rounds int, main bool) error {
	h, err := b.hostOf(rows)
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	var best arrival
	var ratios, floors []float64
	for range rounds {
		a, floor, err := b.arrive(h, rows)
		if err != nil {
			return err
		}
		ratios, floors = append(ratios, a.Seconds/floor), append(floors, floor)
		if best.Rows == 0 || a.Seconds < best.Seconds {
			best = a
		}
	}
	least := floors[0]
	for _, f := range floors {
		least = min(least, f)
	}
	at := " @ " + number(float64(rows))
	b.tell("S1 first sync"+at, best.Seconds, "s")
	b.tell("S1 L1"+at, least, "s")
	b.tell("S1 first sync in L1"+at, median(ratios), "× L1")
	b.tell("S1 bytes down a row"+at, float64(best.Down)/float64(rows), "B")
	if main {
		b.note(figure{Name: "S1 first sync", Value: median(ratios), Unit: "× L1", Limit: 1.2, Ratio: median(ratios), over: "L1"})
		b.within("S1 first rows usable", seconds(best.First), time.Second, b.yard.hash)
		b.atMost("S1 bytes down, to NDJSON zstd -3", float64(best.Down)/float64(lineBytes(rows)), "×", 0.75)
		b.atMost("S1 client's peak memory", float64(best.Peak)/1e6, "MB", 150)
	}
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// arrive syncs one new laptop in a process of its own, and then does the same by the bare driver.
func (b *bench) arrive(h *host, rows int) (a arrival, floor float64, err error) {
	dir, err := b.folder("laptop")
	if err != nil {
		return a, 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	devices, err := enroll(b.ctx, h.Auth, 1)
	if err != nil {
		return a, 0, err
	}
	token, err := json.Marshal(devices[0])
	if err != nil {
		return a, 0, err
	}
	if a, err = ask[arrival](b, "sync", dir, h.URL(), string(token)); err != nil {
		return a, 0, err
	}
	if a.Rows != rows {
		return a, 0, fmt.Errorf("%d rows arrived of %d", a.Rows, rows)
	}
	floor, err = ask[float64](b, "floor", filepath.Join(dir, device.ReplicaFile), strconv.Itoa(rows))
	return a, floor, err
}

// playSync is a new laptop's first sync.
func playSync(args []string) error {
	var c credential
	if err := json.Unmarshal([]byte(args[2]), &c); err != nil {
		return err
	}
	station.Frugal()
	began := time.Now()
	l, err := openLaptop(args[0], args[1], c, nil)
	if err != nil {
		return err
	}
	first := make(chan float64, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	go func() { first <- firstRows(ctx, l.rep, began) }()
	if err := l.sync.Once(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	a := arrival{Seconds: time.Since(began).Seconds(), Down: l.line.down.Load(), Up: l.line.up.Load(), First: <-first}
	_, a.Peak = memoryOf(os.Getpid())
	found, err := l.rep.Query(ctx, replica.Query{Collection: organizations.Name, Limit: -1})
	if err != nil {
		return err
	}
	a.Rows = found.Total
	return errors.Join(json.NewEncoder(os.Stdout).Encode(a), l.Close())
}

// firstRows is after how many seconds a search finds a screenful.
func firstRows(ctx context.Context, rep *replica.Replica, began time.Time) float64 {
	for ctx.Err() == nil {
		found, err := rep.Query(ctx, replica.Query{Collection: organizations.Name, Search: "coop", Limit: 20})
		if err == nil && len(found.Rows) == 20 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(began).Seconds()
}

// lineBytes is the size of the rows as NDJSON through zstd at its third level.
func lineBytes(rows int) int64 {
	var n counter
	z, err := zstd.NewWriter(&n, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(3)))
	if err != nil {
		panic(err) // the options are constant
	}
	lines := json.NewEncoder(z)
	for i := range rows {
		o := organization(i)
		o["id"] = idOf(i).String()
		_ = lines.Encode(o) // into memory
	}
	_ = z.Close() // as well
	return int64(n)
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
