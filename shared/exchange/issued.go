package exchange

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// An exported workbook is a replica that people edit without Acopio. Its hidden sheet says of each row by which version
// of which record it was written, and what each cell held then; read back, a cell says something only where it differs
// from that. So nothing that others changed meanwhile is undone by a workbook, and a cell that was changed on both sides
// is a conflict like any other.
//
// The hidden sheet's first row is id, version, collection, the collection's name, and the names of the exported fields;
// each further row has an id, a version, two empty cells, and the fields' values as text.

// issuedColumns come before the fields.
const issuedColumns = 4

// maxIssuedBytes bounds what is remembered of a hidden sheet.
const maxIssuedBytes = 512 << 20

// issued is what a workbook's hidden sheet says of its rows.
type issued struct {
	fields []string
	rows   map[string]issuedRow // by id
}

type issuedRow struct {
	version uint64
	cells   string // the fields' texts, each ended by a zero byte
}

// text is what a field's cell held; ok is false for a field that was not exported.
func (x *issued) text(r issuedRow, field string) (text string, ok bool) {
	at := slices.Index(x.fields, field)
	if at < 0 {
		return "", false
	}
	for rest := r.cells; ; at-- {
		text, after, found := strings.Cut(rest, "\x00")
		if at == 0 || !found {
			return text, true
		}
		rest = after
	}
}

// issuedOf reads the hidden sheet of a workbook that was exported from a collection; nil for any other file.
func (s *Source) issuedOf(ctx context.Context, c *schema.Collection) (*issued, error) {
	if s.format != XLSX || !slices.ContainsFunc(s.book.sheets, func(p sheetPart) bool { return p.name == versionsSheet && p.hidden }) {
		return nil, nil
	}
	var x *issued
	bytes := 0
	err := s.lines(ctx, versionsSheet, func(l *line) error {
		if x == nil {
			if l.cell(0) != MatchID || l.cell(1) != "version" || l.cell(3) != c.Name {
				return errStop
			}
			x = &issued{rows: map[string]issuedRow{}}
			if len(l.cells) > issuedColumns {
				x.fields = slices.Clone(l.cells[issuedColumns:])
			}
			return nil
		}
		version, err := strconv.ParseUint(l.cell(1), 10, 64)
		if err != nil {
			return nil // somebody wrote there: the row is read as one of any other file
		}
		r := issuedRow{version, x.join(l)}
		if bytes += len(r.cells); bytes > maxIssuedBytes {
			return fault.New(fault.FileTooLarge, "max", strconv.Itoa(maxIssuedBytes>>20)+" MB")
		}
		x.rows[strings.ToLower(l.cell(0))] = r
		return nil
	})
	if x == nil || len(x.fields) == 0 {
		return nil, err
	}
	return x, err
}

func (x *issued) join(l *line) string {
	var b strings.Builder
	for i := range x.fields {
		b.WriteString(l.cell(issuedColumns + i))
		b.WriteByte(0)
	}
	return b.String()
}

// of is what was issued under a row's id; ok is false for a row that was added in the workbook, and for any row of a
// file that is no export.
func (x *issued) of(row *parsedRow) (issuedRow, bool) {
	if x == nil || row.id == "" {
		return issuedRow{}, false
	}
	r, ok := x.rows[row.id]
	return r, ok
}
