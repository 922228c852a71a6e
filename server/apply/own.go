package apply

import (
	"context"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// A network's own field is known from the mutation on that defines it: what comes after it in the same transaction may
// already have values of it.

// AdoptFields makes the fields that networks added for themselves, as the store has them, those of the schema. It is
// called before the first Commit.
func (g *Judge) AdoptFields() error {
	return g.store.View(context.Background(), func(r store.Reader) error { return adoptFrom(g.schema, r) })
}

// definitions is what a store's reader and a ledger have in common here.
type definitions interface {
	Definitions() ([]*record.Record, error)
}

func adoptFrom(s *schema.Schema, from definitions) error {
	found, err := from.Definitions()
	if err == nil {
		s.Adopt(store.OwnOf(s, found))
	}
	return err
}

// adopt is AdoptFields within the transaction.
func (j *sitting) adopt() error {
	if !j.defined {
		return nil
	}
	return adoptFrom(j.schema, j.book)
}

// learn reads the values of fields that were defined after the mutation was read.
func learn(c *schema.Collection, m *record.Mutation) {
	for i := range m.Changes {
		ch := &m.Changes[i]
		if raw, ok := ch.Old.([]byte); ok {
			ch.Old = record.FromWire(c, ch.Field, raw)
		}
		if raw, ok := ch.New.([]byte); ok {
			ch.New = record.FromWire(c, ch.Field, raw)
		}
	}
}

// definable refuses the definition of a field whose number another has, or whose collection people cannot add to.
func (j *sitting) definable(c *schema.Collection, r *record.Record) error {
	if c.Name != schema.OwnFields || r.Deleted {
		return nil
	}
	collection, f, wrong := schema.OwnField(r.Network, r.Named(c))
	if wrong != nil {
		return wrong
	}
	to, err := j.schema.Collection(collection)
	if err != nil {
		return err
	}
	if to.ServerOwned || to.Unsynced {
		return fault.New(fault.ReadOnly, "collection", collection)
	}
	have, err := j.book.Record(r.Key)
	if err != nil {
		return err
	}
	if _, taken := to.FieldByNumber(f.Number); taken && have == nil {
		return fault.New(fault.NumberTaken, "field", "number", "got", record.Text(int64(f.Number)))
	}
	return nil
}
