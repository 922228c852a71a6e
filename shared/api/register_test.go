package api_test

import "testing"

// canary is in every value that a viewer must not see; exile is in everything of a network that only some reach.
const (
	canary        = "CANARIO"
	canaryPremium = 98765431
	exile         = "DESTIERRO"
)

// register is a small register in two networks, with a canary wherever something is sensitive.
type register struct {
	*office
	cocla, norte string // organizations of PE
	bolivia      string // an organization of BO
	contact      string
	census       string
	conflict     string // about the contact's name
	nameConflict string // about cocla's name; lost by the coordinator's device
}

func newRegister(t testing.TB) *register {
	t.Helper()
	o := newOffice(t)
	o.addNetworks("PE", "BO")
	g := &register{office: o}
	g.cocla = o.put("organization", "PE", map[string]any{
		"name": "COCLA", "acronym": "COC", "flo_id": "1234", "country": "PE", "type": "small_producers",
		"products": []string{"coffee", "cocoa"}, "status": "active", "founded": 1967, "admin1": "Cusco",
	})
	g.norte = o.put("organization", "PE", map[string]any{"name": "Ñandú del Norte", "country": "PE", "type": "other", "parent": g.cocla})
	g.bolivia = o.put("organization", "BO", map[string]any{"name": exile + " Illampu", "country": "BO"})
	g.contact = o.put("contact", "PE", map[string]any{
		"organization": g.cocla, "name": canary + " Quispe", "emails": []string{"canario@example.org"}, "notes": canary,
		"phones": []string{"+51987654321"}, "position": canary,
	})
	o.put("mandate", "PE", map[string]any{"organization": g.cocla, "contact": g.contact, "role": "Tesorera"})
	g.census = o.put("census", "PE", map[string]any{
		"organization": g.cocla, "year": 2024, "source": "organization", "members_total": 120, "members_women": 50, "declared_by": canary,
	})
	o.put("census", "PE", map[string]any{"organization": g.cocla, "year": 2020, "source": "network", "members_total": 999, "members_women": 1})
	o.put("product_year", "PE", map[string]any{
		"organization": g.cocla, "product": "coffee", "year": 2024, "volume": 10, "volume_unit": "t", "premium": canaryPremium, "premium_currency": canary,
	})
	o.put("site", "PE", map[string]any{"organization": g.cocla, "kind": "office", "name": "Sede", "lat": -12.86, "lon": -72.69, "is_home": true})
	o.put("interaction", "PE", map[string]any{"organization": g.cocla, "kind": "visit", "date": "2026-02-01", "subject": "Visita", "participants": []string{canary}})
	o.put("certification", "PE", map[string]any{
		"organization": g.cocla, "scheme": "fairtrade", "status": "certified", "valid_from": "2025-04-01", "valid_to": "2026-04-15",
	})
	g.conflict = o.put("conflict", "PE", conflictOf("contact", g.contact, "name", `"`+canary+` A"`, `"`+canary+` B"`, `"`+canary+` C"`))
	g.nameConflict = o.put("conflict", "PE", conflictOf("organization", g.cocla, "name", `"Cocla `+canary+`"`, `"COCLA"`, `"Central COCLA `+canary+`"`))
	o.put("conflict", "BO", conflictOf("organization", g.bolivia, "name", `"`+exile+`"`, `"`+exile+`"`, `"`+exile+`"`))
	return g
}

func conflictOf(collection, id, field, base, kept, lost string) map[string]any {
	return map[string]any{
		"collection": collection, "record": id, "field": field, "kind": "edit", "base_value": base, "kept_value": kept, "lost_value": lost,
		"kept_device": 3, "lost_device": 2, "kept_by": "Félix", "lost_by": "Carla", "kept_at": 2, "lost_at": 1, "must_review": true, "status": "open",
	}
}
