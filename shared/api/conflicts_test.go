package api_test

import (
	"net/http"
	"testing"

	"acopio/shared/api"
	"acopio/shared/inbox"
)

func TestTheInboxShowsMineAndTheirs(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	for user, mine := range map[string]string{"coord": "Central COCLA " + canary, "field": "COCLA", "admin": "Central COCLA " + canary} {
		for _, it := range get[api.Conflicts](c.as(user), "/api/conflicts?status=open&network=PE").Conflicts {
			if it.ID == g.nameConflict && (it.Mine != mine || it.Title != "COCLA" || it.Current != "COCLA" || it.Before != "Cocla "+canary) {
				t.Errorf("%s: got %+v", user, it)
			}
		}
	}
	if list := get[api.Conflicts](c, "/api/conflicts?status=resolved").Conflicts; len(list) != 0 {
		t.Errorf("got %+v", list)
	}
	if list := get[api.Conflicts](c, "/api/conflicts").Conflicts; len(list) != 3 {
		t.Errorf("got %+v", list)
	}
}

func TestAConflictIsResolvedAndReopened(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("coord")
	path := "/api/conflicts/" + g.nameConflict + "/resolve"
	name := func() any { return get[api.Row](c, "/api/records/organization/"+g.cocla).Fields["name"] }
	it := call[inbox.Item](c, http.MethodPost, path, `{"keep":"mine"}`)
	if it.Status != "resolved" || it.Resolution != "mine" || it.Current != "Central COCLA "+canary || name() != "Central COCLA "+canary {
		t.Errorf("got %+v", it)
	}
	if it = call[inbox.Item](c, http.MethodPost, path, `{"keep":"reopen"}`); it.Status != "open" || it.Resolution != "" || name() != "COCLA" {
		t.Errorf("got %+v", it)
	}
	if it = call[inbox.Item](c, http.MethodPost, path, `{"keep":"value","value":"Otra"}`); it.Resolution != "value" || name() != "Otra" {
		t.Errorf("got %+v", it)
	}
	c.refused(http.MethodPost, path, `{"keep":"both"}`, http.StatusUnprocessableEntity, "unknown_choice")
	c.refused(http.MethodPost, path, `{"keep":"value","value":{"horn":1}}`, http.StatusUnprocessableEntity, "wrong_type")
	c.refused(http.MethodPost, path, `{"keep":"value","horn":1}`, http.StatusUnprocessableEntity, "bad_request")
	c.refused(http.MethodPost, "/api/conflicts/zebra/resolve", `{"keep":"mine"}`, http.StatusUnprocessableEntity, "bad_id")
	c.refused(http.MethodPost, "/api/conflicts/"+g.cocla+"/resolve", `{"keep":"mine"}`, http.StatusNotFound, "not_found")
}
