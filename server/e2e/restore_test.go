package e2e

import (
	"path/filepath"
	"testing"
)

type recoveryView struct {
	Recovery *struct {
		Restored, Backup int64
		Edits, Records   int
		Devices          []struct {
			Name, User     string
			Edits, Records int
		}
		Waiting []struct {
			Name, User string
			LastSeen   int64 `json:"last_seen"`
		}
	}
}

// TestRestoreDrill: a server is lost after a backup, and laptops had sent more by then. The backup is restored, and the
// laptops come back one after the other: nothing on them is wiped, what the backup lacked returns, also what only another
// laptop had made, and the office sees in one summary what came back, from whom, and who is still to come.
func TestRestoreDrill(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("oficina@red.example", "office")
	for _, email := range []string{"ana@red.example", "luis@red.example", "eva@red.example"} {
		s.user(email, "field", "PE")
	}
	ana, luis, eva := s.laptop("ana@red.example", "Portátil de Ana"), s.laptop("luis@red.example", "Portátil de Luis"), s.laptop("eva@red.example", "Portátil de Eva")
	ana.sync()
	first, second := ana.create("organization", "PE", "name=Cooperativa Primera"), ana.create("organization", "PE", "name=Cooperativa Segunda", "notes=visita")
	for _, l := range []*laptop{ana, luis, eva} {
		l.sync()
	}
	var summary recoveryView
	s.console("oficina@red.example").get("/api/recovery", &summary)
	if summary.Recovery != nil {
		t.Errorf("a server that was never restored tells of %+v", summary.Recovery)
	}
	file := filepath.Join(t.TempDir(), "copia.db")
	s.admin("", "backup", file)

	// What the backup lacks: edits of Ana's that Luis has seen, one of Eva's that nobody has seen, and a deletion.
	made := ana.create("organization", "PE", "name=Cooperativa Tercera")
	ana.ok("set", "organization", first, "acronym=CP")
	ana.sync()
	luis.sync()
	luis.ok("set", "organization", second, "notes=visita hecha")
	luis.sync()
	eva.ok("set", "organization", second, "website=eva.example")
	before := map[string]string{"Ana": ana.checksum("PE"), "Luis": luis.checksum("PE")}

	s.kill()
	s.dir = t.TempDir()
	s.admin("", "restore", file)
	s.start()
	luis.ok("set", "organization", first, "website=luis.example") // made after the restore: no part of it

	// Luis comes back first, while Ana, who had made most of it, is still away.
	luis.sync()
	if f := luis.get("organization", made).Fields; f["name"] != "Cooperativa Tercera" {
		t.Errorf("Luis's laptop lost what Ana had made: %v", f)
	}
	if f := luis.get("organization", first).Fields; f["acronym"] != "CP" || f["website"] != "https://luis.example" {
		t.Errorf("Luis's laptop has %v", f)
	}
	office := s.console("oficina@red.example")
	office.get("/api/recovery", &summary)
	r := summary.Recovery
	if r == nil || r.Edits != 3 || r.Records != 3 || len(r.Devices) != 1 || r.Devices[0].Name != "Portátil de Luis" || r.Devices[0].Edits != 3 {
		t.Fatalf("after Luis: %+v", r)
	}
	if r.Backup == 0 || r.Backup >= r.Restored || len(r.Waiting) != 2 {
		t.Errorf("after Luis: %+v", r)
	}
	fresh := s.laptop("luis@red.example", "Nuevo")
	fresh.sync()
	if fresh.checksum("PE") != luis.checksum("PE") || fresh.get("organization", made).Fields["name"] != "Cooperativa Tercera" {
		t.Error("what Luis gave back did not reach the others")
	}

	ana.sync()
	eva.sync()
	for name, l := range map[string]*laptop{"Ana": ana, "Luis": luis, "Eva": eva, "new": fresh} {
		l.sync()
		one, two, three := l.get("organization", first).Fields, l.get("organization", second).Fields, l.get("organization", made).Fields
		if one["acronym"] != "CP" || two["notes"] != "visita hecha" || two["website"] != "https://eva.example" || three["name"] != "Cooperativa Tercera" {
			t.Errorf("%s: %v %v %v", name, one, two, three)
		}
		if st := l.status(); st.Pending != 0 || st.Rejected != 0 || st.Conflicts != 0 || l.checksum("PE") != s.checksum("PE") {
			t.Errorf("%s: %+v", name, st)
		}
		if l.checksum("PE") == before[name] {
			t.Errorf("%s: nothing has changed, though Eva's edit came", name)
		}
	}
	summary = recoveryView{}
	office.get("/api/recovery", &summary)
	r = summary.Recovery
	byName := map[string]int{}
	for _, d := range r.Devices {
		byName[d.Name] = d.Edits
	}
	// Ana's own were there already, by the same ops or by the same values; Eva's one had never been sent.
	if len(r.Waiting) != 0 || byName["Portátil de Luis"] != 3 || byName["Portátil de Eva"] != 1 || r.Records != 3 {
		t.Errorf("in the end: %+v", r)
	}
	s.kill()
	s.start() // the summary is read from the log: it is the same after a restart
	var again recoveryView
	s.console("oficina@red.example").get("/api/recovery", &again)
	if again.Recovery == nil || again.Recovery.Edits != r.Edits || again.Recovery.Restored != r.Restored {
		t.Errorf("after a restart: %+v", again.Recovery)
	}
}
