package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"acopio/shared/api"
)

func TestListsAsOfADay(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	today := g.office.Now().UTC()
	day := func(days int) string { return today.AddDate(0, 0, days).Format("2006-01-02") }
	g.put("membership_event", "PE", map[string]any{"organization": g.cocla, "body": "network", "kind": "admitted", "date": "2020-05-01"})
	g.office.now += 3 * 24 * 3600 * 1000
	row := get[api.Row](c, "/api/records/organization/"+g.cocla)
	call[api.Saved](c, http.MethodPost, "/api/edits", map[string]any{"edits": []map[string]any{{
		"kind": "update", "collection": "organization", "network": "PE", "id": g.cocla, "base": row.Version, "fields": map[string]any{"acronym": "NUEVA", "legal_form": "Cooperativa"},
	}}})

	find := func(query string) api.Row {
		page := get[api.RecordPage](c, "/api/records/organization?network=PE&where=id="+g.cocla+query)
		if len(page.Records) != 1 {
			t.Fatalf("%s: %d records", query, len(page.Records))
		}
		return page.Records[0]
	}
	now := find("")
	if now.Fields["acronym"] != "NUEVA" || now.AsOf != nil || now.Derived["member_network"] != "member" {
		t.Errorf("today: %v %v %v", now.Fields["acronym"], now.AsOf, now.Derived)
	}
	before := find("&as_of=" + day(1))
	if before.Fields["acronym"] != "COC" || before.Fields["legal_form"] != nil || before.AsOf == nil || before.AsOf.Values != "known" {
		t.Errorf("the day after it came: %v %+v", before.Fields, before.AsOf)
	}
	early := find("&as_of=2019-12-31")
	if early.Fields["acronym"] != "COC" || early.AsOf == nil || early.AsOf.Values != "first" || early.AsOf.Since == 0 || early.Derived["member_network"] != nil {
		t.Errorf("before it came: %v %+v %v", early.Fields, early.AsOf, early.Derived)
	}
	if got := names(get[api.RecordPage](c, "/api/records/organization?where=member_network=member&as_of="+day(1))); got != "COCLA" {
		t.Errorf("members: %s", got)
	}
	if _, body := c.export("/api/export/organization?network=PE&format=csv&fields=acronym,name&as_of=" + day(1)); !strings.Contains(body, "COC,COCLA") {
		t.Errorf("export: %s", body)
	}
	c.refused(http.MethodGet, "/api/records/organization?as_of=ayer", nil, 422, "bad_date")
}

func TestEditsAreCheckedWithoutSaving(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	edit := func(fields map[string]any) map[string]any {
		return map[string]any{"kind": "update", "collection": "organization", "network": "PE", "id": g.norte, "fields": fields}
	}
	out := call[api.EditProblems](c, http.MethodPost, "/api/edits/check", map[string]any{"edits": []map[string]any{
		edit(map[string]any{"acronym": "BIEN"}),
		edit(map[string]any{"flo_id": "12x", "founded": "ayer", "acronym": "BIEN"}),
		edit(map[string]any{"name": nil}),
	}})
	var got []string
	for _, p := range out.Problems {
		got = append(got, p.Field+" "+p.Code)
		if p.Message == "" || (p.Field == "name") != (p.Edit == 2) {
			t.Errorf("%+v", p)
		}
	}
	slices.Sort(got)
	if strings.Join(got, ", ") != "flo_id bad_flo_id, founded wrong_type, name missing_field" {
		t.Errorf("got %v", got)
	}
	if row := get[api.Row](c, "/api/records/organization/"+g.norte); row.Fields["acronym"] != nil {
		t.Errorf("it was saved: %v", row.Fields)
	}
	out = call[api.EditProblems](c.as("viewer"), http.MethodPost, "/api/edits/check", map[string]any{"edits": []map[string]any{edit(map[string]any{"acronym": "X"})}})
	if len(out.Problems) != 1 || out.Problems[0].Code != "not_allowed" {
		t.Errorf("a viewer: %+v", out)
	}
}
