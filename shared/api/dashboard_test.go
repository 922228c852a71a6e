package api_test

import (
	"fmt"
	"math"
	"slices"
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
	d := addedUp(admin, "/api/dashboard?network=PE")
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
	if d = addedUp(admin, "/api/dashboard?country=EC"); len(d.Places) != 1 || d.Years[0].Families != 30 {
		t.Fatalf("%+v", d)
	}
	// A member's figures are of its own networks alone, and follow what changes.
	mine := addedUp(admin.as("viewer"), "/api/dashboard")
	if len(mine.Places) != 2 || len(mine.Products) != 2 {
		t.Fatalf("%+v", mine)
	}
	census("PE", b, 2026, 35, 10)
	if d = addedUp(admin, "/api/dashboard?country=EC"); d.Places[0].Families != 35 || len(d.Years) != 2 {
		t.Fatalf("%+v", d)
	}
	admin.as("viewer").refused("GET", "/api/dashboard?network=BO", nil, 422, "unknown_network")
}

// A figure opens a list: each must be of as many, and add up to the same.
func TestTheFiguresAreThoseOfTheListsBehindThem(t *testing.T) {
	o := newOffice(t)
	o.addNetworks("PE", "BO")
	countries := []string{"PE", "EC"}
	for i := range 12 {
		org := o.put("organization", "PE", map[string]any{"name": fmt.Sprintf("Org %02d", i), "country": countries[i%2], "products": []string{"coffee"}})
		for year := 2023; year <= 2024+i%3; year++ {
			for j, source := range []string{"network", "organization", "certifier"}[:1+i%3] {
				o.put("census", "PE", map[string]any{
					"organization": org, "year": year, "source": source, "members_total": 100*(i+1) + 7*j, "members_women": 10*i + j,
					"members_youth": i, "area_total": 1.5 * float64(i+j), "area_certified": float64(j), "area_organic": 0.5 * float64(j),
				})
			}
		}
		for j, kind := range []string{"applied", "admitted", "suspended", "left", "reinstated", "admitted", "expelled"}[:1+i%7] {
			o.put("membership_event", "PE", map[string]any{"organization": org, "body": "network", "kind": kind, "date": fmt.Sprintf("%d-0%d-15", 2020+(i+j)/3, 1+j)})
		}
		o.put("certification", "PE", map[string]any{"organization": org, "scheme": "organic", "status": "certified", "valid_to": fmt.Sprintf("2026-%02d-20", 1+i)})
		// The next one is there already for some, and begins later.
		o.put("certification", "PE", map[string]any{"organization": org, "scheme": "organic", "status": "certified", "valid_from": "2026-05-01", "valid_to": "2027-04-30"})
	}
	c := serve(t, o)
	sum := func(query, field string) (total int, sum float64) {
		page := get[api.RecordPage](c, "/api/records/"+query)
		for _, row := range page.Records {
			switch n := row.Derived[field].(type) {
			case float64:
				sum += n
			case nil:
			default:
				t.Fatalf("%s: %T", field, n)
			}
		}
		return page.Total, sum
	}
	agree := func(what, query, field string, want float64) {
		t.Helper()
		total, got := sum(query, field)
		if field == "" {
			got = float64(total)
		}
		if math.Abs(got-want) > 0.05 {
			t.Errorf("%s: the figure is %v, the list behind it says %v", what, want, got)
		}
	}
	for _, country := range countries {
		d := addedUp(c, "/api/dashboard?country="+country)
		p, of := d.Places[0], "organization?where=country="+country
		agree("organizations", of, "", float64(p.Organizations))
		agree("counted", of+"&where=census_year!=", "", float64(p.Counted))
		agree("families", of, "members_total", float64(p.Families))
		agree("women", of, "members_women", float64(p.Women))
		agree("youth", of, "members_youth", float64(p.Youth))
		agree("area", of, "area_total", p.Area)
		agree("expiring", of+"&where=certified_until%3E=2026-03-01&where=certified_until%3C=2026-05-30", "", float64(p.Expiring))
		for _, y := range d.Years {
			then := fmt.Sprintf("%s&as_of=%d-12-31&where=census_year=%d", of, y.Year, y.Year)
			agree("counted in a year", then, "", float64(y.Organizations))
			agree("families of a year", then, "members_total", float64(y.Families))
			agree("women of a year", then, "members_women", float64(y.Women))
			agree("certified of a year", then, "area_certified", y.Certified)
			agree("organic of a year", then, "area_organic", y.Organic)
		}
		for _, m := range d.Membership {
			agree("members of a year", of+"&as_of="+min(fmt.Sprintf("%d-12-31", m.Year), d.Day)+"&where=member_network=member", "", float64(m.Members))
			events := fmt.Sprintf("membership_event?where=organization.country=%s&where=body=network&where=date%%3E=%d-01-01&where=date%%3C=%d-12-31", country, m.Year, m.Year)
			agree("joined", events+"&where=standing_change=joined", "", float64(m.Joined))
			agree("left", events+"&where=standing_change=left", "", float64(m.Left))
		}
		for _, m := range d.Expiring {
			first, err := time.Parse("2006-01", m.Month)
			if err != nil {
				t.Fatal(err)
			}
			last := first.AddDate(0, 1, -1).Format(time.DateOnly)
			list := "certification?where=organization.country=" + country + "&where=status=certified&where=valid_to%3E=" + max(m.Month+"-01", d.Day) + "&where=valid_to%3C=" + last
			agree("certificates that end in "+m.Month, list, "", float64(m.Certificates))
		}
		for _, part := range d.Parts {
			calls := get[api.Calls](c, "/api/calls?country="+country+"&part="+part.Part)
			if int64(calls.Total) != part.Organizations-part.Fresh {
				t.Errorf("%s: %+v, and %d to verify", part.Part, part, calls.Total)
			}
		}
		if calls := get[api.Calls](c, "/api/calls?country="+country); int64(calls.Total) != p.Stale {
			t.Errorf("stale: %d, and %d to verify", p.Stale, calls.Total)
		}
	}
	c.as("viewer").refused("GET", "/api/records/focal_point?where=contact.name=Rosa", nil, 403, "not_allowed")
	c.refused("GET", "/api/records/census?where=year.country=PE", nil, 422, "unknown_field")
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

// addedUp are the figures once all of them are current.
func addedUp(c *client, query string) api.Dashboard {
	for {
		if d := get[api.Dashboard](c, query); !d.Adding {
			return d
		}
		time.Sleep(time.Millisecond)
	}
}

// The figures come within what people do not notice, also right after an edit that makes them be added up anew.
func BenchmarkDashboardOf100kOrganizations(b *testing.B) {
	const bar = 100 * time.Millisecond
	o := large(b, 100_000)
	c := serve(b, o)
	begin := time.Now()
	get[api.Calls](c, "/api/calls")
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-derive")
	begin = time.Now()
	get[api.Dashboard](c, "/api/dashboard")
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-first")
	some := get[api.RecordPage](c, "/api/records/organization?network=PE&limit=1").Records[0].ID
	for _, edit := range []struct {
		collection string
		fields     map[string]any
	}{
		{"verification", map[string]any{"field_group": "sites", "outcome": "confirmed", "date": "2026-02-01"}},
		{"census", map[string]any{"year": 2025, "source": "organization", "members_total": 13}},
		{"certification", map[string]any{"scheme": "organic", "status": "certified", "valid_to": "2026-05-01"}},
		{"membership_event", map[string]any{"body": "network", "kind": "admitted", "date": "2025-05-01"}},
		{"organization", map[string]any{"name": "Otra", "country": "PE", "products": []string{"coffee"}}},
	} {
		b.Run(edit.collection, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				if edit.collection != "organization" {
					edit.fields["organization"] = some
				}
				o.put(edit.collection, "PE", edit.fields)
				begin := time.Now()
				get[api.Dashboard](c, "/api/dashboard?network=PE")
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			p95 := took[len(took)*95/100]
			b.ReportMetric(float64(p95.Microseconds())/1000, "ms-p95")
			if p95 > bar {
				b.Errorf("p95 %v", p95)
			}
		})
	}
}
