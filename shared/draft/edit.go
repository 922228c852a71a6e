// Package draft turns what a person asked for into mutations: it checks values against the schema, fills defaults,
// gives ids, completes field groups, and refuses what cannot stand, before anything is written.
package draft

import (
	"iter"

	"acopio/shared/clock"
	"acopio/shared/record"
)

// Kind is what an edit asks for.
type Kind string

// The kinds of edit.
const (
	Create  Kind = "create"
	Update  Kind = "update"
	Delete  Kind = "delete"
	Restore Kind = "restore" // takes back a deletion, or a retirement
	Retire  Kind = "retire"  // deletes a record for which another stands from then on: shared/merging asks for it
)

// Edit is one change to one record, as the interface, the command line or an import asks for it.
type Edit struct {
	Kind       Kind
	Collection string
	Network    string
	ID         string         // empty for Create: one is given
	Base       *uint64        // the version the person saw; nil: the replica's own
	Fields     map[string]any // what changes, by field name; nil empties a field
	// Was, when set, says that the edit was made apart from this machine, in a workbook that was exported at Base, and what
	// the workbook held of the fields then. What this machine has changed since is somebody else's to it.
	Was map[string]any
	// At is when the edit was made, where that was not now: a register that is made up has a past. 0 is now.
	At    clock.Millis
	Into  string // Retire: the id of the record that stands for it
	Moves bool   // its references follow a merge, or its undoing: also those that people cannot change
}

// Intent is what one action of a person asks for.
type Intent struct {
	Edits []Edit
	// More, when set, gives edits that come after those, as often as it is asked: so many that they are not held together.
	More iter.Seq[Edit]
	// Bulk intents are saved together on this machine but travel and are judged one by one: an import of thousands of
	// rows. Others are one group: the server applies all or none.
	Bulk bool
	// Batch, when set, is the import the edits belong to: what they change is kept, so that it can be undone.
	Batch record.ID
	// Confirmed is how many deletions the person was told of and wants: more than AskAbove at once are refused without.
	Confirmed int
	// Merge, when set, names the merge the edits make: what they change is kept, so that it can be undone.
	Merge record.ID
}

// All are the edits in their order.
func (i Intent) All() iter.Seq[Edit] {
	return func(yield func(Edit) bool) {
		for _, e := range i.Edits {
			if !yield(e) {
				return
			}
		}
		if i.More != nil {
			i.More(yield)
		}
	}
}

// Keep is the id under which what the intent changes is kept; zero when it is not.
func (i Intent) Keep() record.ID {
	if i.Batch.IsZero() {
		return i.Merge
	}
	return i.Batch
}

// Result is what became of an intent: the records as they now stand on this machine, in the order of the
// edits; of an intent with More, the records are not told.
type Result struct {
	Group   record.OpID
	Records []*record.Record
}
