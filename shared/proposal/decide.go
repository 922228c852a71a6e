package proposal

import (
	"context"
	"slices"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// The decisions.
const (
	Accept  = "accept"  // the edit is made, by whoever decides
	Dismiss = "dismiss" // it is not; the proposal stays readable
	Reopen  = "reopen"  // takes a dismissal back
)

// Decision is what is to be saved as one group: the edits of records, and those of the proposals themselves.
type Decision struct {
	Items []Item
	Edits []draft.Edit
}

// Decide turns a decision about a proposal, and those of its group, into edits. A proposal that was decided already is left
// as it is. It fails with fault.NotFound for one that is not there, or whose record is not.
func Decide(ctx context.Context, rep *replica.Replica, id record.ID, decision string) (Decision, error) {
	items, err := Group(ctx, rep, id)
	if err != nil {
		return Decision{}, err
	}
	from, to := Open, Accepted
	switch decision {
	case Accept:
	case Dismiss:
		to = Dismissed
	case Reopen:
		from, to = Dismissed, Open
	default:
		return Decision{}, fault.New(fault.UnknownChoice, "field", "decision", "got", decision, "choices", Accept+", "+Dismiss+", "+Reopen)
	}
	d := Decision{Items: items}
	for _, it := range items {
		if it.Status != from {
			continue
		}
		if decision == Accept {
			e, err := it.edit(rep.Schema())
			if err != nil {
				return Decision{}, err
			}
			d.Edits = append(d.Edits, e)
		}
		d.Edits = append(d.Edits, draft.Edit{
			Kind: draft.Update, Collection: Collection, Network: it.Network, ID: it.ID, Fields: map[string]any{"status": to},
		})
	}
	return d, nil
}

// Group lists a proposal and those that are decided together with it, in the order in which they were made. It fails with
// fault.NotFound.
func Group(ctx context.Context, rep *replica.Replica, id record.ID) ([]Item, error) {
	first, err := get(ctx, rep, id)
	if err != nil {
		return nil, err
	}
	if first.Group == "" {
		return []Item{first}, nil
	}
	return find(ctx, rep, replica.Query{
		Collection: Collection, Networks: []string{first.Network}, // all of them: a part of a group cannot be decided
		Where: []replica.Condition{{Field: "group", Op: "=", Value: first.Group}},
		Sort:  []replica.Order{{Field: "position"}},
	})
}

// edit is the proposal as an edit of the record as it stands now: whoever accepts it has seen what it replaces.
func (it Item) edit(s *schema.Schema) (draft.Edit, error) {
	e := draft.Edit{Kind: draft.Update, Collection: it.Collection, Network: it.Network, ID: it.Record}
	c, err := s.Collection(it.Collection)
	if err != nil {
		return e, err
	}
	switch {
	case it.Kind == "delete":
		e.Kind = draft.Delete
		return e, nil
	case it.target == nil && it.Kind != "create":
		return e, fault.New(fault.NotFound, "what", it.Collection+" "+it.Title)
	case it.target == nil:
		e.Kind = draft.Create
	case it.target.Deleted:
		e.Kind = draft.Restore
	}
	e.Fields = map[string]any{}
	for name, ch := range it.Changes {
		f, ok := c.Field(name)
		switch {
		case name == "deleted":
		case !ok:
			return e, fault.New(fault.UnknownField, "collection", c.Name, "field", name)
		case it.target != nil && f.System:
		case f.Rule == schema.Union && it.target != nil:
			e.Fields[name] = unite(it.target.Fields[f.Number], ch)
		default:
			e.Fields[name] = ch.To
		}
	}
	return e, nil
}

// unite applies what a change of a set added and removed to the set as it is now.
func unite(now schema.Value, ch record.ChangeView) []string {
	from, to := members(ch.From), members(ch.To)
	out := []string{}
	for _, v := range members(now) {
		if !slices.Contains(from, v) || slices.Contains(to, v) {
			out = append(out, v)
		}
	}
	for _, v := range to {
		if !slices.Contains(from, v) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// members are a set's, also as read from JSON.
func members(v any) []string {
	switch x := v.(type) {
	case []string:
		return x
	case []any:
		out := make([]string, 0, len(x))
		for _, m := range x {
			if s, ok := m.(string); ok {
				out = append(out, s)
			}
		}
		return out
	default:
		return nil
	}
}
