package exchange

import (
	"context"
	"encoding/json"
	"iter"

	"acopio/shared/draft"
	"acopio/shared/fault"
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
	// Record is the record as it stands, deleted ones too; nil without an error when there is none.
	Record(ctx context.Context, key record.Key) (*record.Record, error)
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
	Edits  *Edits // a record before its children; creates carry their ids. None in a dry run
}

// NewPlan reads the whole file and decides what becomes of each row:
//
//   - A row that says the same, cell by cell, as an earlier one is skipped.
//   - A row that matches a record that is there updates it where it says something else. Matching goes by id, FLO ID,
//     the column of ids of where the file comes from, the same name at the same place, and a name that is at least
//     80 % alike at the same place, unless another row of the file has the better claim.
//   - Any other row is added. When a name at the same place is at least 50 % like its own, there or in the file, the
//     report says so; rows of one file are never joined for that.
//   - Rows of the file with the same FLO ID, or id, and the same name are one record: the first stands, the others add.
//   - A row of a workbook that was exported from here changes its record only where a cell differs from what was
//     exported. Where the register changed too, it is a conflict: the edit says what the workbook had held, and the
//     server keeps both values.
//   - A value that cannot be read is left out and kept in the notes, with the reason in the report. A row without a
//     required value, or with a wrong one, is a problem and is not imported.
//
// It fails with the faults of Describe, and with fault.BadMapping, fault.ColumnMissing or fault.UnknownField.
func NewPlan(ctx context.Context, r Request) (*Plan, error) {
	switch r.Mode {
	case "":
		r.Mode = Both
	case Add, Update, Both:
	default:
		return nil, badMapping("mode “" + string(r.Mode) + "”")
	}
	if r.Collection.ServerOwned {
		return nil, fault.New(fault.ReadOnly, "collection", r.Collection.Name)
	}
	if r.Batch.IsZero() {
		r.Batch = record.NewID()
	}
	d, err := r.Source.Describe(ctx, r.Mapping.Sheet, r.Mapping.HeaderRow)
	if err != nil {
		return nil, err
	}
	l, err := layoutOf(r, d)
	if err != nil {
		return nil, err
	}
	p := &planner{
		req: r, layout: l, index: newIndex(r, l), ids: newIDMaker(r.Batch), seen: map[[hashBytes]byte]int{},
		edits: newEdits(r.Schema, r.Network),
	}
	p.report.start(r, l)
	p.mixed = d.Encoding == string(mixedText)
	if err := p.load(ctx); err != nil {
		return nil, err
	}
	if err := p.run(ctx); err != nil {
		return nil, err
	}
	p.report.finish(l)
	return &Plan{Report: p.report.Report, Batch: r.Batch, Edits: p.edits}, nil
}

// BatchEdit is the edit that records the import itself, in collection import_batch: the first of an import's.
func (p *Plan) BatchEdit(network, file string, collection *schema.Collection, m Mapping) draft.Edit {
	fields := map[string]any{
		"file": file, "collection": collection.Name, "status": "done",
		"rows": int64(p.Report.Rows), "added": int64(p.Report.Added), "updated": int64(p.Report.Updated),
		"skipped": int64(p.Report.Skipped + p.Report.Problems),
	}
	const maxMappingText = 20_000 // of the field; a longer one is that of hundreds of columns, and is not kept
	if text, err := json.Marshal(m); err == nil && len(text) <= maxMappingText {
		fields["mapping"] = string(text)
	}
	return draft.Edit{Kind: draft.Create, Collection: "import_batch", Network: network, ID: p.Batch.String(), Fields: fields}
}
