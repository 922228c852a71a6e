package api_test

import (
	"net/http"
	"testing"

	"acopio/shared/api"
	"acopio/shared/intake"
)

func TestMergingTwoDuplicates(t *testing.T) {
	g := newRegister(t)
	keep := g.office.put("organization", "PE", map[string]any{"name": "Sol y Café", "acronym": "SC", "products": []any{"coffee"}})
	dup := g.office.put("organization", "PE", map[string]any{"name": "Sol y Cafe", "website": "https://sol.example", "products": []any{"cocoa"}})
	site := g.office.put("site", "PE", map[string]any{"organization": dup, "kind": "office"})
	for org, members := range map[string]int{keep: 10, dup: 20} {
		g.office.put("census", "PE", map[string]any{"organization": org, "year": 2025, "source": "network", "members_total": members})
	}
	c := serve(t, g.office).as("coord")
	p := get[api.MergePreview](c, "/api/merges/preview?collection=organization&survivor="+keep+"&loser="+dup)
	said := map[string]string{}
	for _, d := range p.Differences {
		said[d.Field] = d.Default
	}
	if said["name"] != "survivor" || said["website"] != "loser" || said["products"] != "both" || p.Survivor.ID != keep || p.Loser.ID != dup {
		t.Errorf("got %+v", p)
	}
	if len(p.Moves) != 2 || p.Moves[0] != (api.MergeCount{Collection: "census", Moved: 1, Joined: 1}) || p.Moves[1].Collection != "site" {
		t.Errorf("it would move %+v", p.Moves)
	}
	order := map[string]any{
		"collection": "organization", "survivor": keep, "loser": dup,
		"take": map[string]any{"name": "loser"}, "values": map[string]any{"acronym": "SYC"},
	}
	done := call[api.Merged](c, http.MethodPost, "/api/merges", order)
	f := done.Survivor.Fields
	if f["name"] != "Sol y Cafe" || f["acronym"] != "SYC" || f["website"] != "https://sol.example" || len(f["products"].([]any)) != 2 {
		t.Errorf("got %+v", f)
	}
	of := func(id string) any {
		return get[api.Row](c, "/api/records/site/"+id).Fields["organization"]
	}
	if of(site) != keep || !get[api.Row](c, "/api/records/organization/"+dup).Deleted {
		t.Error("it was not moved, or the duplicate stays")
	}
	undone := call[intake.Undone](c, http.MethodPost, "/api/merges/"+done.Merge+"/undo", nil)
	back := get[api.Row](c, "/api/records/organization/"+keep).Fields
	if len(undone.Kept) != 0 || of(site) != dup || back["name"] != "Sol y Café" || back["website"] != nil || back["acronym"] != "SC" {
		t.Errorf("kept %+v, now %+v", undone.Kept, back)
	}
	c.refused(http.MethodPost, "/api/merges/"+done.Merge+"/undo", nil, http.StatusConflict, "merge_undone")
	c.refused(http.MethodPost, "/api/merges/"+keep+"/undo", nil, http.StatusNotFound, "merge_unknown")
	order["loser"] = keep
	c.refused(http.MethodPost, "/api/merges", order, http.StatusUnprocessableEntity, "not_mergeable")
	order["loser"], order["take"] = dup, map[string]any{"name": "mine"}
	c.refused(http.MethodPost, "/api/merges", order, http.StatusUnprocessableEntity, "bad_request")
	serve(t, g.office).as("field").refused(http.MethodPost, "/api/merges", order, http.StatusForbidden, "not_allowed")
}
