package merge

import (
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// unit is what is merged as one: a field, or the fields of a group.
type unit struct {
	name    string
	fields  []*schema.Field
	changes map[uint16]record.Change
}

// units sorts the mutation's changes into units, in the order of the mutation.
func (m *merger) units() []*unit {
	var out []*unit
	byName := map[string]*unit{}
	for _, ch := range completed(m.Collection, m.Mutation) {
		if ch.Field == record.DeletedField {
			continue // its only use is to take back a deletion, which run has done
		}
		f, ok := m.Collection.FieldByNumber(ch.Field)
		if !ok {
			continue // the server refuses unknown fields before merging; a replica leaves them alone
		}
		name := f.Name
		if f.Group != "" {
			name = f.Group
		}
		u := byName[name]
		if u == nil {
			u = &unit{name: name, fields: m.Collection.GroupOf(f), changes: map[uint16]record.Change{}}
			byName[name] = u
			out = append(out, u)
		}
		u.changes[ch.Field] = ch
	}
	return out
}

// completed lists a mutation's changes. A creation says nothing of fields it leaves empty; within a group it means them,
// or the parts of one side would stand beside the total of the other.
func completed(c *schema.Collection, m record.Mutation) []record.Change {
	if m.Kind != record.Create {
		return m.Changes
	}
	out, given := append([]record.Change(nil), m.Changes...), map[uint16]bool{}
	for _, ch := range m.Changes {
		given[ch.Field] = true
	}
	for _, ch := range m.Changes {
		f, ok := c.FieldByNumber(ch.Field)
		if !ok {
			continue
		}
		for _, g := range c.GroupOf(f) {
			if !given[g.Number] {
				given[g.Number] = true
				out = append(out, record.Change{Field: g.Number})
			}
		}
	}
	return out
}

// unit merges one unit. An invariant kept here: a value that another device set after the mutation's base is
// overwritten only together with a Loser that holds it, except where the rule itself combines both.
func (m *merger) unit(u *unit) error {
	f := u.fields[0]
	if err := m.allowed(u, f); err != nil {
		return err
	}
	met, clash := m.clash(u)
	switch {
	case f.Rule == schema.Fixed && m.next.Fields[f.Number] != nil:
		if clash && m.Unseen && !f.System {
			m.lose(u, met)
		}
		return nil // a second creation of the same fact: what is there stays
	case f.Rule == schema.Union:
		if v, ok := combine(f, u.changes[f.Number], m.next.Fields[f.Number]); ok {
			m.set(f.Number, v)
			return nil
		}
	case f.Rule == schema.Ladder:
		if rung(f, u.changes[f.Number].New) > rung(f, m.next.Fields[f.Number]) {
			m.set(f.Number, u.changes[f.Number].New)
		}
		return nil
	case f.Rule == schema.Prose && clash:
		if v, ok := combine(f, u.changes[f.Number], m.next.Fields[f.Number]); ok {
			m.set(f.Number, v)
			return nil
		}
	}
	if clash {
		m.decide(u, met)
		return nil
	}
	for _, f := range u.fields {
		if ch, ok := u.changes[f.Number]; ok {
			m.set(f.Number, ch.New)
		}
	}
	return nil
}

// allowed refuses edits that the schema forbids, whoever made them.
func (m *merger) allowed(u *unit, f *schema.Field) error {
	create := m.Mutation.Kind == record.Create
	if m.Have == nil || m.Unseen || create && (m.Have.Deleted || !m.Collection.AppendOnly) {
		return nil
	}
	changed := false
	for n, ch := range u.changes {
		changed = changed || !schema.Equal(ch.New, m.Have.Fields[n])
	}
	switch {
	case !changed:
		return nil
	case f.Rule == schema.Fixed && m.Have.Fields[f.Number] != nil && !create:
		return fault.New(fault.Immutable, "field", f.Name)
	case m.Collection.AppendOnly && !f.System && f.Name != "tags":
		return fault.New(fault.AppendOnly, "collection", m.Collection.Name)
	default:
		return nil
	}
}

// clash reports whether the unit is in true conflict: changed after the base, by another device, to something that
// is neither what the author saw nor what the author wants. met is the newest such change.
func (m *merger) clash(u *unit) (met record.Stamp, clash bool) {
	same, stale := true, true
	for _, f := range u.fields {
		if s := m.next.Stamps[f.Number]; m.Have != nil && m.concurrent(s) && s.Version > met.Version {
			met = s
		}
		ch, changed := u.changes[f.Number]
		have := m.next.Fields[f.Number]
		if !changed {
			continue
		}
		same = same && schema.Equal(have, ch.New)
		stale = stale && schema.Equal(have, ch.Old)
	}
	return met, met.Version > 0 && !same && !stale
}

// decide picks the winner of a true conflict and keeps the loser. The later corrected edit wins, then the higher
// device number, so that the order of arrival decides nothing; for Restrictive, the stricter choice.
func (m *merger) decide(u *unit, met record.Stamp) {
	f := u.fields[0]
	wins := m.stamp.Edited > met.Edited || (m.stamp.Edited == met.Edited && m.stamp.Device > met.Device)
	if f.Rule == schema.Restrictive {
		if mine, theirs := u.strictness(m), u.strictnessOf(m.next.Fields); mine != theirs {
			wins = mine > theirs
		}
	}
	l := m.sides(u, met)
	if wins {
		l.Kept, l.Lost, l.KeptBy, l.LostBy = l.Lost, l.Kept, l.LostBy, l.KeptBy
		for _, f := range u.fields {
			m.set(f.Number, l.Kept[f.Name])
		}
	}
	m.losers = append(m.losers, l)
}

// lose keeps the mutation's side of a conflict as the loser.
func (m *merger) lose(u *unit, met record.Stamp) { m.losers = append(m.losers, m.sides(u, met)) }

// sides are the two sides of a conflict: the mutation's as the lost one.
func (m *merger) sides(u *unit, met record.Stamp) Loser {
	base, mine, theirs := map[string]schema.Value{}, map[string]schema.Value{}, map[string]schema.Value{}
	for _, f := range u.fields {
		have := m.next.Fields[f.Number]
		base[f.Name], mine[f.Name], theirs[f.Name] = have, have, have
		if ch, ok := u.changes[f.Number]; ok {
			base[f.Name], mine[f.Name] = ch.Old, ch.New
		}
	}
	return Loser{
		Field: u.name, MustReview: u.fields[0].Rule == schema.Contested,
		Base: base, Kept: theirs, Lost: mine, KeptBy: met, LostBy: m.stamp,
	}
}

// strictness is how restrictive the unit would be with the mutation's values.
func (u *unit) strictness(m *merger) float64 {
	values := map[uint16]schema.Value{}
	for _, f := range u.fields {
		values[f.Number] = m.next.Fields[f.Number]
		if ch, ok := u.changes[f.Number]; ok {
			values[f.Number] = ch.New
		}
	}
	return u.strictnessOf(values)
}

func (u *unit) strictnessOf(values map[uint16]schema.Value) float64 {
	for _, f := range u.fields {
		if f.Type == schema.Choice {
			return rung(f, values[f.Number])
		}
	}
	return 0
}

// rung is a value's height on a ladder: the position of a choice, or the number itself; empty is below all.
func rung(f *schema.Field, v schema.Value) float64 {
	switch x := v.(type) {
	case int64:
		return float64(x)
	case float64:
		return x
	case string:
		for i, o := range f.Options {
			if o.Code == x {
				return float64(i)
			}
		}
	}
	return -1e308
}
