package exchange

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

var update = flag.Bool("update", false, "write the golden files")

// exported are records with all that is awkward in a file.
func exported(tb testing.TB) (*schema.Collection, []*record.Record) {
	tb.Helper()
	c, err := schema.Registry().Collection("organization")
	must(tb, err)
	var out []*record.Record
	for i, fields := range []map[string]any{
		{
			"name": "Cooperativa «Sol», S.A.", "acronym": "=SUM(A1)", "aliases": []string{"La Unión; Vieja", "Sol"}, "flo_id": "00123", "country": "PE", "products": []string{"coffee", "fruit_juices"},
			"phones": []string{"+51987654321"}, "notes": "una línea\notra, con \"comillas\"\n", "founded": 1998, "website": "https://sol.pe", "type": "small_producers",
		},
		{"name": "-Luna", "acronym": "'=x", "address": "@aquí", "tags": []string{"a:b", "{x}"}, "country": "TG", "founded": 2001, "tax_id": "000987654321012345678"},
		{"name": "Ñandú <&> 日本", "notes": "\tcon tabulador", "emails": []string{"a@b.pe", "c@d.pe"}, "status": "inactive", "legal_form": "[x]", "admin1": "1/2"},
	} {
		id, err := record.ParseID(fmt.Sprintf("01a20938-148f-7000-8000-00000000000%d", i+1))
		must(tb, err)
		r := &record.Record{Key: record.Key{Network: "PE", Collection: c.Number, ID: id}, Version: uint64(i + 3)}
		for name, v := range fields {
			f, _ := c.Field(name)
			value, err := f.Normalize(v)
			must(tb, err)
			r.Set(f.Number, value)
		}
		out = append(out, r)
	}
	return c, out
}

func export(tb testing.TB, f Format, c *schema.Collection, records []*record.Record, o WriteOptions) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := NewWriter(f, &b, c, o)
	must(tb, err)
	for _, r := range records {
		must(tb, w.Write(r, nil))
	}
	must(tb, w.Close())
	return b.Bytes()
}

func expectGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "export", name)
	if *update {
		must(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s", name, got)
	}
}

func TestExportGolden(t *testing.T) {
	c, records := exported(t)
	position := func(r *record.Record) (float64, float64, bool) { return -4.5, -79.125, r.Version == 3 }
	expectGolden(t, "organization.csv", export(t, CSV, c, records, WriteOptions{}))
	expectGolden(t, "organization.labels.csv", export(t, CSV, c, records, WriteOptions{Labels: true, Lang: "fr", Fields: []string{"name", "products", "country", "status"}}))
	expectGolden(t, "organization.ndjson", export(t, NDJSON, c, records, WriteOptions{}))
	expectGolden(t, "organization.geojson", export(t, GeoJSON, c, records, WriteOptions{Position: position}))
	expectGolden(t, "organization.xlsx.txt", dumpWorkbook(t, export(t, XLSX, c, records, WriteOptions{Lang: "en"})))
}

func TestExportOfSites(t *testing.T) {
	c, err := schema.Registry().Collection("site")
	must(t, err)
	r := &record.Record{Key: record.Key{Network: "PE", Collection: c.Number}}
	for name, v := range map[string]any{"lat": -4.5, "lon": -79.0, "kind": "office"} {
		f, _ := c.Field(name)
		r.Set(f.Number, v)
	}
	got := string(export(t, GeoJSON, c, []*record.Record{r}, WriteOptions{}))
	if !strings.Contains(got, `"geometry":{"type":"Point","coordinates":[-79,-4.5]},"properties":{"kind":"office"}`) {
		t.Errorf("got %s", got)
	}
	empty := string(export(t, GeoJSON, c, nil, WriteOptions{}))
	if empty != "{\"type\":\"FeatureCollection\",\"features\":[\n]}\n" {
		t.Errorf("without records: %q", empty)
	}
}

// dumpWorkbook shows what matters of a workbook as text: sheets, cells with type and style, what is frozen and hidden.
func dumpWorkbook(tb testing.TB, data []byte) []byte {
	tb.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	must(tb, err)
	defer f.Close()
	var b bytes.Buffer
	for _, sheet := range f.GetSheetList() {
		visible, err := f.GetSheetVisible(sheet)
		must(tb, err)
		panes, err := f.GetPanes(sheet)
		must(tb, err)
		shown, err := f.GetColVisible(sheet, "A")
		must(tb, err)
		fmt.Fprintf(&b, "sheet %q visible=%v frozen=%v/%d column A visible=%v\n", sheet, visible, panes.Freeze, panes.YSplit, shown)
		rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		must(tb, err)
		for i, row := range rows {
			for j, v := range row {
				name, err := excelize.CoordinatesToCellName(j+1, i+1)
				must(tb, err)
				if v == "" {
					continue
				}
				kind, err := f.GetCellType(sheet, name)
				must(tb, err)
				formula, err := f.GetCellFormula(sheet, name)
				must(tb, err)
				fmt.Fprintf(&b, "%s type=%d %q%s\n", name, kind, v, formula)
			}
		}
	}
	return b.Bytes()
}

func TestUnknownFormat(t *testing.T) {
	c, _ := exported(t)
	if _, err := NewWriter("pdf", &bytes.Buffer{}, c, WriteOptions{}); !fault.Is(err, fault.UnknownFormat) {
		t.Errorf("got %v", err)
	}
	if _, err := NewWriter(CSV, &bytes.Buffer{}, c, WriteOptions{Fields: []string{"x"}}); !fault.Is(err, fault.UnknownField) {
		t.Errorf("got %v", err)
	}
	for _, f := range []Format{CSV, XLSX, GeoJSON, NDJSON} {
		if f.ContentType() == Format("x").ContentType() {
			t.Errorf("%s has no content type", f)
		}
	}
}

// What is written is read back as it was: into the records it came from nothing changes, and edited cells are updates.
func TestRoundTrip(t *testing.T) {
	c, records := exported(t)
	for name, o := range map[string]WriteOptions{"": {}, "es": {Labels: true}, "fr": {Labels: true, Lang: "fr"}, "pt": {Labels: true, Lang: "pt"}, "en": {Labels: true, Lang: "en"}} {
		for _, format := range []Format{CSV, XLSX} {
			x := &trial{tb: t, collection: c, network: "PE", replica: memory{"organization": records}}
			x.open(writeFile(t, "f."+string(format), export(t, format, c, records, o)))
			p := x.plan()
			if p.Report.Unchanged != len(records) || p.Report.Warnings != 0 || x.mapping.Match[0] != MatchID {
				t.Errorf("%s %s: %+v", format, name, p.Report)
			}
		}
	}
}

func TestRoundTripIntoAnotherNetwork(t *testing.T) {
	c, records := exported(t)
	for _, format := range []Format{CSV, XLSX} {
		x := &trial{tb: t, collection: c, network: "EC", replica: memory{}}
		x.open(writeFile(t, "f."+string(format), export(t, format, c, records, WriteOptions{})))
		delete(x.mapping.Defaults, "country")
		x.replica.apply(t, editsOf(x.plan()))
		for i, r := range x.replica["organization"] {
			if r.ID == records[i].ID || !reflect.DeepEqual(r.Named(c), records[i].Named(c)) {
				t.Errorf("%s: %v is now %v", format, records[i].Named(c), r.Named(c))
			}
		}
	}
}

func TestEditedExportComesBack(t *testing.T) {
	c, records := exported(t)
	text := string(export(t, CSV, c, records, WriteOptions{}))
	text = strings.NewReplacer("coffee; fruit_juices", "honey", "=SUM(A1)", "SOL", "'-Luna", "Luna Nueva").Replace(text)
	x := &trial{tb: t, collection: c, network: "PE", replica: memory{"organization": records}}
	x.file(text)
	p := x.plan()
	if p.Report.Updated != 2 || p.Edits.Len() != 2 || *editsOf(p)[0].Base != 3 {
		t.Fatalf("report %+v", p.Report)
	}
	if want := map[string]any{"products": []string{"honey"}, "acronym": "'SOL"}; !reflect.DeepEqual(editsOf(p)[0].Fields, want) {
		t.Errorf("got %v", editsOf(p)[0].Fields)
	}
	if editsOf(p)[1].Fields["name"] != "Luna Nueva" {
		t.Errorf("got %v", editsOf(p)[1].Fields)
	}
}

// Random text survives both formats.
func TestRandomTextRoundTrip(t *testing.T) {
	c, err := schema.Registry().Collection("organization")
	must(t, err)
	r := rand.New(rand.NewPCG(3, 4))
	alphabet := []rune("ab ,;'\"=+-@\t\n{}[]|\\ñé€日<&>_x000D_")
	text := func(n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteRune(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	var records []*record.Record
	for i := range 300 {
		rec := &record.Record{Key: record.Key{Network: "PE", Collection: c.Number, ID: record.DerivedID(fmt.Sprint(i))}, Version: 1}
		for name, v := range map[string]any{"name": "n" + text(20), "notes": text(30), "acronym": text(8), "aliases": []string{text(9), text(9)}} {
			f, _ := c.Field(name)
			value, err := f.Normalize(v)
			must(t, err)
			rec.Set(f.Number, value)
		}
		records = append(records, rec)
	}
	for _, format := range []Format{CSV, XLSX} {
		x := &trial{tb: t, collection: c, network: "PE", replica: memory{"organization": records}}
		x.open(writeFile(t, "f."+string(format), export(t, format, c, records, WriteOptions{Fields: []string{"name", "notes", "acronym", "aliases"}})))
		x.mapping.Empty, x.mapping.Defaults = nil, nil
		for _, item := range x.plan().Report.Items[:min(5, len(x.plan().Report.Items))] {
			t.Errorf("%s row %d: %v %+v", format, item.Row, item.Messages, item.Changes)
		}
	}
}

// failingWriter fails after some bytes.
type failingWriter struct{ left int }

var errFull = errors.New("no room")

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestExportTellsThatTheDiskIsFull(t *testing.T) {
	c, records := exported(t)
	for _, format := range []Format{CSV, XLSX, GeoJSON, NDJSON} {
		w, err := NewWriter(format, &failingWriter{100}, c, WriteOptions{})
		for i := 0; err == nil && i < 100; i++ {
			err = w.Write(records[i%3], nil)
		}
		if err == nil {
			err = w.Close()
		}
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// A workbook of ours holds no formula and no macro.
func TestExportedWorkbookRunsNothing(t *testing.T) {
	c, records := exported(t)
	data := export(t, XLSX, c, records, WriteOptions{})
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	for _, part := range z.File {
		r, err := part.Open()
		must(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(r)
		must(t, err)
		if strings.Contains(b.String(), "<f>") || strings.Contains(part.Name, "vba") {
			t.Errorf("%s has a formula", part.Name)
		}
	}
	src, err := Open(writeFile(t, "f.xlsx", data))
	must(t, err)
	d, err := src.Describe(context.Background(), "", 0)
	must(t, err)
	if len(d.Sheets) != 1 || d.Columns[0].Name != "id" {
		t.Errorf("described as %+v", d)
	}
}

// calculatedOf is what a list knows of the awkward organizations beyond their fields.
func calculatedOf(r *record.Record) map[string]schema.Value {
	if r.Version == 5 {
		return map[string]schema.Value{Network: "Red Perú"} // nothing is known of it
	}
	return map[string]schema.Value{
		schema.MemberNetwork: "suspended", schema.CertifiedUntil: "2027-03-31", schema.MembersTotal: int64(1250), schema.AreaTotal: 812.5,
		schema.Freshness: int64(64), Network: "Red Perú", UpdatedAt: "2026-09-21", UpdatedBy: "=Ana",
	}
}

// ofView are the columns of a view of Members, the calculated ones among the fields.
var ofView = []string{
	"name", schema.MemberNetwork, "acronym", schema.CertifiedUntil, schema.MembersTotal, "phones", schema.AreaTotal, schema.Freshness,
	Network, UpdatedAt, UpdatedBy,
}

func exportView(tb testing.TB, f Format, c *schema.Collection, records []*record.Record, lang string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := NewWriter(f, &b, c, WriteOptions{Fields: ofView, Labels: lang != "", Lang: lang})
	must(tb, err)
	for _, r := range records {
		must(tb, w.Write(r, calculatedOf(r)))
	}
	must(tb, w.Close())
	return b.Bytes()
}

func TestCalculatedColumnsAreWritten(t *testing.T) {
	c, records := exported(t)
	expectGolden(t, "view.es.csv", exportView(t, CSV, c, records, "es"))
	expectGolden(t, "view.csv", exportView(t, CSV, c, records, ""))
	expectGolden(t, "view.pt.xlsx.txt", dumpWorkbook(t, exportView(t, XLSX, c, records, "pt")))
	expectGolden(t, "view.ndjson", exportView(t, NDJSON, c, records, ""))
}

// What was calculated says nothing when the file comes back, whatever was typed there; the rest of the row does.
func TestCalculatedColumnsAreNotRead(t *testing.T) {
	c, records := exported(t)
	for _, lang := range []string{"", "es", "en", "pt", "fr"} {
		for _, format := range []Format{CSV, XLSX} {
			x := &trial{tb: t, collection: c, network: "PE", replica: memory{"organization": records}}
			x.open(writeFile(t, "f."+string(format), exportView(t, format, c, records, lang)))
			delete(x.mapping.Defaults, "country") // what is missing there is not what this is about
			p := x.plan()
			if p.Report.Unchanged != len(records) || p.Report.Warnings != 0 || len(p.Report.Children) != 0 {
				t.Errorf("%s %s: %+v", format, lang, p.Report)
			}
			for i, col := range p.Report.Columns[1:] {
				if is := IsCalculated(c, ofView[i]); is != (col.As == AsCalculated) || is != (col.Note != "") {
					t.Errorf("%s %s: %s is %+v", format, lang, ofView[i], col)
				}
			}
		}
	}
}

func TestEditedCalculatedColumnsAreNotRead(t *testing.T) {
	j := newJourney(t)
	c, records := exported(t)
	must(t, os.WriteFile(j.path, exportView(t, XLSX, c, records, "es"), 0o600))
	j.set(2, "Membresía en la red", "Miembro")
	j.set(2, "Socias y socios (último censo)", 9999)
	j.set(3, "Vigencia (%)", "mucha")
	j.set(3, "Sigla", "LUNA")
	p := j.back()
	if p.Report.Unchanged != 2 || p.Report.Updated != 1 || p.Report.Warnings != 0 || p.Edits.Len() != 1 || len(editsOf(p)[0].Fields) != 1 {
		t.Errorf("%+v %+v", p.Report, editsOf(p))
	}
}

// In a file of people's own, a column of such a name is what it says: who is counted, and until when it is certified.
func TestColumnsOfPeopleCalledAlikeAreRead(t *testing.T) {
	c, _ := exported(t)
	x := &trial{tb: t, collection: c, network: "PE", replica: memory{}}
	x.file("Nombre,Certificada hasta,Año del último censo,Red\nSol,2027-03-31,2024,norte\n")
	for _, col := range x.mapping.Columns {
		if col.As == AsCalculated {
			t.Errorf("%+v", col)
		}
	}
}
