package merge

import (
	"flag"
	"fmt"
	"maps"
	"reflect"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"acopio/shared/clock"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Cases are cheap here, and some of what they look for is rare.
func init() {
	if err := flag.Set("rapid.checks", "2000"); err != nil {
		panic(err)
	}
}

// The values are few, so that edits meet often.
var values = map[string][]schema.Value{
	"name":     {"Norte", "Sur", "Este"},
	"acronym":  {nil, "N", "S", "E"},
	"type":     {nil, "other", "hired_labor"},
	"products": {nil, []string{"cocoa"}, []string{"coffee"}, []string{"cocoa", "coffee"}, []string{"coffee", "honey"}},
	"notes":    {nil, "uno dos tres", "uno dos tres cuatro", "cero uno dos tres", "uno tres", "uno DOS tres", "otra cosa"},
	"admin1":   {nil, "Piura", "Cusco"},
	"admin2":   {nil, "Sullana", "Anta"},
	"locality": {nil, "Centro"},
	"status":   {"done", "undone"},
	"file":     {"a.csv"},
	"lat":      {nil, -12.0, -13.5},
	"lon":      {nil, -77.0, -70.25},
	"consent":  {nil, "public", "network", "none"},
}

// subjects are the collections that edits are drawn for, with the fields they touch.
var subjects = map[string][]string{
	"organization": {"name", "acronym", "type", "products", "notes", "admin1", "admin2", "locality"},
	"import_batch": {"status"},
	"site":         {"lat", "lon"},
	"contact":      {"name", "consent"},
}

// scene is a record that two devices know and then edit apart.
type scene struct {
	c    *schema.Collection
	base *record.Record
}

func drawScene(t *rapid.T) scene {
	names := sortedKeys(subjects)
	name := rapid.SampledFrom(names).Draw(t, "collection")
	c, err := schema.Registry().Collection(name)
	if err != nil {
		t.Fatal(err)
	}
	r := &record.Record{
		Key: record.Key{Network: "PE", Collection: c.Number, ID: record.DerivedID("a drawn record")}, Version: 5,
		Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
	}
	for _, field := range subjects[name] {
		f, _ := c.Field(field)
		r.Set(f.Number, rapid.SampledFrom(values[field]).Draw(t, field))
		r.Stamps[f.Number] = record.Stamp{Version: rapid.Uint64Range(1, 5).Draw(t, "v"), Device: rapid.SampledFrom([]uint32{1, 2, 3}).Draw(t, "by"), Edited: seconds(-5000)}
	}
	return scene{c, r}
}

// draw makes an edit of the base as the draft package would: changed fields only, groups whole.
func (s scene) draw(t *rapid.T, label string, deletes bool) record.Mutation {
	m := record.Mutation{Key: s.base.Key, Kind: record.Update, Base: s.base.Version, Edited: seconds(rapid.Int64Range(-90, -85).Draw(t, label+" at"))}
	if deletes && rapid.IntRange(0, 4).Draw(t, label+" deletes") == 0 {
		m.Kind = record.Delete
		return m
	}
	after := s.base.Clone()
	touched := map[uint16]bool{}
	for _, name := range subjects[s.c.Name] {
		if !rapid.Bool().Draw(t, label+" edits "+name) {
			continue
		}
		f, _ := s.c.Field(name)
		v := rapid.SampledFrom(values[name]).Draw(t, label+" "+name)
		if schema.Equal(v, s.base.Fields[f.Number]) || f.Rule == schema.Ladder && rung(f, v) < rung(f, s.base.Fields[f.Number]) {
			continue
		}
		after.Set(f.Number, v)
		for _, g := range s.c.GroupOf(f) {
			touched[g.Number] = true
		}
	}
	for i := range s.c.Fields {
		if n := s.c.Fields[i].Number; touched[n] {
			m.Changes = append(m.Changes, record.Change{Field: n, Old: s.base.Fields[n], New: after.Fields[n]})
		}
	}
	if len(m.Changes) == 0 {
		t.Skip("an edit of nothing, which no device sends")
	}
	return m
}

type authored struct {
	device uint32
	m      record.Mutation
}

// play applies edits one after the other, as the server would.
func (s scene) play(t *rapid.T, edits ...authored) (*record.Record, []Result) {
	at := s.base
	var results []Result
	for i, e := range edits {
		before := deepCopy(at)
		res, err := Merge(Input{Collection: s.c, Have: at, Mutation: e.m, Device: e.device, Now: seconds(int64(i))})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(before, at) {
			t.Fatalf("merging changed what was there: %v, before %v", at, before)
		}
		if res.Record != nil {
			at = res.Record
		}
		results = append(results, res)
	}
	return at, results
}

func deepCopy(r *record.Record) *record.Record {
	out := r.Clone()
	for n, v := range out.Fields {
		if set, ok := v.([]string); ok {
			out.Fields[n] = append([]string(nil), set...)
		}
	}
	return out
}

func TestOrderOfArrivalDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		a, b := authored{2, s.draw(t, "A", true)}, authored{3, s.draw(t, "B", true)}
		ab, _ := s.play(t, a, b)
		ba, _ := s.play(t, b, a)
		if ab.Deleted != ba.Deleted || !reflect.DeepEqual(ab.Fields, ba.Fields) {
			t.Fatalf("A first: deleted %v %v\nB first: deleted %v %v", ab.Deleted, ab.Fields, ba.Deleted, ba.Fields)
		}
	})
}

// What somebody typed stands, or is in a loser; and so is what it replaced without having seen it.
func TestNothingIsLostInSilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		a, b := authored{2, s.draw(t, "A", false)}, authored{3, s.draw(t, "B", false)}
		after, results := s.play(t, a, b)
		lost := map[uint16][]schema.Value{}
		for _, l := range results[1].Losers {
			for name, v := range l.Lost {
				f, _ := s.c.Field(name)
				lost[f.Number] = append(lost[f.Number], v)
			}
		}
		for _, e := range []authored{a, b} {
			for _, ch := range e.m.Changes {
				s.accountFor(t, after, lost, e, ch)
			}
		}
	})
}

func (s scene) accountFor(t *rapid.T, after *record.Record, lost map[uint16][]schema.Value, e authored, ch record.Change) {
	f, _ := s.c.FieldByNumber(ch.Field)
	now := after.Fields[ch.Field]
	if schema.Equal(now, ch.New) || schema.Equal(ch.Old, ch.New) {
		return
	}
	for _, v := range lost[ch.Field] {
		if schema.Equal(v, ch.New) {
			return
		}
	}
	switch {
	case f.Rule == schema.Union && holds(now, ch):
		return
	case f.Rule == schema.Ladder && rung(f, now) > rung(f, ch.New):
		return
	case f.Rule == schema.Prose && wordsOf(str(now)).holdAll(added(str(ch.Old), str(ch.New))):
		return
	}
	t.Fatalf("device %d wrote %v into %s; it has %v, and no loser holds it", e.device, ch.New, f.Name, now)
}

// holds reports whether a set has what a change added and lacks what it removed, except what the other side added.
func holds(now schema.Value, ch record.Change) bool {
	have, old, want := members(now), members(ch.Old), members(ch.New)
	for s := range want {
		if !old[s] && !have[s] {
			return false
		}
	}
	for s := range old {
		if !want[s] && have[s] {
			return false
		}
	}
	return true
}

type counts map[string]int

func wordsOf(s string) counts {
	out := counts{}
	for _, w := range strings.Fields(s) {
		out[w]++
	}
	return out
}

func (c counts) holdAll(words []string) bool {
	need := counts{}
	for _, w := range words {
		need[w]++
	}
	for w, n := range need {
		if c[w] < n {
			return false
		}
	}
	return true
}

// added lists the words that new has more often than old.
func added(old, new string) []string {
	was := wordsOf(old)
	var out []string
	for _, w := range strings.Fields(new) {
		if was[w] > 0 {
			was[w]--
			continue
		}
		out = append(out, w)
	}
	return out
}

// Showing a pending edit on top of a server state that already holds it changes nothing, and doing it twice is doing it
// once. A merged text may be shown as it was typed instead: where a word goes among equal ones can be read in two ways.
func TestRebaseIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		a, b := authored{2, s.draw(t, "A", false)}, authored{3, s.draw(t, "B", true)}
		server, results := s.play(t, a, b)
		shown := Rebase(s.c, server, b.m)
		if again := Rebase(s.c, shown, b.m); !reflect.DeepEqual(again, shown) {
			t.Fatalf("once %v\ntwice %v", shown.Fields, again.Fields)
		}
		for _, ch := range b.m.Changes {
			if f, _ := s.c.FieldByNumber(ch.Field); f.Rule == schema.Prose && schema.Equal(shown.Fields[ch.Field], ch.New) {
				shown.Set(ch.Field, server.Fields[ch.Field])
			}
		}
		if len(results[1].Losers) == 0 && (shown.Deleted != server.Deleted || !reflect.DeepEqual(shown.Fields, server.Fields)) {
			t.Fatalf("the server has %v\nshown is %v", server.Fields, shown.Fields)
		}
	})
}

// Whatever the clocks say, the winner's stamp is no later than the server's time plus the skew it forgives.
func TestClocksAreClamped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		m := s.draw(t, "A", true)
		m.Edited = clock.Millis(rapid.Int64().Draw(t, "edited"))
		m.Offset = clock.Millis(rapid.Int64().Draw(t, "offset"))
		_, results := s.play(t, authored{2, m})
		if r := results[0].Record; r != nil {
			for n, stamp := range r.Stamps {
				if stamp.Version == r.Version && (stamp.Edited > noon+clock.MaxFutureSkew || stamp.Edited < 1577836800000) {
					t.Fatalf("field %d is stamped %d", n, stamp.Edited)
				}
			}
		}
	})
}

// Text: each side writes words nobody else has, so that their fate can be told.
func TestTextMergeKeepsEveryWrittenWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", ",", "."}), 0, 12).Draw(t, "base")
		mine, written := scribble(t, base, "M")
		theirs, alsoWritten := scribble(t, base, "T")
		b, m, th := strings.Join(base, " "), strings.Join(mine, " "), strings.Join(theirs, " ")
		merged, ok := mergeText(b, m, th)
		other, okToo := mergeText(b, th, m)
		if ok != okToo || merged != other {
			t.Fatalf("mine first %q %v, theirs first %q %v", merged, ok, other, okToo)
		}
		if !ok {
			return
		}
		have := wordsOf(merged)
		for _, w := range append(written, alsoWritten...) {
			if have[w] != 1 {
				t.Fatalf("base %q mine %q theirs %q: %q has %q %d times", b, m, th, merged, w, have[w])
			}
		}
	})
}

// scribble edits words: takes some out and writes new ones in.
func scribble(t *rapid.T, base []string, mark string) (out, written []string) {
	for i, w := range base {
		switch rapid.IntRange(0, 9).Draw(t, fmt.Sprint(mark, i)) {
		case 0: // taken out
		case 1:
			written = append(written, fmt.Sprint(mark, i))
			out = append(out, w, written[len(written)-1])
		case 2:
			written = append(written, fmt.Sprint(mark, i))
			out = append(out, written[len(written)-1])
		default:
			out = append(out, w)
		}
	}
	return out, written
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range maps.Keys(m) {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
