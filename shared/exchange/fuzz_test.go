package exchange

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// FuzzCSV: any bytes are rows of clean text, and proper CSV is read as the standard library reads it.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a \"\"b\"\"\",c\r\n\"x\ny\",\n", "\"open,1\nz,2", "a;b\n\"c\";\xe9\n", "a\rb\r", "\x00,\"\"x\"\n", "\"\r\n\"\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newCSVReader(bytes.NewReader(data), flavor{separator: ',', newline: '\n'})
		var got [][]string
		for {
			l, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			for _, c := range l.cells {
				if !utf8.ValidString(c) || strings.IndexFunc(c, isControl) >= 0 {
					t.Fatalf("row %d: %q", l.number, c)
				}
			}
			if !l.blank() {
				got = append(got, slices.Clone(l.cells))
			}
		}
		if want, ok := standardCSV(data); ok && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// standardCSV is what the standard library makes of proper CSV, without blank rows.
func standardCSV(data []byte) ([][]string, bool) {
	if plain, _ := plainText(data); !plain || bytes.ContainsRune(bytes.ReplaceAll(data, []byte("\r\n"), nil), '\r') || bytes.Contains(data, []byte("\r\n")) {
		return nil, false // it treats carriage returns in its own way
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		return nil, false
	}
	var out [][]string
	for _, row := range all {
		if strings.TrimSpace(strings.Join(row, "")) != "" {
			out = append(out, row)
		}
	}
	return out, true
}

// FuzzMapping: a mapping that is accepted means the same when it is written and read again.
func FuzzMapping(f *testing.F) {
	for _, seed := range []string{
		`{"columns":[{"column":"nombre","to":"name","as":"text","values":{"Café":"coffee"}}],"empty":["Nsp"],"match":["flo_id","name+place"],"defaults":{"country":"TG"},"sheet":"","header_row":1}`,
		`{"columns":[{"column":"a"}]}`, `{}`, `{"columns":[{"column":"g","to":"site.lat","as":"wkt_point"}],"defaults":{"site.kind":["x",1,null]}}`, `{"columns":[{"column":"a","as":"note","to":"b"}]}`, `[`,
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "f.csv")
	must(f, os.WriteFile(path, []byte("nombre,a,g\nSol,1,POINT (1 2)\n"), 0o600))
	src, err := Open(path)
	must(f, err)
	c, err := schema.Registry().Collection("organization")
	must(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseMapping(data)
		if err != nil {
			if !fault.Is(err, fault.BadMapping) {
				t.Fatal(err)
			}
			return
		}
		text, err := json.Marshal(m)
		must(t, err)
		again, err := ParseMapping(text)
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Fatalf("%s: %v", text, err)
		}
		_, err = NewPlan(context.Background(), Request{Source: src, Schema: schema.Registry(), Collection: c, Network: "TG", Mapping: m, Lookup: memory{}})
		if err != nil && fault.KindOf(err) == fault.Broken {
			t.Fatal(err)
		}
	})
}

// FuzzXLSX: any sheet within a workbook is read or refused, in little memory.
func FuzzXLSX(f *testing.F) {
	for _, seed := range []string{
		`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>44289</v></c></row><row r="2"><c t="inlineStr"><is><t>a</t></is></c></row></sheetData></worksheet>`,
		`<x:worksheet xmlns:x="y"><x:sheetData><x:row><x:c t="str"><x:v>a &amp; b &#233;</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
		`<worksheet><!-- > --><sheetData><row><c t="inlineStr"><is><t><![CDATA[a <b>]]></t></is></c></row></sheetData>`,
		`<worksheet><sheetData/></worksheet>`, `<a b="<"`, `<a b='>'><c r="ZZZZZZZ9"/></a>`, `<row r="-1">`, `<c><v>1e999</v></c>`,
	} {
		f.Add(seed, "<sst><si><t>a</t></si></sst>")
	}
	f.Fuzz(func(t *testing.T, sheet, shared string) {
		parts := sheetParts(sheet)
		parts["xl/sharedStrings.xml"] = shared
		src, err := Open(zipOf(t, parts))
		must(t, err)
		err = src.lines(context.Background(), "", func(l *line) error {
			for _, c := range l.cells {
				if !utf8.ValidString(c) || len(c) > MaxCellBytes {
					t.Fatalf("row %d: %q", l.number, c)
				}
			}
			return nil
		})
		if err != nil && fault.KindOf(err) != fault.Rejected {
			t.Fatal(err)
		}
	})
}

// FuzzOpen: any file is a spreadsheet or refused with a reason.
func FuzzOpen(f *testing.F) {
	sample, err := os.ReadFile(zipOf(f, sheetParts(`<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>`)))
	must(f, err)
	f.Add(sample)
	path := filepath.Join(f.TempDir(), "f")
	for _, seed := range []string{"", "a,b\n1,2", "\xff\xfea\x00,\x00", "PK\x03\x04", "sep=;\na;b", "\xd0\xcf\x11\xe0"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		must(t, os.WriteFile(path, data, 0o600))
		src, err := Open(path)
		if err == nil {
			_, err = src.Describe(context.Background(), "", 0)
		}
		if err != nil && fault.KindOf(err) != fault.Rejected {
			t.Fatal(err)
		}
	})
}
