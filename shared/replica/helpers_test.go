package replica

import (
	"context"
	"fmt"
	"math/rand"
	"path/filepath"
	"testing"
	"time"

	"acopio/shared/clock"
	"acopio/shared/record"
	"acopio/shared/schema"
)

var ctx = context.Background()

// fixedClock stands still.
type fixedClock struct{ at time.Time }

func (c fixedClock) Now() time.Time { return c.at }

var testTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newReplica(t testing.TB) *Replica {
	t.Helper()
	return openReplica(t, filepath.Join(t.TempDir(), "replica.db"), nil)
}

func openReplica(t testing.TB, path string, s *schema.Schema) *Replica {
	t.Helper()
	r, err := Open(path, Options{Schema: s, Clock: fixedClock{testTime}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func write(t testing.TB, r *Replica, fn func(*Tx) error) {
	t.Helper()
	if err := r.Write(fn); err != nil {
		t.Fatal(err)
	}
}

func apply(t testing.TB, r *Replica, recs ...*record.Record) {
	t.Helper()
	write(t, r, func(tx *Tx) error { return tx.ApplyRecords(recs, nil) })
}

// maker makes records as a server would: it gives versions, seqs and stamps.
type maker struct {
	schema *schema.Schema
	seq    map[string]uint64
	ids    *rand.Rand
}

var makers int64

func newMaker() *maker {
	makers++
	return &maker{schema: schema.Registry(), seq: map[string]uint64{}, ids: rand.New(rand.NewSource(makers))}
}

func (m *maker) id() record.ID {
	var id record.ID
	m.ids.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

// make creates a record from values by field name, as people type them.
func (m *maker) make(network, collection string, values map[string]any) *record.Record {
	rec := &record.Record{Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{}}
	c, err := m.schema.Collection(collection)
	if err != nil {
		panic(err)
	}
	rec.Key = record.Key{Network: network, Collection: c.Number, ID: m.id()}
	return m.change(rec, values)
}

// change is the next version of a record.
func (m *maker) change(old *record.Record, values map[string]any) *record.Record {
	rec := old.Clone()
	m.seq[rec.Network]++
	rec.Seq = m.seq[rec.Network]
	rec.Version++
	c, _ := m.schema.CollectionByNumber(rec.Collection)
	stamp := record.Stamp{Version: rec.Version, Device: 7, Edited: clock.MillisOf(testTime) - 1_000_000 + clock.Millis(rec.Seq)}
	for name, v := range values {
		f, ok := c.Field(name)
		if !ok {
			panic("no field " + name)
		}
		value, err := f.Normalize(v)
		if err != nil {
			panic(err)
		}
		rec.Set(f.Number, value)
		rec.Stamps[f.Number] = stamp
	}
	return rec
}

func (m *maker) delete(old *record.Record) *record.Record {
	rec := m.change(old, nil)
	rec.Deleted = true
	rec.Stamps[record.DeletedField] = record.Stamp{Version: rec.Version, Device: 7, Edited: 1}
	return rec
}

func (m *maker) organization(network, name string, more map[string]any) *record.Record {
	values := map[string]any{"name": name}
	for k, v := range more {
		values[k] = v
	}
	return m.make(network, "organization", values)
}

var syllables = []string{"ca", "co", "pro", "pe", "ma", "ra", "lo", "ti", "sa", "no", "ri", "ta", "ne", "mi", "do", "la", "vi", "chi", "gua", "que", "zú", "ñá", "li", "bo", "fe", "ja"}

// generator makes organizations of about 25 filled fields and 700 bytes of JSON, always the same.
type generator struct {
	*maker
	r     *rand.Rand
	words []string
}

func newGenerator() *generator {
	g := &generator{maker: newMaker(), r: rand.New(rand.NewSource(2))}
	for i := 0; i < 5000; i++ {
		w := ""
		for j := 0; j < 2+g.r.Intn(3); j++ {
			w += syllables[g.r.Intn(len(syllables))]
		}
		g.words = append(g.words, w)
	}
	return g
}

func (g *generator) word() string {
	return g.words[int(float64(len(g.words))*g.r.Float64()*g.r.Float64())]
}

func pick(r *rand.Rand, from ...string) string { return from[r.Intn(len(from))] }

func (g *generator) text(n int) string {
	s := ""
	for i := 0; i < n; i++ {
		s += " " + g.word()
	}
	return s[1:]
}

func (g *generator) next(networks ...string) *record.Record {
	r := g.r
	kind := pick(r, "Cooperativa Agraria ", "Asociación de Productores ", "Central de Cooperativas ", "Unión ", "Comité ")
	name := kind + g.text(2)
	return g.make(pick(r, networks...), "organization", map[string]any{
		"created_at": int64(1700000000000 + r.Intn(1e9)), "tags": []string{pick(r, "piloto", "norte", "sur")},
		"name": name, "acronym": g.word(), "aliases": []string{g.text(2)}, "flo_id": fmt.Sprint(1000 + r.Intn(90000)),
		"type":  pick(r, "small_producers", "small_producers", "small_producers", "hired_labor", "contract_production", "other"),
		"grade": pick(r, "first", "second", "third"), "legal_form": pick(r, "S.A.", "Cooperativa", "Asociación civil"),
		"tax_id": fmt.Sprint(20000000000 + r.Int63n(1e9)), "founded": int64(1950 + r.Intn(70)),
		"country": pick(r, "PE", "MX", "CO", "BO", "EC", "GT", "HN", "NI"), "admin1": pick(r, "Cusco", "Puno", "Junín", "Piura", "Áncash", "Loreto", "San Martín", "Cajamarca"),
		"admin2": g.word(), "locality": g.word(), "products": []string{pick(r, "coffee", "cocoa", "banana"), pick(r, "honey", "nuts", "spices")},
		"languages": []string{pick(r, "es", "qu", "ay")}, "website": "https://" + "example.org/" + fmt.Sprint(r.Intn(1e6)),
		"notes": g.text(8), "address": g.text(4) + " 123", "phones": []string{fmt.Sprintf("+519%08d", r.Intn(1e8))},
		"emails": []string{fmt.Sprintf("contacto%d@example.org", r.Intn(1e6))}, "status": pick(r, "active", "active", "inactive"),
	})
}

func (g *generator) list(n int, networks ...string) []*record.Record {
	out := make([]*record.Record, n)
	for i := range out {
		out[i] = g.next(networks...)
	}
	return out
}

func names(rows []Row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Title)
	}
	return out
}

// checkSums compares the sums kept along the way with those made anew.
func checkSums(t testing.TB, r *Replica, network string) {
	t.Helper()
	sum, n, err := r.Recompute(ctx, network)
	if err != nil {
		t.Fatal(err)
	}
	states, err := r.Networks(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if s.Code == network && (s.Sums != sum || s.Records != n) {
			t.Fatalf("network %s: kept %v and %d records, recomputed %v and %d", network, s.Sums, s.Records, sum, n)
		}
	}
}
