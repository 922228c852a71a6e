package atlas

import "math"

// outline is the edge of a country: rings, the holes among them, cut into strips of latitude so that a question looks
// at few edges.
type outline struct {
	strips map[int][]edge
	all    []edge
	east   float64 // its easternmost longitude, which lies beyond 180 where it crosses the date line
}

type edge struct{ a, b Point }

const (
	stripHeight     = 0.25 // degrees
	kilometersOfLat = 111.2
)

func stripOf(lat float64) int { return int(math.Floor(lat / stripHeight)) }

func (o *outline) add(a, b Point) {
	e := edge{a, b}
	o.east = max(o.east, a.Lon)
	o.all = append(o.all, e)
	for s := stripOf(min(a.Lat, b.Lat)); s <= stripOf(max(a.Lat, b.Lat)); s++ {
		o.strips[s] = append(o.strips[s], e)
	}
}

// contains reports whether a point is within the rings.
func (o *outline) contains(p Point) bool {
	return o.around(p) || p.Lon+360 <= o.east && o.around(Point{p.Lat, p.Lon + 360})
}

// around counts how often a line from the point to the east crosses the rings.
func (o *outline) around(p Point) bool {
	within := false
	for _, e := range o.strips[stripOf(p.Lat)] {
		if (e.a.Lat > p.Lat) != (e.b.Lat > p.Lat) &&
			p.Lon < (e.b.Lon-e.a.Lon)*(p.Lat-e.a.Lat)/(e.b.Lat-e.a.Lat)+e.a.Lon {
			within = !within
		}
	}
	return within
}

// holds reports whether a point is within the rings or no more than some kilometers from them.
func (o *outline) holds(p Point, kilometers float64) bool {
	if o.contains(p) {
		return true
	}
	reach := kilometers / kilometersOfLat
	for s := stripOf(p.Lat - reach); s <= stripOf(p.Lat+reach); s++ {
		for _, e := range o.strips[s] {
			if e.distance(p) <= kilometers {
				return true
			}
		}
	}
	return false
}

// distance is how far a point is from the rings, in kilometers.
func (o *outline) distance(p Point) float64 {
	least := math.Inf(1)
	for _, e := range o.all {
		least = min(least, e.distance(p))
	}
	return least
}

// distance is how far a point is from an edge, in kilometers: on a plane that fits near the point, with the length of
// a degree between the two where they are far apart.
func (e edge) distance(p Point) float64 {
	shrink := math.Cos((p.Lat + e.a.Lat) / 2 * math.Pi / 180)
	ax, ay := turn(e.a.Lon-p.Lon)*shrink, e.a.Lat-p.Lat
	bx, by := turn(e.b.Lon-p.Lon)*shrink, e.b.Lat-p.Lat
	dx, dy := bx-ax, by-ay
	along := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		along = min(1, max(0, -(ax*dx+ay*dy)/length))
	}
	return math.Hypot(ax+along*dx, ay+along*dy) * kilometersOfLat
}

// turn is a difference of longitudes the short way around.
func turn(degrees float64) float64 {
	switch {
	case degrees > 180:
		return degrees - 360
	case degrees < -180:
		return degrees + 360
	default:
		return degrees
	}
}
