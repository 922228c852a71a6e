package draft

import (
	"cmp"
	"slices"

	"acopio/shared/ahead"
	"acopio/shared/schema"
)

// asked is an edit with all that can be made of it without looking at the replica.
type asked struct {
	Edit
	of    *schema.Collection
	given []given // in the order of their names, so that the same mistake gets the same answer
	wrong error   // there is no such collection
}

// given is a value that an edit gives a field, in its canonical form.
type given struct {
	name  string
	raw   any
	field *schema.Field // nil: there is none of that name
	value schema.Value
	wrong error // it is no value of that field
}

func give(c *schema.Collection, name string, raw any) given {
	g := given{name: name, raw: raw}
	f, ok := c.Field(name)
	if !ok {
		return g
	}
	g.field = f
	g.value, g.wrong = f.Normalize(raw)
	return g
}

// prepare reads what an edit asks for, and adds what a new record gets by itself: when it was made, and by which import.
func (b *builder) prepare(e Edit) asked {
	a := asked{Edit: e}
	if a.of, a.wrong = b.schema.Collection(e.Collection); a.wrong != nil {
		return a
	}
	const createdAt, importedIn = "created_at", "imported_in"
	a.given = make([]given, 0, len(e.Fields)+2)
	imported := e.Kind == Create && !b.batch.IsZero()
	for name, raw := range e.Fields {
		if !imported || name != importedIn {
			a.given = append(a.given, give(a.of, name, raw))
		}
	}
	if imported {
		a.given = append(a.given, give(a.of, importedIn, b.batch.String()))
	}
	if _, said := e.Fields[createdAt]; e.Kind == Create && !said {
		a.given = append(a.given, give(a.of, createdAt, int64(b.when(e))))
	}
	slices.SortFunc(a.given, func(x, y given) int { return cmp.Compare(x.name, y.name) })
	return a
}

// each prepares the edits and has them done one after the other. Where there are many, they are prepared on another core than
// the one that writes.
func (b *builder) each(intent Intent, do func(asked) error) error {
	if intent.More == nil {
		for _, e := range intent.Edits {
			if err := do(b.prepare(e)); err != nil {
				return err
			}
		}
		return nil
	}
	return ahead.Each(func(yield func(asked) bool) error {
		for e := range intent.All() {
			if !yield(b.prepare(e)) {
				break
			}
		}
		return nil
	}, do)
}
