package exchange

import (
	"fmt"
	"reflect"
	"testing"

	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Edits must come out as they were put in, whatever they hold and however many there are, with what was changed later.
func TestEditsComeOutAsTheyWerePut(t *testing.T) {
	c, err := schema.Registry().Collection("organization")
	must(t, err)
	field := func(name string) *schema.Field {
		f, ok := c.Field(name)
		if !ok {
			t.Fatal(name)
		}
		return f
	}
	edits, parent := newEdits(schema.Registry(), "PE"), record.NewID().String()
	var want []draft.Edit
	for i := range 3*editsPerBlock + 7 {
		e := draft.Edit{Kind: draft.Create, Collection: "organization", Network: "PE", ID: record.NewID().String(), Fields: map[string]any{
			"name": fmt.Sprintf("Cooperativa %d", i), "founded": int64(1900 + i%100), "products": []string{"cocoa", "coffee"}, "parent": parent,
		}}
		version := uint64(i)
		switch i % 4 {
		case 1:
			e.Kind, e.Base, e.Fields["acronym"] = draft.Update, &version, nil
		case 2:
			e.Kind, e.Base, e.Was = draft.Update, &version, map[string]any{"name": "Otra", "acronym": nil}
		case 3:
			e.Collection, e.Fields = "site", map[string]any{"lat": -12.5, "lon": -0.25, "organization": parent}
		}
		edits.add(e)
		want = append(want, e)
	}
	for _, at := range []int{0, 1, editsPerBlock, len(want) - 2} {
		f := field("notes")
		if want[at].Collection == "site" {
			t.Fatalf("edit %d is of a site", at)
		}
		edits.amend(at, []change{{f, nil, "antes"}, {field("acronym"), nil, "AC"}})
		edits.amend(at, []change{{f, "antes", "después"}})
		want[at].Fields["notes"], want[at].Fields["acronym"] = "después", "AC"
	}
	for range 2 { // they can be gone through again
		at := 0
		for e := range edits.All() {
			if !reflect.DeepEqual(e, want[at]) {
				t.Fatalf("edit %d: got %+v, want %+v", at, e, want[at])
			}
			at++
		}
		if at != len(want) || edits.Len() != at {
			t.Fatalf("%d of %d came out", at, len(want))
		}
	}
	for range edits.All() {
		break // whoever has enough stops
	}
}
