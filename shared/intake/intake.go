// Package intake runs imports over a replica: it plans them with shared/exchange, saves what they do as one bulk
// intent together with the record of the import itself, and takes a whole import back. The window, the office and the
// command line use the same functions; where edits go is the caller's.
package intake

import (
	"context"

	"acopio/shared/draft"
	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/replica"
)

// Editor saves an intent: the outbox of a desktop, the server's door in the office.
type Editor func(ctx context.Context, intent draft.Intent) (draft.Result, error)

// batchCollection holds a record of each import.
const batchCollection = "import_batch"

// Order is one import: which file, as what, and where to.
type Order struct {
	Source     *exchange.Source // opened once for all steps: it remembers what it has seen of the file
	File       string           // its name, as people know it
	Collection string
	Network    string
	Mapping    exchange.Mapping
	Mode       exchange.Mode // Both when empty
	Items      int           // rows the report lists: exchange.MaxItems when 0, all of them when negative
	Lang       string        // of the report's messages
}

// Proposal is a mapping for a file that nobody has looked at yet.
type Proposal struct {
	Mapping exchange.Mapping
	From    *Remembered // the import that it was remembered from; nil when it was made from headers and values
}

// Describe says what a file holds and proposes a mapping for it: the one that a file with the same columns was last
// imported with, or one made from its headers and values.
func Describe(ctx context.Context, rep *replica.Replica, o Order) (exchange.Description, Proposal, error) {
	c, err := rep.Schema().Collection(o.Collection)
	if err != nil {
		return exchange.Description{}, Proposal{}, err
	}
	d, err := o.Source.Describe(ctx, o.Mapping.Sheet, o.Mapping.HeaderRow)
	if err != nil {
		return exchange.Description{}, Proposal{}, err
	}
	m, from, ok, err := remembered(ctx, rep, o, d)
	if err != nil || ok {
		return d, Proposal{m, &from}, err
	}
	return d, Proposal{Mapping: exchange.Suggest(rep.Schema(), c, o.Network, d)}, nil
}

// Preview reports what an import would do and changes nothing.
func Preview(ctx context.Context, rep *replica.Replica, o Order) (exchange.Report, error) {
	plan, err := plan(ctx, rep, o, true)
	if err != nil {
		return exchange.Report{}, err
	}
	plan.Report.Batch = "" // there is none
	return plan.Report, nil
}

// Run imports a file: everything it changes is saved, with a record of the import, or nothing is. Where it is saved in parts and
// a later one fails, those before are undone; if that fails as well, the import is among the others, to be undone by people. An
// import that changes nothing leaves no record: its report has no batch.
func Run(ctx context.Context, rep *replica.Replica, edit Editor, o Order) (exchange.Report, error) {
	plan, err := plan(ctx, rep, o, false)
	if err != nil {
		return exchange.Report{}, err
	}
	if plan.Edits.Len() == 0 {
		plan.Report.Batch = ""
		return plan.Report, nil
	}
	c, err := rep.Schema().Collection(o.Collection)
	if err != nil {
		return exchange.Report{}, err
	}
	intent := draft.Intent{
		Edits: []draft.Edit{plan.BatchEdit(o.Network, o.File, c, o.Mapping)}, More: plan.Edits.All(),
		Bulk: true, Batch: plan.Batch,
	}
	// From here on the import is not stopped half-way because whoever asked has gone.
	ctx = context.WithoutCancel(ctx)
	if _, err := edit(ctx, intent); err != nil {
		_, _ = Undo(ctx, rep, edit, plan.Batch, o.Lang) // it fails where nothing was saved
		return exchange.Report{}, err
	}
	plan.Report.Batch = plan.Batch.String()
	return plan.Report, nil
}

func plan(ctx context.Context, rep *replica.Replica, o Order, dry bool) (*exchange.Plan, error) {
	c, err := rep.Schema().Collection(o.Collection)
	if err != nil {
		return nil, err
	}
	if c.ServerOwned || c.Name == batchCollection {
		return nil, fault.New(fault.ReadOnly, "collection", c.Name)
	}
	return exchange.NewPlan(ctx, exchange.Request{
		Source: o.Source, Schema: rep.Schema(), Collection: c, Network: o.Network, Mapping: o.Mapping, Mode: o.Mode,
		Lookup: lookup{rep}, Batch: rep.IDs().ID(), DryRun: dry, Items: o.Items, Lang: o.Lang,
	})
}
