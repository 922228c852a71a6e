package atlas

import (
	_ "embed" // the shapes
	"encoding/json"
	"fmt"
)

//go:embed shapes.json
var shapesJSON []byte

// topology is a file of TopoJSON: shapes made of arcs that neighbors share, each arc a start and steps from there on a
// grid.
type topology struct {
	Transform struct {
		Scale, Translate [2]float64
	}
	Objects struct {
		Countries struct {
			Geometries []geometry
		}
	}
	Arcs [][][2]int
}

type geometry struct {
	Type       string
	Arcs       json.RawMessage
	Properties struct{ Code string }
}

func decode(file []byte) (map[string]*outline, error) {
	var t topology
	if err := json.Unmarshal(file, &t); err != nil {
		return nil, fmt.Errorf("shapes: %w", err)
	}
	arcs := t.points()
	out := map[string]*outline{}
	for _, g := range t.Objects.Countries.Geometries {
		if g.Properties.Code == "" {
			continue
		}
		rings, err := g.rings()
		if err != nil {
			return nil, fmt.Errorf("shapes: %s: %w", g.Properties.Code, err)
		}
		o := &outline{strips: map[int][]edge{}, east: -180}
		for _, ring := range rings {
			for _, number := range ring {
				if max(number, ^number) >= len(arcs) {
					return nil, fmt.Errorf("shapes: %s: no arc %d", g.Properties.Code, number)
				}
				points := arcs[max(number, ^number)] // the direction does not matter
				for i := 1; i < len(points); i++ {
					o.add(points[i-1], points[i])
				}
			}
		}
		out[g.Properties.Code] = o
	}
	return out, nil
}

// points are the arcs in degrees.
func (t *topology) points() [][]Point {
	out := make([][]Point, len(t.Arcs))
	for i, steps := range t.Arcs {
		x, y := 0, 0
		for _, step := range steps {
			x, y = x+step[0], y+step[1]
			out[i] = append(out[i], Point{
				Lat: float64(y)*t.Transform.Scale[1] + t.Transform.Translate[1],
				Lon: float64(x)*t.Transform.Scale[0] + t.Transform.Translate[0],
			})
		}
	}
	return out
}

// rings are the numbers of the arcs that each ring is made of; a number below zero is an arc taken backwards.
func (g geometry) rings() ([][]int, error) {
	if g.Type == "Polygon" {
		var rings [][]int
		return rings, json.Unmarshal(g.Arcs, &rings)
	}
	var polygons [][][]int
	if err := json.Unmarshal(g.Arcs, &polygons); err != nil {
		return nil, err
	}
	var rings [][]int
	for _, polygon := range polygons {
		rings = append(rings, polygon...)
	}
	return rings, nil
}
