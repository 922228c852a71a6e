package exchange

import "acopio/shared/schema"

// As says how the cells of a column are read.
type As string

// The ways to read a column.
const (
	AsText     As = "text"      // one value of the field's type
	AsWKTPoint As = "wkt_point" // POINT (lon lat): the column's target is lat or lon, both are set
	AsArray    As = "array"     // several values: {a,b}, a;b or ["a","b"]
	AsTag      As = "tag"       // kept as a tag, column:value
	AsNote     As = "note"      // kept as a line of the notes, column: value
	AsIgnore   As = "ignore"    // left out, and the report says so
)

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

// ReadMapping reads a mapping from a file. It fails with fault.BadMapping and says where.
func ReadMapping(path string) (Mapping, error) { return Mapping{}, nil }

// ParseMapping reads a mapping from JSON; unknown names in it are refused. It fails with fault.BadMapping.
func ParseMapping(data []byte) (Mapping, error) { return Mapping{}, nil }

// Suggest proposes a mapping for a described file from the names of its columns and from what is in them. Every
// column of the file is in it.
func Suggest(s *schema.Schema, c *schema.Collection, network string, d Description) Mapping {
	return Mapping{}
}
