// Package merging makes one record of two that turned out to be the same: it plans what goes over from the one that is
// retired, the loser, to the one that stays, the survivor, as one group of edits, and how to take that back. The server
// moves by itself what the planning replica did not know of.
package merging

import (
	"context"
	"slices"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// The sides a field can be taken from.
const (
	Survivor = "survivor"
	Loser    = "loser"
	Both     = "both" // of a set: the members of both
)

// Order is the merge a person asks for. A field that neither Take nor Values names keeps the survivor's value, or takes
// the loser's where the survivor has none; a set has the members of both. Fields of a group go together.
type Order struct {
	Collection      string
	Survivor, Loser record.ID
	Take            map[string]string // by field name: the side
	Values          map[string]any    // by field name: something else than either
}

// Difference is a field of which the two records say different things, and what it will be by default.
type Difference struct {
	Field    string
	Survivor schema.Value
	Loser    schema.Value
	Default  string // Survivor, Loser or Both
}

// Plan is what a merge does.
type Plan struct {
	Survivor, Loser *replica.Row
	Differences     []Difference
	Moved           map[string]int // records that will belong to the survivor, by collection
	Joined          map[string]int // of them: joined with one that the survivor has of the same fact
	Edits           []draft.Edit
}

// Count is how many records of a collection go over to the survivor, and how many of them are joined with one of its own.
type Count struct {
	Collection string `json:"collection"`
	Moved      int    `json:"moved"`
	Joined     int    `json:"joined"`
}

// Counts lists what goes over, in the order in which collections are declared.
func (p Plan) Counts(s *schema.Schema) []Count {
	out := make([]Count, 0, len(p.Moved))
	for _, c := range s.Collections() {
		if n := p.Moved[c.Name]; n > 0 {
			out = append(out, Count{Collection: c.Name, Moved: n, Joined: p.Joined[c.Name]})
		}
	}
	return out
}

// Make plans a merge and changes nothing. It fails with fault.NotFound, fault.NotMergeable, fault.UnknownField,
// fault.BadRequest, or the faults of values.
func Make(ctx context.Context, rep *replica.Replica, o Order) (Plan, error) {
	c, err := rep.Schema().Collection(o.Collection)
	if err != nil {
		return Plan{}, err
	}
	m := &planner{ctx: ctx, rep: rep, c: c, plan: Plan{Moved: map[string]int{}, Joined: map[string]int{}}}
	if err := m.load(o); err != nil {
		return Plan{}, err
	}
	fields, err := m.fields(o)
	if err != nil {
		return Plan{}, err
	}
	survivor, loser := m.plan.Survivor.Record, m.plan.Loser.Record
	if len(fields) > 0 {
		m.add(draft.Edit{Kind: draft.Update, Fields: fields}, c, survivor)
	}
	m.add(draft.Edit{Kind: draft.Retire, Into: survivor.ID.String()}, c, loser)
	return m.plan, m.move()
}

// planner is a plan in the making.
type planner struct {
	ctx  context.Context
	rep  *replica.Replica
	c    *schema.Collection
	plan Plan
}

func (m *planner) add(e draft.Edit, c *schema.Collection, of *record.Record) {
	e.Collection, e.Network, e.ID = c.Name, of.Network, of.ID.String()
	m.plan.Edits = append(m.plan.Edits, e)
}

func (m *planner) load(o Order) error {
	if !m.c.Mergeable() {
		return fault.New(fault.NotMergeable, "detail", m.c.Name)
	}
	if o.Survivor == o.Loser {
		return fault.New(fault.NotMergeable, "detail", "survivor = loser")
	}
	var err error
	if m.plan.Survivor, err = m.living(o.Survivor); err != nil {
		return err
	}
	if m.plan.Loser, err = m.living(o.Loser); err != nil {
		return err
	}
	if a, b := m.plan.Survivor.Record.Network, m.plan.Loser.Record.Network; a != b {
		return fault.New(fault.NotMergeable, "detail", a+" ≠ "+b)
	}
	return nil
}

func (m *planner) living(id record.ID) (*replica.Row, error) {
	row, err := m.rep.Get(m.ctx, m.c.Name, id)
	if err != nil {
		return nil, err
	}
	if row.Record.Deleted {
		return nil, fault.New(fault.NotFound, "what", m.c.Name+" "+id.String())
	}
	return row, nil
}

// fields are what changes in the survivor.
func (m *planner) fields(o Order) (map[string]any, error) {
	for name, side := range o.Take {
		if err := m.takable(name); err != nil {
			return nil, err
		}
		if side != Survivor && side != Loser && side != Both {
			return nil, fault.New(fault.BadRequest, "detail", "take."+name+": survivor, loser, both")
		}
	}
	for name := range o.Values {
		if err := m.takable(name); err != nil {
			return nil, err
		}
	}
	out := map[string]any{}
	done := map[string]bool{}
	for i := range m.c.Fields {
		f := &m.c.Fields[i]
		if f.System || done[f.Name] {
			continue
		}
		group := m.c.GroupOf(f)
		for _, g := range group {
			done[g.Name] = true
		}
		m.unit(group, o, out)
	}
	return out, nil
}

func (m *planner) takable(name string) error {
	f, ok := m.c.Field(name)
	switch {
	case !ok:
		return fault.New(fault.UnknownField, "collection", m.c.Name, "field", name)
	case f.System:
		return fault.New(fault.ReadOnly, "collection", m.c.Name+"."+name, "field", name)
	}
	return nil
}

// unit decides the fields of a group, or a field alone.
func (m *planner) unit(group []*schema.Field, o Order, out map[string]any) {
	side := ""
	for _, f := range group {
		if s := o.Take[f.Name]; s != "" {
			side = s
		}
	}
	byDefault := m.defaultSide(group)
	if side == "" {
		side = byDefault
	}
	for _, f := range group {
		have, other := m.values(f)
		if !schema.Equal(have, other) {
			m.plan.Differences = append(m.plan.Differences, Difference{Field: f.Name, Survivor: have, Loser: other, Default: byDefault})
		}
		want := have
		switch {
		case side == Loser:
			want = other
		case side == Both && f.Type.IsSet():
			want = union(have, other)
		}
		if v, given := o.Values[f.Name]; given {
			out[f.Name] = v
		} else if !schema.Equal(want, have) && (f.Rule != schema.Fixed || have == nil) {
			out[f.Name] = want
		}
	}
}

// values are the two records' values of a field. A record that refers to the other would refer to itself: it says nothing.
func (m *planner) values(f *schema.Field) (have, other schema.Value) {
	s, l := m.plan.Survivor.Record, m.plan.Loser.Record
	have, other = s.Fields[f.Number], l.Fields[f.Number]
	if f.Type == schema.Reference && f.Target == m.c.Name && other == s.ID.String() {
		other = nil
	}
	return have, other
}

func (m *planner) defaultSide(group []*schema.Field) string {
	if group[0].Type.IsSet() {
		return Both
	}
	for _, f := range group {
		if have, _ := m.values(f); have != nil {
			return Survivor
		}
	}
	return Loser
}

func union(a, b schema.Value) schema.Value {
	x, _ := a.([]string)
	y, _ := b.([]string)
	out := slices.Concat(x, y)
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	return slices.Compact(out)
}
