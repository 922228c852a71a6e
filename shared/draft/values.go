package draft

import (
	"slices"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// changes applies an edit's fields to after and lists what they change. A field of a group brings the whole group along,
// since the server merges a group as one.
func (b *builder) changes(c *schema.Collection, e asked, have, after *record.Record) ([]record.Change, error) {
	touched := make(map[uint16]bool, len(e.given))
	for _, g := range e.given {
		f, v := g.field, g.value
		if f == nil || !f.Of(after.Network) {
			return nil, fault.New(fault.UnknownField, "collection", c.Name, "field", g.name)
		}
		if g.wrong != nil {
			return nil, g.wrong
		}
		if have != nil && schema.Equal(have.Fields[f.Number], v) {
			continue
		}
		if !e.Moves || f.Type != schema.Reference {
			if err := b.mayChange(c, f, have); err != nil {
				return nil, err
			}
		}
		if f.Type == schema.Reference && v != nil {
			if err := b.refers(f, after.Network, v.(string)); err != nil {
				return nil, err
			}
		}
		after.Set(f.Number, v)
		touched[f.Number] = true
		if f.Group != "" {
			for _, other := range c.GroupOf(f) {
				touched[other.Number] = true
			}
		}
	}
	out := make([]record.Change, 0, len(touched))
	for i := range c.Fields { // in the order of declaration, so that equal edits make equal mutations
		n := c.Fields[i].Number
		if !touched[n] {
			continue
		}
		ch := record.Change{Field: n, New: after.Fields[n]}
		if have != nil {
			var err error
			if ch.Old, err = b.seen(c, e.Edit, have, n); err != nil {
				return nil, err
			}
		} else if ch.New == nil {
			continue
		}
		out = append(out, ch)
	}
	return out, nil
}

// seen is the value that the person had before them. Where the record has moved on since the version they saw, it is
// not known, unless the edit tells: it is left empty, and the server finds the conflict.
func (b *builder) seen(c *schema.Collection, e Edit, have *record.Record, n uint16) (schema.Value, error) {
	f, _ := c.FieldByNumber(n)
	if was, ok := e.Was[f.Name]; ok {
		return f.Normalize(was)
	}
	if e.Base != nil && have.Stamps[n].Version > *e.Base {
		return nil, nil
	}
	return have.Fields[n], nil
}

// mayChange refuses fields that people do not set, or no longer.
func (b *builder) mayChange(c *schema.Collection, f *schema.Field, have *record.Record) error {
	switch {
	case !c.MayEdit(f.Name):
		return fault.New(fault.ReadOnly, "collection", c.Name)
	case have == nil:
		return nil
	case f.Rule == schema.Fixed && have.Fields[f.Number] != nil:
		return fault.New(fault.Immutable, "field", f.Name)
	case c.AppendOnly && !f.System && f.Name != "tags":
		return fault.New(fault.AppendOnly, "collection", c.Name)
	default:
		return nil
	}
}

// refers demands that a reference's target is there, or is made by an earlier edit of the same intent.
func (b *builder) refers(f *schema.Field, network, target string) error {
	id, err := record.ParseID(target)
	if err != nil {
		return err
	}
	c, err := b.schema.Collection(f.Target)
	if err != nil {
		return err
	}
	r, err := b.reader.Record(record.Key{Network: network, Collection: c.Number, ID: id})
	if err != nil {
		return err
	}
	if r == nil || r.Deleted {
		return fault.New(fault.BrokenReference, "field", f.Name, "got", target)
	}
	return nil
}

// withCountry gives a new organization the country of a network that has just one.
func (b *builder) withCountry(e *asked) error {
	const name = "country"
	at := slices.IndexFunc(e.given, func(g given) bool { return g.name == name })
	if e.of.Name != "organization" || at >= 0 && e.given[at].raw != nil {
		return nil
	}
	country, err := b.onlyCountry(e.Network)
	if err != nil || country == nil {
		return err
	}
	if at < 0 {
		at = len(e.given)
		e.given = append(e.given, given{})
	}
	e.given[at] = give(e.of, name, country)
	return nil
}

func (b *builder) onlyCountry(code string) (any, error) {
	c, err := b.schema.Collection("network")
	if err != nil {
		return nil, err
	}
	r, err := b.reader.Record(record.Key{Network: code, Collection: c.Number, ID: NetworkID(code)})
	if err != nil || r == nil {
		return nil, err
	}
	f, _ := c.Field("countries")
	if countries, ok := r.Fields[f.Number].([]string); ok && len(countries) == 1 {
		return countries[0], nil
	}
	return nil, nil
}

// NetworkID is the id of a network's own record.
func NetworkID(code string) record.ID {
	c, err := schema.Registry().Collection("network")
	if err != nil {
		panic(err) // the registry always has it
	}
	f, _ := c.Field("code")
	id, _ := record.IdentityOf(c, code, map[uint16]schema.Value{f.Number: code})
	return id
}
