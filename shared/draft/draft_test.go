package draft

import (
	"fmt"
	"reflect"
	"sort"
	"testing"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

const noon = clock.Millis(1767268800000)

// shelf is a Reader over records in memory.
type shelf struct {
	records  map[record.Key]*record.Record
	networks map[string]bool
}

func newShelf() *shelf {
	return &shelf{records: map[record.Key]*record.Record{}, networks: map[string]bool{"PE": true, "BO": true}}
}

func (s *shelf) Record(key record.Key) (*record.Record, error) { return s.records[key], nil }

func (s *shelf) Find(collection uint16, id record.ID) (*record.Record, error) {
	for k, r := range s.records {
		if k.Collection == collection && k.ID == id {
			return r, nil
		}
	}
	return nil, nil
}

func (s *shelf) HasNetwork(code string) (bool, error) { return s.networks[code], nil }

// put places a record as the server gave it, all of it set in its version by device 2.
func (s *shelf) put(t *testing.T, collection, network string, id record.ID, version uint64, fields map[string]any) *record.Record {
	t.Helper()
	c := collectionOf(t, collection)
	r := &record.Record{
		Key: record.Key{Network: network, Collection: c.Number, ID: id}, Version: version,
		Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
	}
	for name, raw := range fields {
		f, ok := c.Field(name)
		if !ok {
			t.Fatalf("no field %s", name)
		}
		v, err := f.Normalize(raw)
		if err != nil {
			t.Fatal(err)
		}
		r.Set(f.Number, v)
		r.Stamps[f.Number] = record.Stamp{Version: version, Device: 2, Edited: noon}
	}
	s.records[r.Key] = r
	return r
}

func collectionOf(t *testing.T, name string) *schema.Collection {
	t.Helper()
	c, err := schema.Registry().Collection(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func staff(role schema.Role) Author {
	return Author{Role: role, May: func(n string) bool { return n == "PE" }, Now: noon, Offset: 7}
}

func (s *shelf) build(role schema.Role, edits ...Edit) ([]Step, error) {
	return Build(schema.Registry(), s, staff(role), Intent{Edits: edits})
}

// must builds one edit into one step.
func (s *shelf) must(t *testing.T, e Edit) Step {
	t.Helper()
	steps, err := s.build(schema.Coordinator, e)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 1 {
		t.Fatalf("%d steps", len(steps))
	}
	return steps[0]
}

func changesOf(t *testing.T, s Step) map[string][2]schema.Value {
	t.Helper()
	out := map[string][2]schema.Value{}
	for _, ch := range s.Mutation.Changes {
		name := "deleted"
		if f, ok := s.Collection.FieldByNumber(ch.Field); ok {
			name = f.Name
		}
		out[name] = [2]schema.Value{ch.Old, ch.New}
	}
	return out
}

type (
	fields  = map[string]any
	changed = map[string][2]schema.Value
)

func wantChanges(t *testing.T, s Step, want changed) {
	t.Helper()
	if got := changesOf(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("changes\n%v\nwant\n%v", got, want)
	}
}

func TestRefusals(t *testing.T) {
	s := newShelf()
	org := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "Norte"}).ID.String()
	elsewhere := s.put(t, "organization", "BO", record.NewID(), 3, fields{"name": "Sur"}).ID.String()
	gone := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "Ida"})
	gone.Deleted = true
	event := s.put(t, "membership_event", "PE", record.NewID(), 1, fields{"organization": org, "body": "clac", "kind": "admitted", "date": "2026-01-01"}).ID.String()
	cert := s.put(t, "certification", "PE", record.NewID(), 1, fields{"organization": org, "scheme": "organic", "status": "certified"}).ID.String()
	conflict := s.put(t, "conflict", "PE", record.NewID(), 1, fields{"collection": "organization", "record": org, "field": "name", "status": "open"}).ID.String()
	tagID, _ := record.IdentityOf(collectionOf(t, "tag"), "PE", map[uint16]schema.Value{10: "norte"})
	s.put(t, "tag", "PE", tagID, 1, fields{"name": "norte"})
	site := s.put(t, "site", "PE", record.NewID(), 1, fields{"organization": org, "kind": "plot"}).ID.String()

	create := func(collection, network string, f fields) Edit {
		return Edit{Kind: Create, Collection: collection, Network: network, Fields: f}
	}
	update := func(collection, id string, f fields) Edit {
		return Edit{Kind: Update, Collection: collection, ID: id, Fields: f}
	}
	for name, c := range map[string]struct {
		role  schema.Role
		edit  Edit
		code  fault.Code
		field string
	}{
		"unknown collection":         {schema.Admin, create("farm", "PE", nil), fault.UnknownCollection, ""},
		"unknown network":            {schema.Admin, create("organization", "XX", fields{"name": "A"}), fault.UnknownNetwork, ""},
		"a network not granted":      {schema.Admin, create("organization", "BO", fields{"name": "A"}), fault.UnknownNetwork, ""},
		"a record of another's":      {schema.Admin, update("organization", elsewhere, fields{"name": "A"}), fault.UnknownNetwork, ""},
		"a record named elsewhere":   {schema.Admin, Edit{Kind: Update, Collection: "organization", Network: "BO", ID: org, Fields: fields{"name": "A"}}, fault.NotFound, ""},
		"no network":                 {schema.Admin, create("organization", "", fields{"name": "A"}), fault.UnknownNetwork, ""},
		"unknown field":              {schema.Admin, update("organization", org, fields{"colour": "x"}), fault.UnknownField, "colour"},
		"wrong type":                 {schema.Admin, update("organization", org, fields{"founded": "once"}), fault.WrongType, "founded"},
		"unknown choice":             {schema.Admin, update("organization", org, fields{"type": "x"}), fault.UnknownChoice, "type"},
		"bad FLO ID":                 {schema.Admin, update("organization", org, fields{"flo_id": "12345678"}), fault.BadFLOID, "flo_id"},
		"bad e-mail":                 {schema.Admin, update("organization", org, fields{"emails": []any{"x@"}}), fault.BadEmail, "emails"},
		"bad country":                {schema.Admin, update("organization", org, fields{"country": "ZZ"}), fault.BadCountry, "country"},
		"out of range":               {schema.Admin, update("organization", org, fields{"founded": 1492}), fault.OutOfRange, "founded"},
		"bad coordinate":             {schema.Admin, update("site", site, fields{"lat": 91, "lon": 0}), fault.BadCoordinate, "lat"},
		"half a coordinate":          {schema.Admin, update("site", site, fields{"lat": 9}), fault.BadCoordinate, "lat"},
		"a required field missing":   {schema.Admin, create("organization", "PE", fields{"acronym": "A"}), fault.MissingField, "name"},
		"one of a common name":       {schema.Admin, create("site", "PE", fields{"organization": org}), fault.MissingField, "kind"},
		"a required field emptied":   {schema.Admin, update("organization", org, fields{"name": ""}), fault.MissingField, "name"},
		"parts beyond the total":     {schema.Admin, create("census", "PE", fields{"organization": org, "year": 2025, "source": "network", "members_total": 5, "members_women": 6}), fault.BadSum, "members_total"},
		"a viewer edits":             {schema.Viewer, update("organization", org, fields{"name": "A"}), fault.NotAllowed, ""},
		"a viewer creates":           {schema.Viewer, create("organization", "PE", fields{"name": "A"}), fault.NotAllowed, ""},
		"field staff deletes":        {schema.FieldStaff, Edit{Kind: Delete, Collection: "organization", ID: org}, fault.NotAllowed, ""},
		"field staff restores":       {schema.FieldStaff, Edit{Kind: Restore, Collection: "organization", ID: gone.ID.String()}, fault.NotAllowed, ""},
		"field staff sets a network": {schema.FieldStaff, create("network", "PE", fields{"code": "PE", "name": "x"}), fault.NotAllowed, ""},
		"deleting the server's":      {schema.Admin, Edit{Kind: Delete, Collection: "conflict", ID: conflict}, fault.ReadOnly, ""},
		"the server's collection":    {schema.Admin, create("conflict", "PE", fields{"status": "open"}), fault.ReadOnly, ""},
		"the server's field":         {schema.Admin, update("conflict", conflict, fields{"kept_by": "me"}), fault.ReadOnly, ""},
		"what no replica has":        {schema.Admin, create("user", "PE", fields{"email": "a@b.c"}), fault.ReadOnly, ""},
		"fixed":                      {schema.Admin, update("certification", cert, fields{"organization": elsewhere}), fault.Immutable, "organization"},
		"append-only":                {schema.Admin, update("membership_event", event, fields{"kind": "left"}), fault.AppendOnly, ""},
		"no such record":             {schema.Admin, update("organization", record.NewID().String(), fields{"name": "A"}), fault.NotFound, ""},
		"a deleted record":           {schema.Admin, update("organization", gone.ID.String(), fields{"name": "A"}), fault.NotFound, ""},
		"no id":                      {schema.Admin, update("organization", "", fields{"name": "A"}), fault.BadID, "id"},
		"not an id":                  {schema.Admin, create("organization", "PE", nil).withID("x", fields{"name": "A"}), fault.BadID, "id"},
		"it exists":                  {schema.Admin, create("organization", "PE", nil).withID(org, fields{"name": "A"}), fault.AlreadyExists, ""},
		"the same fact exists":       {schema.Admin, create("tag", "PE", fields{"name": "Norte"}), fault.AlreadyExists, ""},
		"a reference to nothing":     {schema.Admin, create("site", "PE", fields{"kind": "plot", "organization": record.NewID().String()}), fault.BrokenReference, "organization"},
		"a reference to elsewhere":   {schema.Admin, create("site", "PE", fields{"kind": "plot", "organization": elsewhere}), fault.BrokenReference, "organization"},
		"a reference to the deleted": {schema.Admin, create("site", "PE", fields{"kind": "plot", "organization": gone.ID.String()}), fault.BrokenReference, "organization"},
		"a reference that is none":   {schema.Admin, create("site", "PE", fields{"kind": "plot", "organization": "x"}), fault.BadID, "organization"},
		"an unknown kind":            {schema.Admin, Edit{Kind: "merge", Collection: "organization", ID: org}, fault.BadRequest, ""},
	} {
		t.Run(name, func(t *testing.T) {
			good := update("organization", org, fields{"acronym": "OK"})
			steps, err := s.build(c.role, c.edit)
			if f := fault.Of(err); f == nil || f.Code != c.code || (c.field != "" && f.Field != c.field) {
				t.Errorf("%v, want %s of %q", err, c.code, c.field)
			} else if c.field != "" && f.Args["collection"] != c.edit.Collection {
				t.Errorf("a field of %q, want %q", f.Args["collection"], c.edit.Collection)
			}
			if steps != nil {
				t.Error("there are steps")
			}
			if c.role == schema.Admin { // and nothing of what came with it
				if steps, err := s.build(c.role, good, c.edit); err == nil || steps != nil {
					t.Errorf("%d steps, %v", len(steps), err)
				}
			}
		})
	}
}

func (e Edit) withID(id string, f fields) Edit {
	e.ID, e.Fields = id, f
	return e
}

func TestUpdateSaysWhatWasAndWhatIs(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "Norte", "acronym": "NO"})
	step := s.must(t, Edit{Kind: Update, Collection: "organization", ID: r.ID.String(), Fields: fields{"name": " Sur ", "acronym": nil, "type": nil}})
	wantChanges(t, step, changed{"name": {"Norte", "Sur"}, "acronym": {"NO", nil}})
	m := step.Mutation
	if m.Kind != record.Update || m.Base != 3 || m.Key != r.Key || m.Edited != noon || m.Offset != 7 || m.Op.IsZero() || m.Group.Size != 0 {
		t.Errorf("%+v", m)
	}
	if step.Before != r || step.After.Fields[10] != "Sur" || step.After.Fields[11] != nil || r.Fields[10] != "Norte" {
		t.Errorf("before %v after %v", step.Before.Fields, step.After.Fields)
	}
}

func TestAnEditOfNothingMakesNoStep(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "Norte", "products": []any{"coffee", "cocoa"}})
	gone := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "Ida"})
	gone.Deleted = true
	steps, err := s.build(schema.Coordinator,
		Edit{Kind: Update, Collection: "organization", ID: r.ID.String(), Fields: fields{"name": "Norte ", "products": []any{"cocoa", "coffee", "cocoa"}, "acronym": " "}},
		Edit{Kind: Delete, Collection: "organization", ID: gone.ID.String()},
		Edit{Kind: Restore, Collection: "organization", ID: r.ID.String()})
	if err != nil || len(steps) != 0 {
		t.Errorf("%d steps, %v", len(steps), err)
	}
}

func TestAGroupOfFieldsTravelsWhole(t *testing.T) {
	s := newShelf()
	org := s.put(t, "organization", "PE", record.NewID(), 1, fields{"name": "Norte"})
	r := s.put(t, "site", "PE", record.NewID(), 4, fields{"organization": org.ID.String(), "kind": "plot", "lat": -12.0, "lon": -77.0})
	step := s.must(t, Edit{Kind: Update, Collection: "site", ID: r.ID.String(), Fields: fields{"lat": -12.5}})
	wantChanges(t, step, changed{"lat": {-12.0, -12.5}, "lon": {-77.0, -77.0}, "accuracy": {nil, nil}, "position_source": {nil, nil}})
}

func TestDeleteAndRestore(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "Norte"})
	step := s.must(t, Edit{Kind: Delete, Collection: "organization", ID: r.ID.String()})
	if step.Mutation.Kind != record.Delete || step.Mutation.Base != 3 || len(step.Mutation.Changes) != 0 || !step.After.Deleted || r.Deleted {
		t.Errorf("%+v", step.Mutation)
	}
	r.Deleted = true
	step = s.must(t, Edit{Kind: Restore, Collection: "organization", ID: r.ID.String(), Fields: fields{"acronym": "N"}})
	wantChanges(t, step, changed{"deleted": {true, false}, "acronym": {nil, "N"}})
	if step.Mutation.Kind != record.Update || step.After.Deleted {
		t.Errorf("%+v", step.Mutation)
	}
}

func TestCreateFillsWhatComesByItself(t *testing.T) {
	s := newShelf()
	s.put(t, "network", "PE", NetworkID("PE"), 1, fields{"code": "PE", "name": "Perú", "countries": []any{"PE"}})
	step := s.must(t, Edit{Kind: Create, Collection: "organization", Network: "PE", Fields: fields{"name": "Norte"}})
	wantChanges(t, step, changed{"created_at": {nil, int64(noon)}, "name": {nil, "Norte"}, "country": {nil, "PE"}})
	if step.Before != nil || step.Mutation.Base != 0 || step.Mutation.Kind != record.Create || step.After.ID.IsZero() || step.After.Version != 0 {
		t.Errorf("%+v", step)
	}

	step = s.must(t, Edit{Kind: Create, Collection: "organization", Network: "PE", Fields: fields{"name": "Norte", "country": "BO"}})
	if got := changesOf(t, step)["country"]; got != [2]schema.Value{nil, "BO"} {
		t.Errorf("a given country became %v", got)
	}

	s.put(t, "network", "PE", NetworkID("PE"), 2, fields{"code": "PE", "name": "Dos", "countries": []any{"PE", "BO"}})
	step = s.must(t, Edit{Kind: Create, Collection: "organization", Network: "PE", Fields: fields{"name": "Norte"}})
	if got, given := changesOf(t, step)["country"]; given {
		t.Errorf("of two countries it picked %v", got)
	}
}

func TestCreateOfAnImport(t *testing.T) {
	s := newShelf()
	batch := record.NewID()
	intent := Intent{Bulk: true, Batch: batch, Edits: []Edit{
		{Kind: Create, Collection: "organization", Network: "PE", Fields: fields{"name": "A"}},
		{Kind: Create, Collection: "organization", Network: "PE", Fields: fields{"name": "B"}},
	}}
	steps, err := Build(schema.Registry(), s, staff(schema.FieldStaff), intent)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if step.Mutation.Group != (record.Group{}) {
			t.Errorf("a row of an import is tied to others: %+v", step.Mutation.Group)
		}
		if got := changesOf(t, step)["imported_in"]; got != [2]schema.Value{nil, batch.String()} {
			t.Errorf("imported in %v", got)
		}
	}
}

func TestCreateWithAnIDOrAnIdentity(t *testing.T) {
	s := newShelf()
	id := record.NewID()
	step := s.must(t, Edit{Kind: Create, Collection: "organization", Network: "PE", ID: id.String(), Fields: fields{"name": "A"}})
	if step.After.ID != id || step.Mutation.Key.ID != id {
		t.Errorf("%v", step.After.ID)
	}
	want, _ := record.IdentityOf(collectionOf(t, "tag"), "PE", map[uint16]schema.Value{10: "norte"})
	step = s.must(t, Edit{Kind: Create, Collection: "tag", Network: "PE", Fields: fields{"name": "Norte"}})
	if step.After.ID != want {
		t.Errorf("%v, want %v", step.After.ID, want)
	}
}

func TestAFactStatedAnewAfterItsDeletion(t *testing.T) {
	s := newShelf()
	id, _ := record.IdentityOf(collectionOf(t, "tag"), "PE", map[uint16]schema.Value{10: "norte"})
	gone := s.put(t, "tag", "PE", id, 5, fields{"name": "norte", "color": "rojo"})
	gone.Deleted = true
	step := s.must(t, Edit{Kind: Create, Collection: "tag", Network: "PE", Fields: fields{"name": "norte", "description": "otra"}})
	if step.Mutation.Base != 5 || step.Mutation.Kind != record.Create || step.After.Deleted || step.After.Fields[11] != nil {
		t.Errorf("%+v after %v", step.Mutation, step.After.Fields)
	}
}

func TestAnIntentIsOneGroup(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "Norte"})
	id := record.NewID().String()
	steps, err := s.build(schema.FieldStaff,
		Edit{Kind: Create, Collection: "organization", Network: "PE", ID: id, Fields: fields{"name": "A"}},
		Edit{Kind: Create, Collection: "site", Network: "PE", Fields: fields{"kind": "plot", "organization": id}}, // of the one before
		Edit{Kind: Update, Collection: "organization", ID: r.ID.String(), Fields: fields{"parent": id}})
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range steps {
		g := step.Mutation.Group
		if g.ID != steps[0].Mutation.Group.ID || g.ID.IsZero() || g.Size != 3 || int(g.Index) != i {
			t.Errorf("step %d: %+v", i, g)
		}
	}
	ops := map[record.OpID]bool{}
	for _, step := range steps {
		ops[step.Mutation.Op] = true
	}
	if len(ops) != 3 {
		t.Error("op ids are used twice")
	}
}

func TestManyDeletionsAskFirst(t *testing.T) {
	s := newShelf()
	var edits []Edit
	for i := range AskAbove + 1 {
		r := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": fmt.Sprint("Norte ", i)})
		edits = append(edits, Edit{Kind: Delete, Collection: "organization", ID: r.ID.String()})
	}
	intend := func(confirmed int, edits ...Edit) error {
		_, err := Build(schema.Registry(), s, staff(schema.Coordinator), Intent{Edits: edits, Confirmed: confirmed})
		return err
	}
	if err := intend(0, edits[1:]...); err != nil {
		t.Errorf("%d deletions: %v", AskAbove, err)
	}
	for _, confirmed := range []int{0, AskAbove} {
		if err := intend(confirmed, edits...); !fault.Is(err, fault.ManyDeletions) || fault.Of(err).Args["count"] != "21" {
			t.Errorf("%d confirmed: %v", confirmed, err)
		}
	}
	if err := intend(AskAbove+1, edits...); err != nil {
		t.Errorf("confirmed: %v", err)
	}
}

func TestEditsOfOneRecordBuildOnEachOther(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "A"})
	set := func(v string) Edit {
		return Edit{Kind: Update, Collection: "organization", Network: "PE", ID: r.ID.String(), Fields: fields{"name": v}}
	}
	steps, err := s.build(schema.Coordinator, set("B"), set("C"), Edit{Kind: Delete, Collection: "organization", ID: r.ID.String()})
	if err != nil || len(steps) != 3 {
		t.Fatal(len(steps), err)
	}
	wantChanges(t, steps[0], changed{"name": {"A", "B"}})
	wantChanges(t, steps[1], changed{"name": {"B", "C"}})
	for _, step := range steps {
		if step.Mutation.Base != 3 {
			t.Errorf("the base is the trunk's version, not %d", step.Mutation.Base)
		}
	}
	if _, err := s.build(schema.Coordinator, Edit{Kind: Delete, Collection: "organization", ID: r.ID.String()}, set("D")); !fault.Is(err, fault.NotFound) {
		t.Errorf("an edit of what the edit before deleted: %v", err)
	}
}

func TestEqualEditsMakeEqualMutations(t *testing.T) {
	s := newShelf()
	r := s.put(t, "organization", "PE", record.NewID(), 3, fields{"name": "A"})
	f := fields{}
	for _, name := range []string{"acronym", "legal_form", "tax_id", "admin1", "website", "notes", "address"} {
		f[name] = "valor.example"
	}
	first := s.must(t, Edit{Kind: Update, Collection: "organization", ID: r.ID.String(), Fields: f}).Mutation.Changes
	if !sort.SliceIsSorted(first, func(i, j int) bool { return first[i].Field < first[j].Field }) {
		t.Error("changes are in no order")
	}
	for range 20 {
		if again := s.must(t, Edit{Kind: Update, Collection: "organization", ID: r.ID.String(), Fields: f}).Mutation.Changes; !reflect.DeepEqual(again, first) {
			t.Fatal("the order of a map shows")
		}
	}
}
