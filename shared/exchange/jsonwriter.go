package exchange

import (
	"bufio"
	"encoding/json"
	"io"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// recordView makes the printed form of records, with the fields of an export.
type recordView struct {
	collection *schema.Collection
	fields     []written
	all        bool // of the record, also what the program sets for itself
}

func (v recordView) of(r *record.Record, calculated map[string]schema.Value) record.View {
	out := record.ViewOf(v.collection, r)
	if v.all {
		return out
	}
	shown := map[string]any{}
	for _, f := range v.fields {
		if x, ok := out.Fields[f.Name]; ok {
			shown[f.Name] = x
		} else if x := calculated[f.Name]; f.calculated && x != nil {
			shown[f.Name] = x
		}
	}
	out.Fields = shown
	return out
}

// ndjsonWriter writes the form in which the API and the command line show a record, one a line.
type ndjsonWriter struct {
	view recordView
	w    *bufio.Writer
	e    *json.Encoder
}

func newNDJSONWriter(w io.Writer, c *schema.Collection, fields []written, o WriteOptions) *ndjsonWriter {
	out := &ndjsonWriter{view: recordView{c, fields, len(o.Fields) == 0}, w: bufio.NewWriter(w)}
	out.e = json.NewEncoder(out.w)
	out.e.SetEscapeHTML(false)
	return out
}

func (n *ndjsonWriter) Write(r *record.Record, calculated map[string]schema.Value) error {
	return n.e.Encode(n.view.of(r, calculated))
}

func (n *ndjsonWriter) Close() error { return n.w.Flush() }

// geoJSONWriter writes a FeatureCollection: a record is at its own position, or where the options place it, or nowhere.
type geoJSONWriter struct {
	view     recordView
	w        *bufio.Writer
	e        *json.Encoder
	position func(r *record.Record) (lat, lon float64, ok bool)
	lat, lon *schema.Field // nil when records of the collection have no position
	count    int
}

func newGeoJSONWriter(w io.Writer, c *schema.Collection, fields []written, o WriteOptions) (*geoJSONWriter, error) {
	out := &geoJSONWriter{view: recordView{collection: c, fields: fields}, w: bufio.NewWriter(w), position: o.Position}
	out.lat, _ = c.Field("lat")
	out.lon, _ = c.Field("lon")
	out.e = json.NewEncoder(out.w)
	out.e.SetEscapeHTML(false)
	_, err := out.w.WriteString(`{"type":"FeatureCollection","features":[` + "\n")
	return out, err
}

// feature is one record; its members come in the order that the standard shows.
type feature struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Geometry   *geometry      `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

type geometry struct {
	Type        string     `json:"type"`
	Coordinates [2]float64 `json:"coordinates"` // longitude first
}

func (g *geoJSONWriter) Write(r *record.Record, calculated map[string]schema.Value) error {
	view := g.view.of(r, calculated)
	f := feature{Type: "Feature", ID: view.ID, Properties: view.Fields, Geometry: g.place(r)}
	delete(f.Properties, "lat")
	delete(f.Properties, "lon")
	if g.count++; g.count > 1 {
		if err := g.w.WriteByte(','); err != nil {
			return err
		}
	}
	return g.e.Encode(f) // ends the line
}

func (g *geoJSONWriter) place(r *record.Record) *geometry {
	if g.lat != nil && g.lon != nil {
		lat, okLat := r.Fields[g.lat.Number].(float64)
		lon, okLon := r.Fields[g.lon.Number].(float64)
		if okLat && okLon {
			return &geometry{"Point", [2]float64{lon, lat}}
		}
	}
	if g.position != nil {
		if lat, lon, ok := g.position(r); ok {
			return &geometry{"Point", [2]float64{lon, lat}}
		}
	}
	return nil
}

func (g *geoJSONWriter) Close() error {
	if _, err := g.w.WriteString("]}\n"); err != nil {
		return err
	}
	return g.w.Flush()
}
