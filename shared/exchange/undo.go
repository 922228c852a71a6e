package exchange

import (
	"context"

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
	Reason *fault.Error
}

// Undo plans taking back an import: what it created and nobody touched since is deleted, children first; fields it
// changed that still hold what it wrote go back; anything else is kept, with the reason.
func Undo(ctx context.Context, s *schema.Schema, changes []BatchChange, state State) ([]draft.Edit, []Kept, error) {
	return nil, nil, nil
}
