package inbox

import (
	"context"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Filter selects conflicts; empty parts select all.
type Filter struct {
	Networks []string
	Status   string // Open, Resolved
	Limit    int    // at most this many, newest first; 0: MaxItems
}

// MaxItems bounds a list.
const MaxItems = 1000

// List shows conflicts, newest first, as the device with the number self sees them. Zero is no device.
func List(ctx context.Context, rep *replica.Replica, self uint32, f Filter) ([]Item, error) {
	q := replica.Query{
		Collection: "conflict", Networks: f.Networks, Limit: f.Limit,
		Sort: []replica.Order{{Field: "created_at", Descending: true}},
	}
	if q.Limit <= 0 || q.Limit > MaxItems {
		q.Limit = MaxItems
	}
	switch f.Status {
	case "":
	case Open, Resolved:
		q.Where = []replica.Condition{{Field: "status", Op: "=", Value: f.Status}}
	default:
		return nil, fault.New(fault.UnknownChoice, "field", "status", "got", f.Status, "choices", Open+", "+Resolved)
	}
	found, err := rep.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(found.Rows))
	for _, row := range found.Rows {
		it, err := show(ctx, rep, row.Record, self)
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, nil
}

// Get shows one conflict. It fails with fault.NotFound.
func Get(ctx context.Context, rep *replica.Replica, self uint32, id record.ID) (Item, error) {
	row, err := conflictRow(ctx, rep, id)
	if err != nil {
		return Item{}, err
	}
	return show(ctx, rep, row.Record, self)
}

func conflictRow(ctx context.Context, rep *replica.Replica, id record.ID) (*replica.Row, error) {
	row, err := rep.Get(ctx, "conflict", id)
	if err == nil && row == nil {
		return nil, fault.New(fault.NotFound, "what", "conflict "+id.String())
	}
	return row, err
}

func show(ctx context.Context, rep *replica.Replica, conflict *record.Record, self uint32) (Item, error) {
	target, err := targetOf(ctx, rep, conflict)
	if err != nil {
		return Item{}, err
	}
	return view(rep.Schema(), conflict, target, self), nil
}

// targetOf reads the record that a conflict is about; nil when the replica does not have it.
func targetOf(ctx context.Context, rep *replica.Replica, conflict *record.Record) (*record.Record, error) {
	c, err := rep.Schema().Collection("conflict")
	if err != nil {
		return nil, err
	}
	v := conflict.Named(c)
	id, err := record.ParseID(text(v["record"]))
	if err != nil {
		return nil, nil // a conflict that names nothing is shown all the same
	}
	if _, err := rep.Schema().Collection(text(v["collection"])); err != nil {
		return nil, nil // of a collection that this build does not know
	}
	row, err := rep.Get(ctx, text(v["collection"]), id)
	if fault.Is(err, fault.NotFound) || (err == nil && row == nil) || (err == nil && row.Record.Network != conflict.Network) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row.Record, nil
}
