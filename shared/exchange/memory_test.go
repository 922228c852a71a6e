package exchange

import (
	"context"
	"iter"
	"slices"
	"testing"

	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// memory is a replica without a disk: the living records by collection, in the order they were made.
type memory map[string][]*record.Record

func (m memory) Live(_ context.Context, collection, network string) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		for _, r := range m[collection] {
			if r.Network == network && !r.Deleted && !yield(r, nil) {
				return
			}
		}
	}
}

func (m memory) Record(_ context.Context, key record.Key) (*record.Record, error) {
	for _, list := range m {
		for _, r := range list {
			if r.Key == key {
				return r, nil
			}
		}
	}
	return nil, nil
}

// apply does what edits ask for, as strictly as the program does: ids are unique, values are canonical, parents come
// first, required fields are there. It returns what changed, for undoing.
func (m memory) apply(tb testing.TB, edits []draft.Edit) []BatchChange {
	tb.Helper()
	byID := map[string]*record.Record{}
	for collection, list := range m {
		for _, r := range list {
			byID[collection+r.ID.String()] = r
		}
	}
	var out []BatchChange
	for _, e := range edits {
		c, err := schema.Registry().Collection(e.Collection)
		must(tb, err)
		id, err := record.ParseID(e.ID)
		must(tb, err)
		r := byID[e.Collection+e.ID]
		change := BatchChange{Key: record.Key{Network: e.Network, Collection: c.Number, ID: id}, Created: e.Kind == draft.Create}
		switch {
		case e.Kind == draft.Create:
			if r != nil {
				tb.Fatalf("%s %s is created twice", e.Collection, e.ID)
			}
			r = &record.Record{Key: change.Key, Version: 1}
			byID[e.Collection+e.ID] = r
			m[e.Collection] = append(m[e.Collection], r)
		case r == nil:
			tb.Fatalf("%s %s is not there", e.Collection, e.ID)
		case e.Kind == draft.Delete:
			r.Deleted = true
			r.Version++
			continue
		}
		for name, v := range e.Fields {
			f, ok := c.Field(name)
			if !ok {
				tb.Fatalf("%s has no field %s", c.Name, name)
			}
			value, err := f.Normalize(v)
			must(tb, err)
			if f.Type == schema.Reference && value != nil && byID[f.Target+value.(string)] == nil {
				tb.Fatalf("%s.%s refers to %v, which is not there", c.Name, name, value)
			}
			change.Changes = append(change.Changes, record.Change{Field: f.Number, Old: r.Fields[f.Number], New: value})
			r.Set(f.Number, value)
		}
		must(tb, c.CheckRecord(r.Named(c)))
		out = append(out, change)
	}
	return out
}

func editsOf(p *Plan) []draft.Edit { return slices.Collect(p.Edits.All()) }
