// Package proposal is the office's inbox of edits that laptops could not send any more and handed in: it shows the
// proposals of a replica and turns a decision about them into edits. Proposals of one action of a person are decided
// together.
package proposal

import (
	"context"
	"encoding/json"
	"strings"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// Collection is where proposals are kept.
const Collection = "proposal"

// The states of a proposal.
const (
	Open      = "open"
	Accepted  = "accepted"
	Dismissed = "dismissed"
	Withdrawn = "withdrawn" // who had asked gave the edit up
)

// Item is a proposal as people see it.
type Item struct {
	ID         string                       `json:"id"`
	Network    string                       `json:"network"`
	Collection string                       `json:"collection"`
	Record     string                       `json:"record" doc:"id of the record it is about"`
	Title      string                       `json:"title" doc:"of the record"`
	Kind       string                       `json:"kind" enum:"create,update,delete"`
	Changes    map[string]record.ChangeView `json:"changes"`
	Current    map[string]any               `json:"current" doc:"the values of those fields in the record now; empty when there is no such record"`
	Exists     bool                         `json:"exists" doc:"whether the record is there, and not deleted"`
	By         string                       `json:"by" doc:"whose edit it was"`
	Device     string                       `json:"device" doc:"on which computer"`
	EditedAt   clock.Millis                 `json:"edited_at"`
	HandedInAt clock.Millis                 `json:"handed_in_at"`
	Reason     string                       `json:"reason" enum:"network,person,device,wipe,deletions" doc:"why it was not simply done"`
	Group      string                       `json:"group" doc:"proposals of one group are decided together"`
	Status     string                       `json:"status" enum:"open,accepted,dismissed,withdrawn"`

	record *record.Record // the proposal's own
	target *record.Record // the one it is about; nil when the replica does not have it
}

// Filter selects proposals; empty parts select all.
type Filter struct {
	Networks []string
	Status   string
}

// MaxItems bounds a list.
const MaxItems = 1000

// List shows proposals, newest first, those of one group in the order in which they were made.
func List(ctx context.Context, rep *replica.Replica, f Filter) ([]Item, error) {
	q := replica.Query{
		Collection: Collection, Networks: f.Networks, Limit: MaxItems,
		Sort: []replica.Order{{Field: "created_at", Descending: true}, {Field: "edited_at"}},
	}
	switch f.Status {
	case "":
	case Open, Accepted, Dismissed, Withdrawn:
		q.Where = []replica.Condition{{Field: "status", Op: "=", Value: f.Status}}
	default:
		return nil, fault.New(fault.UnknownChoice, "field", "status", "got", f.Status, "choices", strings.Join([]string{Open, Accepted, Dismissed, Withdrawn}, ", "))
	}
	return find(ctx, rep, q)
}

// find shows the proposals of a query.
func find(ctx context.Context, rep *replica.Replica, q replica.Query) ([]Item, error) {
	found, err := rep.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(found.Rows))
	for _, row := range found.Rows {
		it, err := show(ctx, rep, row.Record)
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, nil
}

// get shows one proposal, or fails with fault.NotFound.
func get(ctx context.Context, rep *replica.Replica, id record.ID) (Item, error) {
	row, err := rep.Get(ctx, Collection, id)
	if err != nil {
		return Item{}, err
	}
	return show(ctx, rep, row.Record)
}

func show(ctx context.Context, rep *replica.Replica, p *record.Record) (Item, error) {
	c, err := rep.Schema().Collection(Collection)
	if err != nil {
		return Item{}, err
	}
	v := p.Named(c)
	it := Item{
		ID: p.ID.String(), Network: p.Network, Collection: text(v["collection"]), Record: text(v["record"]), Title: text(v["title"]),
		Kind: text(v["kind"]), By: text(v["by"]), Device: text(v["by_device"]), EditedAt: millis(v["edited_at"]), HandedInAt: millis(v["created_at"]),
		Reason: text(v["reason"]), Group: text(v["group"]), Status: text(v["status"]),
		Changes: map[string]record.ChangeView{}, Current: map[string]any{}, record: p,
	}
	d := json.NewDecoder(strings.NewReader(text(v["changes"])))
	d.UseNumber()
	if err := d.Decode(&it.Changes); err != nil {
		return it, fault.Wrap(err, fault.ReplicaCorrupt)
	}
	return it, it.meet(ctx, rep)
}

// meet looks up the record that the proposal is about.
func (it *Item) meet(ctx context.Context, rep *replica.Replica) error {
	id, err := record.ParseID(it.Record)
	if err != nil {
		return nil //nolint:nilerr // a proposal that names nothing is shown all the same
	}
	c, err := rep.Schema().Collection(it.Collection)
	if err != nil {
		return nil //nolint:nilerr // of a collection that this build does not know
	}
	row, err := rep.Get(ctx, it.Collection, id)
	if fault.Is(err, fault.NotFound) || (err == nil && row.Record.Network != it.Network) {
		return nil
	}
	if err != nil {
		return err
	}
	it.target, it.Exists = row.Record, !row.Record.Deleted
	if row.Title != "" {
		it.Title = row.Title
	}
	now := row.Record.Named(c)
	for name := range it.Changes {
		if v, ok := now[name]; ok {
			it.Current[name] = v
		}
	}
	return nil
}

func text(v schema.Value) string { s, _ := v.(string); return s }

func millis(v schema.Value) clock.Millis { n, _ := v.(int64); return clock.Millis(n) }
