package exchange

import (
	"strings"
	"testing"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

func TestMatching(t *testing.T) {
	x := newTrial(t, "organization", "PE", `Nombre,FLO ID,Departamento,Localidad
Cooperativa Sol Naciente,1001,Piura,Ayabaca
Cooperativa Valle Verde,,Junín,Satipo
Cooperativa Monte Alto,,Junín,Satipo
Cooperativa Espoir,,Piura,Suyo
Cooperativa Espoir,,Cusco,Calca
Cooperativa Tres Ríos,,Cusco,
`)
	x.run()
	p := x.file(`Nombre,FLO ID,Departamento,Localidad
Otro Nombre Cualquiera,1001,Piura,Ayabaca
COOP. VALLE VERDE LTDA.,,Junin,SATIPO
Cooperativa Monte Altos,,Junín,Satipo
Cooperativa Monte Altozano,,Junín,Satipo
Cooperativa Espoir,,,
Cooperativa Tres Ríos,,Cusco,Urubamba
Cooperativa Sol Naciente,1002,Piura,Ayabaca
`).plan()
	expectItems(t, p, map[int][]fault.Code{
		2: {fault.NameDiffers},
		4: {fault.SimilarMatch},
		5: {fault.RowSimilar},
		6: {fault.AmbiguousMatch},
		8: {fault.RowSimilar},
	})
	outcomes := map[int]Outcome{}
	for _, item := range p.Report.Items {
		outcomes[item.Row] = item.Outcome
	}
	if p.Report.Updated != 4 || p.Report.Added != 3 || outcomes[5] != Added || outcomes[6] != Added || outcomes[8] != Added {
		t.Errorf("report %+v", p.Report)
	}
}

// Of records that share name and place, each is met by one row; no row takes another's.
func TestNamesakes(t *testing.T) {
	csv := "Nombre,Departamento,Localidad,RUC\nNovissi,Plateaux,Tokpo,1\nNovissi,Plateaux,Tokpo,2\nNovissi 2,Plateaux,Tokpo,3\nNovisi,Plateaux,Tokpo,4\n"
	x := newTrial(t, "organization", "PE", csv)
	x.run()
	if n := x.count("organization"); n != 4 {
		t.Fatalf("%d organizations", n)
	}
	p := x.file("Nombre,Departamento,Localidad,RUC\nNovissi,Plateaux,Tokpo,2\nNovisi,Plateaux,Tokpo,4\nNovissi,Plateaux,Tokpo,1\nNovissi 2,Plateaux,Tokpo,3\nNovissi,Plateaux,Tokpo,5\n").plan()
	if p.Report.Unchanged != 4 || p.Report.Added != 1 {
		t.Errorf("report %+v", p.Report)
	}
}

func TestRowsOfTheFileAmongThemselves(t *testing.T) {
	x := newTrial(t, "organization", "PE", `Nombre,FLO ID,Localidad,Contacto,Teléfono contacto,Sigla
Sol,1001,Suyo,Ana,+51987654321,S
Sol,1001,Suyo,Beto,+51987654322,CS
Sol,1001,Suyo,Ana,+51987654321,S
Luna,1001,Suyo,,,
Lunas,,Suyo,,,
`)
	p := x.run()
	expectItems(t, p, map[int][]fault.Code{
		3: {fault.RowJoined, fault.ValueKept}, 4: {fault.RowRepeated}, 5: {fault.IDRepeated}, 6: {fault.RowSimilar},
	})
	if p.Report.Added != 3 || p.Report.Updated != 1 || p.Report.Skipped != 1 || x.count("organization") != 3 || x.count("contact") != 2 {
		t.Errorf("report %+v", p.Report)
	}
	if sol := x.fields("organization", "Sol"); sol["acronym"] != "S" || sol["notes"] != "Sigla: CS" {
		t.Errorf("sol: %v", sol)
	}
}

// A census is one per organization, year and source: the second time it is the same one.
func TestIdentities(t *testing.T) {
	x := newTrial(t, "organization", "PE", coops)
	x.run()
	c, err := schema.Registry().Collection("census")
	must(t, err)
	x.collection = c
	p := x.file("Organización,Año,Fuente,Socios\n1001,2023,La red,10\n1001,2024,La red,20\n1001,2023,La red,12\n").run()
	if x.count("census") != 2 || p.Report.Added != 2 {
		t.Errorf("report %+v", p.Report)
	}
	expectItems(t, p, map[int][]fault.Code{4: {fault.RowJoined, fault.ValueKept}})
	for e := range p.Edits.All() {
		if e.Kind == draft.Create && e.ID[14] != '5' {
			t.Errorf("the id of a census is %s", e.ID)
		}
	}
}

// What would leave a record in a state that is not allowed changes nothing: an import is all or nothing, and one such
// edit would refuse it all.
func TestChangesThatCannotStand(t *testing.T) {
	x := newTrial(t, "organization", "PE", "Nombre,FLO ID,Socios 2023,Mujeres 2023,Hombres 2023\nSol,1001,100,40,60\n")
	x.run()
	p := x.file("Nombre,FLO ID,Socios 2023,Mujeres 2023\nSol,1001,100,50\n").run()
	expectItems(t, p, map[int][]fault.Code{2: {fault.BadSum, fault.ChildIncomplete}})
	if sol := x.fields("organization", "Sol"); sol["notes"] != "Socios 2023: 100\nMujeres 2023: 50" {
		t.Errorf("sol: %v", sol)
	}
	if census := x.fields("census", ""); census["members_women"] != int64(40) {
		t.Errorf("census: %v", census)
	}
	c, err := schema.Registry().Collection("census")
	must(t, err)
	x.collection = c
	p = x.file("Organización,Año,Fuente,Socios\n1001,2023,La organización,90\n").plan()
	expectItems(t, p, map[int][]fault.Code{2: {fault.BadSum}})
	if p.Report.Problems != 1 || p.Edits.Len() != 0 {
		t.Errorf("report %+v", p.Report)
	}
}

// Facts that are only added to are not changed by an import.
func TestAppendOnly(t *testing.T) {
	x := newTrial(t, "organization", "PE", coops)
	x.run()
	c, err := schema.Registry().Collection("membership_event")
	must(t, err)
	x.collection = c
	csv := "Organización,Ante,Evento,Fecha,Evidencia\n1001,CLAC,Admisión,2020-05-01,acta 1\n1002,CLAC,Admisión,2020-05-01,acta 1\n"
	if p := x.file(csv).run(); p.Report.Added != 2 {
		t.Errorf("report %+v", p.Report)
	}
	p := x.file(csv + "1001,CLAC,Admisión,2020-05-01,acta 2\n").plan()
	expectItems(t, p, map[int][]fault.Code{4: {fault.RowSimilar}})
	if p.Report.Unchanged != 2 || p.Report.Added != 1 {
		t.Errorf("report %+v", p.Report)
	}
	p = x.file(strings.Replace(csv, "acta 1", "acta 2", 1)).plan()
	expectItems(t, p, map[int][]fault.Code{2: {fault.AppendOnly}})
	if p.Report.Unchanged != 1 || p.Report.Skipped != 1 || p.Edits.Len() != 0 {
		t.Errorf("report %+v", p.Report)
	}
}
