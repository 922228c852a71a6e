package exchange

import (
	"context"
)

// Format is a kind of file.
type Format string

// The formats. CSV and XLSX are read and written, the others only written.
const (
	CSV     Format = "csv"
	XLSX    Format = "xlsx"
	GeoJSON Format = "geojson"
	NDJSON  Format = "ndjson"
)

// Source is a spreadsheet file that can be read any number of times. It keeps no file open between readings, so
// there is nothing to close and the file may be deleted when it is no longer needed.
type Source struct {
	path   string
	format Format
}

// Open looks at the beginning of a file and says what it is. It fails with fault.FileTooLarge, fault.FileBomb,
// fault.EmptyFile, fault.WorkbookLocked or fault.NotASpreadsheet.
func Open(path string) (*Source, error) { return &Source{path: path}, nil }

// Description is what a file holds, as people need it to map its columns.
type Description struct {
	Format    Format   `json:"format"`
	Encoding  string   `json:"encoding"`  // utf-8, utf-16le, utf-16be, windows-1252 or mixed; utf-8 for XLSX
	Separator string   `json:"separator"` // of a CSV
	Sheets    []string `json:"sheets"`    // of a workbook: the visible ones
	Sheet     string   `json:"sheet"`
	HeaderRow int      `json:"header_row"`
	Columns   []Column `json:"columns"`
	Rows      int      `json:"rows"` // below the header, without blank ones
}

// Column is one column of a sheet.
type Column struct {
	Name     string   `json:"name"`
	Samples  []string `json:"samples"` // at most five, different
	Empty    int      `json:"empty"`
	Distinct int      `json:"distinct"` // counted up to a bound
}

// Describe reads a whole sheet once ("" is the first visible one, headerRow 0 finds the header by itself) and
// remembers the answer. It fails with fault.TooManyRows, fault.TooManyColumns, fault.SheetMissing or, for a damaged
// file, fault.NotASpreadsheet.
func (s *Source) Describe(ctx context.Context, sheet string, headerRow int) (Description, error) {
	return Description{}, nil
}
