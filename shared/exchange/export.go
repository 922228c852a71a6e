package exchange

import (
	"cmp"
	"io"
	"time"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Writer writes records to a file one by one, in constant memory. Close ends the file; it does not close what it
// writes to. A file that was not closed is incomplete.
type Writer interface {
	// Write adds a record, with what is calculated of it by name: only the columns asked for are looked at.
	Write(r *record.Record, calculated map[string]schema.Value) error
	Close() error
}

// WriteOptions are choices of an export; the zero value is a good one.
type WriteOptions struct {
	Fields   []string                                           // which, in which order, also calculated ones; all that people set when empty
	Labels   bool                                               // CSV: labels instead of field names in the header
	Lang     string                                             // of labels: es when empty
	Called   func(target, id string) string                     // with labels: what people call a record that others refer to; "" for its id
	Position func(r *record.Record) (lat, lon float64, ok bool) // GeoJSON: where a record without a position of its own is
}

// NewWriter starts a file of a format. It fails with fault.UnknownFormat or fault.UnknownField.
//
// CSV begins with a byte order mark, without which spreadsheets misread accents, and has the record's id as its
// first column. XLSX has typed cells under labels, the id in a hidden first column, and the versions in a hidden
// sheet. Both are read back unchanged by Open and Suggest, which leave out what was calculated.
func NewWriter(f Format, w io.Writer, c *schema.Collection, o WriteOptions) (Writer, error) {
	fields, err := exportFields(c, o)
	if err != nil {
		return nil, err
	}
	switch f {
	case CSV:
		return newCSVWriter(w, newExporter(fields, o))
	case XLSX:
		o.Labels = true
		return newXLSXWriter(w, c, newExporter(fields, o))
	case GeoJSON:
		return newGeoJSONWriter(w, c, fields, o)
	case NDJSON:
		return newNDJSONWriter(w, c, fields, o), nil
	default:
		return nil, fault.New(fault.UnknownFormat, "format", string(f))
	}
}

// ContentType is the format's media type.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case GeoJSON:
		return "application/geo+json"
	case NDJSON:
		return "application/x-ndjson"
	default:
		return "application/octet-stream"
	}
}

// exportFields are the fields of a file: those asked for, or all but those that the program sets for itself.
func exportFields(c *schema.Collection, o WriteOptions) ([]written, error) {
	var out []written
	for _, name := range o.Fields {
		if name == MatchID {
			continue // always there
		}
		column, err := writtenOf(c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, column)
	}
	if len(out) > 0 {
		return out, nil
	}
	for i := range c.Fields {
		if f := &c.Fields[i]; !f.System && !f.Retired && f.Name != "tags" {
			out = append(out, written{Field: f})
		}
	}
	if tags, ok := c.Field("tags"); ok { // after what is the collection's own
		out = append(out, written{Field: tags})
	}
	return out, nil
}

// exporter writes values as text in cells, so that reading a cell gives the value back.
type exporter struct {
	fields []written
	labels bool // people's words rather than names and codes
	lang   string
	called func(target, id string) string
	names  map[string]string // of the countries that were written: they repeat
}

func newExporter(fields []written, o WriteOptions) exporter {
	return exporter{fields, o.Labels, o.Lang, o.Called, map[string]string{}}
}

// header is what the column of a field is called.
func (x exporter) header(f *schema.Field) string {
	if x.labels {
		return f.Label.In(x.lang)
	}
	return f.Name
}

func (x exporter) text(f *schema.Field, v schema.Value) string {
	switch value := v.(type) {
	case []string:
		if x.labels && (len(f.Options) > 0 || f.Type == schema.Countries) {
			words := make([]string, len(value))
			for i, code := range value {
				words[i] = x.word(f, code)
			}
			value = words
		}
		return joinList(value)
	case string:
		return x.word(f, value)
	case int64:
		if f.Type == schema.Instant {
			return time.UnixMilli(value).UTC().Format(time.RFC3339)
		}
	}
	return record.Text(v)
}

// word is what people call an option, a country or a record; anything else is as it is.
func (x exporter) word(f *schema.Field, code string) string {
	if x.labels && f.Type == schema.Reference && x.called != nil {
		return cmp.Or(x.called(f.Target, code), code)
	}
	if x.labels && (f.Type == schema.Country || f.Type == schema.Countries) {
		name, ok := x.names[code]
		if !ok {
			name = countryName(code, x.lang)
			x.names[code] = name
		}
		return name
	}
	if x.labels {
		for _, o := range f.Options {
			if o.Code == code {
				return o.Label.In(x.lang)
			}
		}
	}
	return code
}
