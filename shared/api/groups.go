package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"acopio/shared/replica"
)

// group is one row of sums over a network, a country and, for some questions, something more: a year, a product.
type group struct {
	network, country, label string
	sums                    []float64
}

// grouped answers a query whose rows are a network's code, a country, a label and then numbers, and remembers the answer
// until one of the collections changes. Then it is added up anew, which whoever asks awaits until the given moment: later
// they are told what was remembered, and that it is not current. There is no moment for what was never added up.
func (f *figures) grouped(ctx context.Context, rep *replica.Replica, until time.Time, collections []string, query string, args ...any) (rows []group, current bool, err error) {
	f.follow(rep)
	key := fmt.Sprint(query, args)
	f.mu.Lock()
	have, known := f.groups[key]
	if known && have.generation == f.at(collections) {
		f.mu.Unlock()
		return have.rows, true, nil
	}
	sum := f.adding[key]
	if sum == nil {
		sum = &adding{groupFigure: groupFigure{generation: f.at(collections)}, done: make(chan struct{})}
		f.adding[key] = sum
		go f.add(context.WithoutCancel(ctx), rep, sum, key, query, args)
	}
	f.mu.Unlock()
	var late <-chan time.Time
	if known {
		late = time.After(time.Until(until))
	}
	select {
	case <-sum.done:
		return sum.rows, true, sum.err
	case <-late:
		return have.rows, false, nil
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// adding is an answer that is being added up.
type adding struct {
	groupFigure
	err  error
	done chan struct{} // closed once rows and err are there
}

func (f *figures) add(ctx context.Context, rep *replica.Replica, sum *adding, key, query string, args []any) {
	f.turn.Lock() // one at a time: others read the replica too
	sum.rows, sum.err = groupsOf(ctx, rep, query, args)
	f.turn.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	defer close(sum.done)
	delete(f.adding, key)
	if sum.err != nil || f.rep != rep {
		return
	}
	if len(f.groups) >= maxFigures {
		clear(f.groups)
	}
	f.groups[key] = sum.groupFigure // of no use if a collection changed meanwhile
}

type groupFigure struct {
	generation uint64
	rows       []group
}

func groupsOf(ctx context.Context, rep *replica.Replica, query string, args []any) ([]group, error) {
	rows, err := rep.QueryRaw(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // read to its end below
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []group
	for rows.Next() {
		g := group{sums: make([]float64, len(columns)-3)}
		into := []any{&g.network, &g.country, &g.label}
		for i := range g.sums {
			into = append(into, &g.sums[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// byLabel adds up the groups that a person asks about, by their labels, in order.
func byLabel(groups []group, asked func(network, country string) bool) (labels []string, sums map[string][]float64) {
	sums = map[string][]float64{}
	for _, g := range groups {
		if !asked(g.network, g.country) {
			continue
		}
		have, ok := sums[g.label]
		if !ok {
			have = make([]float64, len(g.sums))
			labels = append(labels, g.label)
		}
		for i, n := range g.sums {
			have[i] += n
		}
		sums[g.label] = have
	}
	slices.Sort(labels)
	return labels, sums
}
