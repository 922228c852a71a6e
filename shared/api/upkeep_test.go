package api_test

import (
	"net/http"
	"testing"

	"acopio/shared/api"
)

func TestTheCallList(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	calls := get[api.Calls](c, "/api/calls?network=PE")
	if calls.Total == 0 || calls.Total != len(calls.Calls) {
		t.Fatalf("%+v", calls)
	}
	first := calls.Calls[0]
	for _, part := range []string{"profile", "contacts", "census", "sites", "certificates"} {
		call[api.Saved](c, http.MethodPost, "/api/edits", map[string]any{"edits": []map[string]any{{
			"kind": "create", "collection": "verification", "network": "PE", "fields": map[string]any{
				"organization": first.Organization.ID, "field_group": part, "outcome": "confirmed", "method": "call", "date": "2026-03-01", "by": "Ana",
			},
		}}})
	}
	up := get[api.Upkeep](c, "/api/upkeep/"+first.Organization.ID)
	if up.Freshness != 100 || len(up.Parts) != 5 || !up.Parts[1].Fresh || up.Parts[1].Verified != "2026-03-01" || up.Parts[1].Due != "2026-08-31" {
		t.Fatalf("%+v", up)
	}
	if again := get[api.Calls](c, "/api/calls?network=PE"); again.Total != calls.Total-1 {
		t.Fatalf("%d of %d still wait", again.Total, calls.Total)
	}
	if row := get[api.Row](c, "/api/records/organization/"+first.Organization.ID); row.Derived["freshness"] != float64(100) {
		t.Fatalf("%v", row.Derived)
	}
	c.refused(http.MethodGet, "/api/upkeep/"+g.cocla+"0", nil, 422, "bad_id")
	c.as("viewer").refused(http.MethodGet, "/api/calls?network=BO", nil, 422, "unknown_network")
}

func TestShelfLivesOfANetwork(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("coord")
	call[api.Saved](c, http.MethodPost, "/api/edits", map[string]any{"edits": []map[string]any{{
		"kind": "create", "collection": "shelf_life", "network": "PE", "fields": map[string]any{"field_group": "contacts", "months": 3},
	}}})
	lives := get[api.ShelfLives](c, "/api/shelf-lives")
	if len(lives.Networks) != 1 || lives.Networks[0].Network != "PE" {
		t.Fatalf("%+v", lives)
	}
	if p := lives.Networks[0].Parts[1]; p != (api.ShelfLife{Part: "contacts", Months: 3, Weight: 5, Usual: 6}) {
		t.Fatalf("%+v", p)
	}
	c.as("field").refused(http.MethodPost, "/api/edits", map[string]any{"edits": []map[string]any{{
		"kind": "create", "collection": "shelf_life", "network": "PE", "fields": map[string]any{"field_group": "census", "months": 3},
	}}}, 403, "not_allowed")
}
