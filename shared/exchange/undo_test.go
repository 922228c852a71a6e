package exchange

import (
	"context"
	"reflect"
	"testing"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// state is a memory as undoing sees it.
type state struct {
	records  map[record.Key]*record.Record
	children map[record.Key][]record.Key
}

func stateOf(m memory) state {
	s := state{map[record.Key]*record.Record{}, map[record.Key][]record.Key{}}
	for name, list := range m {
		c, _ := schema.Registry().Collection(name)
		for _, r := range list {
			s.records[r.Key] = r
			if parent, ok := c.Field(c.Parent); ok && !r.Deleted {
				owner, _ := schema.Registry().Collection(parent.Target)
				id, _ := record.ParseID(record.Text(r.Fields[parent.Number]))
				key := record.Key{Network: r.Network, Collection: owner.Number, ID: id}
				s.children[key] = append(s.children[key], r.Key)
			}
		}
	}
	return s
}

func (s state) Record(_ context.Context, key record.Key) (*record.Record, error) {
	return s.records[key], nil
}

func (s state) Children(_ context.Context, key record.Key) ([]record.Key, error) {
	return s.children[key], nil
}

// edit changes a record after an import.
func (t *trial) edit(collection, title string, fields map[string]any) {
	t.tb.Helper()
	c, err := schema.Registry().Collection(collection)
	must(t.tb, err)
	for _, r := range t.replica[collection] {
		if r.Named(c)[c.Title] == title {
			t.replica.apply(t.tb, []draft.Edit{{Kind: draft.Update, Collection: collection, Network: t.network, ID: r.ID.String(), Fields: fields}})
			return
		}
	}
	t.tb.Fatalf("no %s %q", collection, title)
}

func (t *trial) undo(changes []BatchChange) ([]draft.Edit, map[string]fault.Code) {
	t.tb.Helper()
	edits, kept, err := Undo(context.Background(), schema.Registry(), changes, stateOf(t.replica))
	must(t.tb, err)
	t.replica.apply(t.tb, edits)
	why := map[string]fault.Code{}
	for _, k := range kept {
		why[k.Title] = k.Reason.Code
	}
	return edits, why
}

func TestUndoOfNewRecords(t *testing.T) {
	x := newTrial(t, "organization", "PE", "Nombre,Latitud,Longitud,Contacto\nSol,-4,-79,Ana\nLuna,-5,-78,Beto\nMar,-6,-77,Carla\nRío,-7,-76,Dora\nMonte,-8,-75,Elsa\n")
	changes := x.replica.apply(t, editsOf(x.plan()))
	x.edit("organization", "Luna", map[string]any{"acronym": "L"})
	x.edit("contact", "Carla", map[string]any{"position": "Gerente"})
	rio := x.replica["organization"][3]
	x.replica.apply(t, []draft.Edit{{
		Kind: draft.Create, Collection: "interaction", Network: "PE", ID: record.NewID().String(),
		Fields: map[string]any{"organization": rio.ID.String(), "kind": "visit", "date": "2024-05-01"},
	}})
	x.replica["organization"][4].Deleted = true // somebody deleted it meanwhile
	edits, kept := x.undo(changes)
	want := map[string]fault.Code{"Luna": fault.KeptEdited, "Carla": fault.KeptEdited, "Mar": fault.KeptInUse, "Río": fault.KeptInUse}
	if !reflect.DeepEqual(kept, want) {
		t.Errorf("kept %v", kept)
	}
	if x.count("organization") != 3 || x.count("contact") != 1 || x.count("site") != 0 {
		t.Errorf("left: %d organizations, %d contacts, %d sites", x.count("organization"), x.count("contact"), x.count("site"))
	}
	gone := map[string]bool{}
	owner := fieldOf(t, "contact", "organization")
	for _, e := range edits {
		gone[e.ID] = true
		for _, c := range x.replica["contact"] {
			if c.ID.String() == e.ID && gone[record.Text(c.Fields[owner.Number])] {
				t.Error("an organization goes before its contact")
			}
		}
	}
}

func TestUndoOfChanges(t *testing.T) {
	x := newTrial(t, "organization", "PE", "Nombre,Departamento,Localidad,Productos,Sigla,Latitud,Longitud\nSol,Piura,Suyo,Café,S,-4,-79\nLuna,Cusco,Calca,Café,,-13,-72\n")
	x.replica.apply(t, editsOf(x.plan()))
	before := x.fields("organization", "Sol")
	x.file("Nombre,Departamento,Localidad,Productos,Sigla,Sitio web,Latitud,Longitud\nSol,Piura,Suyo,Cacao,SS,sol.pe,-4.1,-79.1\nLuna,Cusco,Calca,Miel,L,luna.pe,-13.1,-72.1\n")
	changes := x.replica.apply(t, editsOf(x.plan()))
	x.edit("organization", "Luna", map[string]any{"acronym": "LL", "products": []string{"coffee", "honey", "quinoa"}})
	edits, kept := x.undo(changes)
	if len(edits) != 4 || !reflect.DeepEqual(kept, map[string]fault.Code{"Luna": fault.KeptEdited}) {
		t.Errorf("%d edits, kept %v", len(edits), kept)
	}
	if got := x.fields("organization", "Sol"); !reflect.DeepEqual(got, before) {
		t.Errorf("sol: %v", got)
	}
	luna := x.fields("organization", "Luna")
	if luna["acronym"] != "LL" || luna["website"] != nil || !reflect.DeepEqual(luna["products"], []string{"coffee", "quinoa"}) {
		t.Errorf("luna: %v", luna)
	}
	if site := x.fields("site", ""); site["lat"] != -4.0 {
		t.Errorf("site: %v", site)
	}
}

// Fields of one group go back together or not at all.
func TestUndoOfGroups(t *testing.T) {
	x := newTrial(t, "organization", "PE", "Nombre,Latitud,Longitud\nSol,-4,-79\n")
	x.replica.apply(t, editsOf(x.plan()))
	x.file("Nombre,Latitud,Longitud\nSol,-4.1,-79.1\n")
	changes := x.replica.apply(t, editsOf(x.plan()))
	site := x.replica["site"][0]
	x.replica.apply(t, []draft.Edit{{Kind: draft.Update, Collection: "site", Network: "PE", ID: site.ID.String(), Fields: map[string]any{"lat": -4.2}}})
	if edits, kept := x.undo(changes); len(edits) != 0 || len(kept) != 1 {
		t.Errorf("%v, kept %v", edits, kept)
	}
}

func TestUndoOfSetsAndFixedFields(t *testing.T) {
	f := fieldOf(t, "organization", "products")
	set := func(old, wrote, now []string, want ...string) {
		t.Helper()
		got, _ := before(f, record.Change{Old: old, New: wrote}, now)
		list, _ := got.([]string)
		if !reflect.DeepEqual(list, want) {
			t.Errorf("%v → %v, now %v: %v", old, wrote, now, got)
		}
	}
	set([]string{"a"}, []string{"a", "b"}, []string{"a", "b"}, "a")
	set([]string{"a"}, []string{"a", "b"}, []string{"a", "b", "c"}, "a", "c")
	set([]string{"a", "b"}, []string{"b"}, []string{"b"}, "a", "b")
	set(nil, []string{"a"}, []string{"a"})
	set(nil, []string{"a"}, nil)

	x := newTrial(t, "organization", "PE", coops)
	x.replica.apply(t, editsOf(x.plan()))
	org := x.replica["organization"][0]
	imported := fieldOf(t, "organization", "imported_in")
	org.Set(imported.Number, "x")
	_, kept := x.undo([]BatchChange{{Key: org.Key, Changes: []record.Change{{Field: imported.Number, New: "x"}}}})
	if kept["Cooperativa Sol"] != fault.KeptFixed {
		t.Errorf("kept %v", kept)
	}
}

func TestChangesOfOneRecordAreOne(t *testing.T) {
	key := record.Key{Network: "PE", Collection: 2, ID: record.NewID()}
	got := mergeChanges([]BatchChange{
		{Key: key, Created: true, Changes: []record.Change{{Field: 10, New: "a"}}},
		{Key: key, Changes: []record.Change{{Field: 10, Old: "a", New: "b"}, {Field: 11, New: "c"}}},
	})
	want := []BatchChange{{Key: key, Created: true, Changes: []record.Change{{Field: 10, New: "b"}, {Field: 11, New: "c"}}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}
