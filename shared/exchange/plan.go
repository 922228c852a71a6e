package exchange

import (
	"context"
	"iter"

	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Mode says what an import may do.
type Mode string

// The modes.
const (
	Add    Mode = "add"    // only new records; rows that match one are skipped
	Update Mode = "update" // only known records; rows that match none are skipped
	Both   Mode = "both"
)

// Lookup is the replica, as far as an import needs it.
type Lookup interface {
	// Live yields the records of a collection that are not deleted, in an order that does not change from call to call.
	Live(ctx context.Context, collection, network string) iter.Seq2[*record.Record, error]
}

// Request is one import, or the dry run of one.
type Request struct {
	Source     *Source
	Schema     *schema.Schema
	Collection *schema.Collection
	Network    string
	Mapping    Mapping
	Mode       Mode // Both when empty
	Lookup     Lookup
	Batch      record.ID // names the import; a fresh one when zero. New records' ids come from it
	DryRun     bool      // only the report: no edits are kept
	Items      int       // rows the report lists; MaxItems when 0, all of them when negative
	Lang       string    // of the report's messages: es when empty
}

// Plan is what an import would do.
type Plan struct {
	Report Report
	Batch  record.ID
	Edits  []draft.Edit // a record before its children; creates carry their ids. None in a dry run
}

// NewPlan reads the whole file and decides what becomes of each row.
func NewPlan(ctx context.Context, r Request) (*Plan, error) { return &Plan{}, nil }

// BatchEdit is the edit that records the import itself, in collection import_batch.
func (p *Plan) BatchEdit(network, file string, m Mapping) draft.Edit { return draft.Edit{} }
