package e2e

import (
	"testing"
	"time"
)

// TestMainJob is the product's promise in one story: two laptops edit offline, the server dies and comes back, and
// everything ends up everywhere, with the one true conflict shown to all.
func TestMainJob(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	s.user("luis@red.example", "field", "PE")
	s.user("oficina@red.example", "office")
	ana, luis := s.laptop("ana@red.example", "Portátil de Ana"), s.laptop("luis@red.example", "Portátil de Luis")
	ana.sync()
	first := ana.create("organization", "PE", "name=Cooperativa Valle Ficticio", "products=coffee")
	second := ana.create("organization", "PE", "name=Asociación Río Inventado")
	ana.sync()
	luis.sync()

	s.kill()
	ana.ok("set", "organization", first, "acronym=CVF")
	ana.ok("set", "organization", second, "website=ana.example")
	luis.ok("set", "organization", first, "notes=Tiene oficina nueva")
	luis.ok("set", "organization", first, `products=["coffee","cocoa"]`)
	time.Sleep(5 * time.Millisecond) // so that Luis is the later one
	luis.ok("set", "organization", second, "website=luis.example")
	if r := ana.run("sync", "--timeout", "2s"); r.code != 3 {
		t.Fatalf("sync without a server: exit %d: %s", r.code, r.stderr)
	}
	if st := ana.status(); st.Pending != 2 || st.State == "up_to_date" {
		t.Fatalf("after an attempt without a server: %+v", st)
	}
	s.start()
	ana.sync()
	s.kill()
	s.start()
	luis.sync()
	ana.sync()

	for _, l := range []*laptop{ana, luis} {
		f := l.get("organization", first).Fields
		if f["acronym"] != "CVF" || f["notes"] != "Tiene oficina nueva" || len(f["products"].([]any)) != 2 {
			t.Errorf("edits of different fields did not merge: %v", f)
		}
		if got := l.get("organization", second).Fields["website"]; got != "https://luis.example" {
			t.Errorf("website is %v", got)
		}
		st := l.status()
		if st.Pending != 0 || st.Rejected != 0 || st.Conflicts != 1 || st.State != "up_to_date" {
			t.Errorf("status %+v", st)
		}
		if l.checksum("PE") != s.checksum("PE") {
			t.Error("the checksum differs from the server's")
		}
	}
	checkConflict(t, s, ana, luis)
}

type conflictView struct {
	ID, Record, Field, Status string
	Mine, Theirs, Before      any
}

func checkConflict(t *testing.T, s *server, ana, luis *laptop) {
	mine := lines[conflictView](t, ana.ok("conflicts", "--json"))
	theirs := lines[conflictView](t, luis.ok("conflicts", "--json"))
	if len(mine) != 1 || mine[0].Mine != "https://ana.example" || mine[0].Theirs != "https://luis.example" {
		t.Errorf("Ana's conflicts: %+v", mine)
	}
	if len(theirs) != 1 || theirs[0].Mine != "https://luis.example" || theirs[0].Theirs != "https://ana.example" {
		t.Errorf("Luis's conflicts: %+v", theirs)
	}
	office := s.console("oficina@red.example")
	var inbox struct{ Conflicts []conflictView }
	office.get("/api/conflicts?status=open", &inbox)
	if len(inbox.Conflicts) != 1 || inbox.Conflicts[0].Field != "website" {
		t.Errorf("the console's conflicts: %+v", inbox)
	}
	ana.ok("resolve", mine[0].ID, "--keep", "mine")
	ana.sync()
	luis.sync()
	if got := luis.get("organization", mine[0].Record).Fields["website"]; got != "https://ana.example" {
		t.Errorf("after the decision: %v", got)
	}
	office.get("/api/conflicts?status=open", &inbox)
	if len(inbox.Conflicts) != 0 || luis.status().Conflicts != 0 {
		t.Error("the conflict is still open somewhere")
	}
	if ana.checksum("PE") != luis.checksum("PE") || ana.checksum("PE") != s.checksum("PE") {
		t.Error("checksums differ after the decision")
	}
}

// TestKilledLaptop: what was saved before the process died is there, and is sent.
func TestKilledLaptop(t *testing.T) {
	s := newServer(t)
	s.network("BO")
	s.user("ana@red.example", "field", "BO")
	ana := s.laptop("ana@red.example", "Ana")
	ana.sync()
	id := ana.create("organization", "BO", "name=Asociación del Altiplano Ficticio", "flo_id=12345")
	ana.ok("set", "organization", id, "notes=visita hecha")
	ana.sync()
	s.stop()
	s.start()
	again := s.laptop("ana@red.example", "Ana, otra vez")
	again.sync()
	if f := again.get("organization", id).Fields; f["notes"] != "visita hecha" || f["country"] != "BO" {
		t.Errorf("what came back: %v", f)
	}
	type entry struct {
		Kind, By, Device string
		Changes          map[string]struct{ From, To any }
	}
	h := lines[entry](t, ana.ok("history", "organization", id, "--json"))
	if len(h) != 2 || h[0].Changes["notes"].To != "visita hecha" || h[1].Kind != "create" {
		t.Errorf("history: %+v", h)
	}
}
