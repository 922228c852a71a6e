package api_test

import (
	"net/http"
	"strings"
	"testing"

	"acopio/shared/api"
)

func names(page api.RecordPage) string {
	var out []string
	for _, r := range page.Records {
		name, _ := r.Fields["name"].(string)
		out = append(out, name)
	}
	return strings.Join(out, "|")
}

func TestListsAreFilteredSortedAndPaged(t *testing.T) {
	c := serve(t, newRegister(t).office)
	for query, want := range map[string]string{
		"?network=PE&sort=name":                         "COCLA|Ñandú del Norte",
		"?network=PE&sort=-name":                        "Ñandú del Norte|COCLA",
		"?network=PE&network=BO&sort=name":              "COCLA|" + exile + " Illampu|Ñandú del Norte",
		"?q=nandu":                                      "Ñandú del Norte",
		"?where=country=PE&sort=name":                   "COCLA|Ñandú del Norte",
		"?where=country=PE&where=type!=other":           "COCLA",
		"?where=founded>=1960&where=founded<=1970":      "COCLA",
		"?network=PE&where=acronym=":                    "Ñandú del Norte",
		"?network=PE&sort=name&limit=1":                 "COCLA",
		"?network=PE&sort=name&limit=1&offset=1":        "Ñandú del Norte",
		"?network=PE&sort=name&fields=name&where=name=": "",
		"?deleted=true":                                 "",
	} {
		if got := names(get[api.RecordPage](c, "/api/records/organization"+query)); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	page := get[api.RecordPage](c, "/api/records/organization?network=PE&limit=1&sort=name&fields=acronym")
	row := page.Records[0]
	if page.Total != 2 || len(row.Fields) != 1 || row.Fields["acronym"] != "COC" || row.Title != "COCLA" || row.UpdatedBy != "Ana Admin" || row.State != "conflict" {
		t.Errorf("got total %d and %+v", page.Total, row)
	}
}

func TestListsRefuseWhatTheyDoNotKnow(t *testing.T) {
	c := serve(t, newRegister(t).office)
	for path, code := range map[string]string{
		"/api/records/unicorn":                            "unknown_collection",
		"/api/records/user":                               "unknown_collection",
		"/api/records/organization?where=horn=1":          "unknown_field",
		"/api/records/organization?sort=horn":             "unknown_field",
		"/api/records/organization?fields=name,horn":      "unknown_field",
		"/api/records/organization?where=founded>=soon":   "wrong_type",
		"/api/records/organization?where=name":            "bad_request",
		"/api/records/organization?limit=1001":            "bad_request",
		"/api/records/organization?limit=x":               "bad_request",
		"/api/records/organization?offset=-1":             "bad_request",
		"/api/records/organization?horn=1":                "bad_request",
		"/api/records/organization/zebra":                 "bad_id",
		"/api/facets/organization?field=horn":             "unknown_field",
		"/api/facets/organization":                        "bad_request",
		"/api/export/organization?format=pdf":             "bad_request",
		"/api/export/organization?format=csv&fields=horn": "unknown_field",
		"/api/conflicts?status=lost":                      "bad_request",
	} {
		c.refused(http.MethodGet, path, nil, http.StatusUnprocessableEntity, code)
	}
	c.refused(http.MethodGet, "/api/records/organization/00000000-0000-7000-8000-000000000000", nil, http.StatusNotFound, "not_found")
	c.refused(http.MethodGet, "/api/unicorns", nil, http.StatusNotFound, "not_found")
	c.refused(http.MethodPost, "/api/session", "{}", http.StatusNotFound, "not_found")
}

func TestMessagesComeInTheLanguageOfTheRequest(t *testing.T) {
	c := serve(t, newRegister(t).office)
	for lang, want := range map[string]string{
		"es": "No existe la colección", "en-GB,en;q=0.9": "There is no collection", "": "No existe la colección", "de": "No existe la colección",
	} {
		c.lang = lang
		if got := c.refused(http.MethodGet, "/api/records/unicorn", nil, http.StatusUnprocessableEntity, "unknown_collection"); !strings.Contains(got, want) {
			t.Errorf("%q: got %s", lang, got)
		}
	}
}

func TestOneRecordWithAllThatBelongsToIt(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	row := get[api.Row](c, "/api/records/organization/"+g.cocla)
	if row.ID != g.cocla || row.Network != "PE" || row.Version != 1 || row.Fields["flo_id"] != "1234" || row.Fields["founded"] != 1967.0 {
		t.Errorf("got %+v", row)
	}
	related := get[api.RelatedRecords](c, "/api/records/organization/"+g.cocla+"/related")
	if len(related.Children["census"]) != 2 || len(related.Children["contact"]) != 1 || len(related.Children["site"]) != 1 {
		t.Errorf("got %+v", related)
	}
	history := get[api.RecordHistory](c, "/api/records/organization/"+g.cocla+"/history")
	if !history.Complete || len(history.Entries) != 1 || history.Entries[0].Changes["name"].To != "COCLA" || history.Entries[0].By != "Ana Admin" {
		t.Errorf("got %+v", history)
	}
	facets := get[api.Facets](c, "/api/facets/organization?field=country")
	if len(facets.Values) != 2 || facets.Values[0] != (api.Facet{Value: "PE", Count: 2}) {
		t.Errorf("got %+v", facets)
	}
	hits := get[api.Hits](c, "/api/find?q=quispe").Hits
	if len(hits) == 0 || hits[0].Collection != "contact" || hits[0].ID != g.contact {
		t.Errorf("got %+v", hits)
	}
	if hits := get[api.Hits](c, "/api/find?q=%20").Hits; len(hits) != 0 {
		t.Errorf("got %+v", hits)
	}
}

func TestOverview(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	o := get[api.Overview](c, "/api/overview")
	if len(o.Networks) != 2 {
		t.Fatalf("got %+v", o)
	}
	pe := o.Networks[1]
	if pe.Code != "PE" || pe.Name != "Red PE" || pe.Organizations != 2 || pe.Contacts != 1 || pe.Sites != 1 || pe.Members != 120 || pe.Women != 50 || pe.Expiring != 1 || pe.Conflicts != 2 {
		t.Errorf("got %+v", pe)
	}
	if len(o.Recent) == 0 || o.Recent[0].By != "Ana Admin" {
		t.Errorf("got %+v", o.Recent)
	}
}

// TestFiguresOfDeletedOrganizations: their censuses, certificates, contacts and sites are still there, and count no more.
func TestFiguresOfDeletedOrganizations(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	before := get[api.Overview](c, "/api/overview").Networks[1]
	g.put("census", "PE", map[string]any{"organization": g.norte, "year": 2025, "source": "organization", "members_total": 80, "members_women": 30})
	g.put("certification", "PE", map[string]any{"organization": g.norte, "scheme": "organic", "status": "certified", "valid_to": "2026-04-15"})
	g.put("contact", "PE", map[string]any{"organization": g.norte, "name": "Nora"})
	g.put("site", "PE", map[string]any{"organization": g.norte, "kind": "office"})
	with := get[api.Overview](c, "/api/overview").Networks[1]
	if with.Contacts != before.Contacts+1 || with.Sites != before.Sites+1 {
		t.Errorf("got %+v, before %+v", with, before)
	}
	if with.Members != before.Members+80 || with.Women != before.Women+30 || with.Expiring != before.Expiring+1 {
		t.Fatalf("got %+v, before %+v", with, before)
	}
	call[api.Saved](c, http.MethodPost, "/api/edits", edits(map[string]any{"kind": "delete", "collection": "organization", "network": "PE", "id": g.norte}))
	after := get[api.Overview](c, "/api/overview").Networks[1]
	if after.Members != before.Members || after.Women != before.Women || after.Expiring != before.Expiring ||
		after.Contacts != before.Contacts || after.Sites != before.Sites {
		t.Errorf("got %+v, before %+v", after, before)
	}
}

func TestStatesOfASession(t *testing.T) {
	c := serve(t, newRegister(t).office)
	if s := get[api.Session](c, "/api/session"); s.State != "ready" || s.User.Role != "admin" || s.Networks == nil {
		t.Errorf("got %+v", s)
	}
	stranger := c.as("stranger")
	if s := get[api.Session](stranger, "/api/session"); s.State != "sign_in" {
		t.Errorf("got %+v", s)
	}
	if s := get[api.SchemaView](stranger, "/api/schema"); len(s.Collections) < 15 {
		t.Errorf("got %d collections", len(s.Collections))
	}
	for _, path := range []string{"/api/records/organization", "/api/overview", "/api/conflicts", "/api/batches", "/api/events", "/api/find?q=x", "/api/export/organization?format=csv"} {
		stranger.refused(http.MethodGet, path, nil, http.StatusUnauthorized, "sign_in_needed")
	}
	stranger.refused(http.MethodPost, "/api/edits", `{"edits":[]}`, http.StatusUnauthorized, "sign_in_needed")
	stranger.refused(http.MethodPost, "/api/imports", "", http.StatusUnauthorized, "sign_in_needed")
	c.refused(http.MethodGet, "/api/sync", nil, http.StatusNotFound, "not_found") // not in the office
}

func TestChangesNeedTheHeaderOfOurOwnPages(t *testing.T) {
	c := serve(t, newRegister(t).office)
	r := c.request(http.MethodPost, "/api/edits", strings.NewReader(`{"edits":[]}`))
	r.Header.Del(api.OriginHeader)
	if status, body := c.send(r); status != http.StatusForbidden || !strings.Contains(string(body), "cross_origin") {
		t.Errorf("got %d %s", status, body)
	}
}
