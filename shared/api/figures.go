package api

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"acopio/shared/replica"
)

// figures remembers what takes a pass over a whole table to add up, until that table changes: home screens ask again
// with every event.
type figures struct {
	mu         sync.Mutex
	rep        *replica.Replica
	cancel     func() // the subscription to rep
	generation map[string]uint64
	known      map[string]figure
	groups     map[string]groupFigure
	adding     map[string]*adding
	turn       sync.Mutex // of adding up
}

type figure struct {
	generation uint64
	sums       map[string][]int64
}

func newFigures() *figures {
	return &figures{
		cancel: func() {}, generation: map[string]uint64{}, known: map[string]figure{}, groups: map[string]groupFigure{},
		adding: map[string]*adding{},
	}
}

// of answers a query over some collections: a network's code and then whole numbers in each row. The numbers come by
// network.
func (f *figures) of(ctx context.Context, rep *replica.Replica, collections []string, query string, args ...any) (map[string][]int64, error) {
	f.follow(rep)
	key := fmt.Sprint(query, args)
	f.mu.Lock()
	generation := f.at(collections)
	have, ok := f.known[key]
	f.mu.Unlock()
	if ok && have.generation == generation {
		return have.sums, nil
	}
	sums, err := sumsOf(ctx, rep, query, args)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) >= maxFigures {
		clear(f.known)
	}
	f.known[key] = figure{generation: generation, sums: sums} // of no use if a collection changed meanwhile
	return sums, nil
}

// at is a number that grows whenever one of the collections changes. f.mu is held.
func (f *figures) at(collections []string) uint64 {
	generation := uint64(0)
	for _, c := range collections {
		generation += f.generation[c]
	}
	return generation
}

// maxFigures bounds what is remembered: people who reach different networks ask different questions.
const maxFigures = 200

// follow listens to the replica there is now, and forgets what another one said.
func (f *figures) follow(rep *replica.Replica) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rep == rep {
		return
	}
	f.cancel()
	f.rep = rep
	clear(f.known)
	clear(f.groups)
	clear(f.adding)
	f.cancel = rep.Subscribe(f.changed)
}

func (f *figures) changed(ch replica.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	touched := []string{}
	for _, collections := range ch.Networks {
		touched = append(touched, collections...)
	}
	slices.Sort(touched)
	for _, c := range slices.Compact(touched) {
		f.generation[c]++
	}
}

func sumsOf(ctx context.Context, rep *replica.Replica, query string, args []any) (map[string][]int64, error) {
	rows, err := rep.QueryRaw(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // read to its end below
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	out := map[string][]int64{}
	for rows.Next() {
		var network string
		sums := make([]int64, len(columns)-1)
		into := []any{&network}
		for i := range sums {
			into = append(into, &sums[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out[network] = sums
	}
	return out, rows.Err()
}
