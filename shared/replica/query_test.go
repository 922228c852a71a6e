package replica

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
)

func query(t testing.TB, r *Replica, q Query) Result {
	t.Helper()
	if q.Collection == "" {
		q.Collection = "organization"
	}
	res, err := r.Query(ctx, q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return res
}

// register is a small register in two networks.
func register(t testing.TB) (*Replica, map[string]*record.Record) {
	r, m := newReplica(t), newMaker()
	recs := map[string]*record.Record{}
	add := func(network, name string, more map[string]any) {
		recs[name] = m.organization(network, name, more)
	}
	add("PE", "Cooperativa Ñuñoa", map[string]any{"acronym": "CÑ", "country": "PE", "admin1": "Cusco", "type": "small_producers", "products": []string{"coffee", "cocoa"}, "founded": 1980, "flo_id": "900", "tags": []string{"norte"}})
	add("PE", "Asociación Águila", map[string]any{"country": "PE", "admin1": "cusco", "type": "hired_labor", "products": []string{"coffee"}, "founded": 1995, "flo_id": "1200"})
	add("PE", "águila del sur", map[string]any{"country": "PE", "admin1": "Áncash", "type": "small_producers", "founded": 2010, "flo_id": "20"})
	add("BO", "Zúrich Fair", map[string]any{"country": "BO", "type": "other", "notes": "visita a la cooperativa"})
	add("BO", "el Ceibo", map[string]any{"country": "BO", "type": "small_producers", "products": []string{"cocoa", "honey"}, "founded": 1977})
	gone := m.organization("PE", "Cooperativa Perdida", map[string]any{"country": "PE", "type": "other"})
	apply(t, r, gone)
	apply(t, r, m.delete(gone))
	for _, rec := range recs {
		apply(t, r, rec)
	}
	write(t, r, func(tx *Tx) error {
		return tx.PutAuthors([]Author{{Number: 7, Device: "portátil", User: "Ana Quispe"}})
	})
	return r, recs
}

func TestSearch(t *testing.T) {
	r, _ := register(t)
	for _, c := range []struct {
		search string
		want   []string
	}{
		{"aguila", []string{"águila del sur", "Asociación Águila"}},
		{"ÁGUILA", []string{"águila del sur", "Asociación Águila"}},
		{"nunoa", []string{"Cooperativa Ñuñoa"}},
		{"ñuñ", []string{"Cooperativa Ñuñoa"}},
		{"coop", []string{"Cooperativa Ñuñoa", "Zúrich Fair"}}, // titles first
		{"sur águi", []string{"águila del sur"}},
		{"zurich coop", []string{"Zúrich Fair"}},
		{"norte", []string{"Cooperativa Ñuñoa"}},
		{"120", []string{"Asociación Águila"}},
		{`"agui* OR (NOT`, nil},
		{"' \" * ( ) -", []string{"águila del sur", "Asociación Águila", "Cooperativa Ñuñoa", "el Ceibo", "Zúrich Fair"}}, // no word: not a search
		{"perdida", nil},
		{"\ue000\ue000\ue000\ue000", []string{"águila del sur", "Asociación Águila", "Cooperativa Ñuñoa", "el Ceibo", "Zúrich Fair"}},
	} {
		res := query(t, r, Query{Search: c.search})
		if !reflect.DeepEqual(names(res.Rows), c.want) || res.Total != len(c.want) {
			t.Errorf("%q found %v (%d), want %v", c.search, names(res.Rows), res.Total, c.want)
		}
	}
	if res := query(t, r, Query{Search: "perd", Deleted: true}); res.Total != 1 {
		t.Errorf("deleted rows are not searched: %+v", res)
	}
	if res := query(t, r, Query{Search: "coop", Networks: []string{"BO"}}); res.Total != 1 || res.Rows[0].Title != "Zúrich Fair" {
		t.Errorf("search in one network: %v", names(res.Rows))
	}
}

func TestWhere(t *testing.T) {
	r, recs := register(t)
	all := []string{"águila del sur", "Asociación Águila", "Cooperativa Ñuñoa", "el Ceibo", "Zúrich Fair"}
	for where, want := range map[string][]string{
		"type=small_producers":               {"águila del sur", "Cooperativa Ñuñoa", "el Ceibo"},
		"type!=small_producers":              {"Asociación Águila", "Zúrich Fair"},
		"products=cocoa":                     {"Cooperativa Ñuñoa", "el Ceibo"},
		"products=cocoa; honey":              {"el Ceibo"},
		"products!=cocoa":                    {"águila del sur", "Asociación Águila", "Zúrich Fair"},
		"products=":                          {"águila del sur", "Zúrich Fair"},
		"products!=":                         {"Asociación Águila", "Cooperativa Ñuñoa", "el Ceibo"},
		"founded>=1980":                      {"águila del sur", "Asociación Águila", "Cooperativa Ñuñoa"},
		"founded<=1980":                      {"Cooperativa Ñuñoa", "el Ceibo"},
		"founded=1995":                       {"Asociación Águila"},
		"founded!=1995":                      {"águila del sur", "Cooperativa Ñuñoa", "el Ceibo", "Zúrich Fair"},
		"founded=":                           {"Zúrich Fair"},
		"admin1=CUSCO":                       {"Asociación Águila", "Cooperativa Ñuñoa"},
		"admin1=ancash":                      {"águila del sur"},
		"admin1!=cusco":                      {"águila del sur", "el Ceibo", "Zúrich Fair"},
		"acronym=cn":                         {"Cooperativa Ñuñoa"},
		"name>=d":                            {"el Ceibo", "Zúrich Fair"},
		"flo_id>=900":                        {"Asociación Águila", "Cooperativa Ñuñoa"},
		"flo_id=20":                          {"águila del sur"},
		"flo_id=0020":                        nil,
		"notes!=":                            {"Zúrich Fair"},
		"tags=norte":                         {"Cooperativa Ñuñoa"},
		"country=BO":                         {"el Ceibo", "Zúrich Fair"},
		"network=BO":                         {"el Ceibo", "Zúrich Fair"},
		"state=clean":                        all,
		"state=pending":                      nil,
		"state=conflict":                     nil,
		"state!=conflict":                    all,
		"updated_by=ana quispe":              all,
		"updated_by!=Ana":                    all,
		"updated_at>=2026-03-01":             all,
		"updated_at<=2026-02-27":             nil,
		"title=EL CEIBO":                     {"el Ceibo"},
		"id=" + recs["el Ceibo"].ID.String(): {"el Ceibo"},
	} {
		c, err := ParseWhere(where)
		if err != nil {
			t.Fatal(err)
		}
		res := query(t, r, Query{Where: []Condition{c}})
		if !reflect.DeepEqual(names(res.Rows), want) || res.Total != len(want) {
			t.Errorf("%s selects %v (%d), want %v", where, names(res.Rows), res.Total, want)
		}
	}
	two := query(t, r, Query{Where: []Condition{{"type", "=", "small_producers"}, {"founded", ">=", "1980"}}, Search: "coop"})
	if !reflect.DeepEqual(names(two.Rows), []string{"Cooperativa Ñuñoa"}) || two.Total != 1 {
		t.Errorf("search and two filters: %v", names(two.Rows))
	}
	deleted := query(t, r, Query{Where: []Condition{{"type", "=", "other"}}, Deleted: true})
	if deleted.Total != 1 || !deleted.Rows[0].Record.Deleted {
		t.Errorf("deleted with a filter: %+v", deleted)
	}
}

func TestBadQueries(t *testing.T) {
	r, _ := register(t)
	for _, c := range []struct {
		q    Query
		want fault.Code
	}{
		{Query{Collection: "nothing"}, fault.UnknownCollection},
		{Query{Collection: "user"}, fault.UnknownCollection}, // not synced
		{Query{Where: []Condition{{"color", "=", "red"}}}, fault.UnknownField},
		{Query{Where: []Condition{{"type", "=", "red"}}}, fault.UnknownChoice},
		{Query{Where: []Condition{{"founded", "=", "soon"}}}, fault.WrongType},
		{Query{Where: []Condition{{"products", ">=", "coffee"}}}, fault.BadUsage},
		{Query{Where: []Condition{{"parent", "<=", record.NewID().String()}}}, fault.BadUsage},
		{Query{Where: []Condition{{"founded", ">=", ""}}}, fault.BadUsage},
		{Query{Where: []Condition{{"founded", "~", "1"}}}, fault.BadUsage},
		{Query{Where: []Condition{{"updated_at", ">=", "soon"}}}, fault.BadDate},
		{Query{Where: []Condition{{"id", "=", "soon"}}}, fault.BadID},
		{Query{Where: []Condition{{"state", "=", "soon"}}}, fault.UnknownChoice},
		{Query{Sort: []Order{{Field: "color"}}}, fault.UnknownField},
	} {
		if c.q.Collection == "" {
			c.q.Collection = "organization"
		}
		if _, err := r.Query(ctx, c.q); !fault.Is(err, c.want) {
			t.Errorf("%+v: %v, want %s", c.q, err, c.want)
		}
	}
	for _, s := range []string{"", "name", "=x", "name>3", "name<3", "name!3"} {
		if _, err := ParseWhere(s); !fault.Is(err, fault.BadUsage) {
			t.Errorf("ParseWhere(%q): %v", s, err)
		}
	}
}

func TestSortAndPage(t *testing.T) {
	r, _ := register(t)
	for _, c := range []struct {
		sort []Order
		want []string
	}{
		{nil, []string{"águila del sur", "Asociación Águila", "Cooperativa Ñuñoa", "el Ceibo", "Zúrich Fair"}},
		{[]Order{{"name", true}}, []string{"Zúrich Fair", "el Ceibo", "Cooperativa Ñuñoa", "Asociación Águila", "águila del sur"}},
		{[]Order{{"title", false}}, []string{"águila del sur", "Asociación Águila", "Cooperativa Ñuñoa", "el Ceibo", "Zúrich Fair"}},
		{[]Order{{"founded", false}}, []string{"el Ceibo", "Cooperativa Ñuñoa", "Asociación Águila", "águila del sur", "Zúrich Fair"}},
		{[]Order{{"founded", true}}, []string{"águila del sur", "Asociación Águila", "Cooperativa Ñuñoa", "el Ceibo", "Zúrich Fair"}},
		{[]Order{{"country", false}, {"name", true}}, []string{"Zúrich Fair", "el Ceibo", "Cooperativa Ñuñoa", "Asociación Águila", "águila del sur"}},
	} {
		if got := names(query(t, r, Query{Sort: c.sort}).Rows); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, want %v", c.sort, got, c.want)
		}
	}
	flo := query(t, r, Query{Sort: []Order{{Field: "flo_id"}}, Networks: []string{"PE"}})
	if got := names(flo.Rows); !reflect.DeepEqual(got, []string{"águila del sur", "Cooperativa Ñuñoa", "Asociación Águila"}) {
		t.Errorf("FLO IDs sort by number: %v", got)
	}
	var paged []string
	for offset := 0; offset < 6; offset += 2 {
		res := query(t, r, Query{Limit: 2, Offset: offset})
		if res.Total != 5 {
			t.Errorf("total %d", res.Total)
		}
		paged = append(paged, names(res.Rows)...)
	}
	if !reflect.DeepEqual(paged, []string{"águila del sur", "Asociación Águila", "Cooperativa Ñuñoa", "el Ceibo", "Zúrich Fair"}) {
		t.Errorf("pages: %v", paged)
	}
	if res := query(t, r, Query{Limit: -1}); res.Total != 5 || res.Rows != nil {
		t.Errorf("count only: %+v", res)
	}
	if res := query(t, r, Query{Networks: []string{"XX"}}); res.Total != 0 || res.Rows != nil {
		t.Errorf("a network that is not here: %+v", res)
	}
}

// TestPlansAgree compares every way to get a page with a plain scan, on enough rows that all ways are taken.
func TestPlansAgree(t *testing.T) {
	r, g := newReplica(t), newGenerator()
	recs := g.list(4500, "PE", "BO", "EC")
	apply(t, r, recs...)
	var gone []*record.Record
	for i := 0; i < 200; i++ {
		gone = append(gone, g.delete(recs[i*7]))
	}
	apply(t, r, gone...)
	for _, q := range []Query{
		{},
		{Networks: []string{"PE"}},
		{Search: "coop"},
		{Search: "co pro"},
		{Search: "a"},
		{Search: "asociacion de productores"},
		{Search: "coop", Networks: []string{"BO", "EC"}},
		{Where: []Condition{{"type", "=", "small_producers"}}},
		{Where: []Condition{{"country", "=", "PE"}, {"type", "!=", "other"}}},
		{Where: []Condition{{"founded", ">=", "2015"}}, Search: "coop"},
		{Where: []Condition{{"products", "=", "coffee"}}, Search: "uni"},
		{Where: []Condition{{"name", ">=", "c"}, {"name", "<=", "u"}}},
		{Where: []Condition{{"updated_at", ">=", "2020-01-01"}, {"founded", "<=", "2000"}}, Networks: []string{"BO"}},
		{Search: "cooperativas centra"},
		{Where: []Condition{{"admin1", "=", "ancash"}, {"status", "=", "inactive"}}},
	} {
		for _, sort := range [][]Order{nil, {{"name", false}}, {{"updated_at", true}}, {{"country", false}, {"founded", true}}, {{"founded", false}}} {
			if q.Search != "" && len(sort) == 2 {
				continue
			}
			q.Sort = sort
			checkPlan(t, r, q)
		}
	}
}

func checkPlan(t *testing.T, r *Replica, q Query) {
	t.Helper()
	q.Collection = "organization"
	label := fmt.Sprintf("%q %v %v %v", q.Search, q.Networks, q.Where, q.Sort)
	var want, got []int64
	err := r.view(ctx, func(rd *reader) error {
		s, err := r.selection(rd, q)
		if err != nil {
			return err
		}
		var c clause
		s.scope(&c)
		s.conditions(&c)
		want, err = s.numbers("SELECT row FROM "+s.t.name+" NOT INDEXED WHERE "+c.String()+" ORDER BY "+s.orderBy(), c.args)
		if err != nil {
			return err
		}
		total, err := s.count()
		if err != nil {
			return err
		}
		if total != len(want) {
			t.Errorf("%s: counted %d, there are %d", label, total, len(want))
		}
		for offset := 0; offset < total; offset += 1500 {
			page, err := s.page(total, 1500, offset)
			if err != nil {
				return err
			}
			got = append(got, page...)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", label, err)
	}
	if q.Search != "" && q.Sort == nil { // by relevance: the same rows
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: pages have %d rows in another order than the scan's %d", label, len(got), len(want))
	}
}

func TestFacets(t *testing.T) {
	r, _ := register(t)
	facets := func(q Query, field string) []Facet {
		t.Helper()
		q.Collection = "organization"
		f, err := r.Facets(ctx, q, field)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, c := range []struct {
		q     Query
		field string
		want  []Facet
	}{
		{Query{}, "type", []Facet{{"small_producers", 3}, {"hired_labor", 1}, {"other", 1}}},
		{Query{}, "products", []Facet{{"cocoa", 2}, {"coffee", 2}, {"honey", 1}}},
		{Query{Networks: []string{"PE"}}, "products", []Facet{{"coffee", 2}, {"cocoa", 1}}},
		{Query{Search: "coop"}, "country", []Facet{{"BO", 1}, {"PE", 1}}},
		{Query{Where: []Condition{{"founded", ">=", "1990"}}}, "type", []Facet{{"hired_labor", 1}, {"small_producers", 1}}},
		{Query{}, "founded", []Facet{{"1977", 1}, {"1980", 1}, {"1995", 1}, {"2010", 1}}},
	} {
		if got := facets(c.q, c.field); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v by %s: %v, want %v", c.q, c.field, got, c.want)
		}
	}
	places := facets(Query{}, "admin1")
	if len(places) != 2 || places[0].Count != 2 || fold(places[0].Value) != "cusco" || places[1].Value != "Áncash" {
		t.Errorf("spellings are one value: %v", places)
	}
}

func TestFacetsOfMany(t *testing.T) {
	r, g := newReplica(t), newGenerator()
	recs := g.list(4000, "PE", "BO")
	apply(t, r, recs...)
	for _, field := range []string{"type", "country", "admin1", "products", "tags", "grade"} {
		for _, q := range []Query{{}, {Networks: []string{"BO"}}, {Search: "co"}, {Where: []Condition{{"status", "=", "active"}}}} {
			q.Collection = "organization"
			var fast, slow []Facet
			err := r.view(ctx, func(rd *reader) error {
				s, err := r.selection(rd, q)
				if err != nil {
					return err
				}
				f, _ := s.t.c.Field(field)
				if slow, err = s.facetsByRow(f); err != nil {
					return err
				}
				values, err := s.values(f)
				if err != nil || values == nil {
					return errors.Join(err, func() error { fast = slow; return nil }())
				}
				fast, err = s.facetsByToken(f, values)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			order := func(a, b Facet) int {
				if a.Value < b.Value {
					return -1
				}
				return 1
			}
			slices.SortFunc(fast, order)
			slices.SortFunc(slow, order)
			if len(slow) == 0 || !slices.Equal(fast, slow) {
				t.Errorf("%s of %+v: %v by token, %v by row", field, q, fast, slow)
			}
		}
	}
}

func TestRows(t *testing.T) {
	r, recs := register(t)
	m := newMaker()
	m.seq["PE"] = 100
	org := recs["Cooperativa Ñuñoa"]
	contact := m.make("PE", "contact", map[string]any{"name": "Rosa", "organization": org.ID.String()})
	site := m.make("PE", "site", map[string]any{"kind": "office", "name": "Sede", "organization": org.ID.String()})
	gone := m.delete(m.make("PE", "site", map[string]any{"kind": "plot", "name": "Vieja", "organization": org.ID.String()}))
	conflict := m.make("PE", "conflict", map[string]any{"collection": "organization", "record": org.ID.String(), "field": "name", "status": "open"})
	apply(t, r, contact, site, gone, conflict)

	row, err := r.Get(ctx, "organization", org.ID)
	if err != nil {
		t.Fatal(err)
	}
	if row.Title != "Cooperativa Ñuñoa" || row.UpdatedBy != "Ana Quispe" || !row.InConflict || row.State != Clean || row.UpdatedAt != org.Updated().Edited {
		t.Errorf("row: %+v", row)
	}
	if res := query(t, r, Query{Where: []Condition{{"state", "=", "conflict"}}}); len(res.Rows) != 1 || res.Rows[0].Record.ID != org.ID {
		t.Errorf("rows in conflict: %v", names(res.Rows))
	}
	apply(t, r, m.change(conflict, map[string]any{"status": "resolved"}))
	if row, _ = r.Get(ctx, "organization", org.ID); row.InConflict {
		t.Error("a resolved conflict still shows")
	}
	if _, err := r.Get(ctx, "organization", record.NewID()); !fault.Is(err, fault.NotFound) {
		t.Errorf("Get of nothing: %v", err)
	}
	related, err := r.Related(ctx, "organization", org.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(names(related["contact"]), []string{"Rosa"}) || !reflect.DeepEqual(names(related["site"]), []string{"Sede"}) || len(related["census"]) != 0 {
		t.Errorf("related: %v %v", names(related["contact"]), names(related["site"]))
	}
}

func TestFindAnything(t *testing.T) {
	r, recs := register(t)
	m := newMaker()
	m.seq["PE"] = 100
	org := recs["Cooperativa Ñuñoa"]
	apply(t, r, m.make("PE", "contact", map[string]any{"name": "Aguila Rosa", "organization": org.ID.String()}))
	hits, err := r.FindAnything(ctx, "águila", nil, 20)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range hits {
		got = append(got, h.Collection+" "+h.Title)
	}
	if !reflect.DeepEqual(got, []string{"organization águila del sur", "contact Aguila Rosa", "organization Asociación Águila"}) {
		t.Errorf("hits: %v", got)
	}
	if hits[1].Detail != "Cooperativa Ñuñoa" || hits[2].Detail != "1200 · cusco" {
		t.Errorf("details: %q %q", hits[1].Detail, hits[2].Detail)
	}
	if hits, _ = r.FindAnything(ctx, "águila", []string{"BO"}, 20); len(hits) != 0 {
		t.Errorf("other network: %v", hits)
	}
	if hits, _ = r.FindAnything(ctx, org.ID.String(), nil, 20); len(hits) != 1 || hits[0].ID != org.ID.String() {
		t.Errorf("by id: %v", hits)
	}
}

func TestEach(t *testing.T) {
	r, g := newReplica(t), newGenerator()
	apply(t, r, g.list(1000, "PE")...)
	var titles []string
	err := r.Each(ctx, Query{Collection: "organization", Sort: []Order{{"name", false}}}, func(row Row) error {
		titles = append(titles, fold(row.Title))
		return nil
	})
	if err != nil || len(titles) != 1000 || !slices.IsSorted(titles) {
		t.Errorf("each: %d rows, %v", len(titles), err)
	}
	stop := errors.New("enough")
	if err := r.Each(ctx, Query{Collection: "organization"}, func(Row) error { return stop }); !errors.Is(err, stop) || fault.Is(err, fault.Internal) {
		t.Errorf("an error of fn: %v", err)
	}
}
