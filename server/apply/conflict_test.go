package apply

import (
	"testing"

	"acopio/server/store"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func (r *rig) conflictKeys() (out []record.Key) {
	r.t.Helper()
	c, _ := schema.Registry().Collection("conflict")
	r.view(func(rd store.Reader) error {
		all, _, err := rd.Feed("PE", 0, 1<<40, 1<<20, 1<<30)
		for _, w := range all {
			if w.Collection == c.Number {
				out = append(out, record.Key{Network: "PE", Collection: c.Number, ID: w.ID})
			}
		}
		return err
	})
	return out
}

func (r *rig) wantConflicts(n int) []map[string]schema.Value {
	r.t.Helper()
	all := r.living("PE", "conflict")
	if len(all) != n {
		r.t.Fatalf("%d conflict records, want %d: %v", len(all), n, all)
	}
	return all
}

func named(device uint32, user string) Author {
	a := staff(device)
	a.UserName, a.DeviceName = user, "laptop de "+user
	return a
}

func TestAConflictIsKeptWherePeopleSeeIt(t *testing.T) {
	r := newRig(t)
	org := create("A")
	r.applied(named(1001, "Ana"), org)
	r.applied(named(1002, "Eva"), change(org.Key.ID, 1, "name", "A", "Eva's", noon-100))
	v := r.submit(named(1003, "Luz"), change(org.Key.ID, 1, "name", "A", "Luz's", noon-50))[0]
	r.want(v, record.Conflict, "")
	if v.Seq != r.head("PE").Seq {
		t.Errorf("the ack is at %d; a checkpoint that covers it must have the conflict record at %d", v.Seq, r.head("PE").Seq)
	}
	got := r.wantConflicts(1)[0]
	for name, want := range map[string]schema.Value{
		"collection": "organization", "record": org.Key.ID.String(), "field": "name", "kind": "edit", "status": "open", "must_review": true,
		"base_value": `"A"`, "kept_value": `"Luz's"`, "lost_value": `"Eva's"`, "kept_device": int64(1003), "lost_device": int64(1002),
		"kept_by": "Luz · laptop de Luz", "lost_by": "Eva · laptop de Eva", "kept_at": int64(noon - 50), "lost_at": int64(noon - 100),
		"resolution": nil, "resolved_value": nil,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if got := r.field(org.Key, "name"); got != "Luz's" {
		t.Errorf("the name is %v", got)
	}
	r.sound("PE")
}

func TestTheLoserOfAnEarlierEdit(t *testing.T) {
	r := newRig(t)
	org := create("A")
	r.applied(named(1001, "Ana"), org)
	r.applied(named(1002, "Eva"), change(org.Key.ID, 1, "name", "A", "Eva's", noon-50))
	r.want(r.submit(named(1003, "Luz"), change(org.Key.ID, 1, "name", "A", "Luz's", noon-100))[0], record.Conflict, "")
	got := r.wantConflicts(1)[0]
	if got["kept_value"] != `"Eva's"` || got["lost_value"] != `"Luz's"` || got["kept_by"] != "Eva · laptop de Eva" || got["lost_by"] != "Luz · laptop de Luz" {
		t.Errorf("%v", got)
	}
	if got := r.field(org.Key, "name"); got != "Eva's" {
		t.Errorf("the name is %v", got)
	}
}

// A device that edits the same field ten times offline meets its opponent once.
func TestOneConflictPerOpponent(t *testing.T) {
	r := newRig(t)
	org := create("A")
	r.applied(named(1001, "Ana"), org)
	r.applied(named(1002, "Eva"), change(org.Key.ID, 1, "name", "A", "Eva's", noon))
	old := "A"
	for _, next := range []string{"B", "C", "D"} {
		r.want(r.submit(named(1003, "Luz"), change(org.Key.ID, 1, "name", old, next, noon-100))[0], record.Conflict, "")
		old = next
	}
	if got := r.wantConflicts(1)[0]; got["lost_value"] != `"D"` {
		t.Errorf("the last of what was typed is not kept: %v", got["lost_value"])
	}
	// Another opponent, and another field, are conflicts of their own.
	r.want(r.submit(named(1004, "Sol"), change(org.Key.ID, 1, "name", "A", "Sol's", noon-100))[0], record.Conflict, "")
	r.wantConflicts(2)
	r.applied(named(1002, "Eva"), change(org.Key.ID, 2, "acronym", nil, "E", noon))
	r.want(r.submit(named(1003, "Luz"), change(org.Key.ID, 1, "acronym", nil, "L", noon-100))[0], record.Conflict, "")
	r.wantConflicts(3)
	r.sound("PE")
}

// A conflict that was settled opens again when its loser is edited once more against the same opponent.
func TestAConflictOpensAgain(t *testing.T) {
	r := newRig(t)
	org := create("A")
	r.applied(named(1001, "Ana"), org)
	r.applied(named(1002, "Eva"), change(org.Key.ID, 1, "name", "A", "Eva's", noon))
	r.submit(named(1003, "Luz"), change(org.Key.ID, 1, "name", "A", "B", noon-100))
	key := r.conflictKeys()[0]
	r.applied(named(1001, "Ana"), mutation("conflict", record.Update, "PE", key.ID, r.record(key).Version, values{"status": "resolved", "resolution": "kept"}))
	r.submit(named(1003, "Luz"), change(org.Key.ID, 1, "name", "B", "C", noon-90))
	got := r.wantConflicts(1)[0]
	if got["status"] != "open" || got["resolution"] != nil || got["lost_value"] != `"C"` {
		t.Errorf("%v", got)
	}
}

func TestEditAgainstDeletion(t *testing.T) {
	r := newRig(t)
	org := create("A")
	r.applied(named(1001, "Ana"), org)
	r.applied(named(1002, "Eva"), mutation("organization", record.Delete, "PE", org.Key.ID, 1, nil))
	r.want(r.submit(named(1003, "Luz"), change(org.Key.ID, 1, "acronym", nil, "L", noon))[0], record.Conflict, "")
	got := r.wantConflicts(1)[0]
	if got["kind"] != "delete" || got["field"] != "deleted" || got["lost_by"] != "Eva · laptop de Eva" || got["kept_by"] != "Luz · laptop de Luz" || got["must_review"] != true {
		t.Errorf("%v", got)
	}
	if rec := r.record(org.Key); rec.Deleted || rec.Fields[11] != "L" {
		t.Errorf("%+v", rec)
	}

	other := create("B")
	r.applied(named(1001, "Ana"), other)
	r.applied(named(1002, "Eva"), change(other.Key.ID, 1, "acronym", nil, "E", noon))
	r.want(r.submit(named(1003, "Luz"), mutation("organization", record.Delete, "PE", other.Key.ID, 1, nil))[0], record.Conflict, "")
	r.wantConflicts(2)
	if rec := r.record(other.Key); rec.Deleted || rec.Version != 2 {
		t.Errorf("%+v", rec)
	}
	r.sound("PE")
}

func TestAGroupOfFieldsIsKeptWhole(t *testing.T) {
	r := newRig(t)
	org := create("A")
	r.applied(staff(1001), org)
	site := mutation("site", record.Create, "PE", record.NewID(), 0, values{"organization": org.Key.ID.String(), "kind": "plot"})
	r.applied(staff(1001), site)
	move := func(lat, lon float64) record.Mutation {
		return mutation("site", record.Update, "PE", site.Key.ID, 1, values{"lat": lat, "lon": lon})
	}
	r.applied(named(1002, "Eva"), move(-12, -77))
	r.want(r.submit(named(1003, "Luz"), move(-13, -70))[0], record.Conflict, "")
	got := r.wantConflicts(1)[0]
	if got["field"] != "position" || got["lost_value"] != `{"accuracy":null,"lat":-12,"lon":-77,"position_source":null}` {
		t.Errorf("%v", got)
	}
	r.sound("PE")
}
