package merge

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// Two edits that are each within a field's limits must not make a value beyond them: no replica could edit the field again.

func organization(t testing.TB) *schema.Collection {
	t.Helper()
	c, err := schema.Registry().Collection("organization")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fieldOf(t testing.TB, c *schema.Collection, name string) *schema.Field {
	t.Helper()
	f, ok := c.Field(name)
	if !ok {
		t.Fatalf("no field %s", name)
	}
	return f
}

// meet merges a change of device 3 into what device 2 made of a field.
func meet(t *testing.T, field string, old, theirs, mine schema.Value) Result {
	t.Helper()
	c := organization(t)
	f := fieldOf(t, c, field)
	have := &record.Record{
		Version: 2, Fields: map[uint16]schema.Value{f.Number: theirs},
		Stamps: map[uint16]record.Stamp{f.Number: {Version: 2, Device: 2, Edited: seconds(-60)}},
	}
	res, err := Merge(Input{Collection: c, Have: have, Device: 3, Now: noon, Mutation: record.Mutation{
		Kind: record.Update, Base: 1, Edited: seconds(-90), Changes: []record.Change{{Field: f.Number, Old: old, New: mine}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestUnionBeyondTheLimitIsAConflict(t *testing.T) {
	some := func(prefix string, n int) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("%s%03d", prefix, i))
		}
		sort.Strings(out)
		return out
	}
	theirs, mine := some("a", 300), some("b", 300)
	res := meet(t, "aliases", nil, theirs, mine)
	if res.Status != record.Conflict || len(res.Losers) != 1 || res.Record != nil {
		t.Fatalf("status %s, %d losers", res.Status, len(res.Losers))
	}
	if got := res.Losers[0].Lost["aliases"]; !schema.Equal(got, mine) {
		t.Errorf("the loser does not hold what was typed: %v", got)
	}
}

func TestUnionOfMembersThisBuildDoesNotKnow(t *testing.T) {
	res := meet(t, "products", []string{"coffee"}, []string{"coffee", "vanilla"}, []string{"coffee", "honey"})
	n := fieldOf(t, organization(t), "products").Number
	if want := []string{"coffee", "honey", "vanilla"}; res.Record == nil || !schema.Equal(res.Record.Fields[n], want) {
		t.Errorf("%v", res.Record)
	}
}

func TestTextBeyondTheLimitIsAConflict(t *testing.T) {
	base := strings.Repeat("a ", 5000)
	theirs, mine := strings.Repeat("x", 9000)+" "+base, base+"| "+strings.Repeat("y", 9000)
	res := meet(t, "notes", base, theirs, mine)
	if res.Status != record.Conflict || len(res.Losers) != 1 {
		t.Fatalf("status %s, %d losers", res.Status, len(res.Losers))
	}
}

// A text that differs everywhere would need a table of gigabytes to compare.
func TestTextTooDifferentToCompareIsAConflict(t *testing.T) {
	words := func(prefix string) string {
		var b strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&b, "%s%d ", prefix, i)
		}
		return b.String()
	}
	before := testing.AllocsPerRun(1, func() {
		if res := meet(t, "notes", words("a"), words("b"), words("c")); res.Status != record.Conflict {
			t.Errorf("status %s", res.Status)
		}
	})
	if before > 50_000 {
		t.Errorf("%.0f allocations", before)
	}
}
