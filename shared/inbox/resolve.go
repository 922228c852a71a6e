package inbox

import (
	"context"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// The decisions.
const (
	KeepMine   = "mine"
	KeepTheirs = "theirs"
	KeepValue  = "value"  // another value
	Reopen     = "reopen" // takes a decision back
)

// Decision is what a person decided about a conflict.
type Decision struct {
	Keep  string
	Value any // for KeepValue: as Item shows values
}

// Resolve turns a decision into edits, to be saved as one group: the record's, if the chosen value is not the one it
// has, and the conflict's own. A conflict whose record is gone is only marked. It fails with fault.NotFound, or with
// what is wrong with a chosen value.
func Resolve(ctx context.Context, rep *replica.Replica, self uint32, id record.ID, d Decision) ([]draft.Edit, error) {
	row, err := conflictRow(ctx, rep, id)
	if err != nil {
		return nil, err
	}
	target, err := targetOf(ctx, rep, row.Record)
	if err != nil {
		return nil, err
	}
	return resolverOf(rep.Schema(), row.Record, target, self).decide(d)
}

type resolver struct {
	schema   *schema.Schema
	it       Item
	unit     unit
	conflict *record.Record
	target   *record.Record // nil when it is not there
}

func resolverOf(s *schema.Schema, conflict, target *record.Record, self uint32) resolver {
	it := view(s, conflict, target, self)
	return resolver{schema: s, it: it, unit: unitOf(s, it.Collection, it.Field, it.Kind), conflict: conflict, target: target}
}

func (r resolver) decide(d Decision) ([]draft.Edit, error) {
	if d.Keep == Reopen {
		return r.reopen()
	}
	return r.resolve(d)
}

func (r resolver) resolve(d Decision) ([]draft.Edit, error) {
	var chosen any
	resolution := "lost"
	switch d.Keep {
	case KeepMine:
		chosen = r.it.Mine
	case KeepTheirs:
		chosen = r.it.Theirs
	case KeepValue:
		chosen, resolution = d.Value, "other"
	default:
		return nil, fault.New(fault.UnknownChoice, "field", "keep", "got", d.Keep, "choices", "mine, theirs, value, reopen")
	}
	if r.unit.deletion && chosen == nil && d.Keep != KeepValue { // who is not shown what it is about does not decide it
		return nil, fault.New(fault.NotAllowed, "what", "resolve conflict")
	}
	if d.Keep != KeepValue && (d.Keep == KeepMine) == r.it.mineKept {
		resolution = "kept"
	}
	edits, err := r.put(chosen)
	if err != nil {
		return nil, err
	}
	m := memo{}
	if d.Keep == KeepValue {
		m.Chosen = chosen
	}
	if len(edits) > 0 {
		m.Replaced = r.unit.of(r.target)
		m.Put = chosen
	}
	return append(edits, r.mark(map[string]any{"status": Resolved, "resolution": resolution, "resolved_value": m.encode()})), nil
}

// reopen takes a decision back: what it changed goes back to what was there before, unless changed again since.
func (r resolver) reopen() ([]draft.Edit, error) {
	if r.it.Status != Resolved {
		return nil, fault.New(fault.NotFound, "what", "resolution")
	}
	var edits []draft.Edit
	if m := r.memo(); m.Put != nil || m.Replaced != nil {
		var err error
		if edits, err = r.putBack(m); err != nil {
			return nil, err
		}
	}
	return append(edits, r.mark(map[string]any{"status": Open, "resolution": nil, "resolved_value": nil})), nil
}

func (r resolver) putBack(m memo) ([]draft.Edit, error) {
	if r.target == nil {
		return nil, nil
	}
	if r.unit.deletion {
		was, err := deletionOf(m.Replaced)
		if err != nil {
			return nil, err
		}
		return r.setDeleted(was), nil
	}
	put, err := r.unit.normalize(m.Put)
	if err != nil || r.target.Deleted {
		return nil, err
	}
	for _, f := range r.unit.fields {
		if !schema.Equal(put[f.Name], r.target.Fields[f.Number]) {
			return nil, nil // a newer edit stands
		}
	}
	before, err := r.unit.normalize(m.Replaced)
	if err != nil {
		return nil, err
	}
	return r.set(before), nil
}

// put makes the record hold the chosen value: no edit when it does already or is gone.
func (r resolver) put(chosen any) ([]draft.Edit, error) {
	if r.unit.deletion {
		is, err := deletionOf(chosen)
		if err != nil || r.target == nil {
			return nil, err
		}
		return r.setDeleted(is), nil
	}
	values, err := r.unit.normalize(chosen)
	if err != nil || r.target == nil || r.target.Deleted {
		return nil, err
	}
	return r.set(values), nil
}

func (r resolver) setDeleted(is bool) []draft.Edit {
	if is == r.target.Deleted {
		return nil
	}
	e := r.edit(draft.Restore)
	if is {
		e.Kind = draft.Delete
	}
	return []draft.Edit{e}
}

// set changes the fields that differ; the others keep the stamps they have.
func (r resolver) set(values map[string]schema.Value) []draft.Edit {
	e := r.edit(draft.Update)
	e.Fields = map[string]any{}
	for _, f := range r.unit.fields {
		if v, given := values[f.Name]; given && !schema.Equal(v, r.target.Fields[f.Number]) {
			e.Fields[f.Name] = v
		}
	}
	if len(e.Fields) == 0 {
		return nil
	}
	return []draft.Edit{e}
}

func (r resolver) edit(kind draft.Kind) draft.Edit {
	return draft.Edit{
		Kind: kind, Collection: r.it.Collection, Network: r.it.Network, ID: r.it.Record, Base: &r.target.Version,
	}
}

// mark is the edit of the conflict record itself.
func (r resolver) mark(fields map[string]any) draft.Edit {
	return draft.Edit{
		Kind: draft.Update, Collection: "conflict", Network: r.it.Network, ID: r.it.ID, Base: &r.conflict.Version, Fields: fields,
	}
}
