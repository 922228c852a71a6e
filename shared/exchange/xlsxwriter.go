package exchange

import (
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// versionsSheet is the hidden sheet of an export: by which version of which record each row was written, and what each
// cell held (see issued.go).
const versionsSheet = "acopio"

// What a cell and a sheet of a workbook can hold.
const (
	maxXLSXText = 32_767
	maxXLSXRows = 1_048_576
)

// xlsxWriter writes a workbook whose cells have types. Text is never a formula.
type xlsxWriter struct {
	exporter
	to       io.Writer
	file     *excelize.File
	rows     *excelize.StreamWriter
	versions *excelize.StreamWriter
	days     int // style of dates
	plain    int // style of text, also where it looks like a number
	row      int
	err      error
}

func newXLSXWriter(w io.Writer, c *schema.Collection, e exporter) (*xlsxWriter, error) {
	x := &xlsxWriter{exporter: e, to: w, file: excelize.NewFile()}
	title := sheetTitle(c.Plural.In(e.lang))
	x.try(func() error { return x.file.SetSheetName("Sheet1", title) })
	x.try(func() (err error) { x.rows, err = x.file.NewStreamWriter(title); return err })
	x.try(func() error { _, err := x.file.NewSheet(versionsSheet); return err })
	x.try(func() error { return x.file.SetSheetVisible(versionsSheet, false) })
	x.try(func() (err error) { x.versions, err = x.file.NewStreamWriter(versionsSheet); return err })
	x.try(func() (err error) {
		format := "yyyy-mm-dd"
		x.days, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
		return err
	})
	x.try(func() (err error) { x.plain, err = x.file.NewStyle(&excelize.Style{NumFmt: 49}); return err })
	x.layOut()
	head := []any{MatchID, "version", "collection", c.Name}
	for _, f := range x.issued() {
		head = append(head, f.Name)
	}
	x.try(func() error { return x.versions.SetRow("A1", head) })
	x.row = 1
	if x.err != nil {
		_ = x.file.Close() // the first error is the one to tell
	}
	return x, x.err
}

// sheetTitle drops what the name of a sheet cannot have.
func sheetTitle(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 31)])
}

// layOut freezes the header, hides the ids and gives the columns their widths.
func (x *xlsxWriter) layOut() {
	x.try(func() error { return x.rows.SetColVisible(1, 1, false) })
	for i, f := range x.fields {
		width := 18.0
		switch {
		case f.Type.IsNumber() || f.Type == schema.Country || f.Type == schema.FLOID || f.Type == schema.Date:
			width = 12
		case f.Name == "name" || f.Type == schema.LongText:
			width = 42
		}
		x.try(func() error { return x.rows.SetColWidth(i+2, i+2, width) })
	}
	x.try(func() error {
		return x.rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	})
	bold := 0
	x.try(func() (err error) {
		bold, err = x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
		return err
	})
	header := []any{excelize.Cell{StyleID: bold, Value: MatchID}}
	for _, f := range x.fields {
		header = append(header, excelize.Cell{StyleID: bold, Value: x.header(f.Field)})
	}
	x.try(func() error { return x.rows.SetRow("A1", header) })
}

// try runs one step unless an earlier one failed.
func (x *xlsxWriter) try(step func() error) {
	if x.err == nil {
		x.err = step()
	}
}

func (x *xlsxWriter) Write(r *record.Record, calculated map[string]schema.Value) error {
	if x.row++; x.row > maxXLSXRows {
		x.try(func() error { return excelize.ErrMaxRows })
		return x.err
	}
	cells := make([]any, 0, len(x.fields)+1)
	cells = append(cells, r.ID.String())
	for _, f := range x.fields {
		cells = append(cells, x.cell(f.Field, f.of(r, calculated)))
	}
	at := "A" + strconv.Itoa(x.row)
	x.try(func() error { return x.rows.SetRow(at, cells) })
	x.try(func() error { return x.versions.SetRow(at, x.issue(r)) })
	return x.err
}

// issued are the fields whose cells are compared when the workbook comes back.
func (x *xlsxWriter) issued() []*schema.Field {
	var out []*schema.Field
	for _, f := range x.fields {
		if !f.calculated {
			out = append(out, f.Field)
		}
	}
	return out
}

// issue is the record's row in the hidden sheet.
func (x *xlsxWriter) issue(r *record.Record) []any {
	row := append(make([]any, 0, issuedColumns+len(x.fields)), r.ID.String(), int64(r.Version), nil, nil)
	var plain exporter
	for _, f := range x.issued() {
		text := fitting(plain.text(f, r.Fields[f.Number]))
		if text == "" {
			row = append(row, nil)
			continue
		}
		row = append(row, text)
	}
	return row
}

// fitting cuts a text to what a cell can hold.
func fitting(text string) string {
	if utf8.RuneCountInString(text) > maxXLSXText {
		return string([]rune(text)[:maxXLSXText-1]) + "…"
	}
	return text
}

// cell is a value with the type that a spreadsheet gives it.
func (x *xlsxWriter) cell(f *schema.Field, v schema.Value) any {
	switch value := v.(type) {
	case nil:
		return nil
	case float64, bool:
		return value
	case int64:
		if f.Type != schema.Instant {
			return value
		}
	case string:
		if day, err := time.Parse(time.DateOnly, value); err == nil && f.Type == schema.Date && day.Year() > 1900 {
			return excelize.Cell{StyleID: x.days, Value: day}
		}
	}
	return excelize.Cell{StyleID: x.plain, Value: fitting(x.text(f, v))}
}

func (x *xlsxWriter) Close() error {
	x.try(x.rows.Flush)
	x.try(x.versions.Flush)
	x.try(func() error { _, err := x.file.WriteTo(x.to); return err })
	if err := x.file.Close(); x.err == nil {
		x.err = err
	}
	return x.err
}
