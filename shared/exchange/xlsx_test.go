package exchange

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"acopio/shared/fault"
)

// What people see in a workbook is what is read, as far as nothing is lost.
func TestXLSXCells(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	style := func(code string) int {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		must(t, err)
		return id
	}
	day := time.Date(2021, 4, 3, 0, 0, 0, 0, time.UTC)
	cells := []struct {
		value  any
		format string
		want   string
	}{
		{"Café «Ñandú» & Cía <SA>", "", "Café «Ñandú» & Cía <SA>"},
		{"007", "", "007"},
		{7, "000", "007"},
		{51987654321, "", "51987654321"},
		{51987654321, `"+"00\ 000\ 000\ 000`, "+51 987 654 321"},
		{987654321, `(###) ###-###`, "(987) 654-321"},
		{1234567.5, "#,##0.00", "1234567.5"},
		{0.1, "", "0.1"},
		{1.63673833333333, "", "1.63673833333333"},
		{-4.5, "0.0", "-4.5"},
		{0.125, "0%", "0.125"},
		{day, "dd/mm/yyyy", "2021-04-03"},
		{day, `d" de "mmmm" de "yyyy`, "2021-04-03"},
		{day.Add(13*time.Hour + 30*time.Minute), "yyyy-mm-dd hh:mm", "2021-04-03 13:30:00"},
		{0.5, "hh:mm", "12:00:00"},
		{true, "", "TRUE"},
		{"=1+1", "", "=1+1"},
		{"two\nlines", "", "two\nlines"},
		{1e20, "", "100000000000000000000"},
	}
	var want []string
	for i, c := range cells {
		name, err := excelize.CoordinatesToCellName(i+1, 1)
		must(t, err)
		must(t, f.SetCellValue("Sheet1", name, c.value))
		if c.format != "" {
			must(t, f.SetCellStyle("Sheet1", name, name, style(c.format)))
		}
		want = append(want, c.want)
	}
	path := filepath.Join(t.TempDir(), "f.xlsx")
	must(t, f.SaveAs(path))
	got := rowsOf(t, path)
	if len(got) != 1 {
		t.Fatalf("%d rows", len(got))
	}
	for i := range want {
		if got[0][i] != want[i] {
			t.Errorf("%v as %q: got %q, want %q", cells[i].value, cells[i].format, got[0][i], want[i])
		}
	}
}

func TestXLSXSheets(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for _, name := range []string{"Datos", "Oculta"} {
		_, err := f.NewSheet(name)
		must(t, err)
	}
	must(t, f.SetSheetRow("Datos", "B4", &[]any{"Nombre", "País"}))
	must(t, f.SetSheetRow("Datos", "B6", &[]any{"Sol", "PE"}))
	must(t, f.SetCellValue("Datos", "B1", "Registro 2023"))
	must(t, f.SetSheetVisible("Oculta", false))
	must(t, f.DeleteSheet("Sheet1"))
	path := filepath.Join(t.TempDir(), "f.xlsx")
	must(t, f.SaveAs(path))

	src, err := Open(path)
	must(t, err)
	d, err := src.Describe(context.Background(), "", 0)
	must(t, err)
	if !slices.Equal(d.Sheets, []string{"Datos"}) || d.Sheet != "Datos" || d.HeaderRow != 4 || d.Rows != 1 {
		t.Errorf("described as %+v", d)
	}
	if d.Columns[1].Name != "Nombre" || d.Columns[0].Name != "[A]" || d.Columns[2].Samples[0] != "PE" {
		t.Errorf("columns %+v", d.Columns)
	}
	if _, err := src.Describe(context.Background(), "Otra", 0); !fault.Is(err, fault.SheetMissing) {
		t.Errorf("another sheet: %v", err)
	}
	if _, err := src.Describe(context.Background(), "Oculta", 0); !fault.Is(err, fault.EmptyFile) {
		t.Errorf("the hidden sheet: %v", err)
	}
}

// Sheets as other programs write them.
func TestXLSXVariants(t *testing.T) {
	for name, test := range map[string]struct {
		sheet string
		want  [][]string
		fails bool
	}{
		"shared and inline": {
			`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>país</t></is></c></row><row r="3"><c r="A3" t="s"><v>1</v></c></row></sheetData></worksheet>`,
			[][]string{{"nombre", "país"}, {"Café Verde"}},
			false,
		},
		"prefixes, no references": {
			`<?xml version="1.0"?><!-- a > b --><x:worksheet xmlns:x="y"><x:sheetData><x:row><x:c t="str"><x:f>1&gt;2</x:f><x:v>a &amp; b &#233;</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
			[][]string{{"a & b é", "2"}},
			false,
		},
		"character data":   {`<worksheet><sheetData><row><c t="inlineStr"><is><t><![CDATA[a <b> & c]]></t></is></c></row></sheetData></worksheet>`, [][]string{{"a <b> & c"}}, false},
		"gaps and empties": {`<worksheet><sheetData><row/><row><c r="A2"/><c r="C2"><v>3</v></c><c r="D2"><v/></c></row></sheetData></worksheet>`, [][]string{{}, {"", "", "3"}}, false},
		"control escapes":  {`<worksheet><sheetData><row><c t="str"><v>a_x000D_b_x0041_c_x</v></c></row></sheetData></worksheet>`, [][]string{{"a\rbAc_x"}}, false},
		"cut":              {`<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2">`, nil, true},
		"missing string":   {`<worksheet><sheetData><row><c t="s"><v>99</v></c></row></sheetData></worksheet>`, nil, true},
		"doctype":          {`<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData/></worksheet>`, nil, true},
		"rows backwards":   {`<worksheet><sheetData><row r="5"/><row r="2"/></sheetData></worksheet>`, nil, true},
		"no tag end":       {`<worksheet><sheetData><row `, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := Open(zipOf(t, sheetParts(test.sheet)))
			must(t, err)
			var got [][]string
			err = src.lines(context.Background(), "", func(l *line) error {
				got = append(got, slices.Clone(l.cells))
				return nil
			})
			if test.fails {
				if !fault.Is(err, fault.FileDamaged) {
					t.Errorf("got %v, %q", err, got)
				}
				return
			}
			must(t, err)
			if len(got) != len(test.want) {
				t.Fatalf("got %q", got)
			}
			for i := range got {
				if !slices.Equal(got[i], test.want[i]) {
					t.Errorf("row %d: %q", i, got[i])
				}
			}
		})
	}
}

func TestXLSXTooManyRowsAndColumns(t *testing.T) {
	wide := `<worksheet><sheetData><row r="1"><c r="SG1"><v>1</v></c></row></sheetData></worksheet>`
	src, err := Open(zipOf(t, sheetParts(wide)))
	must(t, err)
	if _, err := src.Describe(context.Background(), "", 0); !fault.Is(err, fault.TooManyColumns) {
		t.Errorf("got %v", err)
	}
}

func TestDates1904(t *testing.T) {
	d := numberFormat{kind: asDate}
	for raw, want := range map[string]string{"0": "1904-01-01", "42827": "2021-04-03"} {
		if got := d.show(raw, true); got != want {
			t.Errorf("%s: %s", raw, got)
		}
	}
	if got := d.show("1", false); got != "1900-01-01" {
		t.Errorf("the first day: %s", got)
	}
	if got := d.show("44289", false); got != "2021-04-03" {
		t.Errorf("got %s", got)
	}
}

// Whoever maps a workbook takes minutes: between readings its texts are not held, and a reading has them again.
func TestTextsOfAWorkbookAreReadAgain(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for i, text := range []string{"Nombre", "Café Andino", "Miel del Sur"} {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		must(t, err)
		must(t, f.SetCellStr("Sheet1", cell, text))
	}
	path := filepath.Join(t.TempDir(), "f.xlsx")
	must(t, f.SaveAs(path))
	src, err := Open(path)
	must(t, err)
	d, err := src.Describe(context.Background(), "", 0)
	must(t, err)
	if d.Rows != 2 || src.book.stringsN == "" {
		t.Fatalf("%d rows, texts in %q", d.Rows, src.book.stringsN)
	}
	for range 2 {
		if src.book.strings != nil {
			t.Error("the texts are held between readings")
		}
		var got []string
		must(t, src.lines(context.Background(), "", func(row *line) error {
			got = append(got, row.cells[0])
			return nil
		}))
		if !slices.Equal(got, []string{"Nombre", "Café Andino", "Miel del Sur"}) {
			t.Errorf("got %q", got)
		}
	}
}
