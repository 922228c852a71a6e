package intake

import (
	"context"
	"slices"

	"acopio/shared/draft"
	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Undone is what taking an import back did.
type Undone struct {
	Reverted int    `json:"reverted" doc:"records deleted or put back"`
	Kept     []Kept `json:"kept" nullable:"false"`
}

// Kept is a record that was left as it is, and why.
type Kept struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// Undo takes back an import made on this machine, in reasons of a language. What it created and nobody touched since
// is deleted, what it changed goes back unless changed again; the rest is kept and listed. It fails with
// fault.BatchUnknown, fault.BatchUndone, or fault.BatchElsewhere when another machine made the import.
func Undo(ctx context.Context, rep *replica.Replica, edit Editor, batch record.ID, lang string) (Undone, error) {
	row, err := find(ctx, rep, batch)
	if err != nil {
		return Undone{}, err
	}
	if Status(rep, row.Record) == "undone" {
		return Undone{}, fault.New(fault.BatchUndone, "batch", batch.String())
	}
	changes, err := changesOf(ctx, rep, row.Record)
	if err != nil {
		return Undone{}, err
	}
	if len(changes) == 0 {
		return Undone{}, fault.New(fault.BatchElsewhere, "batch", batch.String())
	}
	edits, kept, err := exchange.Undo(ctx, rep.Schema(), changes, lookup{rep})
	if err != nil {
		return Undone{}, err
	}
	out := UndoneOf(len(edits), kept, lang)
	edits = append(edits, draft.Edit{
		Kind: draft.Update, Collection: batchCollection, Network: row.Record.Network, ID: batch.String(),
		Base: &row.Record.Version, Fields: map[string]any{"status": "undone"},
	})
	_, err = edit(context.WithoutCancel(ctx), draft.Intent{More: slices.Values(edits), Bulk: true, Confirmed: len(edits)})
	return out, err
}

// UndoneOf tells what an undoing did, in a language.
func UndoneOf(reverted int, kept []exchange.Kept, lang string) Undone {
	out := Undone{Reverted: reverted, Kept: make([]Kept, 0, len(kept))}
	for _, k := range kept {
		out.Kept = append(out.Kept, Kept{ID: k.Key.ID.String(), Title: k.Title, Reason: k.Reason.Text(lang)})
	}
	return out
}

func find(ctx context.Context, rep *replica.Replica, batch record.ID) (*replica.Row, error) {
	row, err := rep.Get(ctx, batchCollection, batch)
	if fault.Is(err, fault.NotFound) || (err == nil && row == nil) {
		return nil, fault.New(fault.BatchUnknown, "batch", batch.String())
	}
	return row, err
}

// Status is the state of an import's record: done or undone.
func Status(rep *replica.Replica, batch *record.Record) string {
	c, err := rep.Schema().Collection(batchCollection)
	if err != nil {
		return ""
	}
	s, _ := batch.Named(c)["status"].(string)
	return s
}

// changesOf are what an import did to other records than its own.
func changesOf(ctx context.Context, rep *replica.Replica, batch *record.Record) ([]exchange.BatchChange, error) {
	did, err := rep.BatchChanges(ctx, batch.ID)
	if err != nil {
		return nil, err
	}
	out := make([]exchange.BatchChange, 0, len(did))
	for _, ch := range did {
		if ch.Key.Collection != batch.Collection {
			out = append(out, exchange.BatchChange{Key: ch.Key, Created: ch.Created, Changes: ch.Changes})
		}
	}
	return out, nil
}

// CanUndo reports whether an import can be taken back on this machine. It only looks whether there is anything to take
// back, since lists ask it of every import and one may have changed a hundred thousand records.
func CanUndo(ctx context.Context, rep *replica.Replica, batch *record.Record) (bool, error) {
	if Status(rep, batch) != "done" {
		return false, nil
	}
	rows, err := rep.QueryRaw(ctx, "SELECT 1 FROM batch_change WHERE batch = ? AND collection <> ? LIMIT 1", batch.ID[:], int64(batch.Collection))
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }() // at most one row
	return rows.Next(), rows.Err()
}
