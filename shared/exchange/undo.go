package exchange

import (
	"context"
	"slices"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// BatchChange is what an import did to one record.
type BatchChange struct {
	Key     record.Key
	Created bool
	Changes []record.Change // Old is what was there before, New what the import wrote
}

// State is the replica, as far as undoing needs it.
type State interface {
	// Record is the record as it stands, pending edits included; nil without an error when there is none.
	Record(ctx context.Context, key record.Key) (*record.Record, error)
	// Children lists the living records that belong to a record.
	Children(ctx context.Context, key record.Key) ([]record.Key, error)
}

// Kept is something that undoing leaves as it is, and why.
type Kept struct {
	Key    record.Key
	Title  string
	Reason *fault.Error // fault.KeptEdited, fault.KeptInUse or fault.KeptFixed
}

// Undo plans taking back an import: what it created and nobody touched since is deleted, children first; fields it
// changed that still hold what it wrote go back, and sets lose what it added; anything else is kept, with the reason.
// Changes come in the order in which they were made. Records that are gone meanwhile need nothing.
func Undo(ctx context.Context, s *schema.Schema, changes []BatchChange, state State) ([]draft.Edit, []Kept, error) {
	u := &undoing{schema: s, state: state, deleted: map[record.Key]bool{}}
	merged := mergeChanges(changes)
	for _, ch := range slices.Backward(merged) { // children were made after their parents
		if err := u.one(ctx, ch); err != nil {
			return nil, nil, err
		}
	}
	slices.Reverse(u.kept)
	return u.edits, u.kept, nil
}

// mergeChanges makes one change of several of the same record.
func mergeChanges(changes []BatchChange) []BatchChange {
	at := map[record.Key]int{}
	var out []BatchChange
	for _, ch := range changes {
		i, known := at[ch.Key]
		if !known {
			at[ch.Key] = len(out)
			ch.Changes = slices.Clip(ch.Changes) // so that what is added does not change the caller's
			out = append(out, ch)
			continue
		}
		for _, f := range ch.Changes {
			j := slices.IndexFunc(out[i].Changes, func(o record.Change) bool { return o.Field == f.Field })
			if j < 0 {
				out[i].Changes = append(out[i].Changes, f)
			} else {
				out[i].Changes = slices.Clone(out[i].Changes)
				out[i].Changes[j].New = f.New
			}
		}
	}
	return out
}

// undoing is an undo in the making.
type undoing struct {
	schema  *schema.Schema
	state   State
	edits   []draft.Edit
	kept    []Kept
	deleted map[record.Key]bool
}

func (u *undoing) one(ctx context.Context, ch BatchChange) error {
	c, ok := u.schema.CollectionByNumber(ch.Key.Collection)
	if !ok {
		return nil
	}
	now, err := u.state.Record(ctx, ch.Key)
	if err != nil || now == nil || now.Deleted {
		return err
	}
	if ch.Created {
		return u.takeAway(ctx, c, ch, now)
	}
	u.putBack(c, ch, now)
	return nil
}

// takeAway deletes a record that the import made, unless somebody edited it or gave it children.
func (u *undoing) takeAway(ctx context.Context, c *schema.Collection, ch BatchChange, now *record.Record) error {
	if !asImported(c, ch, now) {
		u.keep(c, now, fault.New(fault.KeptEdited))
		return nil
	}
	children, err := u.state.Children(ctx, ch.Key)
	if err != nil {
		return err
	}
	for _, child := range children {
		if !u.deleted[child] {
			u.keep(c, now, fault.New(fault.KeptInUse))
			return nil
		}
	}
	u.deleted[ch.Key] = true
	u.edits = append(u.edits, u.edit(draft.Delete, c, now, nil))
	return nil
}

// asImported reports whether a record holds what the import wrote, and nothing else.
func asImported(c *schema.Collection, ch BatchChange, now *record.Record) bool {
	wrote := map[uint16]schema.Value{}
	for _, f := range ch.Changes {
		wrote[f.Field] = f.New
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		ours := f.Name == "created_at" || f.Name == "imported_in"
		if !ours && !schema.Equal(now.Fields[f.Number], wrote[f.Number]) {
			return false
		}
	}
	return true
}

// putBack gives the fields that the import changed their old values, one group at a time.
func (u *undoing) putBack(c *schema.Collection, ch BatchChange, now *record.Record) {
	fields := map[string]any{}
	var kept *fault.Error
	done := map[string]bool{}
	for _, x := range ch.Changes {
		f, ok := c.FieldByNumber(x.Field)
		if !ok || f.Group != "" && done[f.Group] {
			continue
		}
		group := []record.Change{x}
		if f.Group != "" {
			done[f.Group] = true
			group = changesOfGroup(c, f.Group, ch.Changes)
		}
		if why := u.putBackGroup(c, group, now, fields); why != nil {
			kept = why
		}
	}
	if len(fields) > 0 {
		u.edits = append(u.edits, u.edit(draft.Update, c, now, fields))
	}
	if kept != nil {
		u.keep(c, now, kept)
	}
}

func changesOfGroup(c *schema.Collection, group string, changes []record.Change) []record.Change {
	var out []record.Change
	for _, x := range changes {
		if f, ok := c.FieldByNumber(x.Field); ok && f.Group == group {
			out = append(out, x)
		}
	}
	return out
}

// putBackGroup adds the old values of fields that belong together to fields, or says why they stay.
func (u *undoing) putBackGroup(c *schema.Collection, group []record.Change, now *record.Record, fields map[string]any) *fault.Error {
	back := map[string]any{}
	for _, x := range group {
		f, _ := c.FieldByNumber(x.Field)
		have := now.Fields[x.Field]
		old, asBefore := before(f, x, have)
		switch {
		case schema.Equal(have, old) && asBefore:
			continue // already as it was
		case !asBefore:
			return fault.New(fault.KeptEdited)
		case f.Rule == schema.Fixed, f.Rule == schema.Ladder:
			return fault.New(fault.KeptFixed, "field", f.Name)
		}
		back[f.Name] = old
	}
	for name, v := range back {
		fields[name] = v
	}
	return nil
}

// before is what a field should hold once the import is taken back; ok is false when it holds something else than what
// the import wrote, and what it should hold is for a person to say.
func before(f *schema.Field, x record.Change, have schema.Value) (old schema.Value, ok bool) {
	if f.Type.IsSet() {
		return withoutAdded(x, have), true
	}
	if schema.Equal(have, x.Old) {
		return x.Old, true
	}
	return x.Old, schema.Equal(have, x.New)
}

// withoutAdded takes what the import added out of a set, and puts back what it took out.
func withoutAdded(x record.Change, have schema.Value) schema.Value {
	now, _ := have.([]string)
	old, _ := x.Old.([]string)
	wrote, _ := x.New.([]string)
	var out []string
	for _, m := range now {
		if !slices.Contains(wrote, m) || slices.Contains(old, m) {
			out = append(out, m)
		}
	}
	for _, m := range old {
		if !slices.Contains(wrote, m) {
			out = append(out, m)
		}
	}
	if out == nil {
		return nil
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (u *undoing) edit(kind draft.Kind, c *schema.Collection, now *record.Record, fields map[string]any) draft.Edit {
	e := draft.Edit{Kind: kind, Collection: c.Name, Network: now.Network, ID: now.ID.String(), Fields: fields}
	if now.Version > 0 {
		version := now.Version
		e.Base = &version
	}
	return e
}

func (u *undoing) keep(c *schema.Collection, now *record.Record, why *fault.Error) {
	title, _ := c.Field(c.Title)
	u.kept = append(u.kept, Kept{Key: now.Key, Title: record.Text(now.Fields[title.Number]), Reason: why})
}
