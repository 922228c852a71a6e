package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"acopio/shared/api"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// large fills two networks with organizations, each with a site, a contact, two censuses and a certificate.
func large(b *testing.B, organizations int) *office {
	b.Helper()
	o := newOffice(b)
	o.addNetworks("PE", "BO")
	seq := uint64(10)
	build := func(collection, network string, fields map[string]any) *record.Record {
		c, err := o.rep.Schema().Collection(collection)
		if err != nil {
			b.Fatal(err)
		}
		seq++
		r := &record.Record{
			Key: record.Key{Network: network, Collection: c.Number, ID: record.NewID()}, Version: 1, Seq: seq,
			Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
		}
		for name, v := range fields {
			f, _ := c.Field(name)
			if r.Fields[f.Number], err = f.Normalize(v); err != nil {
				b.Fatal(err)
			}
			r.Stamps[f.Number] = record.Stamp{Version: 1, Device: 1, Edited: o.now}
		}
		return r
	}
	err := o.rep.Write(func(tx *replica.Tx) error {
		for i := range organizations {
			network := []string{"PE", "BO"}[i%2]
			org := build("organization", network, map[string]any{"name": fmt.Sprintf("Cooperativa %d", i), "country": network})
			id := org.ID.String()
			err := tx.ApplyRecords([]*record.Record{
				org,
				build("site", network, map[string]any{"organization": id, "kind": "office", "lat": -10.5, "lon": -70.5}),
				build("contact", network, map[string]any{"organization": id, "name": fmt.Sprintf("Persona %d", i)}),
				build("census", network, map[string]any{"organization": id, "year": 2023, "source": "organization", "members_total": 10, "members_women": 4}),
				build("census", network, map[string]any{"organization": id, "year": 2024, "source": "organization", "members_total": 12, "members_women": 5}),
				build("certification", network, map[string]any{"organization": id, "scheme": "fairtrade", "status": "certified", "valid_to": fmt.Sprintf("2026-%02d-11", i%12+1)}),
			}, nil)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return o
}

func BenchmarkOverviewOf100kOrganizations(b *testing.B) {
	o := large(b, 100_000)
	c := serve(b, o)
	begin := time.Now()
	get[api.Overview](c, "/api/overview")
	first := time.Since(begin)
	defer func() { b.ReportMetric(float64(first.Milliseconds()), "ms-first") }()
	for b.Loop() {
		o.put("tag", "PE", map[string]any{"name": "x"}) // counts are remembered until something is saved
		if o := call[api.Overview](c, http.MethodGet, "/api/overview", nil); o.Networks[1].Members != 600_000 {
			b.Fatalf("got %+v", o.Networks)
		}
	}
}
