package api_test

import (
	"strings"
	"testing"
	"time"

	"acopio/shared/api"
)

func TestTheDashboardAddsUp(t *testing.T) {
	o := newOffice(t)
	o.addNetworks("PE", "BO")
	put := func(collection, network string, fields map[string]any) string {
		return o.put(collection, network, fields)
	}
	a := put("organization", "PE", map[string]any{"name": "A", "country": "PE", "products": []string{"coffee", "honey"}})
	b := put("organization", "PE", map[string]any{"name": "B", "country": "EC", "products": []string{"coffee"}})
	c := put("organization", "BO", map[string]any{"name": "C", "country": "BO", "products": []string{"quinoa"}})
	census := func(network, org string, year, members, women int) {
		put("census", network, map[string]any{"organization": org, "year": year, "source": "organization", "members_total": members, "members_women": women, "area_total": 2.5})
	}
	census("PE", a, 2024, 100, 40)
	census("PE", a, 2025, 120, 50)
	census("PE", b, 2025, 30, 10)
	census("BO", c, 2025, 500, 1)
	event := func(network, org, kind, date string) {
		put("membership_event", network, map[string]any{"organization": org, "body": "network", "kind": kind, "date": date})
	}
	event("PE", a, "applied", "2022-01-01")
	event("PE", a, "admitted", "2023-02-01")
	event("PE", b, "admitted", "2023-05-01")
	event("PE", b, "suspended", "2024-05-01")
	event("PE", b, "left", "2024-06-01")
	put("certification", "PE", map[string]any{"organization": a, "scheme": "fairtrade", "status": "certified", "valid_to": "2026-04-10"})
	put("certification", "PE", map[string]any{"organization": b, "scheme": "fairtrade", "status": "expired", "valid_to": "2026-04-10"})

	admin := serve(t, o)
	d := get[api.Dashboard](admin, "/api/dashboard?network=PE")
	if len(d.Places) != 2 || d.Day != "2026-03-01" {
		t.Fatalf("%+v", d.Places)
	}
	families := d.Places[0].Families + d.Places[1].Families
	if families != 150 || d.Places[0].Organizations+d.Places[1].Organizations != 2 || d.Places[0].Expiring+d.Places[1].Expiring != 1 {
		t.Fatalf("%+v", d.Places)
	}
	if len(d.Years) != 2 || d.Years[0] != (api.YearFigures{Year: 2024, Organizations: 1, Families: 100, Women: 40, Area: 2.5}) || d.Years[1].Families != 150 {
		t.Fatalf("%+v", d.Years)
	}
	want := []api.MembershipFigures{{Year: 2023, Joined: 2, Members: 2}, {Year: 2024, Left: 1, Members: 1}, {Year: 2025, Members: 1}, {Year: 2026, Members: 1}}
	if len(d.Membership) != 4 || d.Membership[0] != want[0] || d.Membership[1] != want[1] || d.Membership[3] != want[3] {
		t.Fatalf("%+v", d.Membership)
	}
	if len(d.Products) != 2 || d.Products[0] != (api.ProductFigures{Product: "coffee", Organizations: 2, Families: 150}) {
		t.Fatalf("%+v", d.Products)
	}
	if len(d.Expiring) != 12 || d.Expiring[0].Month != "2026-03" || d.Expiring[1].Certificates != 1 {
		t.Fatalf("%+v", d.Expiring)
	}
	if d = get[api.Dashboard](admin, "/api/dashboard?country=EC"); len(d.Places) != 1 || d.Years[0].Families != 30 {
		t.Fatalf("%+v", d)
	}
	// A member's figures are of its own networks alone, and follow what changes.
	mine := get[api.Dashboard](admin.as("viewer"), "/api/dashboard")
	if len(mine.Places) != 2 || len(mine.Products) != 2 {
		t.Fatalf("%+v", mine)
	}
	census("PE", b, 2026, 35, 10)
	if d = get[api.Dashboard](admin, "/api/dashboard?country=EC"); d.Places[0].Families != 35 || len(d.Years) != 2 {
		t.Fatalf("%+v", d)
	}
	admin.as("viewer").refused("GET", "/api/dashboard?network=BO", nil, 422, "unknown_network")
}

func TestTheDashboardAsAFile(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	_, text := c.export("/api/dashboard/file?format=csv&lang=en")
	if !strings.Contains(text, "Networks and countries\n") || !strings.Contains(text, "Network,Country,Organizations") {
		t.Fatal(text)
	}
	if _, book := c.export("/api/dashboard/file?format=xlsx&lang=es"); !strings.HasPrefix(book, "PK") {
		t.Fatalf("%d bytes", len(book))
	}
}

func BenchmarkDashboardOf100kOrganizations(b *testing.B) {
	o := large(b, 100_000)
	c := serve(b, o)
	begin := time.Now()
	get[api.Calls](c, "/api/calls")
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-derive")
	begin = time.Now()
	get[api.Dashboard](c, "/api/dashboard")
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-first")
	some := get[api.RecordPage](c, "/api/records/organization?network=PE&limit=1").Records[0].ID
	for b.Loop() {
		o.put("verification", "PE", map[string]any{"organization": some, "field_group": "sites", "outcome": "confirmed", "date": "2026-02-01"})
		get[api.Dashboard](c, "/api/dashboard?network=PE")
	}
}
