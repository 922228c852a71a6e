package replica

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// ago is the day so many days before the test's.
func ago(days int) string { return testTime.AddDate(0, 0, -days).Format(time.DateOnly) }

// imported marks an organization as made by an import, which verifies nothing.
func imported(m *maker, network, name string) *record.Record {
	return m.organization(network, name, map[string]any{"imported_in": "lote", "country": network})
}

func verifiedBy(m *maker, o *record.Record, part, outcome, date string) *record.Record {
	return m.make(o.Network, "verification", map[string]any{"organization": o.ID.String(), "field_group": part, "outcome": outcome, "date": date, "method": "call"})
}

func upkeepOf(t *testing.T, r *Replica, o *record.Record) Upkeep {
	t.Helper()
	s, err := r.UpkeepOf(ctx, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func part(s Upkeep, code string) PartState {
	for _, p := range s.Parts {
		if p.Code == code {
			return p
		}
	}
	return PartState{}
}

func callNames(t *testing.T, r *Replica, q CallQuery) []string {
	t.Helper()
	q.Limit = 1000
	total, calls, err := r.Calls(ctx, q)
	if err != nil || total != len(calls) {
		t.Fatal(total, len(calls), err)
	}
	var names []string
	for _, c := range calls {
		names = append(names, c.Row.Title)
	}
	return names
}

func TestFreshnessIsTheWeightedShareWithinShelfLife(t *testing.T) {
	r, m := newReplica(t), newMaker()
	o := imported(m, "PE", "Coop")
	apply(t, r, o)
	if s := upkeepOf(t, r, o); s.Fresh != 0 || s.Need != 15 || len(s.Parts) != 5 || part(s, "contacts").Verified != "" {
		t.Fatalf("never verified: %+v", s)
	}
	apply(t, r, verifiedBy(m, o, "contacts", "confirmed", ago(10)))
	s := upkeepOf(t, r, o)
	if p := part(s, "contacts"); s.Fresh != 33 || !p.Fresh || p.Verified != ago(10) || p.Due != ago(10-183) {
		t.Fatalf("5 of 15 are fresh: %+v", s)
	}
	// A census speaks of its year: that of 2025 is good until the end of 2026.
	apply(t, r, m.make("PE", "census", map[string]any{"organization": o.ID.String(), "year": 2025, "source": "organization", "members_total": 10}))
	if s = upkeepOf(t, r, o); s.Fresh != 60 || part(s, "census").Verified != "2025-12-31" {
		t.Fatalf("9 of 15 are fresh: %+v", s)
	}
	apply(t, r, verifiedBy(m, o, "certificates", "confirmed", ago(800)))
	if p := part(upkeepOf(t, r, o), "certificates"); p.Fresh || p.Verified != ago(800) {
		t.Fatalf("what is older than its shelf life is not fresh: %+v", p)
	}
}

func TestEditingVerifies(t *testing.T) {
	r, m := newReplica(t), newMaker()
	o := imported(m, "PE", "Coop")
	apply(t, r, o)
	typed := ago(0)
	tagged := m.change(o, map[string]any{"tags": []string{"x"}})
	apply(t, r, tagged)
	if s := upkeepOf(t, r, o); s.Fresh != 0 {
		t.Fatalf("a tag verified something: %+v", s)
	}
	changed := m.change(tagged, map[string]any{"phones": []string{"+51987654321"}})
	apply(t, r, changed)
	if s := upkeepOf(t, r, o); part(s, "contacts").Verified != typed || part(s, "profile").Verified != "" {
		t.Fatalf("%+v", s)
	}
	site := m.make("PE", "site", map[string]any{"organization": o.ID.String(), "kind": "office", "imported_in": "lote"})
	apply(t, r, site)
	if p := part(upkeepOf(t, r, o), "sites"); p.Verified != "" {
		t.Fatalf("an import verified: %+v", p)
	}
	apply(t, r, m.change(site, map[string]any{"locality": "Jaén"}))
	if p := part(upkeepOf(t, r, o), "sites"); p.Verified != typed {
		t.Fatalf("%+v", p)
	}
	byHand := m.organization("PE", "Nueva", nil)
	apply(t, r, byHand)
	if p := part(upkeepOf(t, r, byHand), "profile"); p.Verified != typed {
		t.Fatalf("typing a new organization verifies what is typed: %+v", p)
	}
}

func TestVerificationsCannotLieAhead(t *testing.T) {
	r, m := newReplica(t), newMaker()
	o := imported(m, "PE", "Coop")
	apply(t, r, o, verifiedBy(m, o, "sites", "confirmed", "2036-01-01"))
	if p := part(upkeepOf(t, r, o), "sites"); p.Verified != ago(-1) {
		t.Fatalf("%+v", p)
	}
}

func TestCallsComeInOrderOfNeed(t *testing.T) {
	r, m := newReplica(t), newMaker()
	fine, some, none, bolivia := imported(m, "PE", "Al día"), imported(m, "PE", "A medias"), imported(m, "PE", "Nada"), imported(m, "BO", "Otra red")
	apply(t, r, fine, some, none, bolivia)
	for _, code := range []string{"profile", "contacts", "census", "sites", "certificates"} {
		apply(t, r, verifiedBy(m, fine, code, "confirmed", ago(3)))
		if code != "contacts" {
			apply(t, r, verifiedBy(m, some, code, "changed", ago(3)))
		}
	}
	if got := fmt.Sprint(callNames(t, r, CallQuery{Networks: []string{"PE"}})); got != "[Nada A medias]" {
		t.Fatal(got)
	}
	if got := fmt.Sprint(callNames(t, r, CallQuery{Part: "sites", Country: "PE"})); got != "[Nada]" {
		t.Fatal(got)
	}
	if got := len(callNames(t, r, CallQuery{})); got != 3 {
		t.Fatal(got)
	}
	// Nobody was reached: it waits behind the others, for a week.
	gone := verifiedBy(m, none, "contacts", "unreachable", ago(1))
	apply(t, r, gone)
	if got := fmt.Sprint(callNames(t, r, CallQuery{Networks: []string{"PE"}})); got != "[A medias Nada]" {
		t.Fatal(got)
	}
	if s := upkeepOf(t, r, none); s.Unreached != ago(1) || s.Fresh != 0 {
		t.Fatalf("%+v", s)
	}
	// Taken back, all is as before.
	apply(t, r, m.delete(gone))
	if got := fmt.Sprint(callNames(t, r, CallQuery{Networks: []string{"PE"}})); got != "[Nada A medias]" {
		t.Fatal(got)
	}
	apply(t, r, m.delete(none))
	if got := fmt.Sprint(callNames(t, r, CallQuery{Networks: []string{"PE"}})); got != "[A medias]" {
		t.Fatal(got)
	}
}

func TestShelfLivesAreANetworks(t *testing.T) {
	r, m := newReplica(t), newMaker()
	pe, bo := imported(m, "PE", "Coop"), imported(m, "BO", "Coop")
	apply(t, r, pe, bo, verifiedBy(m, pe, "contacts", "confirmed", ago(100)), verifiedBy(m, bo, "contacts", "confirmed", ago(100)))
	life := m.make("PE", "shelf_life", map[string]any{"field_group": "contacts", "months": 3, "weight": 1})
	apply(t, r, life)
	if s := upkeepOf(t, r, pe); s.Fresh != 0 || part(s, "contacts").Due != ago(100-91) {
		t.Fatalf("three months: %+v", s)
	}
	if s := upkeepOf(t, r, bo); s.Fresh != 33 {
		t.Fatalf("another network's: %+v", s)
	}
	apply(t, r, m.delete(life))
	if s := upkeepOf(t, r, pe); s.Fresh != 33 {
		t.Fatalf("the product's own again: %+v", s)
	}
}

func TestScoresFollowTheDay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replica.db")
	r, m := openReplica(t, path, nil), newMaker()
	o := imported(m, "PE", "Coop")
	apply(t, r, o, verifiedBy(m, o, "contacts", "confirmed", ago(1)))
	if s := upkeepOf(t, r, o); s.Fresh != 33 {
		t.Fatalf("%+v", s)
	}
	r.clock = fixedClock{testTime.AddDate(1, 0, 0)}
	if s := upkeepOf(t, r, o); s.Fresh != 0 {
		t.Fatalf("a year later: %+v", s)
	}
}

// TestBulkUpkeep compares what a large transaction leaves to be derived with what small ones derive themselves.
func TestBulkUpkeep(t *testing.T) {
	one, many, m := newReplica(t), newReplica(t), newMaker()
	var all []*record.Record
	for i := range 3 * maxDerived {
		o := imported(m, "PE", fmt.Sprint("Coop ", i))
		all = append(all, verifiedBy(m, o, "contacts", "confirmed", ago(i)), o,
			m.make("PE", "census", map[string]any{"organization": o.ID.String(), "year": 2020 + i%6, "source": "network", "members_total": i}))
	}
	apply(t, many, all...)
	for _, rec := range all {
		apply(t, one, rec)
	}
	want := fmt.Sprint(callNames(t, one, CallQuery{}))
	if got := fmt.Sprint(callNames(t, many, CallQuery{})); got != want || len(got) < 100 {
		t.Fatalf("%d and %d characters", len(got), len(want))
	}
	write(t, many, func(tx *Tx) error { return tx.DropNetwork("PE") })
	if got := callNames(t, many, CallQuery{}); len(got) != 0 {
		t.Fatal(got)
	}
}

func TestOrganizationsByFreshness(t *testing.T) {
	r, m := newReplica(t), newMaker()
	a, b := imported(m, "PE", "A"), imported(m, "PE", "B")
	apply(t, r, a, b, verifiedBy(m, b, "contacts", "confirmed", ago(1)))
	res, err := r.Query(ctx, Query{Collection: "organization", Sort: []Order{{Field: schema.Freshness, Descending: true}}})
	if err != nil || len(res.Rows) != 2 || res.Rows[0].Title != "B" || res.Rows[0].Derived[schema.Freshness] != int64(33) {
		t.Fatal(res, err)
	}
	res, err = r.Query(ctx, Query{Collection: "organization", Where: []Condition{{schema.Freshness, "<=", "20"}}})
	if err != nil || res.Total != 1 || res.Rows[0].Title != "A" {
		t.Fatal(res, err)
	}
}

// BenchmarkUpkeep are the questions of the call list and of the figures, on organizations with all that belongs to
// them.
func BenchmarkUpkeep(b *testing.B) {
	r, m := newReplica(b), newMaker()
	n := benchRows(b)
	var recs []*record.Record
	begin := time.Now()
	for i := range n {
		o := imported(m, []string{"PE", "BO"}[i%2], fmt.Sprint("Coop ", i))
		id := o.ID.String()
		recs = append(recs, o, verifiedBy(m, o, "contacts", "confirmed", ago(i%400)), verifiedBy(m, o, "profile", "confirmed", ago(i%1000)),
			m.make(o.Network, "census", map[string]any{"organization": id, "year": 2024, "source": "network", "members_total": i % 500}),
			m.make(o.Network, "contact", map[string]any{"organization": id, "name": "Rosa", "imported_in": "lote"}),
			m.make(o.Network, "site", map[string]any{"organization": id, "kind": "office", "imported_in": "lote"}))
		if len(recs) > 10_000 || i == n-1 {
			apply(b, r, recs...)
			recs = recs[:0]
		}
	}
	b.Logf("loaded in %v", time.Since(begin))
	begin = time.Now()
	if err := r.Freshen(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-derive")
	b.Run("next calls", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := r.Calls(ctx, CallQuery{Limit: 50}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("next calls about contacts, of one network", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := r.Calls(ctx, CallQuery{Networks: []string{"PE"}, Part: "contacts", Limit: 50}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a list by freshness", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Query(ctx, Query{Collection: "organization", Sort: []Order{{Field: schema.Freshness}}, Limit: 100}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a new day", func(b *testing.B) {
		for day := 1; b.Loop(); day++ {
			r.clock = fixedClock{testTime.AddDate(0, 0, day)}
			if err := r.Freshen(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}
