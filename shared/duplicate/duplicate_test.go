package duplicate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func codes(reasons []Reason) string {
	out := make([]string, 0, len(reasons))
	for _, r := range reasons {
		out = append(out, r.Code)
	}
	return strings.Join(out, " ")
}

func TestCompare(t *testing.T) {
	at := func(o Organization) Organization {
		o.Network, o.Country, o.Admin1, o.Admin2 = "PE", "PE", "Junín", "Chanchamayo"
		return o
	}
	for _, c := range []struct {
		what     string
		a, b     Organization
		from, to float64
		reasons  string
	}{
		{
			"accents, case and legal form", at(Organization{Name: "Cooperativa Agraria Sol Naciente Ltda.", Locality: "Pichanaqui"}),
			at(Organization{Name: "COOP. AGRARIA SOL NACIENTE", Locality: "Pichanaqui"}), 0.75, 1, "same_name same_place",
		},
		{
			"a letter lost", at(Organization{Name: "Cooperativa Novissi", Locality: "Pichanaqui"}),
			at(Organization{Name: "Cooperativa Novisi", Locality: "Pichanaqui"}), 0.6, 0.8, "similar_name same_place",
		},
		{
			"words in another order", at(Organization{Name: "Agraria Naciente Sol", Locality: "X"}),
			at(Organization{Name: "Sol Naciente Agraria", Locality: "X"}), 0.75, 1, "similar_name same_place",
		},
		{
			"the same name elsewhere", at(Organization{Name: "Sol Naciente", Locality: "Pichanaqui"}),
			at(Organization{Name: "Sol Naciente", Locality: "Perené"}), 0.4, 0.57, "same_name other_place",
		},
		{
			"an alias", at(Organization{Name: "Central Café y Cacao", Aliases: []string{"Cocla Grande"}}),
			at(Organization{Name: "Cocla Grande"}), 0.6, 0.8, "other_name same_place",
		},
		{"one FLO ID", at(Organization{Name: "Norte", FLOID: "1234"}), at(Organization{Name: "Sur", FLOID: "1234"}), 0.9, 1, "same_flo_id same_place"},
		{
			"two FLO IDs", at(Organization{Name: "Norte", FLOID: "1234", Locality: "X"}),
			at(Organization{Name: "Norte", FLOID: "4321", Locality: "X"}), 0, 0.5, "same_name same_place other_flo_id",
		},
		{
			"a phone, and a name that is similar", at(Organization{Name: "Valle Grande", Phones: []string{"+511"}}),
			at(Organization{Name: "Valles Grandes", Phones: []string{"+511"}}), 0.6, 1, "similar_name same_phone same_place",
		},
		{"a phone alone", at(Organization{Name: "Norte", Phones: []string{"+511"}}), at(Organization{Name: "Sur", Phones: []string{"+511"}}), 0.5, 0.61, "same_phone same_place"},
		{"numbered groups", at(Organization{Name: "Esperanza 1", Locality: "X"}), at(Organization{Name: "Esperanza 2", Locality: "X"}), 0, 0.5, "similar_name same_place other_number"},
		{
			"a slip of the pen in a short name", at(Organization{Name: "Nubuke", Locality: "X", Lat: 1, Lon: 1, Positioned: true}),
			at(Organization{Name: "Noubuké", Locality: "X", Lat: 1, Lon: 1, Positioned: true}), 0.5, 0.65, "similar_name same_place near",
		},
		{
			"one village, written in two ways", at(Organization{Name: "Wazonale", Locality: "Kodjo-aza"}),
			at(Organization{Name: "Wazonale", Locality: "Kodjoaza"}), 0.75, 1, "same_name same_place",
		},
		{
			"a name of one word at another village", at(Organization{Name: "Negno", Locality: "Veh"}),
			at(Organization{Name: "Negno", Locality: "Enyawu"}), 0.2, 0.4, "same_name other_place",
		},
		{
			"the same, within reach", at(Organization{Name: "Negno", Locality: "Veh", Lat: 1, Lon: 1, Positioned: true}),
			at(Organization{Name: "Negno", Locality: "Enyawu", Lat: 1.001, Lon: 1, Positioned: true}), 0.6, 0.8, "same_name near",
		},
		{
			"half of a name in one village", at(Organization{Name: "Solim", Locality: "X"}),
			at(Organization{Name: "Solim Eya", Locality: "X"}), 0, 0.4, "similar_name same_place",
		},
		{
			"numbered by a letter", at(Organization{Name: "Avec Solim A", Locality: "X"}),
			at(Organization{Name: "Avec Solim B", Locality: "X"}), 0, 0.5, "similar_name same_place other_number",
		},
		{"neighbors", at(Organization{Name: "Norte", Locality: "X"}), at(Organization{Name: "Esperanza", Locality: "X"}), 0, 0, ""},
	} {
		all := []Organization{c.a, c.b}
		s := &search{known: newCensus(), seen: map[[2]int32]struct{}{}}
		s.add(&all[0])
		s.add(&all[1])
		score, reasons := compare(s.entries[0], s.entries[1], s.known)
		if score < c.from || score > c.to || codes(reasons) != c.reasons {
			t.Errorf("%s: %.2f %s", c.what, score, codes(reasons))
		}
		back, _ := compare(s.entries[1], s.entries[0], s.known)
		if back != score {
			t.Errorf("%s: %.2f one way, %.2f the other", c.what, score, back)
		}
	}
}

func TestFindKeepsNetworksApartAndNamesEachPairOnce(t *testing.T) {
	one := Organization{Name: "Sol Naciente", FLOID: "7", Locality: "X", Phones: []string{"+1"}}
	var all []Organization
	for i, network := range []string{"PE", "PE", "BO"} {
		o := one
		o.ID, o.Network = strconv.Itoa(9-i), network
		all = append(all, o)
	}
	pairs, err := Find(context.Background(), all)
	if err != nil || len(pairs) != 1 || pairs[0].First != "8" || pairs[0].Second != "9" || pairs[0].Network != "PE" {
		t.Fatalf("%+v %v", pairs, err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Find(canceled, all); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A name that half the register has says little, and a phone that many have is an umbrella's.
func TestFindIsNotFooledByWhatManyHave(t *testing.T) {
	var all []Organization
	for i := range 60 {
		all = append(all, Organization{
			ID: fmt.Sprint(i), Network: "PE", Name: "Asociación Virgen del Carmen", Admin1: fmt.Sprint("R", i), Phones: []string{"+51987654321"},
		})
	}
	pairs, err := Find(context.Background(), all)
	if err != nil || len(pairs) != 0 {
		t.Errorf("%d pairs, such as %+v %v", len(pairs), pairs[0], err)
	}
}

func TestLookalikes(t *testing.T) {
	there := []Organization{
		{ID: "a", Network: "PE", Name: "Cooperativa Agraria Sol Naciente", Country: "PE"},
		{ID: "b", Network: "PE", Name: "Luna Llena", FLOID: "1234"},
		{ID: "c", Network: "BO", Name: "Cooperativa Agraria Sol Naciente"},
	}
	for _, c := range []struct {
		typed Organization
		want  string
	}{
		{Organization{Network: "PE", Name: "sol naciente agraria"}, "a"},
		{Organization{Network: "PE", Name: "Sol Nacient", Country: "PE"}, ""},
		{Organization{Network: "PE", Name: "Agraria Sol Nacient"}, "a"},
		{Organization{Network: "PE", Name: "Otra", FLOID: "1234"}, "b"},
		{Organization{Network: "PE", ID: "b", Name: "Luna Llena"}, ""},
		{Organization{Network: "PE"}, ""},
	} {
		got := ""
		for _, l := range Lookalikes(c.typed, there) {
			got += l.ID
		}
		if got != c.want {
			t.Errorf("%+v: %s", c.typed, got)
		}
	}
}

// TestTogo finds the probable duplicates of a real national register, and within the time there is for them.
func TestTogo(t *testing.T) {
	all := togo(t)
	began := time.Now()
	pairs, err := Find(context.Background(), all)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("%d organizations, %d pairs in %v", len(all), len(pairs), took)
	if len(pairs) < 100 || len(pairs) > 110 { // those that labels_test.go measures
		t.Errorf("%d pairs", len(pairs))
	}
	if took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if !slices.ContainsFunc(pairs, func(p Pair) bool { return codes(p.Reasons)[:9] == "same_name" }) {
		t.Error("no pair of the same name")
	}
}

func togo(t *testing.T) []Organization {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "togo_cooperatives.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the register of Togo, ../shared/data/togo_cooperatives.csv, is not on this machine: nothing is measured")
	} else if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:4]) != "321d236f" {
		t.Fatalf("the register of Togo has changed (%x): testdata/togo_pairs.csv labels rows of another", sum[:4])
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []Organization
	for _, r := range rows[1:] {
		o := Organization{ID: r[0], Network: "TG", Name: r[6], Country: "TG", Admin1: r[1], Admin2: r[2], Locality: r[5]}
		_, err := fmt.Sscanf(r[9], "POINT (%f %f)", &o.Lon, &o.Lat)
		o.Positioned = err == nil
		out = append(out, o)
	}
	return out
}

func BenchmarkFind100k(b *testing.B) {
	var all []Organization
	words := strings.Fields("sol luna valle rio monte flor cafe miel norte sur oro verde selva nube cielo piedra agua viento tierra fuego")
	for i := range 100_000 {
		name := fmt.Sprintf("Cooperativa Agraria %s %s %d", words[i%20], words[i/20%20], i/400)
		all = append(all, Organization{ID: strconv.Itoa(i), Network: "PE", Name: name, Admin1: fmt.Sprint(i % 25), Locality: fmt.Sprint("L", i%1800)})
	}
	for range b.N {
		if _, err := Find(context.Background(), all); err != nil {
			b.Fatal(err)
		}
	}
}
