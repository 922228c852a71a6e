package exchange

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// bench is an import in a test: a file, a mapping that may be changed, a replica.
type trial struct {
	tb         testing.TB
	collection *schema.Collection
	network    string
	source     *Source
	mapping    Mapping
	mode       Mode
	replica    memory
}

func newTrial(tb testing.TB, collection, network, csv string) *trial {
	tb.Helper()
	s := schema.Registry()
	c, err := s.Collection(collection)
	must(tb, err)
	t := &trial{tb: tb, collection: c, network: network, replica: memory{}}
	t.open(writeFile(tb, "f.csv", []byte(csv)))
	return t
}

func (t *trial) open(path string) {
	t.tb.Helper()
	src, err := Open(path)
	must(t.tb, err)
	d, err := src.Describe(context.Background(), "", 0)
	must(t.tb, err)
	t.source, t.mapping = src, Suggest(schema.Registry(), t.collection, t.network, d)
}

// file changes the file, and keeps the replica.
func (t *trial) file(csv string) *trial {
	t.open(writeFile(t.tb, "f.csv", []byte(csv)))
	return t
}

func (t *trial) plan() *Plan {
	t.tb.Helper()
	p, err := NewPlan(context.Background(), Request{
		Source: t.source, Schema: schema.Registry(), Collection: t.collection, Network: t.network, Mapping: t.mapping,
		Mode: t.mode, Lookup: t.replica, Items: -1, Lang: "en",
	})
	must(t.tb, err)
	r := p.Report
	if r.Rows != r.Added+r.Updated+r.Conflicts+r.Unchanged+r.Skipped+r.Problems {
		t.tb.Fatalf("rows are unaccounted for: %+v", r)
	}
	for _, c := range r.Columns {
		if c.Used+c.Empty != r.Rows {
			t.tb.Fatalf("column %+v does not account for %d rows", c, r.Rows)
		}
	}
	return p
}

// run plans, applies, and demands that doing it again changes nothing.
func (t *trial) run() *Plan {
	t.tb.Helper()
	p := t.plan()
	t.replica.apply(t.tb, editsOf(p))
	if again := t.plan(); again.Edits.Len() > 0 {
		t.tb.Fatalf("the second time: %+v\n%+v", again.Report.Items, editsOf(again)[0])
	}
	return p
}

func (t *trial) fields(collection, title string) map[string]any {
	t.tb.Helper()
	c, err := schema.Registry().Collection(collection)
	must(t.tb, err)
	for _, r := range t.replica[collection] {
		named := r.Named(c)
		if !r.Deleted && (title == "" || named[c.Title] == title) {
			return named
		}
	}
	t.tb.Fatalf("no %s %q", collection, title)
	return nil
}

func (t *trial) count(collection string) int {
	n := 0
	for range t.replica.Live(context.Background(), collection, t.network) {
		n++
	}
	return n
}

func codes(item Item) []fault.Code {
	var out []fault.Code
	for _, f := range item.Reasons {
		out = append(out, f.Code)
	}
	return out
}

func expectItems(t *testing.T, p *Plan, want map[int][]fault.Code) {
	t.Helper()
	got := map[int][]fault.Code{}
	for _, item := range p.Report.Items {
		if len(item.Reasons) > 0 {
			got[item.Row] = codes(item)
		}
		for _, m := range item.Messages {
			if strings.Contains(m, "{") {
				t.Errorf("row %d: %s", item.Row, m)
			}
		}
	}
	for _, item := range p.Report.Items {
		if _, expected := want[item.Row]; !expected && len(item.Reasons) > 0 {
			t.Errorf("row %d: unexpected %v", item.Row, item.Messages)
		}
	}
	for row, w := range want {
		if !slices.Equal(got[row], w) {
			t.Errorf("row %d: got %v, want %v", row, got[row], w)
		}
	}
}

const coops = `Nombre,FLO ID,País,Departamento,Localidad,Productos,Teléfono,Correo,Notas
Cooperativa Sol,1001,Perú,Piura,Ayabaca,Café,987654321,sol@sol.pe,Primera
Cooperativa Luna,1002,Perú,Cusco,Quillabamba,Café; Cacao,,,
Asociación Valle,,Perú,Junín,Satipo,Cacao,,,
`

func TestFirstImport(t *testing.T) {
	x := newTrial(t, "organization", "PE", coops)
	p := x.run()
	if p.Report.Added != 3 || p.Report.Warnings != 0 || len(p.Report.Items) != 0 {
		t.Errorf("report %+v", p.Report)
	}
	want := map[string]any{
		"name": "Cooperativa Sol", "flo_id": "1001", "country": "PE", "admin1": "Piura", "locality": "Ayabaca",
		"products": []string{"coffee"}, "phones": []string{"+51987654321"}, "emails": []string{"sol@sol.pe"}, "notes": "Primera",
	}
	if got := x.fields("organization", "Cooperativa Sol"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestPlansAreDeterministic(t *testing.T) {
	x := newTrial(t, "organization", "PE", coops)
	request := Request{Source: x.source, Schema: schema.Registry(), Collection: x.collection, Network: "PE", Mapping: x.mapping, Lookup: x.replica, Batch: record.NewID()}
	first, err := NewPlan(context.Background(), request)
	must(t, err)
	second, err := NewPlan(context.Background(), request)
	must(t, err)
	if !reflect.DeepEqual(editsOf(first), editsOf(second)) || !reflect.DeepEqual(first.Report, second.Report) {
		t.Error("two plans of the same batch differ")
	}
	request.DryRun = true
	dry, err := NewPlan(context.Background(), request)
	must(t, err)
	if dry.Edits.Len() != 0 || !reflect.DeepEqual(first.Report, dry.Report) {
		t.Error("the dry run reports something else")
	}
}

func TestReimport(t *testing.T) {
	x := newTrial(t, "organization", "PE", coops)
	x.run()
	p := x.file(strings.NewReplacer("Ayabaca", "Suyo", "Café; Cacao", "Miel", "Primera", "Segunda", "987654321", "-").Replace(coops)).run()
	if p.Report.Updated != 2 || p.Report.Unchanged != 1 || p.Report.Added != 0 {
		t.Errorf("report %+v", p.Report)
	}
	sol, luna := x.fields("organization", "Cooperativa Sol"), x.fields("organization", "Cooperativa Luna")
	if sol["locality"] != "Suyo" || sol["notes"] != "Primera\nSegunda" || !reflect.DeepEqual(sol["phones"], []string{"+51987654321"}) {
		t.Errorf("sol: %v", sol)
	}
	if !reflect.DeepEqual(luna["products"], []string{"cocoa", "coffee", "honey"}) {
		t.Errorf("luna: %v", luna)
	}
	change := p.Report.Items[0].Changes["locality"]
	if change.From != "Ayabaca" || change.To != "Suyo" {
		t.Errorf("changes: %+v", p.Report.Items[0].Changes)
	}
}

func TestModes(t *testing.T) {
	more := coops + "Cooperativa Nueva,1009,Perú,Piura,Sullana,Banano,,,\n"
	x := newTrial(t, "organization", "PE", coops)
	x.run()
	x.file(strings.Replace(more, "Cusco", "Puno", 1))
	x.mode = Add
	p := x.plan()
	if p.Report.Added != 1 || p.Report.Skipped != 3 || p.Edits.Len() != 1 {
		t.Errorf("add: %+v", p.Report)
	}
	expectItems(t, p, map[int][]fault.Code{2: {fault.NotAdded}, 3: {fault.NotAdded}, 4: {fault.NotAdded}})
	x.mode = Update
	p = x.plan()
	if p.Report.Updated != 1 || p.Report.Unchanged != 2 || p.Report.Skipped != 1 || p.Edits.Len() != 1 {
		t.Errorf("update: %+v", p.Report)
	}
	expectItems(t, p, map[int][]fault.Code{5: {fault.NotUpdated}})
	x.mode = "all"
	_, err := NewPlan(context.Background(), Request{Source: x.source, Schema: schema.Registry(), Collection: x.collection, Lookup: x.replica, Mode: x.mode})
	if !fault.Is(err, fault.BadMapping) {
		t.Errorf("another mode: %v", err)
	}
}

func TestProblemsAndKeptValues(t *testing.T) {
	x := newTrial(t, "organization", "PE", `Nombre,FLO ID,Correo,Año de fundación,Productos,Localidad,Sello
Sol,12x45,sol@sol.pe,1998,Café y ámbar,Suyo,Comercio justo
,1002,,,,Calca,
Luna,1003,no tiene,hace mucho,Café,Quito,Inventado
N/A,1004,,,,Quito,
Mar,1005,,2005,Pesca,Piura,
`)
	x.mapping.Columns[1] = ColumnMapping{Column: "FLO ID", To: "flo_id", As: AsText}
	x.mapping.Columns[2] = ColumnMapping{Column: "Correo", To: "emails", As: AsText}
	x.mapping.Columns[3] = ColumnMapping{Column: "Año de fundación", To: "founded", As: AsText}
	x.mapping.Columns[6] = ColumnMapping{Column: "Sello", To: "certification.scheme", As: AsText}
	x.mapping.Defaults["certification.status"] = "certified"
	p := x.run()
	expectItems(t, p, map[int][]fault.Code{
		2: {fault.BadFLOID, fault.ValueKept, fault.ValueTagged},
		3: {fault.MissingField},
		4: {fault.BadEmail, fault.ValueKept, fault.WrongType, fault.ValueKept, fault.UnknownChoice, fault.ValueKept},
		5: {fault.MissingField},
	})
	if p.Report.Added != 3 || p.Report.Problems != 2 || p.Report.Warnings != 2 || x.count("certification") != 1 {
		t.Errorf("report %+v", p.Report)
	}
	sol, luna := x.fields("organization", "Sol"), x.fields("organization", "Luna")
	if sol["notes"] != "FLO ID: 12x45" || !reflect.DeepEqual(sol["tags"], []string{"Productos:ámbar"}) {
		t.Errorf("sol: %v", sol)
	}
	if luna["notes"] != "Correo: no tiene\nAño de fundación: hace mucho\nSello: Inventado" {
		t.Errorf("luna: %v", luna)
	}
}

func TestChildren(t *testing.T) {
	csv := `Nombre,Localidad,Latitud,Longitud,Contacto,Teléfono contacto,Socios 2023,Mujeres 2023,Vencimiento
Sol,Suyo,-4.5,-79.9,Ana Ruiz,+51987654321,100,40,31/12/2026
Luna,Calca,-13.3,,,+51987654322,50,60,
`
	x := newTrial(t, "organization", "PE", csv)
	p := x.run()
	expectItems(t, p, map[int][]fault.Code{3: {
		fault.BadCoordinate, fault.ChildIncomplete, fault.MissingField, fault.ChildIncomplete, fault.BadSum, fault.ChildIncomplete,
	}})
	if want := map[string]int{"site": 1, "contact": 1, "census": 1, "certification": 1}; !reflect.DeepEqual(p.Report.Children, want) {
		t.Errorf("children %v", p.Report.Children)
	}
	site := x.fields("site", "")
	if site["lat"] != -4.5 || site["lon"] != -79.9 || site["kind"] != "other" || site["position_source"] != "import" {
		t.Errorf("site: %v", site)
	}
	if census := x.fields("census", ""); census["year"] != int64(2023) || census["members_women"] != int64(40) || census["source"] != "organization" {
		t.Errorf("census: %v", census)
	}
	if c := x.fields("certification", ""); c["valid_to"] != "2026-12-31" || c["status"] != "certified" {
		t.Errorf("certification: %v", c)
	}
	if notes := x.fields("organization", "Luna")["notes"]; notes != "Latitud: -13.3\nTeléfono contacto: +51987654322\nSocios 2023: 50\nMujeres 2023: 60" {
		t.Errorf("luna: %q", notes)
	}
	p = x.file(strings.NewReplacer("-79.9", "-79.8", "100", "120", "31/12/2026", "31/12/2027", "Ana Ruiz", "ANA RUÍZ").Replace(csv)).run()
	if p.Report.Updated != 1 || x.count("site") != 1 || x.count("census") != 1 || x.count("contact") != 1 || x.count("certification") != 1 {
		t.Errorf("report %+v", p.Report)
	}
	if site := x.fields("site", ""); site["lon"] != -79.8 {
		t.Errorf("site: %v", site)
	}
}

// A mapping by hand, as --map gives it.
func TestMappingByHand(t *testing.T) {
	x := newTrial(t, "organization", "PE", "a,b,c,d,e\n{Café|Té},Sol,x,POINT (-79 -4),s/n\n")
	m, err := ParseMapping([]byte(`{"columns":[
		{"column":"a","to":"products","as":"array","values":{"Café|Té":"coffee"}},
		{"column":"b","to":"name"},{"column":"c","as":"tag"},{"column":"d","to":"site.lon","as":"wkt_point"}],
		"empty":["S/N"],"defaults":{"country":"ec","tags":["nuevo"],"site.kind":"office"}}`))
	must(t, err)
	x.mapping = m
	p := x.run()
	org := x.fields("organization", "Sol")
	if org["country"] != "EC" || !reflect.DeepEqual(org["tags"], []string{"c:x", "nuevo"}) || !reflect.DeepEqual(org["products"], []string{"coffee"}) {
		t.Errorf("org: %v", org)
	}
	if site := x.fields("site", ""); site["kind"] != "office" || site["lat"] != -4.0 {
		t.Errorf("site: %v", site)
	}
	if c := p.Report.Columns[4]; c.As != AsIgnore || c.Note == "" || c.Empty != 1 {
		t.Errorf("column e: %+v", c)
	}
}

func TestMappingsThatCannotBeMeant(t *testing.T) {
	x := newTrial(t, "organization", "PE", coops)
	column := func(to string, as As) Mapping {
		return Mapping{Columns: []ColumnMapping{{Column: "Nombre", To: to, As: as}}}
	}
	for name, test := range map[string]struct {
		m    Mapping
		code fault.Code
	}{
		"no such column":   {Mapping{Columns: []ColumnMapping{{Column: "x", To: "name"}}}, fault.ColumnMissing},
		"no such field":    {column("nombre", AsText), fault.UnknownField},
		"no such child":    {column("conflict.field", AsText), fault.BadMapping},
		"system field":     {column("created_at", AsText), fault.BadMapping},
		"parent of child":  {column("contact.organization", AsText), fault.BadMapping},
		"point to a text":  {column("name", AsWKTPoint), fault.BadMapping},
		"array to a text":  {column("name", AsArray), fault.BadMapping},
		"tag with target":  {column("name", AsTag), fault.BadMapping},
		"array to nothing": {column("", AsArray), fault.BadMapping},
		"twice":            {Mapping{Columns: []ColumnMapping{{Column: "Nombre", To: "name"}, {Column: "Nombre", To: "acronym"}}}, fault.BadMapping},
		"two to one":       {Mapping{Columns: []ColumnMapping{{Column: "Nombre", To: "name"}, {Column: "Notas", To: "name"}}}, fault.BadMapping},
		"match":            {Mapping{Match: []string{"phone"}}, fault.BadMapping},
		"match column":     {Mapping{Match: []string{"column:Nombre"}}, fault.BadMapping},
		"default":          {Mapping{Defaults: map[string]any{"country": "Narnia"}}, fault.BadMapping},
		"default's field":  {Mapping{Defaults: map[string]any{"pais": "PE"}}, fault.UnknownField},
		"sheet":            {Mapping{Sheet: "Datos", HeaderRow: 99}, fault.EmptyFile},
	} {
		_, err := NewPlan(context.Background(), Request{Source: x.source, Schema: schema.Registry(), Collection: x.collection, Network: "PE", Mapping: test.m, Lookup: x.replica})
		if !fault.Is(err, test.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{``, `[]`, `{"column":[]}`, `{"columns":[{"column":""}]}`, `{"columns":[{"column":"a","as":"x"}]}`, `{} {}`, `{"header_row":-1}`} {
		if _, err := ParseMapping([]byte(text)); !fault.Is(err, fault.BadMapping) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestOddRows(t *testing.T) {
	x := newTrial(t, "organization", "PE", "Nombre,Sigla,Localidad\nSol,S\nLuna,L,Calca,extra,más\n\n,,\nMar,"+strings.Repeat("x", MaxCellBytes+1)+",Paita\n=HYPERLINK(1),@x,-5\n")
	p := x.run()
	expectItems(t, p, map[int][]fault.Code{2: {fault.RowTooNarrow}, 3: {fault.RowTooWide}, 6: {fault.CellTooLong}})
	if p.Report.Rows != 4 || p.Report.Blank != 2 || p.Report.Problems != 1 {
		t.Errorf("report %+v", p.Report)
	}
	if notes := x.fields("organization", "Luna")["notes"]; notes != "[D]: extra\n[E]: más" {
		t.Errorf("luna: %q", notes)
	}
	if f := x.fields("organization", "=HYPERLINK(1)"); f["acronym"] != "@x" {
		t.Errorf("formula: %v", f)
	}
}

func TestContactsOfOrganizations(t *testing.T) {
	x := newTrial(t, "organization", "PE", coops)
	x.run()
	c, err := schema.Registry().Collection("contact")
	must(t, err)
	x.collection = c
	p := x.file("Organización,Nombre,Teléfonos\nCooperativa Sol,Ana,+51987654321\n1002,Beto,\nNadie,Carla,\n,Dora,\n").run()
	expectItems(t, p, map[int][]fault.Code{4: {fault.BrokenReference, fault.ValueKept}})
	if p.Report.Added != 4 || x.count("contact") != 4 {
		t.Errorf("report %+v", p.Report)
	}
	if ana := x.fields("contact", "Ana"); ana["organization"] != x.replica["organization"][0].ID.String() {
		t.Errorf("ana: %v", ana)
	}
}

func TestServerOwnedCollections(t *testing.T) {
	x := newTrial(t, "organization", "PE", coops)
	c, err := schema.Registry().Collection("conflict")
	must(t, err)
	_, err = NewPlan(context.Background(), Request{Source: x.source, Schema: schema.Registry(), Collection: c, Network: "PE", Lookup: x.replica})
	if !fault.Is(err, fault.ReadOnly) {
		t.Errorf("got %v", err)
	}
}

func TestReportIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("Nombre,Correo\n")
	for i := range 3000 {
		name, mail := "Coop "+strings.Repeat("x", i%50)+itoa(i), "malo"
		if i%100 == 99 {
			name = ""
		}
		b.WriteString(name + "," + mail + itoa(i) + "\n")
	}
	x := newTrial(t, "organization", "PE", b.String())
	x.mapping.Columns[1] = ColumnMapping{Column: "Correo", To: "emails", As: AsText}
	p, err := NewPlan(context.Background(), Request{Source: x.source, Schema: schema.Registry(), Collection: x.collection, Network: "PE", Mapping: x.mapping, Lookup: x.replica})
	must(t, err)
	problems := 0
	for _, item := range p.Report.Items {
		if item.Outcome == Problem {
			problems++
		}
	}
	if len(p.Report.Items) != MaxItems || p.Report.Truncated != 2000 || problems != 30 {
		t.Errorf("%d items, %d more, %d of 30 problems", len(p.Report.Items), p.Report.Truncated, problems)
	}
}
