package exchange

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"acopio/shared/fault"
)

func TestWhatIsNoSpreadsheet(t *testing.T) {
	for name, test := range map[string]struct {
		data string
		code fault.Code
	}{
		"empty":           {"", fault.EmptyFile},
		"blank":           {" \n\r\n\t ", fault.EmptyFile},
		"only a mark":     {"\xef\xbb\xbf", fault.EmptyFile},
		"html":            {"<!DOCTYPE html><html><body><table>", fault.NotASpreadsheet},
		"html, spaced":    {"\n\n  <html>", fault.NotASpreadsheet},
		"xml":             {"<?xml version=\"1.0\"?><Workbook>", fault.NotASpreadsheet},
		"pdf":             {"%PDF-1.7\n%âãÏÓ\n", fault.NotASpreadsheet},
		"old excel":       {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), fault.OldWorkbook},
		"locked workbook": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + string(utf16Bytes("EncryptedPackage", false, false)), fault.WorkbookLocked},
		"png":             {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00", fault.NotASpreadsheet},
		"binary":          {string(bytes.Repeat([]byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 3}, 50)), fault.NotASpreadsheet},
		"json":            {`{"a": 1}`, fault.NotASpreadsheet},
		"rtf":             {`{\rtf1\ansi`, fault.NotASpreadsheet},
		"broken zip":      {"PK\x03\x04 and nothing of a zip", fault.FileDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(writeFile(t, "f", []byte(test.data)))
			if !fault.Is(err, test.code) {
				t.Errorf("got %v", err)
			}
			for _, lang := range []string{"es", "en"} {
				if text := fault.Of(err).Text(lang); strings.Contains(text, "{") {
					t.Errorf("%s: %s", lang, text)
				}
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.csv")); !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Open(t.TempDir()); !fault.Is(err, fault.NotASpreadsheet) {
		t.Errorf("a folder: %v", err)
	}
}

func TestFileTooLarge(t *testing.T) {
	path := writeFile(t, "f.csv", []byte("a,b\n"))
	must(t, os.Truncate(path, MaxFileBytes+1))
	if _, err := Open(path); !fault.Is(err, fault.FileTooLarge) {
		t.Errorf("got %v", err)
	}
}

// Ten million lines are refused without keeping them.
func TestTooManyRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.csv")
	f, err := os.Create(path)
	must(t, err)
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "nombre,país")
	for i := range 10_000_000 {
		fmt.Fprintf(w, "c%d,PE\n", i%1000)
	}
	must(t, w.Flush())
	must(t, f.Close())

	src, err := Open(path)
	must(t, err)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, err = src.Describe(context.Background(), "", 0)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if !fault.Is(err, fault.TooManyRows) {
		t.Fatalf("got %v", err)
	}
	if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
		t.Errorf("it took %d MB of memory", grown>>20)
	}
}

func TestTooManyColumns(t *testing.T) {
	src, err := Open(writeFile(t, "f.csv", []byte(strings.Repeat("a,", MaxColumns)+"a\n1,2\n")))
	must(t, err)
	if _, err := src.Describe(context.Background(), "", 0); !fault.Is(err, fault.TooManyColumns) {
		t.Errorf("got %v", err)
	}
}

func TestReadingStopsWhenAsked(t *testing.T) {
	src, err := Open(writeFile(t, "f.csv", []byte("a\n"+strings.Repeat("1\n", 5000))))
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := src.Describe(ctx, "", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// zipOf makes a package of parts.
func zipOf(tb testing.TB, parts map[string]string) string {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "word/document.xml", "xl/workbook.bin"} {
		if text, ok := parts[name]; ok {
			w, err := z.Create(name)
			must(tb, err)
			_, err = w.Write([]byte(text))
			must(tb, err)
		}
	}
	must(tb, z.Close())
	return writeFile(tb, "f.xlsx", b.Bytes())
}

// sheetParts is a workbook around one sheet.
func sheetParts(sheet string) map[string]string {
	return map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="http://x"><sheets><sheet name="Uno" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       `<sst><si><t>nombre</t></si><si><r><t>Café</t></r><r><t xml:space="preserve"> Verde</t></r><rPh><t>no</t></rPh></si></sst>`,
		"xl/worksheets/sheet1.xml":   sheet,
	}
}

func TestZipBombs(t *testing.T) {
	if _, err := Open(blanks(t, 200)); !fault.Is(err, fault.FileBomb) {
		t.Errorf("200 MB of blanks: %v", err)
	}
	if _, err := Open(blanks(t, 20)); !fault.Is(err, fault.NotASpreadsheet) {
		t.Errorf("20 MB of blanks are no workbook, but no bomb either: %v", err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	body := []byte{0x03, 0x00} // an empty deflate stream that says it is 9 GB
	w, err := z.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(nil), CompressedSize64: uint64(len(body)), UncompressedSize64: 9 << 30})
	must(t, err)
	_, err = w.Write(body)
	must(t, err)
	must(t, z.Close())
	if _, err := Open(writeFile(t, "f.xlsx", b.Bytes())); !fault.Is(err, fault.FileBomb) {
		t.Errorf("9 GB: %v", err)
	}
	texts := sheetParts(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`)
	texts["xl/sharedStrings.xml"] = "<sst>" + strings.Repeat("<si><t>"+strings.Repeat("0123456789abcdef", 6000)+"</t></si>", 200) + "</sst>" // 19 MB of text
	if _, err := Open(zipOf(t, texts)); err != nil {
		t.Errorf("much text is no bomb by itself: %v", err)
	}
}

// blanks is a package with one part of so many megabytes of nothing.
func blanks(tb testing.TB, megabytes int) string {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	must(tb, err)
	for range megabytes {
		_, err = w.Write(bytes.Repeat([]byte(" "), 1<<20))
		must(tb, err)
	}
	must(tb, z.Close())
	return writeFile(tb, "f.xlsx", b.Bytes())
}

func TestOtherPackages(t *testing.T) {
	for name, parts := range map[string]map[string]string{
		"a document": {"word/document.xml": "<w:document/>"},
		"xlsb":       {"xl/workbook.bin": "x", "_rels/.rels": `<Relationships><Relationship Type="http://x/officeDocument" Target="xl/workbook.bin"/></Relationships>`},
	} {
		if _, err := Open(zipOf(t, parts)); !fault.Is(err, fault.NotASpreadsheet) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
