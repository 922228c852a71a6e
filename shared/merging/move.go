package merging

import (
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// move has everything that refers to the loser refer to the survivor.
func (m *planner) move() error {
	survivor, loser := m.plan.Survivor.Record, m.plan.Loser.Record
	for _, c := range m.rep.Schema().Collections() {
		if c.Unsynced || c.ServerOwned {
			continue
		}
		found, order := map[record.Key]map[string]any{}, []*record.Record(nil)
		for _, f := range Pointers(c, m.c.Name) {
			q := replica.Query{
				Collection: c.Name, Networks: []string{loser.Network}, Sort: []replica.Order{{Field: "id"}},
				Where: []replica.Condition{{Field: f.Name, Op: "=", Value: loser.ID.String()}},
			}
			err := m.rep.Each(m.ctx, q, func(row replica.Row) error {
				r := row.Record
				if found[r.Key] == nil {
					found[r.Key], order = map[string]any{}, append(order, r)
				}
				found[r.Key][f.Name] = survivor.ID.String()
				return nil
			})
			if err != nil {
				return err
			}
		}
		for _, r := range order {
			if err := m.moveOne(c, r, found[r.Key]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pointers are the fields of a collection that refer to records of another, without the pointer of retired ones.
func Pointers(c *schema.Collection, target string) []*schema.Field {
	var out []*schema.Field
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Type == schema.Reference && f.Target == target && f.Number != schema.MergedInto {
			out = append(out, f)
		}
	}
	return out
}

func (m *planner) moveOne(c *schema.Collection, r *record.Record, fields map[string]any) error {
	if r.Key == m.plan.Loser.Record.Key {
		return nil
	}
	if r.Key == m.plan.Survivor.Record.Key { // it would refer to itself
		for name := range fields {
			m.add(draft.Edit{Kind: draft.Update, Fields: map[string]any{name: nil}}, c, r)
		}
		return nil
	}
	m.plan.Moved[c.Name]++
	after := r.Clone()
	for name, v := range fields {
		f, _ := c.Field(name)
		after.Set(f.Number, v)
	}
	id, derived := record.IdentityOf(c, r.Network, after.Fields)
	if !derived || id == r.ID {
		m.add(draft.Edit{Kind: draft.Update, Fields: fields, Moves: true}, c, r)
		return nil
	}
	after.ID = id
	return m.join(c, r, after)
}

// join restates a fact about the loser as one about the survivor, whose id is another, and retires the old one into it.
// Where the survivor has the same fact already, what it leaves open is filled in; the server keeps what differs as a
// conflict.
func (m *planner) join(c *schema.Collection, old, after *record.Record) error {
	row, err := m.rep.Get(m.ctx, c.Name, after.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil && !row.Record.Deleted {
		m.plan.Joined[c.Name]++
		if fields := missing(c, row.Record, after); len(fields) > 0 {
			m.add(draft.Edit{Kind: draft.Update, Fields: fields}, c, row.Record)
		}
	} else {
		fields := map[string]any{}
		for name, v := range after.Named(c) {
			if name != "merged_into" {
				fields[name] = v
			}
		}
		m.add(draft.Edit{Kind: draft.Create, Fields: fields}, c, after)
	}
	m.add(draft.Edit{Kind: draft.Retire, Into: after.ID.String()}, c, old)
	return nil
}

// missing are the fields that have leaves empty and other does not: a group only where all of it is empty.
func missing(c *schema.Collection, have, other *record.Record) map[string]any {
	out := map[string]any{}
	for i := range c.Fields {
		f := &c.Fields[i]
		empty := !f.System
		for _, g := range c.GroupOf(f) {
			empty = empty && have.Fields[g.Number] == nil
		}
		if empty && other.Fields[f.Number] != nil {
			out[f.Name] = other.Fields[f.Number]
		}
	}
	return out
}
