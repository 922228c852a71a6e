package api_test

import (
	"net/http"
	"testing"

	"acopio/shared/api"
	"acopio/shared/proposal"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// proposed puts a proposal of Luisa's.
func (g *register) proposed(network, collection, id, kind, changes, group string, position int) string {
	g.t.Helper()
	return g.put("proposal", network, map[string]any{
		"collection": collection, "record": id, "title": "t", "kind": kind, "changes": changes, "edited_at": 5, "by": "Luisa", "by_device": "Laptop",
		"device": 1007, "reason": "device", "group": group, "status": "open", "position": position,
	})
}

func (g *register) hire() {
	g.change(func() {
		g.people["office"] = api.Actor{Email: "office@example.org", Name: "Olga", Role: schema.Office, Device: 6}
		g.people["part"] = api.Actor{Email: "part@example.org", Name: "Parcial", Role: schema.Office, Networks: []string{"PE"}, Device: 7}
	})
}

func TestProposalsAreForTheOffice(t *testing.T) {
	g := newRegister(t)
	g.hire()
	here := g.proposed("PE", "organization", g.cocla, "update", `{"acronym":{"from":"COC","to":"CCL"}}`, "", 0)
	there := g.proposed("BO", "organization", g.bolivia, "update", `{"acronym":{"from":null,"to":"X"}}`, "", 0)
	c := serve(t, g.office)
	for _, user := range []string{"coord", "field", "viewer", "nobody"} {
		c.as(user).refused(http.MethodGet, "/api/proposals", nil, http.StatusForbidden, "not_allowed")
		c.as(user).refused(http.MethodPost, "/api/proposals/"+here+"/decide", `{"decision":"accept"}`, http.StatusForbidden, "not_allowed")
	}
	if list := get[api.Proposals](c.as("office"), "/api/proposals").Proposals; len(list) != 2 {
		t.Errorf("got %+v", list)
	}
	if list := get[api.Proposals](c.as("part"), "/api/proposals").Proposals; len(list) != 1 || list[0].ID != here {
		t.Errorf("got %+v", list)
	}
	c.as("part").refused(http.MethodPost, "/api/proposals/"+there+"/decide", `{"decision":"accept"}`, http.StatusNotFound, "not_found")
	c.as("part").refused(http.MethodGet, "/api/proposals?network=BO", nil, http.StatusUnprocessableEntity, "unknown_network")
	it := get[api.Proposals](c.as("office"), "/api/proposals?network=PE&status=open").Proposals[0]
	if it.By != "Luisa" || it.Device != "Laptop" || it.Title != "COCLA" || !it.Exists || it.Current["acronym"] != "COC" || it.Changes["acronym"].To != "CCL" {
		t.Errorf("got %+v", it)
	}
}

func TestAProposalIsAcceptedOrDismissed(t *testing.T) {
	g := newRegister(t)
	g.hire()
	id := g.proposed("PE", "organization", g.cocla, "update", `{"acronym":{"from":"COC","to":"CCL"},"products":{"from":["coffee","cocoa"],"to":["coffee","sugar"]}}`, "", 0)
	c := serve(t, g.office).as("office")
	path := "/api/proposals/" + id + "/decide"
	fields := func() map[string]any { return get[api.Row](c, "/api/records/organization/"+g.cocla).Fields }
	decide := func(decision, want string) {
		t.Helper()
		list := call[api.Proposals](c, http.MethodPost, path, map[string]string{"decision": decision}).Proposals
		if len(list) != 1 || list[0].Status != want {
			t.Errorf("%s: %+v", decision, list)
		}
	}
	decide("dismiss", "dismissed")
	decide("accept", "dismissed") // it was decided already
	if fields()["acronym"] != "COC" {
		t.Error("what was dismissed was made")
	}
	decide("reopen", "open")
	call[api.Saved](c, http.MethodPost, "/api/edits", `{"edits":[{"kind":"update","collection":"organization","network":"PE","id":"`+g.cocla+`","fields":{"products":["coffee","cocoa","banana"]}}]}`)
	decide("accept", "accepted")
	if f := fields(); f["acronym"] != "CCL" || !schema.Equal(texts(f["products"]), []string{"banana", "coffee", "sugar"}) {
		t.Errorf("got %v", f)
	}
	decide("reopen", "accepted")
	c.refused(http.MethodPost, path, `{"decision":"burn"}`, http.StatusUnprocessableEntity, "unknown_choice")
	c.refused(http.MethodPost, "/api/proposals/"+g.cocla+"/decide", `{"decision":"accept"}`, http.StatusNotFound, "not_found")
}

func texts(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, x := range list {
		s, _ := x.(string)
		out = append(out, s)
	}
	return out
}

// What was one action on the laptop is one decision, in the order in which it was made: an organization and its site.
func TestProposalsOfOneActionAreDecidedTogether(t *testing.T) {
	g := newRegister(t)
	g.hire()
	organization, site := record.NewID().String(), record.NewID().String()
	child := g.proposed("PE", "site", site, "create", `{"organization":{"from":null,"to":"`+organization+`"},"kind":{"from":null,"to":"plot"}}`, "g", 1)
	g.proposed("PE", "organization", organization, "create", `{"name":{"from":null,"to":"Nueva"},"country":{"from":null,"to":"PE"},"created_at":{"from":null,"to":1767268800000}}`, "g", 0)
	c := serve(t, g.office).as("office")
	list := call[api.Proposals](c, http.MethodPost, "/api/proposals/"+child+"/decide", `{"decision":"accept"}`).Proposals
	if len(list) != 2 || list[0].Collection != "organization" || list[0].Status != "accepted" || list[1].Status != "accepted" || !list[1].Exists {
		t.Fatalf("%+v", list)
	}
	if r := get[api.Row](c, "/api/records/site/"+site); r.Fields["organization"] != organization {
		t.Errorf("%+v", r)
	}
	lost := g.proposed("PE", "organization", record.NewID().String(), "update", `{"name":{"from":"A","to":"B"}}`, "", 0)
	c.refused(http.MethodPost, "/api/proposals/"+lost+"/decide", `{"decision":"accept"}`, http.StatusNotFound, "not_found")
	call[api.Proposals](c, http.MethodPost, "/api/proposals/"+lost+"/decide", `{"decision":"dismiss"}`)
}

// A group larger than a list is decided whole: whichever of them the console shows, none is left open.
func TestALargeGroupIsDecidedWhole(t *testing.T) {
	g := newRegister(t)
	g.hire()
	const size = proposal.MaxItems + 5
	last := ""
	for i := range size {
		last = g.proposed("PE", "organization", record.NewID().String(), "create", `{"name":{"from":null,"to":"Nueva"}}`, "large", i)
	}
	c := serve(t, g.office).as("office")
	for _, decision := range []string{"dismiss", "reopen", "accept"} {
		list := call[api.Proposals](c, http.MethodPost, "/api/proposals/"+last+"/decide", map[string]string{"decision": decision}).Proposals
		want := map[string]string{"dismiss": "dismissed", "reopen": "open", "accept": "accepted"}[decision]
		if len(list) != size || list[0].Status != want || list[size-1].Status != want {
			t.Fatalf("%s: %d of %d, %+v", decision, len(list), size, list[size-1])
		}
	}
	if open := get[api.Proposals](c, "/api/proposals?status=open").Proposals; len(open) != 0 {
		t.Errorf("%d are left open", len(open))
	}
	if n := get[api.RecordPage](c, "/api/records/organization?network=PE&q=Nueva").Total; n != size {
		t.Errorf("%d organizations came of %d", n, size)
	}
}

// One decision about many: each stands by itself, and what cannot be decided so is left, with the reason.
func TestManyProposalsAreDecidedAtOnce(t *testing.T) {
	g := newRegister(t)
	g.hire()
	var ids, organizations []string
	for range 30 {
		org := g.put("organization", "PE", map[string]any{"name": "Se va"})
		organizations = append(organizations, org)
		ids = append(ids, g.proposed("PE", "organization", org, "delete", `{}`, "", 0))
	}
	lost := g.proposed("PE", "organization", record.NewID().String(), "update", `{"name":{"from":"A","to":"B"}}`, "", 0)
	there := g.proposed("BO", "organization", g.bolivia, "delete", `{}`, "", 0)
	c := serve(t, g.office).as("part")
	const path = "/api/proposals/decide"
	ask := func(decision string, ids ...string) api.Decided {
		t.Helper()
		return call[api.Decided](c, http.MethodPost, path, map[string]any{"ids": ids, "decision": decision})
	}
	c.as("coord").refused(http.MethodPost, path, `{"ids":["`+ids[0]+`"],"decision":"accept"}`, http.StatusForbidden, "not_allowed")
	got := ask("accept", append([]string{lost, there, "x"}, ids[:25]...)...)
	if got.Decided != 25 || len(got.Refused) != 3 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []string{"not_found", "not_found", "bad_id"} {
		if r := got.Refused[i]; r.Code != want || r.Message == "" {
			t.Errorf("%+v, want %s", r, want)
		}
	}
	if got := ask("dismiss", ids[25:]...); got.Decided != 5 || len(got.Refused) != 0 {
		t.Errorf("%+v", got)
	}
	for i, org := range organizations {
		if r := get[api.Row](c, "/api/records/organization/"+org); r.Deleted != (i < 25) {
			t.Errorf("organization %d: deleted %v", i, r.Deleted)
		}
	}
	if got := ask("reopen", ids[25]); got.Decided != 1 {
		t.Errorf("%+v", got)
	}
	if open := get[api.Proposals](c, "/api/proposals?status=open&network=PE").Proposals; len(open) != 2 {
		t.Errorf("%+v", open)
	}
	c.refused(http.MethodPost, path, `{"ids":[],"decision":"accept"}`, http.StatusUnprocessableEntity, "bad_request")
	c.refused(http.MethodPost, path, `{"ids":["`+ids[0]+`"],"decision":"burn"}`, http.StatusUnprocessableEntity, "unknown_choice")
}
