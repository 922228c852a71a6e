package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/desktop/station"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// largeReplica measures what a person waits for on a replica: opening it, searching as they type, filtering, sorting and
// paging, and the figures of the home screen.
func largeReplica(b *bench) error {
	for _, rows := range b.sizes() {
		dir, err := b.builtReplica(rows)
		if err != nil {
			return err
		}
		if err := b.query(dir, rows); err != nil {
			return err
		}
	}
	return nil
}

// builtReplica is a data folder of a laptop with so many organizations, made once in a run.
func (b *bench) builtReplica(rows int) (string, error) {
	dir := filepath.Join(b.dir, "built", fmt.Sprintf("laptop-%d", rows))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	part := dir + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o755)); err != nil {
		return "", err
	}
	rep, err := replica.Open(filepath.Join(part, device.ReplicaFile), replica.Options{})
	if err != nil {
		return "", err
	}
	const page = 10_000
	for done := 0; done < rows && err == nil; done += page {
		recs := make([]*record.Record, min(page, rows-done))
		for i := range recs {
			recs[i] = stored(done + i)
		}
		err = rep.Write(func(tx *replica.Tx) error {
			if err := tx.ApplyRecords(recs, nil); err != nil {
				return err
			}
			return tx.PutNetwork(replica.NetworkState{Code: network, Class: record.Everything, Seq: uint64(done), Complete: true})
		})
	}
	if err := errors.Join(err, rep.Close()); err != nil {
		return "", err
	}
	return dir, os.Rename(part, dir)
}

func (b *bench) query(dir string, rows int) error {
	began := time.Now()
	rep, err := replica.Open(filepath.Join(dir, device.ReplicaFile), replica.Options{})
	opened := time.Since(began)
	if err != nil {
		return err
	}
	search, err := b.times(rep, typed())
	if err != nil {
		return err
	}
	lists, err := b.times(rep, filtered())
	if err := errors.Join(err, rep.Close()); err != nil {
		return err
	}
	home, err := b.home(dir)
	if err != nil {
		return err
	}
	at := " @ " + number(float64(rows))
	b.tell("S9 open"+at, milliseconds(opened), "ms")
	b.tell("S9 search as you type, p95"+at, milliseconds(quantile(search, 0.95)), "ms")
	b.tell("S9 filter, sort, page, p95"+at, milliseconds(quantile(lists, 0.95)), "ms")
	b.tell("S9 figures of the home screen"+at, milliseconds(home), "ms")
	if rows == size(b, 1_000_000, 10_000) {
		b.within("S9 open", opened, 150*time.Millisecond, b.yard.hash)
		b.within("S9 search as you type, p95", quantile(search, 0.95), 20*time.Millisecond, b.yard.hash)
		b.within("S9 filter, sort, page, p95", quantile(lists, 0.95), 30*time.Millisecond, b.yard.hash)
		b.within("S9 figures of the home screen", home, 100*time.Millisecond, b.yard.hash)
	}
	return nil
}

// screen is how many rows a list shows at once.
const screen = 100

// typed are the queries of people who type words letter by letter, from the second on.
func typed() (out []replica.Query) {
	for _, text := range []string{
		"cooperativa agraria", "asociacion de productores", vocabulary[3], vocabulary[700], vocabulary[30] + " " + vocabulary[2], "union 12", "cusco coop",
	} {
		letters := []rune(text)
		for n := 2; n <= len(letters); n++ {
			out = append(out, replica.Query{Search: string(letters[:n]), Limit: screen})
		}
	}
	return out
}

// filtered are filters in several orders, at the first page and further down.
func filtered() (out []replica.Query) {
	for _, where := range [][]replica.Condition{
		{{Field: "type", Op: "=", Value: "small_producers"}},
		{{Field: "country", Op: "=", Value: "PE"}},
		{{Field: "country", Op: "=", Value: "NI"}, {Field: "type", Op: "=", Value: "other"}},
		{{Field: "products", Op: "=", Value: "coffee"}},
		{{Field: "admin1", Op: "=", Value: "cusco"}},
		{{Field: "founded", Op: ">=", Value: "2010"}},
		{{Field: "status", Op: "=", Value: "inactive"}, {Field: "products", Op: "=", Value: "honey"}},
	} {
		for _, order := range []replica.Order{{Field: "name"}, {Field: "name", Descending: true}, {Field: "country"}, {Field: "updated_at", Descending: true}} {
			for _, offset := range []int{0, 1000} {
				out = append(out, replica.Query{Where: where, Sort: []replica.Order{order}, Limit: screen, Offset: offset})
			}
		}
	}
	return out
}

// times asks every query as if for the first time: a commit in between makes the replica forget its counts.
func (b *bench) times(rep *replica.Replica, queries []replica.Query) ([]time.Duration, error) {
	took := make([]time.Duration, 0, len(queries))
	for _, q := range queries {
		if err := rep.Write(func(*replica.Tx) error { return nil }); err != nil {
			return nil, err
		}
		q.Collection = organizations.Name
		began := time.Now()
		if _, err := rep.Query(b.ctx, q); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
		if os.Getenv("BENCH_VERBOSE") != "" {
			fmt.Fprintf(os.Stderr, "%8.2f ms %q %v %v +%d\n", milliseconds(took[len(took)-1]), q.Search, q.Where, q.Sort, q.Offset)
		}
	}
	return took, nil
}

// home is the time of what a first screen asks for, all at once as a browser asks, and as if for the first time: what is new, and
// four figures over all organizations.
func (b *bench) home(dir string) (time.Duration, error) {
	if err := enrolled(dir); err != nil {
		return 0, err
	}
	s, err := station.Open(station.Config{DataDir: dir, Log: zerolog.Nop(), Manual: true})
	if err != nil {
		return 0, err
	}
	var took []time.Duration
	for range 5 {
		if err := s.Replica().Write(func(*replica.Tx) error { return nil }); err != nil {
			return 0, err
		}
		began := time.Now()
		if err := b.askAll(s.Handler()); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	return quantile(took, 0.5), s.Close()
}

func (b *bench) askAll(h http.Handler) error {
	paths := []string{"/api/overview"}
	for _, field := range []string{"country", "type", "products", "admin1"} {
		paths = append(paths, "/api/facets/organization?field="+field)
	}
	errs := make([]error, len(paths))
	var asking sync.WaitGroup
	for i, path := range paths {
		asking.Go(func() {
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, httptest.NewRequestWithContext(b.ctx, http.MethodGet, path, nil))
			if answer.Code != http.StatusOK {
				errs[i] = fmt.Errorf("%s: %d %s", path, answer.Code, answer.Body)
			}
		})
	}
	asking.Wait()
	return errors.Join(errs...)
}

// enrolled makes a data folder that of a device; its server is nowhere.
func enrolled(dir string) error {
	state := device.State{Server: "http://nowhere.example", ID: "bench", Name: "laptop", Role: schema.Coordinator}
	return errors.Join(device.Save(dir, state), device.PutToken(dir, "none", zerolog.Nop()))
}
