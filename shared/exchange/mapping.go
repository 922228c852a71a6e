package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"acopio/shared/fault"
)

// As says how the cells of a column are read.
type As string

// The ways to read a column.
const (
	AsText       As = "text"       // one value of the field's type
	AsWKTPoint   As = "wkt_point"  // POINT (lon lat): the column's target is lat or lon, both are set
	AsArray      As = "array"      // several values: {a,b}, a;b or ["a","b"]
	AsTag        As = "tag"        // kept as a tag, column:value
	AsNote       As = "note"       // kept as a line of the notes, column: value
	AsIgnore     As = "ignore"     // left out, and the report says so
	AsCalculated As = "calculated" // left out: calculated when the file was written
)

// The ways in which rows find their record. A column: prefix names a column that is kept as a note and whose values
// name records in the place where the file comes from.
const (
	MatchID        = "id"
	MatchFLOID     = "flo_id"
	MatchColumn    = "column:"
	MatchNamePlace = "name+place"
)

// maxMappingBytes bounds a mapping's JSON.
const maxMappingBytes = 1 << 20

// Mapping says what each column of a file means. Its JSON is that of the HTTP API and of `--map FILE`.
type Mapping struct {
	Columns   []ColumnMapping `json:"columns"`
	Empty     []string        `json:"empty"` // what people write for “no value”; case does not matter
	Match     []string        `json:"match"` // how rows find their record, in order: id, flo_id, column:NAME, name+place
	Defaults  map[string]any  `json:"defaults"`
	Sheet     string          `json:"sheet"`
	HeaderRow int             `json:"header_row"` // 0 finds it
}

// ColumnMapping is what one column means.
type ColumnMapping struct {
	Column string            `json:"column"`
	To     string            `json:"to"` // a field, or child.field; empty for tag, note and ignore
	As     As                `json:"as"`
	Values map[string]string `json:"values,omitempty"` // what people write → the canonical value
}

// ReadMapping reads a mapping from a file. It fails with fault.NotFound, or with fault.BadMapping and where it is wrong.
func ReadMapping(path string) (Mapping, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Mapping{}, fault.Wrap(err, fault.NotFound, "what", filepath.Base(path))
	}
	if err != nil {
		return Mapping{}, fault.Of(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMappingBytes+1))
	if err != nil {
		return Mapping{}, fault.Of(err)
	}
	return ParseMapping(data)
}

// ParseMapping reads a mapping from JSON; names it does not know are refused. It fails with fault.BadMapping.
func ParseMapping(data []byte) (Mapping, error) {
	if len(data) > maxMappingBytes {
		return Mapping{}, fault.New(fault.BadMapping, "detail", "> 1 MB")
	}
	var m Mapping
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Mapping{}, badMapping(err.Error())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Mapping{}, badMapping("text after the mapping")
	}
	for i := range m.Columns {
		if err := m.Columns[i].check(); err != nil {
			return Mapping{}, err
		}
	}
	if m.HeaderRow < 0 {
		return Mapping{}, badMapping("header_row < 0")
	}
	return m, nil
}

func badMapping(detail string) error { return fault.New(fault.BadMapping, "detail", detail) }

// check completes a column's As, and refuses what cannot be meant whatever the collection.
func (c *ColumnMapping) check() error {
	if c.Column == "" {
		return badMapping("a column without a name")
	}
	if len(c.Values) == 0 {
		c.Values = nil // none is none, however it is written
	}
	switch c.As {
	case "":
		c.As = AsText
		if c.To == "" {
			c.As = AsIgnore
		}
	case AsText, AsWKTPoint, AsArray:
	case AsTag, AsNote, AsIgnore, AsCalculated:
		if c.To != "" {
			return badMapping(c.Column + ": " + string(c.As) + " has no target, “" + c.To + "” was given")
		}
	default:
		return badMapping(c.Column + ": as “" + string(c.As) + "”")
	}
	if c.To == "" && (c.As == AsText || c.As == AsWKTPoint || c.As == AsArray) {
		if c.As == AsText {
			c.As = AsIgnore
			return nil
		}
		return badMapping(c.Column + ": " + string(c.As) + " needs a target")
	}
	return nil
}
