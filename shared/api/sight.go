package api

import (
	"cmp"
	"slices"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// sight is what a person may see: some networks, with or without sensitive fields. In the office the replica holds
// everything, so every answer passes through here. An invariant of this package: nothing of a record reaches a
// response except through record, row, entry or another method of sight.
type sight struct {
	schema    *schema.Schema
	every     bool     // all networks
	granted   []string // else these
	sensitive bool
}

func sightOf(s *schema.Schema, a Actor) sight {
	return sight{
		schema: s, every: a.Networks == nil && a.Role.AllNetworks(), granted: a.Networks,
		sensitive: a.Role.SeesSensitive(),
	}
}

// nowhere is the selection of a person who reaches no network: an empty one would mean all of them.
var nowhere = []string{""}

// reaches reports whether the person may see the network.
func (s sight) reaches(network string) bool { return s.every || slices.Contains(s.granted, network) }

// networks is the selection for a query that asks for some networks, or for all when it names none. A network out of
// reach is as one that does not exist: fault.UnknownNetwork.
func (s sight) networks(asked []string) ([]string, error) {
	for _, code := range asked {
		if !s.reaches(code) {
			return nil, fault.New(fault.UnknownNetwork, "network", code)
		}
	}
	switch {
	case len(asked) > 0:
		return asked, nil
	case s.every:
		return nil, nil
	case len(s.granted) == 0:
		return nowhere, nil
	default:
		return s.granted, nil
	}
}

// collection finds a collection of the replica that the person may see.
func (s sight) collection(name string) (*schema.Collection, error) {
	c, err := s.schema.Collection(name)
	if err != nil {
		return nil, err
	}
	if c.Unsynced {
		return nil, fault.New(fault.UnknownCollection, "collection", name)
	}
	if c.Sensitive && !s.sensitive {
		return nil, fault.New(fault.NotAllowed, "what", name)
	}
	return c, nil
}

// visible reports whether the person may see the named collection at all.
func (s sight) visible(collection string) bool {
	_, err := s.collection(collection)
	return err == nil
}

// field finds a field that the person may see, select by, or sort by.
func (s sight) field(c *schema.Collection, name string) (*schema.Field, error) {
	f, ok := c.Field(name)
	if !ok || f.Network != "" && !s.reaches(f.Network) {
		return nil, fault.New(fault.UnknownField, "collection", c.Name, "field", name)
	}
	if c.IsSensitive(f.Number) && !s.sensitive {
		return nil, fault.New(fault.NotAllowed, "what", c.Name+"."+name)
	}
	return f, nil
}

// declared is a collection as the person sees it: without the fields of networks that the person does not reach.
func (s sight) declared(c *schema.Collection) *schema.Collection {
	shown := *c
	shown.Fields = slices.DeleteFunc(slices.Clone(c.Fields), func(f schema.Field) bool { return f.Network != "" && !s.reaches(f.Network) })
	slices.SortStableFunc(shown.Fields, func(a, b schema.Field) int { return cmp.Compare(a.Place, b.Place) })
	return &shown
}

// searchable refuses a search whose index holds words that the person may not see: that a record is found would tell
// what is in it.
func (s sight) searchable(c *schema.Collection) error {
	if s.sensitive || !searchesSensitive(c) {
		return nil
	}
	return fault.New(fault.NotAllowed, "what", c.Name)
}

func searchesSensitive(c *schema.Collection) bool {
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Search && c.IsSensitive(f.Number) {
			return true
		}
	}
	return false
}

// titled reports whether the person may see what names a record of the collection.
func (s sight) titled(c *schema.Collection) bool {
	f, ok := c.Field(c.Title)
	return ok && (s.sensitive || !c.IsSensitive(f.Number))
}

// telling reports whether the person may see what a search says about a record: its title and its values of the grid.
func (s sight) telling(c *schema.Collection) bool {
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Grid && c.IsSensitive(f.Number) && !s.sensitive {
			return false
		}
	}
	return s.titled(c)
}

// row is a record as the person sees it; ok is false when it must not be seen.
func (s sight) row(r replica.Row) (row Row, ok bool) {
	c, known := s.schema.CollectionByNumber(r.Record.Collection)
	if !known || !s.reaches(r.Record.Network) || !s.visible(c.Name) {
		return Row{}, false
	}
	rec := s.record(c, r.Record)
	row = Row{
		ID: rec.ID.String(), Collection: c.Name, Network: rec.Network, Version: rec.Version, Deleted: rec.Deleted,
		Title: r.Title, State: stateOf(r), UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy, Fields: rec.Named(c), Derived: r.Derived,
	}
	if !s.titled(c) {
		row.Title = ""
	}
	return row, true
}

// record is a record without what the person may not see; nil when nothing of it may be seen.
func (s sight) record(c *schema.Collection, r *record.Record) *record.Record {
	if s.sensitive {
		return r
	}
	return record.Redact(c, r)
}

// rows are the ones of them that the person may see.
func (s sight) rows(in []replica.Row) []Row { return s.rowsOf(in, make([]*RowDay, len(in))) }

// rowsOf is rows with what each says of a day.
func (s sight) rowsOf(in []replica.Row, days []*RowDay) []Row {
	out := make([]Row, 0, len(in))
	for i, r := range in {
		if row, ok := s.row(r); ok {
			row.AsOf = days[i]
			out = append(out, row)
		}
	}
	return out
}

// entry is a change in a record's history as the person sees it.
func (s sight) entry(c *schema.Collection, e record.Entry) record.EntryView {
	if !s.sensitive {
		shown := make([]record.Change, 0, len(e.Changes))
		for _, ch := range e.Changes {
			if ch.Field == record.DeletedField || !c.IsSensitive(ch.Field) {
				shown = append(shown, ch)
			}
		}
		e.Changes = shown
	}
	return record.ViewOfEntry(c, e)
}

func stateOf(r replica.Row) string {
	switch {
	case r.State == replica.Rejected:
		return r.State.String()
	case r.InConflict:
		return "conflict"
	default:
		return r.State.String()
	}
}
