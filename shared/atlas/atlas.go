// Package atlas knows where countries are: it tells whether a coordinate can be in the country that a record names,
// and where it is instead. The shapes are Natural Earth's (public domain), made small by frontend/scripts/atlas.mjs;
// the interface draws its map from the same file.
package atlas

import (
	"math"
	"slices"
	"sync"
)

// tolerance is how far outside of a country's outline a coordinate may be, in kilometers: outlines are true to about
// two, quays and islets lie before them, and people of a border place enter what their phone says.
const tolerance = 10

// Finding is what Judge says about a coordinate.
type Finding struct {
	Outside    bool    // it cannot be in the country named
	Country    string  // outside: the country it is in, by its code; empty at sea or where no country with a code is
	Kilometers float64 // outside: from the country named, as the crow flies
	Mended     *Point  // outside: what it was probably meant to be; nil when no usual slip explains it
}

// Point is a coordinate in degrees.
type Point struct{ Lat, Lon float64 }

// Judge tells whether a coordinate can be in a country, named by its ISO 3166-1 alpha-2 code. Of a country whose shape
// is not known it has nothing to say, nor of a code that is none.
func Judge(country string, at Point) Finding {
	shapes := outlines()
	claimed, ok := shapes[country]
	if !ok || claimed.holds(at, tolerance) {
		return Finding{}
	}
	return Finding{
		Outside: true, Country: countryAt(shapes, at), Kilometers: claimed.distance(at), Mended: claimed.mend(at),
	}
}

// CountryAt is the code of the country that a coordinate is in, empty when it is at sea.
func CountryAt(at Point) string { return countryAt(outlines(), at) }

func countryAt(shapes map[string]*outline, at Point) string {
	for code, o := range shapes {
		if o.contains(at) {
			return code
		}
	}
	return ""
}

// slips are the usual ways to write a coordinate wrongly: the two numbers exchanged, a sign lost.
var slips = []func(Point) Point{
	func(p Point) Point { return Point{p.Lon, p.Lat} },
	func(p Point) Point { return Point{p.Lat, -p.Lon} },
	func(p Point) Point { return Point{-p.Lat, p.Lon} },
	func(p Point) Point { return Point{-p.Lat, -p.Lon} },
	func(p Point) Point { return Point{-p.Lon, -p.Lat} },
	func(p Point) Point { return Point{p.Lon, -p.Lat} },
	func(p Point) Point { return Point{-p.Lon, p.Lat} },
}

func (o *outline) mend(at Point) *Point {
	for _, slip := range slips {
		if p := slip(at); math.Abs(p.Lat) <= 90 && o.contains(p) {
			return &p
		}
	}
	return nil
}

// outlines are the countries' shapes by code.
var outlines = sync.OnceValue(func() map[string]*outline {
	shapes, err := decode(shapesJSON)
	if err != nil {
		panic(err) // the file is embedded; a test reads it first
	}
	return shapes
})

// Countries lists the codes of the countries whose shapes are known, sorted.
func Countries() []string {
	var out []string
	for code := range outlines() {
		out = append(out, code)
	}
	slices.Sort(out)
	return out
}
