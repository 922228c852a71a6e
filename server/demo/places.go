package demo

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"
	"sync"
)

// The places are GeoNames' (CC BY 4.0; see the head of the file).
//
//go:embed places.csv
var placesCSV string

// place is a real place of Peru.
type place struct {
	state, province, name string
	lat, lon              float64
}

// placesOf lists the places of each state, in the order of the file.
var placesOf = sync.OnceValue(func() map[string][]place {
	r := csv.NewReader(strings.NewReader(placesCSV))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic(err) // the file is embedded; a test reads it first
	}
	out := map[string][]place{}
	for _, row := range rows {
		lat, err1 := strconv.ParseFloat(row[3], 64)
		lon, err2 := strconv.ParseFloat(row[4], 64)
		if err1 != nil || err2 != nil {
			panic("places.csv: " + strings.Join(row, ","))
		}
		out[row[0]] = append(out[row[0]], place{row[0], row[1], row[2], lat, lon})
	}
	return out
})

// region says how many of the organizations are in a state, and what is grown there, the usual first.
type region struct {
	state    string
	weight   int
	products [][]string
}

var regions = []region{
	{"Cajamarca", 14, [][]string{{"coffee"}, {"coffee", "cocoa"}, {"coffee", "honey"}}},
	{"Piura", 14, [][]string{{"banana"}, {"banana", "cocoa"}, {"fruit_juices"}, {"sugar", "coffee"}, {"cocoa"}}},
	{"San Martín", 13, [][]string{{"coffee", "cocoa"}, {"cocoa"}, {"coffee", "honey"}}},
	{"Junín", 13, [][]string{{"coffee"}, {"coffee", "cocoa"}, {"coffee", "fruit_juices", "spices"}}},
	{"Cusco", 11, [][]string{{"coffee"}, {"coffee", "cocoa"}, {"cocoa", "spices"}}},
	{"Amazonas", 9, [][]string{{"coffee"}, {"cocoa", "coffee"}}},
	{"Puno", 6, [][]string{{"quinoa", "cereals"}, {"coffee"}, {"quinoa", "crafts"}}},
	{"Ayacucho", 4, [][]string{{"cocoa"}, {"quinoa", "cereals"}}},
	{"Huánuco", 4, [][]string{{"cocoa", "coffee"}, {"coffee"}}},
	{"Pasco", 4, [][]string{{"coffee"}, {"coffee", "honey"}}},
	{"Ucayali", 4, [][]string{{"cocoa"}, {"cocoa", "fruit_juices"}}},
	{"Lambayeque", 4, [][]string{{"coffee"}, {"banana", "fruit_juices"}}},
	{"Tumbes", 3, [][]string{{"banana"}, {"banana", "cocoa"}}},
	{"Madre de Dios", 3, [][]string{{"nuts"}, {"nuts", "cocoa"}}},
	{"Apurímac", 2, [][]string{{"quinoa", "cereals"}, {"honey"}}},
	{"Arequipa", 2, [][]string{{"quinoa"}, {"spices", "vegetables"}}},
	{"Ica", 2, [][]string{{"cotton", "vegetables"}, {"fruit_juices"}}},
	{"La Libertad", 2, [][]string{{"sugar"}, {"fruit_juices", "vegetables"}}},
	{"Ancash", 1, [][]string{{"honey", "vegetables"}}},
	{"Loreto", 1, [][]string{{"honey", "fruit_juices"}}},
}

// pickRegion draws by weight.
func pickRegion(d *draw) region {
	total := 0
	for _, r := range regions {
		total += r.weight
	}
	at := d.between(0, total-1)
	for _, r := range regions {
		if at -= r.weight; at < 0 {
			return r
		}
	}
	return regions[0] // not reached: the weights add up to the total
}
