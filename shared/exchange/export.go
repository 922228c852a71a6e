package exchange

import (
	"io"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// Writer writes records to a file one by one. Close ends the file; it does not close what it writes to.
type Writer interface {
	Write(r *record.Record) error
	Close() error
}

// WriteOptions are choices of an export; the zero value is a good one.
type WriteOptions struct {
	Fields   []string                                           // which, in which order; all of them when empty
	Labels   bool                                               // CSV: labels instead of field names in the header
	Lang     string                                             // of labels: es when empty
	Position func(r *record.Record) (lat, lon float64, ok bool) // GeoJSON: where a record without a position of its own is
}

// NewWriter starts a file of a format.
func NewWriter(f Format, w io.Writer, c *schema.Collection, o WriteOptions) (Writer, error) {
	return nil, nil
}

// ContentType is the format's media type.
func (f Format) ContentType() string { return "" }
