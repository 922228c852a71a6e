package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

// everyRead lists a GET for each route that shows data, with the parameters that could smuggle something out.
func everyRead(g *register) []string {
	paths := []string{
		"/api/session", "/api/schema", "/api/overview", "/api/places/organization", "/api/duplicates", "/api/lookalikes?network=BO&name=illampu", "/api/conflicts", "/api/conflicts?status=open", "/api/batches",
		"/api/find?q=canario", "/api/find?q=quispe", "/api/find?q=cocla", "/api/find?q=illampu", "/api/find?q=987",
	}
	for _, c := range schema.Registry().Collections() {
		paths = append(paths,
			"/api/records/"+c.Name, "/api/records/"+c.Name+"?deleted=true", "/api/records/"+c.Name+"?q=canario",
			"/api/records/"+c.Name+"?network=BO", "/api/records/"+c.Name+"?limit=1000&sort=-updated_at",
		)
		for _, format := range []string{"csv", "ndjson", "geojson"} {
			paths = append(paths, "/api/export/"+c.Name+"?format="+format, "/api/export/"+c.Name+"?lang=es&network=BO&format="+format)
		}
		for i := range c.Fields {
			name := c.Fields[i].Name
			paths = append(paths, "/api/facets/"+c.Name+"?field="+name, "/api/export/"+c.Name+"?format=csv&fields="+name, "/api/records/"+c.Name+"?fields="+name)
		}
	}
	for collection, id := range map[string]string{
		"organization": g.cocla, "contact": g.contact, "census": g.census, "conflict": g.conflict,
	} {
		one := "/api/records/" + collection + "/" + id
		paths = append(paths, one, one+"/related", one+"/history")
	}
	bolivia := "/api/records/organization/" + g.bolivia
	return append(paths, bolivia, bolivia+"/related", bolivia+"/history",
		"/api/records/conflict/"+g.nameConflict, "/api/records/conflict/"+g.nameConflict+"/history")
}

func TestAdministratorsSeeTheCanaries(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	var all strings.Builder
	for _, path := range everyRead(g) {
		_, body := c.do(http.MethodGet, path, nil)
		all.Write(body)
	}
	if strings.Count(all.String(), canary) < 20 || !strings.Contains(all.String(), exile) || !strings.Contains(all.String(), "98765431") {
		t.Error("the canaries are not where the next test looks for them")
	}
}

func TestViewersNeverGetWhatIsSensitive(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("viewer")
	for _, path := range everyRead(g) {
		status, body := c.do(http.MethodGet, path, nil)
		text := strings.ToLower(string(body))
		for _, secret := range []string{canary, exile, "98765431", "987654321", "quispe", "participants\":", "is_home\":true", "is_home\": true"} {
			if strings.Contains(text, strings.ToLower(secret)) {
				t.Errorf("%s: %d shows %s: %.300s", path, status, secret, body)
			}
		}
		if status >= http.StatusInternalServerError {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestViewersCannotSelectByWhatIsSensitive(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("viewer")
	for _, path := range []string{
		"/api/records/census?where=declared_by=" + canary, "/api/records/census?sort=declared_by", "/api/records/census?fields=declared_by",
		"/api/records/product_year?where=premium>=1", "/api/records/product_year?sort=-premium", "/api/facets/product_year?field=premium",
		"/api/facets/census?field=year&where=declared_by=" + canary, "/api/export/census?format=csv&where=declared_by=x",
		"/api/export/census?format=csv&fields=declared_by", "/api/records/contact", "/api/records/contact?q=quispe",
		"/api/records/contact/" + g.contact, "/api/records/contact/" + g.contact + "/history", "/api/facets/contact?field=position",
		"/api/export/contact?format=csv", "/api/records/conflict?where=lost_value=x", "/api/facets/conflict?field=base_value",
	} {
		c.refused(http.MethodGet, path, nil, http.StatusForbidden, "not_allowed")
	}
}

func TestViewersChangeNothing(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("viewer")
	for _, kind := range []string{"create", "update", "delete", "restore"} {
		for _, collection := range []string{"organization", "site", "tag", "import_batch"} {
			body := map[string]any{"edits": []any{map[string]any{"kind": kind, "collection": collection, "network": "PE", "id": g.cocla, "fields": map[string]any{}}}}
			c.refused(http.MethodPost, "/api/edits", body, http.StatusForbidden, "not_allowed")
		}
	}
	c.refused(http.MethodPost, "/api/imports", "", http.StatusForbidden, "not_allowed")
	c.refused(http.MethodPost, "/api/conflicts/"+g.nameConflict+"/resolve", `{"keep":"mine"}`, http.StatusForbidden, "not_allowed")
	c.refused(http.MethodPost, "/api/conflicts/"+g.conflict+"/resolve", `{"keep":"mine"}`, http.StatusNotFound, "not_found")
}

func TestNetworksAreIsolated(t *testing.T) {
	g := newRegister(t)
	admin := serve(t, g.office)
	for _, user := range []string{"coord", "field", "viewer"} {
		c := admin.as(user)
		for _, path := range everyRead(g) {
			if _, body := c.do(http.MethodGet, path, nil); strings.Contains(string(body), exile) {
				t.Errorf("%s %s shows the other network: %.300s", user, path, body)
			}
		}
		c.refused(http.MethodGet, "/api/records/organization/"+g.bolivia, nil, http.StatusNotFound, "not_found")
		c.refused(http.MethodGet, "/api/records/organization?network=PE&network=BO", nil, http.StatusUnprocessableEntity, "unknown_network")
		c.refused(http.MethodGet, "/api/conflicts?network=BO", nil, http.StatusUnprocessableEntity, "unknown_network")
	}
	c := admin.as("coord")
	for _, network := range []string{"BO", "ZZ"} {
		body := map[string]any{"edits": []any{map[string]any{"kind": "create", "collection": "organization", "network": network, "fields": map[string]any{"name": "x"}}}}
		c.refused(http.MethodPost, "/api/edits", body, http.StatusUnprocessableEntity, "unknown_network")
	}
}

// A grant that was not filled in must show nothing, not everything.
func TestNoGrantIsNoNetwork(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("nobody")
	for _, path := range everyRead(g) {
		_, body := c.do(http.MethodGet, path, nil)
		if text := string(body); strings.Contains(text, exile) || strings.Contains(text, "COCLA") || strings.Contains(text, canary) {
			t.Errorf("%s: %.300s", path, text)
		}
	}
}

// A host that fails must not tell people why: what it knows may be about others.
func TestCausesAreNotShown(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office, func(cfg *api.Config) { cfg.Host = broken{g.office} })
	status, body := c.do(http.MethodGet, "/api/session", nil)
	if status != http.StatusInternalServerError || strings.Contains(string(body), "secret") {
		t.Errorf("got %d %s", status, body)
	}
	c.user = "panic"
	if status, body = c.do(http.MethodGet, "/api/session", nil); status != http.StatusInternalServerError || strings.Contains(string(body), "secret") {
		t.Errorf("got %d %s", status, body)
	}
}

type broken struct{ *office }

func (b broken) Session(r *http.Request) (api.Session, error) {
	if r.Header.Get(userHeader) == "panic" {
		panic("secret")
	}
	return api.Session{}, fault.Wrap(context.DeadlineExceeded, fault.Internal, "detail", "secret")
}
