package exchange

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// A workbook is exported, people edit it in a spreadsheet, the register moves on, and the workbook comes back.

// journey is an export on its way.
type journey struct {
	*trial
	path string
	ids  []string
}

// newJourney exports the three awkward organizations.
func newJourney(t *testing.T) *journey {
	t.Helper()
	c, records := exported(t)
	j := &journey{trial: &trial{tb: t, collection: c, network: "PE", replica: memory{}}, path: filepath.Join(t.TempDir(), "f.xlsx")}
	for _, r := range records {
		j.replica[c.Name] = append(j.replica[c.Name], r)
		j.ids = append(j.ids, r.ID.String())
	}
	must(t, os.WriteFile(j.path, export(t, XLSX, c, records, WriteOptions{Labels: true, Lang: "es"}), 0o600))
	return j
}

// inWorkbook edits cells: by row of the sheet and the label of the column.
func (j *journey) inWorkbook(edit func(f *excelize.File, sheet string, at func(row int, label string) string)) {
	j.tb.Helper()
	f, err := excelize.OpenFile(j.path)
	must(j.tb, err)
	defer f.Close()
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	must(j.tb, err)
	edit(f, sheet, func(row int, label string) string {
		for i, name := range rows[0] {
			if name == label {
				cell, err := excelize.CoordinatesToCellName(i+1, row)
				must(j.tb, err)
				return cell
			}
		}
		j.tb.Fatalf("no column %q in %v", label, rows[0])
		return ""
	})
	must(j.tb, f.Save())
}

func (j *journey) set(row int, label string, value any) {
	j.tb.Helper()
	j.inWorkbook(func(f *excelize.File, sheet string, at func(int, string) string) {
		must(j.tb, f.SetCellValue(sheet, at(row, label), value))
	})
}

// inRegister is what others do meanwhile.
func (j *journey) inRegister(i int, field string, value any) {
	j.tb.Helper()
	r := j.replica[j.collection.Name][i]
	f, _ := j.collection.Field(field)
	v, err := f.Normalize(value)
	must(j.tb, err)
	r.Set(f.Number, v)
	r.Version++
}

func (j *journey) back() *Plan {
	j.tb.Helper()
	j.open(j.path)
	return j.plan()
}

func TestAWorkbookThatNobodyEditedChangesNothing(t *testing.T) {
	j := newJourney(t)
	j.inRegister(0, "name", "Otro nombre")
	j.inRegister(0, "products", []string{"honey"})
	p := j.back()
	if p.Edits.Len() != 0 || p.Report.Unchanged != 3 {
		t.Errorf("%+v %+v", p.Report, editsOf(p))
	}
}

func TestOnlyCellsThatWereEditedSpeak(t *testing.T) {
	j := newJourney(t)
	j.set(2, "Sigla", "NUEVA")
	j.set(2, "Notas", nil)
	j.set(3, "Identificación fiscal", "0009")
	j.inRegister(0, "website", "https://otro.pe")
	p := j.back()
	if p.Edits.Len() != 2 || p.Report.Updated != 2 || p.Report.Conflicts != 0 {
		t.Fatalf("%+v %+v", p.Report, editsOf(p))
	}
	e := editsOf(p)[0]
	if !reflect.DeepEqual(e.Fields, map[string]any{"acronym": "NUEVA", "notes": nil}) || *e.Base != 3 {
		t.Errorf("%+v from version %d", e.Fields, *e.Base)
	}
	if e.Was["acronym"] != "=SUM(A1)" || editsOf(p)[1].Was["tax_id"] != "000987654321012345678" {
		t.Errorf("was %+v, %+v", e.Was, editsOf(p)[1].Was)
	}
}

func TestACellChangedOnBothSidesIsAConflict(t *testing.T) {
	j := newJourney(t)
	j.set(2, "Nombre", "Del libro")
	j.set(3, "Nombre", "-Luna nueva")
	j.inRegister(0, "name", "Del registro")
	j.inRegister(1, "name", "-Luna nueva") // to the same: no conflict
	p := j.back()
	if p.Report.Conflicts != 1 || p.Report.Unchanged != 2 || p.Edits.Len() != 1 {
		t.Fatalf("%+v %+v", p.Report, editsOf(p))
	}
	if e := editsOf(p)[0]; e.Fields["name"] != "Del libro" || e.Was["name"] != "Cooperativa «Sol», S.A." || *e.Base != 3 {
		t.Errorf("%+v", e)
	}
	expectItems(t, p, map[int][]fault.Code{2: {fault.CellClash}})
}

func TestSetsTakeInWhatBothSidesDid(t *testing.T) {
	j := newJourney(t)
	j.set(2, "Productos", "Café; Miel") // fruit out, honey in
	j.inRegister(0, "products", []string{"coffee", "fruit_juices", "quinoa"})
	p := j.back()
	if p.Edits.Len() != 1 || !reflect.DeepEqual(editsOf(p)[0].Fields["products"], []string{"coffee", "honey", "quinoa"}) {
		t.Errorf("%+v", editsOf(p))
	}
}

func TestRowsMayBeSortedAddedRepeatedAndDamaged(t *testing.T) {
	j := newJourney(t)
	j.inWorkbook(func(f *excelize.File, sheet string, at func(int, string) string) {
		must(t, f.SetSheetRow(sheet, "A5", &[]any{nil, "Nueva del libro"}))
		must(t, f.SetSheetRow(sheet, "A6", &[]any{j.ids[1], "-Luna repetida"}))
		must(t, f.DuplicateRowTo(sheet, 2, 7)) // Sol goes to the end, with its id
		must(t, f.SetCellValue(sheet, at(7, "Sigla"), "ABAJO"))
		must(t, f.RemoveRow(sheet, 2))
		must(t, f.SetCellValue(sheet, at(3, "Año de fundación"), "hace mucho"))
		must(t, f.SetCellValue(sheet, at(3, "Nombre"), nil))
	})
	p := j.back()
	if p.Report.Added != 1 || p.Report.Updated != 1 || p.Report.Skipped != 1 || p.Report.Problems != 1 {
		t.Errorf("%+v", p.Report)
	}
	for e := range p.Edits.All() {
		if e.Kind == draft.Update && (e.ID != j.ids[0] || e.Fields["acronym"] != "ABAJO") {
			t.Errorf("%+v", e)
		}
	}
}

func TestARowOfWhatWasDeletedMeanwhile(t *testing.T) {
	j := newJourney(t)
	for i, r := range j.replica["organization"][:2] {
		r.Deleted = true
		r.Version++
		r.Stamps = map[uint16]record.Stamp{record.DeletedField: {Version: r.Version, Device: uint32(i)}}
	}
	j.set(2, "Sigla", "VIVE")
	p := j.back()
	if p.Report.Conflicts != 1 || p.Report.Skipped != 1 || p.Report.Unchanged != 1 || p.Edits.Len() != 1 || editsOf(p)[0].ID != j.ids[0] {
		t.Errorf("%+v %+v", p.Report, editsOf(p))
	}
}

// What a spreadsheet likes to spoil comes back as it went.
func TestAwkwardCellsSurviveTheJourney(t *testing.T) {
	j := newJourney(t)
	j.inWorkbook(func(f *excelize.File, sheet string, at func(int, string) string) {
		for _, label := range []string{"Teléfonos", "FLO ID", "Sigla"} {
			text, err := f.GetCellValue(sheet, at(2, label))
			must(t, err)
			must(t, f.SetCellStr(sheet, at(2, label), text)) // typed again as it stands
		}
		must(t, f.SetCellValue(sheet, at(2, "Año de fundación"), 1998))
	})
	if p := j.back(); p.Edits.Len() != 0 || p.Report.Unchanged != 3 {
		t.Errorf("%+v %+v", p.Report.Items, editsOf(p))
	}
}

// A row that cannot be read is told of by its record's name, and fields by what people call them.
func TestAnUnreadableRowIsToldInWords(t *testing.T) {
	j := newJourney(t)
	j.set(3, "Nombre", nil)
	items := j.back().Report.Items
	if len(items) != 1 || items[0].Title != "-Luna" || items[0].ID != j.ids[1] || len(items[0].Messages) != 1 || !strings.Contains(items[0].Messages[0], "“Name”") {
		t.Errorf("%+v", items)
	}
}
