package atlas

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		what, country string
		at            Point
		outside       bool
		in            string // outside: where it is
	}{
		{"Cusco", "PE", Point{-13.5226, -71.9673}, false, ""},
		{"Lima's port, at the edge of the sea", "PE", Point{-12.0508, -77.1478}, false, ""},
		{"an island before the coast", "PE", Point{-12.09, -77.22}, false, ""},
		{"Desaguadero, on the border", "PE", Point{-16.5655, -69.0370}, false, ""},
		{"the other side of that border", "BO", Point{-16.5655, -69.0420}, false, ""},
		{"the Galápagos", "EC", Point{-0.7432, -90.3120}, false, ""},
		{"San Andrés, far from its mainland", "CO", Point{12.5847, -81.7006}, false, ""},
		{"Bridgetown", "BB", Point{13.0975, -59.6167}, false, ""},
		{"Fiji, east of the date line", "FJ", Point{-16.85, -179.95}, false, ""},
		{"Anadyr's far end, east of the date line", "RU", Point{66.0, -171.5}, false, ""},
		{"Lomé, by the coast and the border", "TG", Point{6.1375, 1.2123}, false, ""},
		{"Kara", "TG", Point{9.5511, 1.1861}, false, ""},
		{"La Paz is not in Peru", "PE", Point{-16.4897, -68.1193}, true, "BO"},
		{"Cusco is not in Bolivia", "BO", Point{-13.5226, -71.9673}, true, "PE"},
		{"the open sea", "PE", Point{-12, -85}, true, ""},
		{"nothing entered: 0, 0", "PE", Point{0, 0}, true, ""},
		{"a country that is none", "XX", Point{0, 0}, false, ""},
		{"no country", "", Point{0, 0}, false, ""},
	} {
		f := Judge(c.country, c.at)
		if f.Outside != c.outside || f.Country != c.in {
			t.Errorf("%s: %+v", c.what, f)
		}
	}
}

func TestJudgeSaysHowFarAndWhatWasMeant(t *testing.T) {
	for _, c := range []struct {
		what     string
		at, want Point
	}{
		{"exchanged", Point{-71.9673, -13.5226}, Point{-13.5226, -71.9673}},
		{"longitude without its sign", Point{-13.5226, 71.9673}, Point{-13.5226, -71.9673}},
		{"latitude without its sign", Point{13.5226, -71.9673}, Point{-13.5226, -71.9673}},
		{"both without", Point{13.5226, 71.9673}, Point{-13.5226, -71.9673}},
	} {
		f := Judge("PE", c.at)
		if f.Mended == nil || *f.Mended != c.want {
			t.Errorf("%s: %+v", c.what, f)
		}
	}
	far := Judge("PE", Point{-16.4897, -68.1193}) // La Paz, some 80 km from Desaguadero
	if far.Mended != nil || far.Kilometers < 50 || far.Kilometers > 110 {
		t.Errorf("La Paz: %+v", far)
	}
	// Across the date line the short way counts.
	if f := Judge("FJ", Point{-17, -178.5}); f.Kilometers > 300 {
		t.Errorf("near Fiji: %+v", f)
	}
}

func TestShapesOfEveryCountryOfTheNetworks(t *testing.T) {
	for _, code := range []string{
		"AR", "BO", "BR", "BZ", "CL", "CO", "CR", "CU", "DM", "DO", "EC", "GD", "GT", "GY", "HN", "HT", "JM", "LC", "MX", "NI", "PA", "PE", "PY", "SV", "TG", "UY", "VC", "VE",
	} {
		if outlines()[code] == nil {
			t.Errorf("no shape of %s", code)
		}
	}
	if n := len(Countries()); n < 200 {
		t.Errorf("%d countries", n)
	}
}

// Of the places of a real gazetteer hardly one is found outside of its country: a few islets, with people on them, are
// too small for the shapes.
func TestGazetteer(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "data", "geonames_cities_lac.csv")
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the gazetteer is not on this machine")
	} else if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	outside := 0
	for _, row := range rows[1:] {
		lat, err1 := strconv.ParseFloat(row[6], 64)
		lon, err2 := strconv.ParseFloat(row[7], 64)
		if err1 != nil || err2 != nil {
			t.Fatal(row)
		}
		if f := Judge(row[0], Point{lat, lon}); f.Outside {
			outside++
			t.Log(row, f)
		}
	}
	if len(rows) < 20_000 || outside > 5 {
		t.Errorf("%d of %d places are outside", outside, len(rows)-1)
	}
}

// A file that is cut, or whose shapes name arcs it lacks, is an error and not a map with holes.
func TestDecodeRefusesWhatIsBroken(t *testing.T) {
	for _, file := range []string{
		``, `{`, `{"arcs":[],"objects":{"countries":{"geometries":[{"type":"Polygon","arcs":[[0]],"properties":{"code":"PE"}}]}}}`,
		`{"arcs":[],"objects":{"countries":{"geometries":[{"type":"MultiPolygon","arcs":[0],"properties":{"code":"PE"}}]}}}`,
		`{"arcs":[],"objects":{"countries":{"geometries":[{"type":"Polygon","arcs":[[-2]],"properties":{"code":"PE"}}]}}}`,
	} {
		if _, err := decode([]byte(file)); err == nil {
			t.Errorf("%q was taken", file)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	outlines()
	for range b.N {
		Judge("BR", Point{-10, -52})
	}
}
