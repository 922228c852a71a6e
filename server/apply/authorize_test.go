package apply

import (
	"math"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

var roles = []schema.Role{schema.Viewer, schema.FieldStaff, schema.Coordinator, schema.Office, schema.Admin, "", "intruder", schema.Nobody}

// required fills what a collection's records must have.
func required(r *rig, collection string, org record.ID) values {
	contact := mutation("contact", record.Create, "PE", record.NewID(), 0, values{"name": "Ana"})
	r.applied(staff(900), contact)
	return map[string]values{
		"organization":     {"name": "Norte"},
		"membership_event": {"organization": org.String(), "body": "clac", "kind": "admitted", "date": "2026-01-01"},
		"certification":    {"organization": org.String(), "scheme": "organic", "status": "certified"},
		"census":           {"organization": org.String(), "year": 2025, "source": "network", "members_total": 5},
		"product_year":     {"organization": org.String(), "product": "coffee", "year": 2025},
		"site":             {"organization": org.String(), "kind": "plot"},
		"contact":          {"name": "Ana"},
		"mandate":          {"contact": contact.Key.ID.String(), "role": "presidenta"},
		"verification":     {"organization": org.String(), "field_group": "profile", "outcome": "confirmed", "date": "2026-01-01"},
		"interaction":      {"kind": "visit", "date": "2026-01-01"},
		"focal_point":      {"product": "coffee"},
		"saved_view":       {"name": "V", "collection": "organization", "definition": "{}"},
		"tag":              {"name": "norte"},
		"import_batch":     {"file": "a.csv", "collection": "organization", "status": "done"},
		"shelf_life":       {"field_group": "profile", "months": 6},
		"distinct_pair":    {"first": org.String(), "second": org.String()},
		"field_definition": {"collection": "organization", "number": schema.FirstOwnNumber, "type": "text", "label_es": "Cuenca"},
		"network":          {"code": "PE", "name": "Perú"},
	}[collection]
}

// What a role may do with a collection is what the schema says: for every role and every collection.
func TestRolesOverTheWholeSchema(t *testing.T) {
	r := newRig(t)
	org := create("Norte")
	r.applied(staff(900), org)
	for _, c := range schema.Registry().Collections() {
		if c.Unsynced || c.ServerOwned || c.Name == "network" {
			continue
		}
		set := required(r, c.Name, org.Key.ID)
		if set == nil {
			t.Errorf("the test does not know what a %s needs", c.Name)
		}
		for i, role := range roles {
			a := who(uint32(2000+i), role, "PE")
			wantWrite, wantDelete := ok(role.AtLeast(c.Write)), ok(role.AtLeast(c.Delete))
			if c.Name == schema.OwnFields { // each has a number of its own
				set = values{"collection": "organization", "number": schema.FirstOwnNumber + 100 + i, "type": "text", "label_es": "Cuenca"}
			}
			made := mutation(c.Name, record.Create, "PE", record.NewID(), 0, set)
			r.outcome(c.Name+": "+string(role)+" creates", r.submit(a, made)[0], wantWrite)

			if c.Name == schema.OwnFields {
				set = values{"collection": "organization", "number": schema.FirstOwnNumber + 1 + i, "type": "text", "label_es": "Cuenca"}
			}
			theirs := mutation(c.Name, record.Create, "PE", record.NewID(), 0, set)
			base := r.applied(staff(900), theirs).Version
			edit := mutation(c.Name, record.Update, "PE", theirs.Key.ID, base, values{"tags": []string{"x"}})
			v := r.submit(a, edit)[0]
			r.outcome(c.Name+": "+string(role)+" edits", v, wantWrite)
			gone := mutation(c.Name, record.Delete, "PE", theirs.Key.ID, base+1, nil)
			r.outcome(c.Name+": "+string(role)+" deletes", r.submit(a, gone)[0], wantDelete)
		}
	}
	r.sound("PE")
}

func ok(allowed bool) fault.Code {
	if allowed {
		return ""
	}
	return fault.NotAllowed
}

func (r *rig) outcome(what string, v record.Verdict, code fault.Code) {
	r.t.Helper()
	if v.Code != code || (v.Status == record.Rejected) != (code != "") {
		r.t.Errorf("%s: %s %s %v, want %q", what, v.Status, v.Code, v.Args, code)
	}
}

func TestNetworksOthersAreNotGranted(t *testing.T) {
	r := newRig(t)
	theirs := mutation("organization", record.Create, "BO", record.NewID(), 0, values{"name": "Sur"})
	r.applied(staff(900), theirs)
	a := who(1001, schema.Coordinator, "PE", "XX")
	before := r.head("BO")
	for what, m := range map[string]record.Mutation{
		"create elsewhere":            mutation("organization", record.Create, "BO", record.NewID(), 0, values{"name": "A"}),
		"edit elsewhere":              mutation("organization", record.Update, "BO", theirs.Key.ID, 1, values{"name": "A"}),
		"delete elsewhere":            mutation("organization", record.Delete, "BO", theirs.Key.ID, 1, nil),
		"a network that is not there": mutation("organization", record.Create, "XX", record.NewID(), 0, values{"name": "A"}),
	} {
		r.outcome(what, r.submit(a, m)[0], fault.UnknownNetwork)
	}
	site := mutation("site", record.Create, "PE", record.NewID(), 0, values{"organization": theirs.Key.ID.String(), "kind": "plot"})
	r.outcome("a reference elsewhere", r.submit(a, site)[0], fault.BrokenReference)
	if after := r.head("BO"); after.Seq != before.Seq {
		t.Error("the other network moved")
	}
	office := who(1002, schema.Office)
	r.outcome("the office everywhere", r.submit(office, mutation("organization", record.Create, "BO", record.NewID(), 0, values{"name": "A"}))[0], "")
	if _, known := r.heads(t)["XX"]; known {
		t.Error("a network was made by writing to it")
	}
}

func (r *rig) heads(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, n := range []string{"PE", "BO", "XX", ""} {
		if r.head(n).Seq > 0 {
			out[n] = true
		}
	}
	return out
}

func TestWhatOnlyTheServerWrites(t *testing.T) {
	r := newRig(t)
	admin := who(1001, schema.Admin)
	org := create("A")
	r.applied(staff(1002), org)
	r.applied(staff(1002), change(org.Key.ID, 1, "name", "A", "B", noon))
	r.want(r.submit(staff(1003), change(org.Key.ID, 1, "name", "A", "C", noon+1))[0], record.Conflict, "")
	key := r.conflictKeys()[0]

	set := func(v values) record.Mutation {
		return mutation("conflict", record.Update, "PE", key.ID, r.record(key).Version, v)
	}
	r.outcome("creating one", r.submit(admin, mutation("conflict", record.Create, "PE", record.NewID(), 0, values{"status": "open"}))[0], fault.ReadOnly)
	r.outcome("deleting one", r.submit(admin, mutation("conflict", record.Delete, "PE", key.ID, 9, nil))[0], fault.NotAllowed)
	r.outcome("its value", r.submit(admin, set(values{"kept_value": `"X"`}))[0], fault.ReadOnly)
	r.outcome("its value with its status", r.submit(admin, set(values{"status": "resolved", "lost_value": `"X"`}))[0], fault.ReadOnly)
	r.outcome("its tags", r.submit(admin, set(values{"tags": []string{"x"}}))[0], fault.ReadOnly)
	r.outcome("resolving it", r.submit(staff(1003), set(values{"status": "resolved", "resolution": "kept"}))[0], "")
	r.outcome("a viewer resolving it", r.submit(who(1004, schema.Viewer, "PE"), set(values{"status": "open"}))[0], fault.NotAllowed)
	for _, unsynced := range []string{"user", "device"} {
		m := mutation(unsynced, record.Create, "PE", record.NewID(), 0, values{"name": "x"})
		r.outcome(unsynced, r.submit(admin, m)[0], fault.UnknownCollection)
	}
	r.sound("PE")
}

// What no honest device sends is rejected like any other bad edit: it must hurt nobody who shares the transaction.
func TestMutationsThatAreNone(t *testing.T) {
	r := newRig(t)
	broken := func(spoil func(*record.Mutation)) record.Mutation {
		m := create("A")
		spoil(&m)
		return m
	}
	for what, m := range map[string]record.Mutation{
		"no network":        broken(func(m *record.Mutation) { m.Key.Network = "" }),
		"no id":             broken(func(m *record.Mutation) { m.Key.ID = record.ID{} }),
		"no op":             broken(func(m *record.Mutation) { m.Op = record.OpID{} }),
		"no kind":           broken(func(m *record.Mutation) { m.Kind = 0 }),
		"a kind of its own": broken(func(m *record.Mutation) { m.Kind = 77 }),
		"no collection":     broken(func(m *record.Mutation) { m.Key.Collection = 9999 }),
		"no changes":        broken(func(m *record.Mutation) { m.Changes = nil }),
		"an unknown field":  broken(func(m *record.Mutation) { m.Changes = append(m.Changes, record.Change{Field: 999, New: []byte{0x01}}) }),
		"a raw value":       broken(func(m *record.Mutation) { m.Changes[0].New = []byte{0x01} }),
		"not normalized":    broken(func(m *record.Mutation) { m.Changes[0].New = " Norte  Sur " }),
		"another type":      broken(func(m *record.Mutation) { m.Changes[0].New = int64(7) }),
		"a set unsorted": broken(func(m *record.Mutation) {
			m.Changes = append(m.Changes, record.Change{Field: 23, New: []string{"coffee", "cocoa"}})
		}),
		"no required field": broken(func(m *record.Mutation) { m.Changes[0].Field = 11 }),
		"a size of one":     broken(func(m *record.Mutation) { m.Group = record.Group{ID: record.OpID{1}, Size: 2} }),
		"an edit of none":   change(record.NewID(), 0, "name", nil, "A", noon),
	} {
		good := create("Norte")
		verdicts, err := r.Submit(t.Context(), staff(1001), []record.Mutation{m, good})
		if err != nil {
			t.Errorf("%s: it took others down with it: %v", what, err)
			continue
		}
		if verdicts[0].Status != record.Rejected || verdicts[0].Fault().Code.Kind() == fault.Broken {
			t.Errorf("%s: %+v", what, verdicts[0])
		}
		r.want(verdicts[1], record.Applied, "")
	}
	r.sound("PE")
}

// An old value is what a person saw: nothing that stands there may break the server.
func TestOldValuesAreNotTrusted(t *testing.T) {
	r := newRig(t)
	org := create("A")
	r.applied(staff(1001), org)
	site := mutation("site", record.Create, "PE", record.NewID(), 0, values{"organization": org.Key.ID.String(), "kind": "plot", "lat": -12.0, "lon": -77.0})
	r.applied(staff(1001), site)
	move := mutation("site", record.Update, "PE", site.Key.ID, 1, values{"lat": -13.0, "lon": -70.0})
	move.Changes[0].Old, move.Changes[1].Old = -12.0, -77.0
	r.applied(staff(1001), move)
	for i, old := range []schema.Value{[]byte{0xf9, 0x7e, 0x00}, []byte{0x61, 0x61}, "text", int64(5), true, []string{"a"}, math.MaxFloat64, nil} {
		m := mutation("site", record.Update, "PE", site.Key.ID, 1, values{"lat": -14.0 - float64(i), "lon": -71.0})
		m.Changes[0].Old, m.Changes[1].Old = old, old
		r.want(r.submit(staff(uint32(1002+i)), m)[0], record.Conflict, "")
	}
	r.sound("PE")
}
