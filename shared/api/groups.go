package api

import (
	"context"
	"fmt"
	"slices"

	"acopio/shared/replica"
)

// group is one row of sums over a network, a country and, for some questions, something more: a year, a product.
type group struct {
	network, country, label string
	sums                    []float64
}

// grouped answers a query whose rows are a network's code, a country, a label and then numbers, and remembers the answer
// until one of the collections changes.
func (f *figures) grouped(ctx context.Context, rep *replica.Replica, collections []string, query string, args ...any) ([]group, error) {
	f.follow(rep)
	key := fmt.Sprint(query, args)
	f.mu.Lock()
	generation := f.at(collections)
	have, ok := f.groups[key]
	f.mu.Unlock()
	if ok && have.generation == generation {
		return have.rows, nil
	}
	rows, err := groupsOf(ctx, rep, query, args)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.groups) >= maxFigures {
		clear(f.groups)
	}
	f.groups[key] = groupFigure{generation: generation, rows: rows} // of no use if a collection changed meanwhile
	return rows, nil
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
