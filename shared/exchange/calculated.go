package exchange

import (
	"slices"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// A file may say more of a record than its fields: what is derived from other records, and what a list shows about the
// record itself. All of that is calculated when the file is written, and never read back.

// The names of what a list shows about a record itself.
const (
	Network   = "network"
	UpdatedAt = "updated_at"
	UpdatedBy = "updated_by"
)

// aboutRecords are declared like fields, so that they are written like them.
var aboutRecords = []schema.Field{
	{Name: Network, Type: schema.Text, Label: schema.Label{ES: "Red", EN: "Network", PT: "Rede", FR: "Réseau"}},
	{Name: UpdatedAt, Type: schema.Date, Label: schema.Label{ES: "Cambiada", EN: "Changed", PT: "Alterada", FR: "Modifiée"}},
	{Name: UpdatedBy, Type: schema.Text, Label: schema.Label{ES: "Cambiada por", EN: "Changed by", PT: "Alterada por", FR: "Modifiée par"}},
}

// IsCalculated reports whether a name is of something that exports can tell of a collection's records and that is not a
// field of them.
func IsCalculated(c *schema.Collection, name string) bool {
	_, ok := calculatedField(c, name)
	return ok
}

func calculatedField(c *schema.Collection, name string) (*schema.Field, bool) {
	if _, ok := c.Field(name); ok {
		return nil, false
	}
	if f, ok := c.DerivedField(name); ok {
		return f, true
	}
	at := slices.IndexFunc(aboutRecords, func(f schema.Field) bool { return f.Name == name })
	if at < 0 {
		return nil, false
	}
	return &aboutRecords[at], true
}

// written is a column of a file that is written.
type written struct {
	*schema.Field
	calculated bool
}

// writtenOf finds what a name stands for in a file. It fails with fault.UnknownField.
func writtenOf(c *schema.Collection, name string) (written, error) {
	if f, ok := c.Field(name); ok {
		return written{Field: f}, nil
	}
	if f, ok := calculatedField(c, name); ok {
		return written{f, true}, nil
	}
	return written{}, fault.New(fault.UnknownField, "collection", c.Name, "field", name)
}

// of is what a column says of a record.
func (w written) of(r *record.Record, calculated map[string]schema.Value) schema.Value {
	if w.calculated {
		return calculated[w.Name]
	}
	return r.Fields[w.Number]
}

// takeCalculated leaves out, in a file that we wrote, the columns that hold what was calculated. Elsewhere a column of
// such a name is the person's own.
func (g *guess) takeCalculated() {
	if !g.taken[MatchID] {
		return
	}
	names := calculatedNames(g.collection)
	for _, col := range g.columns {
		if !col.done && names[col.header.text] {
			g.put(col, "", AsCalculated)
		}
	}
}

// calculatedNames are the headers, as they are compared, under which calculated columns are written. What a field of
// the record is called stays the field's.
func calculatedNames(c *schema.Collection) map[string]bool {
	names := map[string]bool{}
	mark := func(fields []schema.Field, is bool) {
		for i := range fields {
			f := &fields[i]
			for _, name := range []string{f.Name, f.Label.ES, f.Label.EN, f.Label.PT, f.Label.FR} {
				names[headerOf(name).text] = is
			}
		}
	}
	mark(aboutRecords, true)
	mark(c.Derived, true)
	mark(c.Fields, false)
	return names
}
