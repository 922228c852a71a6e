package merging

import (
	"context"
	"slices"

	"acopio/shared/draft"
	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/intake"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// Run merges and returns the plan, and the id by which the merge can be undone on this machine.
func Run(ctx context.Context, rep *replica.Replica, edit intake.Editor, o Order) (Plan, record.ID, error) {
	plan, err := Make(ctx, rep, o)
	if err != nil {
		return Plan{}, record.ID{}, err
	}
	merge := record.NewID()
	_, err = edit(context.WithoutCancel(ctx), draft.Intent{Edits: plan.Edits, Merge: merge})
	return plan, merge, err
}

// Undo takes a merge back that was made on this machine: the loser is a record of its own again, what was moved goes back,
// and what the survivor took over goes, all as one group. What somebody changed since stays, and is listed. It fails with
// fault.MergeUnknown and fault.MergeUndone.
func Undo(ctx context.Context, rep *replica.Replica, edit intake.Editor, merge record.ID) ([]exchange.Kept, int, error) {
	done, err := rep.BatchChanges(ctx, merge)
	if err != nil {
		return nil, 0, err
	}
	u := &undoing{ctx: ctx, rep: rep}
	for _, ch := range done {
		if err := u.take(ch); err != nil {
			return nil, 0, err
		}
	}
	switch {
	case !u.merge:
		return nil, 0, fault.New(fault.MergeUnknown)
	case len(u.restored) == 0:
		return nil, 0, fault.New(fault.MergeUndone)
	}
	rest, kept, err := exchange.Undo(ctx, rep.Schema(), u.rest, intake.StateOf(rep))
	if err != nil {
		return nil, 0, err
	}
	edits := slices.Concat(u.restored, u.moved, rest)
	_, err = edit(context.WithoutCancel(ctx), draft.Intent{Edits: edits})
	return kept, len(edits), err
}

// undoing sorts what a merge did.
type undoing struct {
	ctx             context.Context
	rep             *replica.Replica
	merge           bool // it was one
	restored, moved []draft.Edit
	rest            []exchange.BatchChange // as an import would have done it
}

func (u *undoing) take(ch replica.BatchChange) error {
	c, ok := u.rep.Schema().CollectionByNumber(ch.Key.Collection)
	if !ok {
		return nil
	}
	now, err := intake.StateOf(u.rep).Record(u.ctx, ch.Key)
	if err != nil {
		return err
	}
	rest := exchange.BatchChange{Key: ch.Key, Created: ch.Created}
	back := map[string]any{}
	for _, x := range ch.Changes {
		f, known := c.FieldByNumber(x.Field)
		switch {
		case x.Field == schema.MergedInto:
			u.restore(c, ch.Key, now, x)
		case known && f.Type == schema.Reference && !ch.Created && x.Old != nil && x.New != nil:
			if now != nil && !now.Deleted && schema.Equal(now.Fields[x.Field], x.New) {
				back[f.Name] = x.Old
			}
		default:
			rest.Changes = append(rest.Changes, x)
		}
	}
	if len(back) > 0 {
		u.moved = append(u.moved, draft.Edit{
			Kind: draft.Update, Collection: c.Name, Network: ch.Key.Network, ID: ch.Key.ID.String(), Fields: back, Moves: true,
		})
	}
	if len(rest.Changes) > 0 {
		u.rest = append(u.rest, rest)
	}
	return nil
}

func (u *undoing) restore(c *schema.Collection, key record.Key, now *record.Record, x record.Change) {
	u.merge = true
	if now == nil || !now.Deleted || !schema.Equal(now.Fields[schema.MergedInto], x.New) {
		return
	}
	u.restored = append(u.restored, draft.Edit{Kind: draft.Restore, Collection: c.Name, Network: key.Network, ID: key.ID.String()})
}
