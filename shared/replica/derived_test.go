package replica

import (
	"fmt"
	"reflect"
	"sort"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
)

// standingRegister has organizations with dated events, certificates and censuses. Its clock says 2026-03-01.
func standingRegister(t testing.TB) *Replica {
	r, m := newReplica(t), newMaker()
	child := func(collection string, of *record.Record, values map[string]any) {
		values["organization"] = of.ID.String()
		apply(t, r, m.make(of.Network, collection, values))
	}
	event := func(of *record.Record, body, kind, date string) {
		child("membership_event", of, map[string]any{"body": body, "kind": kind, "date": date})
	}
	uno := m.organization("PE", "Uno", map[string]any{"type": "small_producers", "country": "PE"})
	dos := m.organization("PE", "Dos", map[string]any{"type": "small_producers", "country": "PE"})
	tres := m.organization("BO", "Tres", map[string]any{"type": "other", "country": "BO"})
	apply(t, r, uno, dos, tres)
	event(uno, "network", "suspended", "2025-06-01")
	event(uno, "network", "applied", "2019-01-01")
	event(uno, "network", "admitted", "2020-01-01")
	event(uno, "network", "reinstated", "2025-12-01")
	event(uno, "clac", "admitted", "2027-01-01") // still to come
	event(dos, "network", "admitted", "2018-01-01")
	event(dos, "network", "left", "2025-07-01")
	event(dos, "clac", "admitted", "2024-01-01")
	child("certification", uno, map[string]any{"scheme": "organic", "status": "certified", "valid_from": "2025-01-01", "valid_to": "2026-12-31"})
	child("certification", dos, map[string]any{"scheme": "organic", "status": "withdrawn", "valid_to": "2026-12-31"})
	child("census", uno, map[string]any{"year": 2024, "source": "network", "members_total": 90})
	child("census", uno, map[string]any{"year": 2025, "source": "organization", "members_total": 120, "members_women": 50, "members_youth": 7, "area_total": 9.5, "area_certified": 4.0, "area_organic": 2.5})
	child("census", uno, map[string]any{"year": 2025, "source": "other", "members_total": 400})
	child("census", tres, map[string]any{"year": 2025, "source": "network", "members_total": 15})
	return r
}

func TestDerivedAsOf(t *testing.T) {
	r := standingRegister(t)
	for _, c := range []struct {
		asOf  string
		where Condition
		want  []string
	}{
		{"", Condition{"member_network", "=", "member"}, []string{"Uno"}},
		{"2025-06-30", Condition{"member_network", "=", "member"}, []string{"Dos"}},
		{"2025-06-30", Condition{"member_network", "=", "suspended"}, []string{"Uno"}},
		{"2019-06-30", Condition{"member_network", "=", "applied"}, []string{"Uno"}},
		{"2017-01-01", Condition{"member_network", "!=", ""}, nil},
		{"", Condition{"member_network", "=", "left"}, []string{"Dos"}},
		{"", Condition{"member_network", "=", ""}, []string{"Tres"}},
		{"", Condition{"member_clac", "=", "member"}, []string{"Dos"}},
		{"2027-01-01", Condition{"member_clac", "=", "member"}, []string{"Dos", "Uno"}},
		{"", Condition{"certified_until", ">=", "2026-06-01"}, []string{"Uno"}},
		{"2024-12-31", Condition{"certified_until", "!=", ""}, nil},
		{"", Condition{"members_total", ">=", "100"}, []string{"Uno"}},
		{"2024-12-31", Condition{"members_total", "<=", "100"}, []string{"Uno"}},
		{"", Condition{"census_year", "=", "2025"}, []string{"Tres", "Uno"}},
		{"2024-12-31", Condition{"census_year", "=", "2024"}, []string{"Uno"}},
		{"2024-12-31", Condition{"members_women", "!=", ""}, nil},
		{"", Condition{"area_total", ">=", "9,5"}, []string{"Uno"}},
	} {
		res := query(t, r, Query{Where: []Condition{c.where}, AsOf: c.asOf})
		got := names(res.Rows)
		sort.Strings(got)
		if fmt.Sprint(got) != fmt.Sprint(c.want) || res.Total != len(c.want) {
			t.Errorf("%s %v selects %v (%d), want %v", c.asOf, c.where, got, res.Total, c.want)
		}
	}
	if _, err := r.Query(ctx, Query{Collection: "organization", AsOf: "ayer"}); !fault.Is(err, fault.BadDate) {
		t.Errorf("a day that is none: %v", err)
	}
}

func TestDerivedInRows(t *testing.T) {
	r := standingRegister(t)
	res := query(t, r, Query{Sort: []Order{{"members_total", true}, {"name", false}}})
	if got := names(res.Rows); !reflect.DeepEqual(got, []string{"Uno", "Tres", "Dos"}) {
		t.Errorf("by members: %v", got)
	}
	want := map[string]any{
		"member_network": "member", "certified_until": "2026-12-31", "freshness": int64(60), "census_year": int64(2025), "members_total": int64(120),
		"members_women": int64(50), "members_youth": int64(7), "area_total": 9.5, "area_certified": 4.0, "area_organic": 2.5,
	}
	if got := res.Rows[0].Derived; !reflect.DeepEqual(got, want) {
		t.Errorf("derived of Uno: %v, want %v", got, want)
	}
	search := query(t, r, Query{Search: "uno", Where: []Condition{{"member_network", "=", "member"}}})
	if search.Total != 1 {
		t.Errorf("search with a derived filter: %d", search.Total)
	}
	facets, err := r.Facets(ctx, Query{Collection: "organization", AsOf: "2025-06-30"}, "member_network")
	if err != nil || !reflect.DeepEqual(facets, []Facet{{"member", 1}, {"suspended", 1}}) {
		t.Errorf("facets: %v, %v", facets, err)
	}
}

func TestWhatEventsChange(t *testing.T) {
	r := standingRegister(t)
	events, err := r.Schema().Collection("membership_event")
	if err != nil {
		t.Fatal(err)
	}
	date, _ := events.Field("date")
	for _, c := range []struct {
		where []Condition
		want  []string // dates
	}{
		{[]Condition{{"standing_change", "=", "joined"}, {"body", "=", "network"}}, []string{"2018-01-01", "2020-01-01", "2025-12-01"}},
		{[]Condition{{"standing_change", "=", "left"}}, []string{"2025-06-01", "2025-07-01"}},
		{[]Condition{{"standing_change", "=", ""}}, []string{"2019-01-01"}},
		{[]Condition{{"standing_change", "=", "joined"}, {"body", "=", "clac"}}, []string{"2024-01-01", "2027-01-01"}},
	} {
		var got []string
		for _, row := range query(t, r, Query{Collection: "membership_event", Where: c.where, Sort: []Order{{"date", false}}}).Rows {
			got = append(got, record.Text(row.Record.Fields[date.Number]))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v selects %v, want %v", c.where, got, c.want)
		}
	}
}

func TestConditionsOnWhatARecordRefersTo(t *testing.T) {
	r := standingRegister(t)
	count := func(collection string, where ...Condition) int {
		return query(t, r, Query{Collection: collection, Where: where}).Total
	}
	if n := count("census", Condition{"organization.country", "=", "BO"}); n != 1 {
		t.Errorf("censuses in Bolivia: %d", n)
	}
	if n := count("census", Condition{"organization.country", "|=", "BO"}, Condition{"organization.country", "|=", "PE"}, Condition{"year", "=", "2025"}); n != 3 {
		t.Errorf("censuses of 2025: %d", n)
	}
	if n := count("certification", Condition{"organization.member_network", "=", "member"}, Condition{"organization.name", "~", "un"}); n != 1 {
		t.Errorf("certificates of members: %d", n)
	}
	uno := query(t, r, Query{Where: []Condition{{"name", "=", "Uno"}}}).Rows[0].Record
	apply(t, r, newMaker().delete(uno))
	if n := count("census", Condition{"organization.name", "!=", ""}); n != 1 {
		t.Errorf("censuses of organizations that are there: %d", n)
	}
	for _, bad := range []string{"year.country", "organization.no", "organization.parent.country", "no.country", "organization."} {
		if _, err := r.Query(ctx, Query{Collection: "census", Where: []Condition{{bad, "=", "PE"}}}); !fault.Is(err, fault.UnknownField) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestTextAndAlternatives(t *testing.T) {
	r, _ := register(t)
	for _, c := range []struct {
		where []Condition
		want  []string
	}{
		{[]Condition{{"name", "~", "AGUIL"}}, []string{"águila del sur", "Asociación Águila"}},
		{[]Condition{{"notes", "~", "cooperat"}}, []string{"Zúrich Fair"}},
		{[]Condition{{"tags", "~", "ort"}}, []string{"Cooperativa Ñuñoa"}},
		{[]Condition{{"flo_id", "~", "20"}}, []string{"águila del sur", "Asociación Águila"}},
		{[]Condition{{"type", "|=", "other"}, {"type", "|=", "hired_labor"}}, []string{"Asociación Águila", "Zúrich Fair"}},
		{[]Condition{{"admin1", "|=", "ancash"}, {"admin1", "|=", ""}}, []string{"águila del sur", "el Ceibo", "Zúrich Fair"}},
		{[]Condition{{"type", "|=", "other"}, {"type", "|=", "small_producers"}, {"country", "=", "BO"}}, []string{"el Ceibo", "Zúrich Fair"}},
		{[]Condition{{"founded", "|=", "1980"}, {"founded", "|=", "2010"}}, []string{"águila del sur", "Cooperativa Ñuñoa"}},
	} {
		res := query(t, r, Query{Where: c.where})
		if !reflect.DeepEqual(names(res.Rows), c.want) || res.Total != len(c.want) {
			t.Errorf("%v selects %v (%d), want %v", c.where, names(res.Rows), res.Total, c.want)
		}
	}
	for _, bad := range []Condition{{"type", "~", "ot"}, {"country", "~", ""}, {"member_network", "~", "m"}} {
		if _, err := r.Query(ctx, Query{Collection: "organization", Where: []Condition{bad}}); !fault.Is(err, fault.BadUsage) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if c, err := ParseWhere("name~=x"); err != nil || c != (Condition{"name", "~", "=x"}) {
		t.Errorf("name~=x: %v %v", c, err)
	}
}

// BenchmarkDerived is a filter, a sort and a page over derived fields of 100,000 organizations.
func BenchmarkDerived(b *testing.B) {
	r, m := newReplica(b), newMaker()
	var all []*record.Record
	for i := range 100_000 {
		o := m.organization("PE", fmt.Sprintf("Organización %06d", i), map[string]any{"country": "PE", "type": "small_producers"})
		e := m.make("PE", "membership_event", map[string]any{"organization": o.ID.String(), "body": "network", "kind": "admitted", "date": fmt.Sprintf("20%02d-01-01", i%26)})
		all = append(all, o, e)
		if len(all) >= 20_000 {
			apply(b, r, all...)
			all = all[:0]
		}
	}
	apply(b, r, all...)
	for name, q := range map[string]Query{
		"page":   {Limit: 100},
		"filter": {Limit: 100, Where: []Condition{{"member_network", "=", "member"}}, AsOf: "2020-06-01"},
		"sort":   {Limit: 100, Sort: []Order{{"member_network", false}}},
	} {
		b.Run(name, func(b *testing.B) {
			q.Collection = "organization"
			for b.Loop() {
				r.counts.forget()
				if _, err := r.Query(ctx, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
