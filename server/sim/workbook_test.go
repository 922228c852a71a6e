package sim

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"

	"acopio/shared/draft"
	sheets "acopio/shared/exchange"
	"acopio/shared/intake"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// workbook exports a laptop's organizations and lets somebody edit cells of the first row below the header.
func (d *laptop) workbook(cells map[string]string) (path string) {
	d.t.Helper()
	var b bytes.Buffer
	if _, err := intake.Export(context.Background(), d.rep, replica.Query{Collection: "organization"}, sheets.XLSX, &b); err != nil {
		d.t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		d.t.Fatal(err)
	}
	for cell, text := range cells {
		if err := f.SetCellStr(f.GetSheetName(0), cell, text); err != nil {
			d.t.Fatal(err)
		}
	}
	if b, err := f.WriteToBuffer(); err != nil {
		d.t.Fatal(err)
	} else if path = filepath.Join(d.t.TempDir(), "libro.xlsx"); os.WriteFile(path, b.Bytes(), 0o600) != nil {
		d.t.Fatal(path)
	}
	return path
}

// imports brings a workbook back.
func (d *laptop) imports(path string) sheets.Report {
	d.t.Helper()
	source, err := sheets.Open(path)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, o := context.Background(), intake.Order{Source: source, File: "libro.xlsx", Collection: "organization", Network: network}
	_, p, err := intake.Describe(ctx, d.rep, o)
	if err != nil {
		d.t.Fatal(err)
	}
	o.Mapping = p.Mapping
	report, err := intake.Run(ctx, d.rep, func(_ context.Context, i draft.Intent) (draft.Result, error) {
		d.mu.Lock()
		who := draft.Author{Role: d.state.Role, May: func(string) bool { return true }}
		d.mu.Unlock()
		res, err := d.out.Edit(who, i)
		d.sync.Kick()
		return res, err
	}, o)
	if err != nil {
		d.t.Fatal(err)
	}
	return report
}

// disputes lists the fields in conflict that a laptop shows.
func (d *laptop) disputes() map[string]map[string]any {
	d.t.Helper()
	c, _ := schema.Registry().Collection("conflict")
	page, err := d.rep.Query(context.Background(), replica.Query{Collection: "conflict"})
	if err != nil {
		d.t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, row := range page.Rows {
		v := row.Record.Named(c)
		out[record.Text(v["field"])] = v
	}
	return out
}

// A workbook is a replica too: what the laptop that exported it changed meanwhile, and what another laptop changed, is
// not overwritten by the cells that nobody edited; cells edited on both sides are conflicts on every laptop.
func TestAWorkbookComesBackToARegisterThatMovedOn(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		s.settle(a, b)
		id := a.edit(creating("organization", fields{"name": "Norte", "acronym": "N", "website": "https://norte.example", "legal_form": "Cooperativa"}))[0].ID
		s.settle(a, b)
		path := a.workbook(map[string]string{"B2": "Norte del libro", "C2": "NL", "H2": "Asociación"})
		a.edit(updating(id, fields{"name": "Norte de Ana"})) // on the very laptop
		b.edit(updating(id, fields{"acronym": "NB", "website": "https://nuevo.example"}))
		s.settle(a, b)

		report := a.imports(path)
		if report.Conflicts != 1 || report.Updated+report.Added+report.Problems != 0 {
			t.Errorf("%+v", report)
		}
		s.settle(a, b)
		for _, d := range s.laptops {
			if d.has(id, "website") != "https://nuevo.example" || d.has(id, "legal_form") != "Asociación" {
				t.Errorf("%s shows %v, %v", d, d.has(id, "website"), d.has(id, "legal_form"))
			}
			disputes := d.disputes()
			if len(disputes) != 2 || disputes["name"] == nil || disputes["acronym"] == nil {
				t.Fatalf("%s sees conflicts of %v", d, disputes)
			}
			values := func(field string) string {
				v := disputes[field]
				return fmt.Sprintln(v["base_value"], v["kept_value"], v["lost_value"])
			}
			if got := values("name"); got != `"Norte" "Norte del libro" "Norte de Ana"`+"\n" {
				t.Errorf("the name: before, kept, lost are %s", got)
			}
			if got := values("acronym"); got != `"N" "NL" "NB"`+"\n" {
				t.Errorf("the acronym: before, kept, lost are %s", got)
			}
		}
	})
}
