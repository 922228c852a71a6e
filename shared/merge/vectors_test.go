package merge

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// A vector is a case of testdata/*.json; adding one needs no code. Values are by field name, in their JSON form. A stamp
// is written "v<version> d<device> <seconds>s", its time in seconds after noon. What a step says it makes is compared
// whole: a field, stamp or loser more than it names is a failure too.
type vector struct {
	Name       string      `json:"name"`
	Collection string      `json:"collection"`
	Have       *recordJSON `json:"have"`
	Steps      []step      `json:"steps"`
}

type recordJSON struct {
	Version uint64                     `json:"version"`
	Deleted bool                       `json:"deleted"`
	Fields  map[string]json.RawMessage `json:"fields"`
	Stamps  map[string]string          `json:"stamps"`
}

type step struct {
	Device uint32 `json:"device"`
	Now    int64  `json:"now"`
	Floor  uint64 `json:"floor"`
	Edit   struct {
		Kind    string                        `json:"kind"`
		Base    uint64                        `json:"base"`
		At      int64                         `json:"at"`
		Offset  int64                         `json:"offset"`
		Apart   bool                          `json:"apart"`
		Changes map[string][2]json.RawMessage `json:"changes"` // old, new
	} `json:"edit"`

	Fails  fault.Code  `json:"fails"`
	Status string      `json:"status"`
	Makes  *recordJSON `json:"makes"` // null: nothing changed
	Losers []loserJSON `json:"losers"`
}

type loserJSON struct {
	Field      string                     `json:"field"`
	Deletion   bool                       `json:"deletion"`
	MustReview bool                       `json:"must_review"`
	Base       map[string]json.RawMessage `json:"base"`
	Kept       map[string]json.RawMessage `json:"kept"`
	Lost       map[string]json.RawMessage `json:"lost"`
	KeptBy     string                     `json:"kept_by"`
	LostBy     string                     `json:"lost_by"`
}

const noon = clock.Millis(1767268800000) // 2026-01-01 12:00 UTC

func seconds(s int64) clock.Millis { return noon + clock.Millis(s*1000) }

func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var vectors []vector
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.DisallowUnknownFields()
		if err := d.Decode(&vectors); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, v := range vectors {
			name := strings.TrimSuffix(filepath.Base(file), ".json") + "/" + v.Name
			t.Run(name, func(t *testing.T) { v.run(t) })
		}
	}
}

func (v vector) run(t *testing.T) {
	c, err := schema.Registry().Collection(v.Collection)
	if err != nil {
		t.Fatal(err)
	}
	p := parser{t: t, c: c}
	have := p.record(v.Have)
	for i, s := range v.Steps {
		in := Input{Collection: c, Have: have, Mutation: p.mutation(s), Device: s.Device, Now: seconds(s.Now), Floor: s.Floor}
		res, err := Merge(in)
		if s.Fails != "" {
			if !fault.Is(err, s.Fails) {
				t.Fatalf("step %d: %v, want %s", i+1, err, s.Fails)
			}
			continue
		}
		if err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
		p.compare(i+1, s, res)
		if res.Record != nil {
			p.changesExplain(have, res)
			have = res.Record
		}
	}
}

func (p parser) compare(n int, s step, res Result) {
	p.t.Helper()
	if got := res.Status.String(); got != s.Status {
		p.t.Errorf("step %d: status %s, want %s", n, got, s.Status)
	}
	if want := p.record(s.Makes); !reflect.DeepEqual(res.Record, want) {
		p.t.Errorf("step %d makes\n%s\nwant\n%s", n, p.show(res.Record), p.show(want))
	}
	var want []Loser
	for _, l := range s.Losers {
		want = append(want, Loser{
			Field: l.Field, Deletion: l.Deletion, MustReview: l.MustReview, KeptBy: p.stamp(l.KeptBy), LostBy: p.stamp(l.LostBy),
			Base: p.named(l.Base), Kept: p.named(l.Kept), Lost: p.named(l.Lost),
		})
	}
	if !reflect.DeepEqual(res.Losers, want) {
		p.t.Errorf("step %d: losers\n%+v\nwant\n%+v", n, res.Losers, want)
	}
}

// changesExplain demands that the changes lead from what was to what is.
func (p parser) changesExplain(have *record.Record, res Result) {
	p.t.Helper()
	at := &record.Record{}
	if have != nil {
		at = have.Clone()
	}
	for _, ch := range res.Changes {
		if ch.Field == record.DeletedField {
			if ch.Old != at.Deleted {
				p.t.Errorf("a change says that deleted was %v", ch.Old)
			}
			at.Deleted = ch.New.(bool)
			continue
		}
		if !schema.Equal(at.Fields[ch.Field], ch.Old) {
			p.t.Errorf("a change says that field %d was %v; it was %v", ch.Field, ch.Old, at.Fields[ch.Field])
		}
		at.Set(ch.Field, ch.New)
	}
	if at.Deleted != res.Record.Deleted || (len(at.Fields)+len(res.Record.Fields) > 0 && !reflect.DeepEqual(at.Fields, res.Record.Fields)) {
		p.t.Errorf("the changes lead to %v, the record has %v", at.Fields, res.Record.Fields)
	}
}

// parser reads a vector's forms for one collection.
type parser struct {
	t *testing.T
	c *schema.Collection
}

func (p parser) record(r *recordJSON) *record.Record {
	p.t.Helper()
	if r == nil {
		return nil
	}
	out := &record.Record{
		Key: p.key(), Version: r.Version, Deleted: r.Deleted, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
	}
	for name, raw := range r.Fields {
		out.Set(p.number(name), p.value(name, raw))
	}
	for name, text := range r.Stamps {
		out.Stamps[p.number(name)] = p.stamp(text)
	}
	return out
}

func (p parser) key() record.Key {
	return record.Key{Network: "PE", Collection: p.c.Number, ID: record.DerivedID("a vector's record")}
}

func (p parser) mutation(s step) record.Mutation {
	p.t.Helper()
	kinds := map[string]record.Kind{"create": record.Create, "update": record.Update, "delete": record.Delete}
	m := record.Mutation{
		Key: p.key(), Kind: kinds[s.Edit.Kind], Base: s.Edit.Base, Edited: seconds(s.Edit.At), Offset: clock.Millis(s.Edit.Offset * 1000), Apart: s.Edit.Apart,
	}
	for name, ch := range s.Edit.Changes {
		m.Changes = append(m.Changes, record.Change{Field: p.number(name), Old: p.value(name, ch[0]), New: p.value(name, ch[1])})
	}
	sort.Slice(m.Changes, func(i, j int) bool { return m.Changes[i].Field < m.Changes[j].Field })
	return m
}

func (p parser) number(name string) uint16 {
	p.t.Helper()
	if name == "deleted" {
		return record.DeletedField
	}
	f, ok := p.c.Field(name)
	if !ok {
		p.t.Fatalf("%s has no field %s", p.c.Name, name)
	}
	return f.Number
}

func (p parser) value(name string, raw json.RawMessage) schema.Value {
	p.t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		p.t.Fatal(err)
	}
	if name == "deleted" {
		return v
	}
	f, _ := p.c.FieldByNumber(p.number(name))
	out, err := f.Normalize(v)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

func (p parser) named(values map[string]json.RawMessage) map[string]schema.Value {
	p.t.Helper()
	out := map[string]schema.Value{}
	for name, raw := range values {
		out[name] = p.value(name, raw)
	}
	return out
}

func (p parser) stamp(text string) record.Stamp {
	p.t.Helper()
	var s record.Stamp
	var at int64
	if _, err := fmt.Sscanf(text, "v%d d%d %ds", &s.Version, &s.Device, &at); err != nil {
		p.t.Fatalf("stamp %q: %v", text, err)
	}
	s.Edited = seconds(at)
	return s
}

func (p parser) show(r *record.Record) string {
	if r == nil {
		return "  nothing"
	}
	lines := []string{fmt.Sprintf("  version %d deleted %v", r.Version, r.Deleted)}
	for n, s := range r.Stamps {
		name := "deleted"
		if f, ok := p.c.FieldByNumber(n); ok {
			name = f.Name
		}
		lines = append(lines, fmt.Sprintf("  %s: %v, v%d d%d %ds", name, r.Fields[n], s.Version, s.Device, (s.Edited-noon)/1000))
	}
	sort.Strings(lines[1:])
	return strings.Join(lines, "\n")
}
