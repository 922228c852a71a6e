package schema

import (
	"testing"

	"acopio/shared/fault"
)

func TestRecordChecks(t *testing.T) {
	type values = map[string]Value
	census := values{"organization": "o", "year": int64(2025), "source": "organization"}
	site := values{"organization": "o", "kind": "office"}
	period := values{"organization": "o", "scheme": "organic", "status": "certified"}
	for _, c := range []struct {
		name, collection string
		base, more       values
		code             fault.Code // empty: fine
		field            string
	}{
		{"total alone", "census", census, values{"members_total": int64(10)}, "", ""},
		{"parts that add up", "census", census, values{"members_total": int64(10), "members_women": int64(4), "members_men": int64(6)}, "", ""},
		{"three parts that add up", "census", census, values{"members_total": int64(10), "members_women": int64(4), "members_men": int64(5), "members_other": int64(1)}, "", ""},
		{"one part, not more than the total", "census", census, values{"members_total": int64(10), "members_women": int64(4)}, "", ""},
		{"two parts, the large one unknown", "census", census, values{"members_total": int64(10), "members_women": int64(4), "members_other": int64(1)}, "", ""},
		{"one part, more than the total", "census", census, values{"members_total": int64(10), "members_women": int64(11)}, fault.BadSum, "members_total"},
		{"parts below the total", "census", census, values{"members_total": int64(10), "members_women": int64(4), "members_men": int64(5)}, fault.BadSum, "members_total"},
		{"parts above the total", "census", census, values{"members_total": int64(10), "members_women": int64(6), "members_men": int64(6)}, fault.BadSum, "members_total"},
		{"no total", "census", census, nil, fault.MissingField, "members_total"},
		{"more youth than members", "census", census, values{"members_total": int64(10), "members_youth": int64(11)}, fault.OutOfRange, "members_youth"},
		{"more certified than area", "census", census, values{"members_total": int64(10), "area_total": 2.0, "area_certified": 2.5}, fault.OutOfRange, "area_certified"},
		{"certified without a total", "census", census, values{"members_total": int64(10), "area_certified": 2.5}, "", ""},
		{"position", "site", site, values{"lat": -12.0, "lon": -77.0}, "", ""},
		{"no position", "site", site, nil, "", ""},
		{"half a position", "site", site, values{"lat": -12.0}, fault.BadCoordinate, "lat"},
		{"the other half", "site", site, values{"lon": -77.0}, fault.BadCoordinate, "lat"},
		{"period", "certification", period, values{"valid_from": "2025-01-01", "valid_to": "2025-01-01"}, "", ""},
		{"open period", "certification", period, values{"valid_to": "2025-01-01"}, "", ""},
		{"period that ends before it begins", "certification", period, values{"valid_from": "2025-01-02", "valid_to": "2025-01-01"}, fault.OutOfRange, "valid_to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			collection, err := Registry().Collection(c.collection)
			if err != nil {
				t.Fatal(err)
			}
			all := values{}
			for _, part := range []values{c.base, c.more} {
				for name, v := range part {
					all[name] = v
				}
			}
			err = collection.CheckRecord(all)
			if c.code == "" && err == nil {
				return
			}
			if f := fault.Of(err); f == nil || f.Code != c.code || f.Field != c.field {
				t.Errorf("%v, want %s of %s", err, c.code, c.field)
			}
		})
	}
}

func TestNumbersInSentencesArePlain(t *testing.T) {
	c, _ := Registry().Collection("census")
	err := c.CheckRecord(map[string]Value{
		"organization": "o", "year": int64(2025), "source": "organization", "members_total": int64(10_000_000), "members_women": int64(20_000_000),
	})
	if text := fault.Of(err).Text("en"); text != "The parts add up to 20000000, but “members_total” says 10000000." {
		t.Error(text)
	}
}
