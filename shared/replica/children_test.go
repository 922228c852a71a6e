package replica

import (
	"testing"

	"acopio/shared/fault"
)

func TestChildrenOfWhatAQuerySelects(t *testing.T) {
	r, m := newReplica(t), newMaker()
	alfa := m.make("PE", "organization", map[string]any{"name": "Alfa", "country": "PE"})
	beta := m.make("PE", "organization", map[string]any{"name": "Beta", "country": "BO"})
	gone := m.make("PE", "organization", map[string]any{"name": "Gama"})
	site := func(of, name string, lat float64) map[string]any {
		return map[string]any{"organization": of, "kind": "office", "name": name, "lat": lat, "lon": 1.5}
	}
	apply(t, r, alfa, beta, gone,
		m.make("PE", "site", site(beta.ID.String(), "de Beta", 2)),
		m.make("PE", "site", site(alfa.ID.String(), "de Alfa", 1)),
		m.make("PE", "site", map[string]any{"organization": alfa.ID.String(), "kind": "plot", "name": "sin posición"}),
		m.delete(m.make("PE", "site", site(alfa.ID.String(), "borrado", 3))),
		m.make("PE", "site", site(gone.ID.String(), "de Gama", 4)))
	apply(t, r, m.delete(gone))
	list := func(q Query) string {
		t.Helper()
		q.Collection = "organization"
		children, err := r.Children(ctx, q, "site", []string{"name", "lat"}, []string{"country"})
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, c := range children {
			lat, _ := c.Values[1].(float64)
			country, _ := c.Parent[0].(string)
			out += c.Values[0].(string) + " " + itoa(int(lat)) + " " + country + "|"
		}
		return out
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{}, "de Alfa 1 PE|sin posición 0 PE|de Beta 2 BO|"},
		{Query{Sort: []Order{{Field: "name", Descending: true}}}, "de Beta 2 BO|de Alfa 1 PE|sin posición 0 PE|"},
		{Query{Search: "beta"}, "de Beta 2 BO|"},
		{Query{Where: []Condition{{"country", "=", "PE"}}}, "de Alfa 1 PE|sin posición 0 PE|"},
		{Query{Networks: []string{"BO"}}, ""},
	} {
		if got := list(c.q); got != c.want {
			t.Errorf("%+v: %s", c.q, got)
		}
	}
	if _, err := r.Children(ctx, Query{Collection: "organization"}, "organization", nil, nil); !fault.Is(err, fault.BadUsage) {
		t.Errorf("not a child: %v", err)
	}
	if _, err := r.Children(ctx, Query{Collection: "organization"}, "site", []string{"horn"}, nil); !fault.Is(err, fault.UnknownField) {
		t.Errorf("unknown field: %v", err)
	}
}
