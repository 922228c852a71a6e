package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"acopio/shared/api"
)

func edits(list ...map[string]any) map[string]any { return map[string]any{"edits": list} }

func TestEditsOfEveryKind(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("coord")
	saved := call[api.Saved](c, http.MethodPost, "/api/edits", edits(map[string]any{
		"kind": "create", "collection": "organization", "network": "PE", "fields": map[string]any{"name": " Sol  y Café ", "country": "pe", "founded": "1990"},
	}))
	row := saved.Records[0]
	if row.Fields["name"] != "Sol y Café" || row.Fields["country"] != "PE" || row.Fields["founded"] != 1990.0 || row.Version != 1 || row.Title != "Sol y Café" || row.UpdatedBy != "Carla Coord" {
		t.Errorf("got %+v", row)
	}
	update := map[string]any{"kind": "update", "collection": "organization", "network": "PE", "id": row.ID, "base": 1, "fields": map[string]any{"founded": nil, "acronym": "SOL"}}
	row = call[api.Saved](c, http.MethodPost, "/api/edits", edits(update)).Records[0]
	if _, there := row.Fields["founded"]; there || row.Fields["acronym"] != "SOL" || row.Version != 2 {
		t.Errorf("got %+v", row)
	}
	for kind, deleted := range map[string]bool{"delete": true} {
		row = call[api.Saved](c, http.MethodPost, "/api/edits", edits(map[string]any{"kind": kind, "collection": "organization", "network": "PE", "id": row.ID})).Records[0]
		if row.Deleted != deleted {
			t.Errorf("%s: got %+v", kind, row)
		}
	}
	if page := get[api.RecordPage](c, "/api/records/organization?deleted=true"); names(page) != "Sol y Café" {
		t.Errorf("got %s", names(page))
	}
	row = call[api.Saved](c, http.MethodPost, "/api/edits", edits(map[string]any{"kind": "restore", "collection": "organization", "network": "PE", "id": row.ID})).Records[0]
	if row.Deleted {
		t.Errorf("got %+v", row)
	}
}

// What a field of one's own belongs to and its number are the program's to give, but the people's edit brings them.
func TestANetworkAddsAFieldOfItsOwn(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("coord")
	define := map[string]any{"kind": "create", "collection": "field_definition", "network": "PE", "fields": map[string]any{
		"collection": "organization", "number": 10_001, "type": "integer", "label_es": "Altitud", "unit": "msnm",
	}}
	row := call[api.Saved](c, http.MethodPost, "/api/edits", edits(define)).Records[0]
	if row.Fields["collection"] != "organization" || row.Fields["number"] != 10_001.0 || row.Title != "Altitud" {
		t.Errorf("got %+v", row)
	}
}

func TestNumbersKeepEveryDigit(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	body := `{"edits":[{"kind":"create","collection":"site","network":"PE","fields":{"organization":"` + g.cocla + `","kind":"plot","lat":-12.345678901234567,"lon":-72.1}}]}`
	saved := call[api.Saved](c, http.MethodPost, "/api/edits", body)
	if got := saved.Records[0].Fields["lat"]; got != -12.345678901234567 {
		t.Errorf("got %v", got)
	}
	body = strings.Replace(body, "-12.345678901234567", "9007199254740993", 1)
	c.refused(http.MethodPost, "/api/edits", body, http.StatusUnprocessableEntity, "bad_coordinate")
}

func TestEditsRefuseBadInput(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("field")
	org := func(kind string, more map[string]any) map[string]any {
		e := map[string]any{"kind": kind, "collection": "organization", "network": "PE", "id": g.cocla}
		for k, v := range more {
			e[k] = v
		}
		return edits(e)
	}
	fields := func(name string, v any) map[string]any { return map[string]any{"fields": map[string]any{name: v}} }
	for i, k := range []struct {
		body   any
		status int
		code   string
	}{
		{"", 422, "bad_request"},
		{"{", 422, "bad_request"},
		{`{"edits":[]}`, 422, "bad_request"},
		{`{"edits":[],"horn":1}`, 422, "bad_request"},
		{`{"edits":[]} {}`, 422, "bad_request"},
		{`{"edits":[{"kind":"create","collection":"tag","network":"PE","horn":1}]}`, 422, "bad_request"},
		{org("explode", nil), 422, "bad_request"},
		{org("update", map[string]any{"collection": "unicorn"}), 422, "unknown_collection"},
		{org("update", map[string]any{"collection": "user"}), 422, "unknown_collection"},
		{org("update", map[string]any{"network": ""}), 422, "missing_field"},
		{org("update", map[string]any{"id": "zebra"}), 422, "bad_id"},
		{org("update", map[string]any{"id": ""}), 422, "bad_id"},
		{org("update", fields("horn", 1)), 422, "unknown_field"},
		{org("update", fields("flo_id", "12x")), 422, "bad_flo_id"},
		{org("update", fields("type", "guild")), 422, "unknown_choice"},
		{org("update", fields("founded", "soon")), 422, "wrong_type"},
		{org("update", fields("name", nil)), 422, "missing_field"},
		{org("update", fields("parent", "00000000-0000-7000-8000-000000000000")), 422, "broken_reference"},
		{org("update", fields("created_at", 1)), 422, "read_only"},
		{org("create", map[string]any{"id": "", "fields": map[string]any{"imported_in": "x", "name": "x"}}), 422, "read_only"},
		{org("delete", nil), 403, "not_allowed"}, // field staff do not delete organizations
		{org("create", map[string]any{"collection": "conflict"}), 422, "read_only"},
		{org("delete", map[string]any{"collection": "conflict"}), 422, "read_only"},
		{org("update", map[string]any{"collection": "conflict", "id": g.conflict, "fields": map[string]any{"lost_by": "x"}}), 422, "read_only"},
		{edits(manyEdits(5001)...), 422, "bad_request"},
		{`{"edits":[{"kind":"create","collection":"tag","network":"PE","fields":{"name":"` + strings.Repeat("x", 5<<20) + `"}}]}`, 422, "file_too_large"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			c := *c
			c.t = t
			c.refused(http.MethodPost, "/api/edits", k.body, k.status, k.code)
		})
	}
	if row := get[api.Row](c, "/api/records/organization/"+g.cocla); row.Version != 1 {
		t.Errorf("something was saved: %+v", row)
	}
}

func manyEdits(n int) []map[string]any {
	out := make([]map[string]any, n)
	for i := range out {
		out[i] = map[string]any{"kind": "create", "collection": "tag", "network": "PE", "fields": map[string]any{"name": fmt.Sprint(i)}}
	}
	return out
}

func TestAGroupIsAllOrNothing(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	good := map[string]any{"kind": "create", "collection": "tag", "network": "PE", "fields": map[string]any{"name": "uno"}}
	bad := map[string]any{"kind": "create", "collection": "tag", "network": "PE", "fields": map[string]any{"color": "red"}}
	c.refused(http.MethodPost, "/api/edits", edits(good, bad), http.StatusUnprocessableEntity, "missing_field")
	if page := get[api.RecordPage](c, "/api/records/tag"); page.Total != 0 {
		t.Errorf("got %+v", page)
	}
	if saved := call[api.Saved](c, http.MethodPost, "/api/edits", edits(manyEdits(5000)...)); len(saved.Records) != 5000 {
		t.Errorf("got %d", len(saved.Records))
	}
}
