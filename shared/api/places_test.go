package api_test

import (
	"net/http"
	"testing"

	"acopio/shared/api"
)

// placedRegister is a register with sites: of one organization two, one of them exchanged; one that names no country;
// one in a network that only some reach.
func placedRegister(t *testing.T) (g *register, misplaced string) {
	t.Helper()
	g = newRegister(t)
	misplaced = g.put("site", "PE", map[string]any{"organization": g.cocla, "kind": "plant", "name": "Planta", "lat": -72.69, "lon": -12.86})
	g.put("site", "PE", map[string]any{"organization": g.cocla, "kind": "plot", "name": "Sin posición"})
	g.put("site", "BO", map[string]any{"organization": g.bolivia, "kind": "office", "name": exile, "lat": -16.5, "lon": -68.15})
	return g, misplaced
}

func TestPlacesOfWhatAFilterSelects(t *testing.T) {
	g, misplaced := placedRegister(t)
	c := serve(t, g.office)
	for query, want := range map[string][3]int{ // positions, outside, unplaced
		"":                         {3, 1, 1},
		"?network=PE":              {2, 1, 1},
		"?network=BO":              {1, 0, 0},
		"?where=country=PE":        {2, 1, 1},
		"?q=nandu":                 {0, 0, 0},
		"?network=PE&outside=true": {1, 1, 1},
	} {
		p := get[api.Places](c, "/api/places/organization"+query)
		if got := [3]int{len(p.Sites), len(p.Outside), p.Unplaced}; got != want || len(p.Lat) != len(p.Sites) || len(p.Lon) != len(p.Sites) {
			t.Errorf("%s: %v (%+v)", query, got, p)
		}
	}
	only := get[api.Places](c, "/api/places/organization?outside=true")
	if only.Sites[0] != misplaced || only.Lat[0] != -72.69 || only.Lon[0] != -12.86 {
		t.Errorf("%+v", only)
	}
	c.refused(http.MethodGet, "/api/places/contact", nil, http.StatusUnprocessableEntity, "unknown_collection")
	c.refused(http.MethodGet, "/api/places/organization?where=horn=1", nil, http.StatusUnprocessableEntity, "unknown_field")
}

func TestSitesSayWhetherTheyCanBeThere(t *testing.T) {
	g, misplaced := placedRegister(t)
	c := serve(t, g.office)
	all := get[api.Places](c, "/api/places/organization?network=PE")
	query := "?id=00000000-0000-7000-8000-000000000000"
	for _, id := range all.Sites {
		query += "&id=" + id
	}
	list := get[api.PlaceList](c, "/api/sites"+query).Places
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	for _, p := range list {
		if p.Organization != "COCLA" || p.Country != "PE" || (p.Outside != nil) != (p.Site.ID == misplaced) {
			t.Errorf("%+v", p)
		}
		if o := p.Outside; o != nil && (o.Lat == nil || *o.Lat != -12.86 || *o.Lon != -72.69 || o.Kilometers < 1000) {
			t.Errorf("%+v", o)
		}
	}
	c.refused(http.MethodGet, "/api/sites?id=zebra", nil, http.StatusUnprocessableEntity, "bad_id")
	c.refused(http.MethodGet, "/api/sites", nil, http.StatusUnprocessableEntity, "bad_request")
}
