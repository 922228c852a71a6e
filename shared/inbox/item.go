// Package inbox is the conflict inbox: it shows the conflicts of a replica as the person at this device sees them
// (mine, theirs, before), and turns a decision into edits. Deciding is an edit like any other: it can be made offline,
// it is synced, and it can be taken back.
package inbox

import (
	"acopio/shared/clock"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// The kinds of conflict.
const (
	KindEdit   = "edit"   // two edits of the same field
	KindDelete = "delete" // an edit met a deletion
)

// The states of a conflict.
const (
	Open     = "open"
	Resolved = "resolved"
)

// Item is a conflict as one device sees it. Values are those of the field; for a group of fields, objects of values by
// field name; for a deletion, {"deleted": true} or {"deleted": false}.
type Item struct {
	ID         string       `json:"id"`
	Network    string       `json:"network"`
	Collection string       `json:"collection"`
	Record     string       `json:"record" doc:"id of the record it is about"`
	Title      string       `json:"title" doc:"of the record"`
	Field      string       `json:"field" doc:"a field's name, a group's, or deleted"`
	Kind       string       `json:"kind" enum:"edit,delete"`
	Status     string       `json:"status" enum:"open,resolved"`
	Before     any          `json:"before"`
	Mine       any          `json:"mine" doc:"what this device wrote; for whoever is neither side, the value not in force"`
	Theirs     any          `json:"theirs"`
	MineBy     string       `json:"mine_by"`
	TheirsBy   string       `json:"theirs_by"`
	MineAt     clock.Millis `json:"mine_at"`
	TheirsAt   clock.Millis `json:"theirs_at"`
	Current    any          `json:"current" doc:"the value in the record now"`
	MustReview bool         `json:"must_review"`
	Resolution string       `json:"resolution" enum:",mine,theirs,value" doc:"what was decided; empty while open"`
	Own        bool         `json:"own" doc:"whether this device wrote one of the two, which is then mine"`

	mineKept bool // whether mine is the side that was provisionally kept
}

// view makes the item of a conflict record. target is the record it is about; nil when the replica does not have it.
func view(s *schema.Schema, conflict, target *record.Record, self uint32) Item {
	c, _ := s.Collection("conflict")
	v := conflict.Named(c)
	it := Item{
		ID: conflict.ID.String(), Network: conflict.Network,
		Collection: text(v["collection"]), Record: text(v["record"]), Field: text(v["field"]),
		Kind: text(v["kind"]), Status: text(v["status"]), MustReview: v["must_review"] == true,
	}
	if it.Kind == "" {
		it.Kind = KindEdit
	}
	u := unitOf(s, it.Collection, it.Field, it.Kind)
	kept, lost := side(u, v, "kept"), side(u, v, "lost")
	it.Before = u.decode(v["base_value"])
	mine, theirs := lost, kept
	it.Own = self != 0 && (kept.device == self || lost.device == self)
	it.mineKept = it.Own && lost.device != self
	if it.mineKept {
		mine, theirs = kept, lost
	}
	it.Mine, it.MineBy, it.MineAt = mine.value, mine.by, mine.at
	it.Theirs, it.TheirsBy, it.TheirsAt = theirs.value, theirs.by, theirs.at
	it.Resolution = it.decided(text(v["resolution"]))
	if target != nil {
		it.Title = titleOf(s, target)
		it.Current = u.of(target)
	}
	return it
}

// decided says a conflict record's resolution from this device's side.
func (it *Item) decided(resolution string) string {
	switch resolution {
	case "kept", "lost":
		if (resolution == "kept") == it.mineKept {
			return KeepMine
		}
		return KeepTheirs
	case "other":
		return KeepValue
	default:
		return ""
	}
}

// half is one side of a conflict.
type half struct {
	value  any
	by     string
	at     clock.Millis
	device uint32
}

func side(u unit, v map[string]schema.Value, which string) half {
	at, _ := v[which+"_at"].(int64)
	device, _ := v[which+"_device"].(int64)
	return half{value: u.decode(v[which+"_value"]), by: text(v[which+"_by"]), at: clock.Millis(at), device: uint32(device)} //nolint:gosec // device numbers have 32 bits
}

func text(v schema.Value) string { s, _ := v.(string); return s }

func titleOf(s *schema.Schema, r *record.Record) string {
	c, ok := s.CollectionByNumber(r.Collection)
	if !ok {
		return ""
	}
	f, _ := c.Field(c.Title)
	return record.Text(r.Fields[f.Number])
}
