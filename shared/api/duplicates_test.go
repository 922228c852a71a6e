package api_test

import (
	"net/http"
	"testing"

	"acopio/shared/api"
)

func TestDuplicatesAreSuggestedUntilSomebodySaysTheyAreTwo(t *testing.T) {
	g := newRegister(t)
	twin := g.put("organization", "PE", map[string]any{"name": "Cooperativa Cocla Ltda.", "flo_id": "1234", "country": "PE"})
	g.put("site", "PE", map[string]any{"organization": twin, "kind": "office", "lat": -12.861, "lon": -72.69}) // Cocla's is near
	g.put("organization", "BO", map[string]any{"name": exile + " Illampu", "country": "BO", "flo_id": "77"})
	admin := serve(t, g.office)
	all := get[api.Duplicates](admin, "/api/duplicates")
	if all.Total != 2 || all.Searching {
		t.Fatalf("%+v", all)
	}
	mine := get[api.Duplicates](admin.as("coord"), "/api/duplicates")
	if mine.Total != 1 || len(mine.Pairs) != 1 {
		t.Fatalf("%+v", mine)
	}
	p := mine.Pairs[0]
	if p.Reasons[0].Code != "same_flo_id" || p.Reasons[0].Value != "1234" || p.Score < 0.9 || p.First.ID >= p.Second.ID || (p.First.ID != twin && p.Second.ID != twin) {
		t.Errorf("%+v", p)
	}
	if near := p.Reasons[len(p.Reasons)-1]; near.Code != "near" || near.Share != 0.11 {
		t.Errorf("%+v", p.Reasons)
	}
	g.put("distinct_pair", "PE", map[string]any{"first": p.First.ID, "second": p.Second.ID, "names": "dos"})
	if after := get[api.Duplicates](admin, "/api/duplicates?network=PE"); after.Total != 0 {
		t.Errorf("%+v", after)
	}
	// Another organization is found without being asked for.
	g.put("organization", "PE", map[string]any{"name": "Ñandú del Norte", "country": "PE"})
	if after := get[api.Duplicates](admin, "/api/duplicates?network=PE"); after.Total != 1 {
		t.Errorf("%+v", after)
	}
	admin.as("coord").refused(http.MethodGet, "/api/duplicates?network=BO", nil, http.StatusUnprocessableEntity, "unknown_network")
}

func TestLookalikesOfWhatIsTyped(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	for query, want := range map[string]string{
		"network=PE&name=nandu+del+norte":  "Ñandú del Norte",
		"network=PE&name=Otra&flo_id=1234": "COCLA",
		"network=PE&name=Otra&flo_id=12x":  "",
		"network=PE&name=zz":               "",
		"network=BO&name=nandu+del+norte":  "",
	} {
		got := ""
		for _, l := range get[api.Lookalikes](c, "/api/lookalikes?"+query).Lookalikes {
			got += l.Organization.Title
		}
		if got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	c.as("coord").refused(http.MethodGet, "/api/lookalikes?network=BO&name=illampu", nil, http.StatusUnprocessableEntity, "unknown_network")
}
