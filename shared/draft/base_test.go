package draft

import (
	"testing"

	"acopio/shared/merge"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// A form may be open while the record under it moves on. What the person had not seen must come out as a conflict, never
// as a silent overwriting.

func uint64p(n uint64) *uint64 { return &n }

// judge gives a step to the server that has the record as it is on the shelf.
func judge(t *testing.T, have *record.Record, s Step) merge.Result {
	t.Helper()
	res, err := merge.Merge(merge.Input{Collection: s.Collection, Have: have, Mutation: s.Mutation, Device: 3, Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestBaseBelowTheVersion(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 5, fields{"name": "Nueva", "acronym": "NN", "notes": "escrito por otra", "products": []any{"cocoa"}})
	r.Stamps[11] = record.Stamp{Version: 2, Device: 2, Edited: noon} // the acronym is older than what the person saw
	step := s.must(t, Edit{Kind: Update, Collection: "organization", ID: r.ID.String(), Base: uint64p(4), Fields: fields{
		"name": "Mía", "acronym": "MM", "notes": "escrito por mí", "products": []any{"coffee"},
	}})
	if step.Mutation.Base != 4 {
		t.Fatalf("base %d", step.Mutation.Base)
	}
	wantChanges(t, step, changed{
		"name": {nil, "Mía"}, "acronym": {"NN", "MM"}, "notes": {nil, "escrito por mí"}, "products": {nil, []string{"coffee"}},
	})
	res := judge(t, r, step)
	lost := map[string]bool{}
	for _, l := range res.Losers {
		lost[l.Field] = true
	}
	if res.Status != record.Conflict || !lost["name"] || !lost["notes"] || lost["acronym"] || lost["products"] {
		t.Errorf("%s, losers of %v", res.Status, lost)
	}
	if got := res.Record.Fields[23]; !schema.Equal(got, []string{"cocoa", "coffee"}) {
		t.Errorf("what another added to a set that the person had not seen is %v", got)
	}
}

func TestBaseBelowTheVersionInAGroup(t *testing.T) {
	s := newShelf()
	r := s.put(t, "site", "PE", record.NewID(), 5, fields{"kind": "plot", "lat": -12.0, "lon": -77.0})
	r.Set(10, record.NewID().String())
	step := s.must(t, Edit{Kind: Update, Collection: "site", ID: r.ID.String(), Base: uint64p(4), Fields: fields{"lat": -13.0, "lon": -70.0}})
	if res := judge(t, r, step); len(res.Losers) != 1 || res.Losers[0].Field != "position" {
		t.Errorf("%+v", res.Losers)
	}
}

func TestDeletingWhatHasMovedOn(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 5, fields{"name": "Nueva"})
	step := s.must(t, Edit{Kind: Delete, Collection: "organization", ID: r.ID.String(), Base: uint64p(4)})
	if res := judge(t, r, step); len(res.Losers) != 1 || !res.Losers[0].Deletion || res.Record != nil {
		t.Errorf("%+v", res)
	}
}

// A base above what the replica has would hide changes from the server: it is not believed.
func TestBaseAboveTheVersion(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 5, fields{"name": "Nueva"})
	step := s.must(t, Edit{Kind: Update, Collection: "organization", ID: r.ID.String(), Base: uint64p(9), Fields: fields{"name": "Mía"}})
	if step.Mutation.Base != 5 {
		t.Errorf("base %d", step.Mutation.Base)
	}
}
