package service

import (
	"context"

	"acopio/server/apply"
	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// seedChunk is how many mutations are applied at once.
const seedChunk = 1000

// Seed applies edits in the name of the server: demo data, trials. Edits of records that are there already are the
// caller's to leave out.
func (c *Core) Seed(ctx context.Context, by string, edits []draft.Edit) error {
	var steps []draft.Step
	err := c.Store.View(ctx, func(r store.Reader) error {
		who := draft.Author{Role: schema.Admin, May: func(string) bool { return true }, Now: clock.MillisOf(c.clock.Now())}
		var err error
		steps, err = draft.Build(c.schema, draftReader{r}, who, draft.Intent{Edits: edits, Bulk: true})
		return err
	})
	if err != nil {
		return err
	}
	author := apply.Author{Device: apply.Server, UserName: by}
	for len(steps) > 0 {
		n := min(seedChunk, len(steps))
		mutations := make([]record.Mutation, n)
		for i := range mutations {
			mutations[i] = steps[i].Mutation
		}
		verdicts, err := c.Engine.Submit(ctx, author, mutations)
		if err != nil {
			return err
		}
		for _, v := range verdicts {
			if f := v.Fault(); f != nil {
				return f
			}
		}
		steps = steps[n:]
	}
	return nil
}

// draftReader is the store as draft.Build reads it. Its edits name their networks.
type draftReader struct{ r store.Reader }

func (d draftReader) Record(key record.Key) (*record.Record, error) { return d.r.Record(key) }

func (d draftReader) Find(uint16, record.ID) (*record.Record, error) { return nil, nil }

func (d draftReader) HasNetwork(code string) (bool, error) {
	_, ok, err := d.r.Head(code)
	return ok, err
}
