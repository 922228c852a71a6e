package inbox

import (
	"encoding/json"
	"testing"

	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func build(t *testing.T, collection string, fields map[string]any) *record.Record {
	t.Helper()
	c, err := schema.Registry().Collection(collection)
	if err != nil {
		t.Fatal(err)
	}
	r := &record.Record{Key: record.Key{Network: "PE", Collection: c.Number, ID: record.NewID()}, Version: 7}
	for name, raw := range fields {
		f, ok := c.Field(name)
		if !ok {
			t.Fatal(name)
		}
		v, err := f.Normalize(raw)
		if err != nil {
			t.Fatal(err)
		}
		r.Set(f.Number, v)
	}
	return r
}

func conflictAbout(t *testing.T, collection, field, kind, before, kept, lost string) *record.Record {
	t.Helper()
	return build(t, "conflict", map[string]any{
		"collection": collection, "record": record.NewID().String(), "field": field, "kind": kind, "status": "open",
		"base_value": before, "kept_value": kept, "lost_value": lost, "kept_device": 10, "lost_device": 20,
		"kept_by": "Ana", "lost_by": "Luis", "kept_at": 200, "lost_at": 100,
	})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSidesDependOnWhoLooks(t *testing.T) {
	target := build(t, "organization", map[string]any{"name": "COCLA"})
	conflict := conflictAbout(t, "organization", "name", "edit", `"Cocla"`, `"COCLA"`, `"Central COCLA"`)
	for self, want := range map[uint32]string{
		10: `COCLA by Ana, Central COCLA by Luis`,
		20: `Central COCLA by Luis, COCLA by Ana`,
		30: `Central COCLA by Luis, COCLA by Ana`, // neither: mine is the value that is not in force
		0:  `Central COCLA by Luis, COCLA by Ana`,
	} {
		it := view(schema.Registry(), conflict, target, self)
		got := it.Mine.(string) + " by " + it.MineBy + ", " + it.Theirs.(string) + " by " + it.TheirsBy
		if got != want || it.Before != "Cocla" || it.Current != "COCLA" || it.Title != "COCLA" {
			t.Errorf("%d: got %s in %+v", self, got, it)
		}
		if own := self == 10 || self == 20; it.Own != own {
			t.Errorf("%d: one of the sides is said to be its own: %v", self, it.Own)
		}
	}
}

// resolve decides and applies, and returns the edits, the target and the conflict as they then stand.
func resolve(t *testing.T, conflict, target *record.Record, self uint32, d Decision) []draft.Edit {
	t.Helper()
	edits, err := resolverOf(schema.Registry(), conflict, target, self).decide(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		r, c := target, "conflict"
		if e.Collection == c {
			r = conflict
		}
		apply(t, r, e)
	}
	return edits
}

func apply(t *testing.T, r *record.Record, e draft.Edit) {
	t.Helper()
	if *e.Base != r.Version {
		t.Fatalf("based on %d", *e.Base)
	}
	c, _ := schema.Registry().CollectionByNumber(r.Collection)
	switch e.Kind {
	case draft.Delete:
		r.Deleted = true
	case draft.Restore:
		r.Deleted = false
	}
	for name, raw := range e.Fields {
		f, _ := c.Field(name)
		v, err := f.Normalize(raw)
		if err != nil {
			t.Fatal(err)
		}
		r.Set(f.Number, v)
	}
	r.Version++
}

func TestDecisionsAndTheirUndoing(t *testing.T) {
	for name, k := range map[string]struct {
		collection, field, kind, before, kept, lost string
		target                                      map[string]any
		deleted                                     bool
		self                                        uint32
		decision                                    Decision
		edits                                       int
		resolution, after, reopened                 string
	}{
		"keep what is there": {
			"organization", "name", "edit", `"a"`, `"b"`, `"c"`, map[string]any{"name": "b"}, false, 10, Decision{Keep: KeepMine}, 1, "mine", `"b"`, `"b"`,
		},
		"take the other": {
			"organization", "name", "edit", `"a"`, `"b"`, `"c"`, map[string]any{"name": "b"}, false, 10, Decision{Keep: KeepTheirs}, 2, "theirs", `"c"`, `"b"`,
		},
		"what was lost is mine": {
			"organization", "name", "edit", `"a"`, `"b"`, `"c"`, map[string]any{"name": "b"}, false, 20, Decision{Keep: KeepMine}, 2, "mine", `"c"`, `"b"`,
		},
		"another value": {
			"organization", "founded", "edit", `1`, `1967`, `1968`,
			map[string]any{"name": "x", "founded": 1967},
			false, 20,
			Decision{Keep: KeepValue, Value: json.Number("1970")},
			2, "value", `1970`, `1967`,
		},
		"an empty value": {
			"organization", "acronym", "edit", `"A"`, `"B"`, `null`, map[string]any{"name": "x", "acronym": "B"}, false, 20, Decision{Keep: KeepMine}, 2, "mine", `null`, `"B"`,
		},
		"someone chose before": {
			"organization", "acronym", "edit", `"A"`, `"B"`, `"C"`, map[string]any{"name": "x", "acronym": "Z"}, false, 20, Decision{Keep: KeepTheirs}, 2, "theirs", `"B"`, `"Z"`,
		},
		"a group of the name of a field": {
			"contact", "consent", "edit", `null`, `{"consent":"none","consent_date":"2026-01-01","consent_evidence":null}`, `{"consent":"public","consent_date":"2025-01-01","consent_evidence":"carta"}`,
			map[string]any{"name": "x", "consent": "none", "consent_date": "2026-01-01"},
			false, 20,
			Decision{Keep: KeepMine},
			2, "mine",
			`{"consent":"public","consent_date":"2025-01-01","consent_evidence":"carta"}`, `{"consent":"none","consent_date":"2026-01-01","consent_evidence":null}`,
		},
		"a group": {
			"site", "position", "edit", `{}`, `{"lat":1.5,"lon":2}`, `{"lat":-1.25,"lon":3,"accuracy":5}`,
			map[string]any{"kind": "plot", "lat": 1.5, "lon": 2},
			false, 20,
			Decision{Keep: KeepMine},
			2, "mine", `{"accuracy":5,"lat":-1.25,"lon":3,"position_source":null}`, `{"accuracy":null,"lat":1.5,"lon":2,"position_source":null}`,
		},
		"a set": {
			"organization", "products", "edit", `[]`, `["cocoa"]`, `["coffee","cocoa"]`,
			map[string]any{"name": "x", "products": []string{"cocoa"}},
			false, 20,
			Decision{Keep: KeepMine},
			2, "mine", `["cocoa","coffee"]`, `["cocoa"]`,
		},
		"a value wrapped in its name": {
			"organization", "name", "edit", `{"name":"a"}`, `{"name":"b"}`, `{"name":"c"}`, map[string]any{"name": "b"}, false, 20, Decision{Keep: KeepMine}, 2, "mine", `"c"`, `"b"`,
		},
		"the deletion": {
			"organization", "deleted", "delete", `{"deleted":false}`, `{"deleted":false}`, `{"deleted":true}`,
			map[string]any{"name": "b"},
			false, 20,
			Decision{Keep: KeepMine},
			2, "mine", `{"deleted":true}`, `{"deleted":false}`,
		},
		"the edit": {
			"organization", "deleted", "delete", `false`, `{"name":"b"}`, `true`,
			map[string]any{"name": "b"},
			false, 20,
			Decision{Keep: KeepTheirs},
			1, "theirs", `{"deleted":false}`, `{"deleted":false}`,
		},
		"the edit of what was deleted since": {
			"organization", "deleted", "delete", `false`, `false`, `true`,
			map[string]any{"name": "b"},
			true, 20,
			Decision{Keep: KeepTheirs},
			2, "theirs", `{"deleted":false}`, `{"deleted":true}`,
		},
		"a field of what was deleted since": {
			"organization", "name", "edit", `"a"`, `"b"`, `"c"`, map[string]any{"name": "b"}, true, 20, Decision{Keep: KeepMine}, 1, "mine", `"b"`, `"b"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := build(t, k.collection, k.target)
			target.Deleted = k.deleted
			conflict := conflictAbout(t, k.collection, k.field, k.kind, k.before, k.kept, k.lost)
			edits := resolve(t, conflict, target, k.self, k.decision)
			it := view(schema.Registry(), conflict, target, k.self)
			if len(edits) != k.edits || it.Status != Resolved || it.Resolution != k.resolution || asJSON(t, it.Current) != k.after {
				t.Fatalf("got %d edits, %s, %s", len(edits), it.Resolution, asJSON(t, it.Current))
			}
			resolve(t, conflict, target, k.self, Decision{Keep: Reopen})
			it = view(schema.Registry(), conflict, target, k.self)
			if it.Status != Open || it.Resolution != "" || asJSON(t, it.Current) != k.reopened {
				t.Errorf("reopened: got %s", asJSON(t, it))
			}
		})
	}
}

func TestReopeningLeavesNewerEditsAlone(t *testing.T) {
	target := build(t, "organization", map[string]any{"name": "b"})
	conflict := conflictAbout(t, "organization", "name", "edit", `"a"`, `"b"`, `"c"`)
	resolve(t, conflict, target, 20, Decision{Keep: KeepMine})
	apply(t, target, draft.Edit{Kind: draft.Update, Base: &target.Version, Fields: map[string]any{"name": "d"}})
	if edits := resolve(t, conflict, target, 20, Decision{Keep: Reopen}); len(edits) != 1 {
		t.Errorf("got %+v", edits)
	}
}

func TestDecisionsThatCannotBe(t *testing.T) {
	target := build(t, "organization", map[string]any{"name": "b"})
	for name, k := range map[string]struct {
		field, kind string
		decision    Decision
	}{
		"no decision":         {"name", "edit", Decision{}},
		"not a value":         {"founded", "edit", Decision{Keep: KeepValue, Value: "soon"}},
		"a field alone":       {"place", "edit", Decision{Keep: KeepValue, Value: "Cusco"}},
		"a field of another":  {"place", "edit", Decision{Keep: KeepValue, Value: map[string]any{"name": "x"}}},
		"a field of nobody":   {"horn", "edit", Decision{Keep: KeepMine}},
		"half a deletion":     {"deleted", "delete", Decision{Keep: KeepValue, Value: "maybe"}},
		"undoing what is not": {"name", "edit", Decision{Keep: Reopen}},
	} {
		conflict := conflictAbout(t, "organization", k.field, k.kind, `"a"`, `"b"`, `"c"`)
		if edits, err := resolverOf(schema.Registry(), conflict, target, 20).decide(k.decision); err == nil {
			t.Errorf("%s: got %+v", name, edits)
		}
	}
}
