package exchange

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"acopio/shared/fault"
)

// Table is a table of figures: strings, int64 and float64 under a header. Unlike records it is not read back.
type Table struct {
	Title  string
	Header []string
	Rows   [][]any
}

// WriteTables writes tables as a workbook with a sheet for each, or as CSV, one after the other. It fails with
// fault.UnknownFormat.
func WriteTables(f Format, w io.Writer, tables []Table) error {
	switch f {
	case XLSX:
		return writeWorkbook(w, tables)
	case CSV:
		return writeTablesCSV(w, tables)
	default:
		return fault.New(fault.UnknownFormat, "format", string(f))
	}
}

func writeWorkbook(w io.Writer, tables []Table) error {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }() // what counts was written before
	bold, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, t := range tables {
		sheet := sheetTitle(t.Title)
		if i == 0 {
			err = file.SetSheetName("Sheet1", sheet)
		} else {
			_, err = file.NewSheet(sheet)
		}
		if err != nil {
			return err
		}
		if err := writeSheet(file, sheet, bold, t); err != nil {
			return fmt.Errorf("sheet %s: %w", sheet, err)
		}
	}
	return file.Write(w)
}

func writeSheet(file *excelize.File, sheet string, bold int, t Table) error {
	rows, err := file.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := rows.SetColWidth(1, max(len(t.Header), 1), 18); err != nil {
		return err
	}
	if err := rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, len(t.Header))
	for i, h := range t.Header {
		head[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	if err := rows.SetRow("A1", head); err != nil {
		return err
	}
	for i, row := range t.Rows {
		if err := rows.SetRow("A"+strconv.Itoa(i+2), row); err != nil {
			return err
		}
	}
	return rows.Flush()
}

func writeTablesCSV(w io.Writer, tables []Table) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets misread accents without it
		return err
	}
	out := csv.NewWriter(w)
	for i, t := range tables {
		lines := [][]string{{t.Title}, t.Header}
		if i > 0 {
			lines = append([][]string{{}}, lines...)
		}
		for _, row := range t.Rows {
			cells := make([]string, len(row))
			for j, v := range row {
				cells[j] = figureText(v)
			}
			lines = append(lines, cells)
		}
		if err := out.WriteAll(lines); err != nil {
			return err
		}
	}
	return nil
}

// figureText is a figure as a spreadsheet reads it; a text that would be a formula is kept from being one.
func figureText(v any) string {
	switch x := v.(type) {
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case string:
		if x != "" && (x[0] == '=' || x[0] == '+' || x[0] == '-' || x[0] == '@') {
			return "'" + x
		}
		return x
	default:
		return fmt.Sprint(v)
	}
}
