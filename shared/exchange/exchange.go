// Package exchange moves records between the register and files. It reads spreadsheets (CSV and XLSX) of any
// origin in bounded memory, suggests what their columns mean, plans an import as draft edits with a report that
// accounts for every row and column, undoes a whole import, and writes CSV, XLSX, GeoJSON and NDJSON.
//
// It neither reads nor writes a replica: what is already there comes through Lookup and State, and what should
// change goes out as draft edits.
package exchange

// Limits of a file. Whatever exceeds one is refused as a whole, before anything is imported.
const (
	MaxFileBytes  = 200 << 20 // on disk
	MaxRows       = 1_000_000 // of one sheet, blank ones included
	MaxColumns    = 500
	MaxCellBytes  = 100_000 // a longer cell makes its row a problem, not the file
	maxUnzipBytes = 2 << 30 // all parts of a workbook together, as they unpack
)

// MaxItems is how many rows a report lists unless a request says otherwise.
const MaxItems = 1000
