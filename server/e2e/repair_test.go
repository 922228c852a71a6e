package e2e

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// behind changes a laptop's file as a failing disk does, and has its daily examination be due.
func (l *laptop) behind(queries ...string) {
	l.t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(l.dir, "replica.db"))
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, q := range queries {
		if _, err := db.Exec(q); err != nil {
			l.t.Fatalf("%s: %v", q, err)
		}
	}
	file := filepath.Join(l.dir, "device.json")
	b, err := os.ReadFile(file)
	if err != nil {
		l.t.Fatal(err)
	}
	state := map[string]any{}
	decode(l.t, string(b), &state)
	state["examined"] = 1
	if b, err = json.Marshal(state); err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// The real programs: a damaged replica is repaired by the next sync, which says so, and so does the status from then on.
func TestADamagedReplicaIsRepaired(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	ana := s.laptop("ana@red.example", "Portátil de Ana")
	ana.sync()
	first := ana.create("organization", "PE", "name=Cooperativa Primera")
	second := ana.create("organization", "PE", "name=Cooperativa Segunda")
	ana.sync()
	if text := ana.ok("status"); strings.Contains(text, "repaired") {
		t.Errorf("before anything happened: %s", text)
	}
	ana.ok("set", "organization", second, "acronym=CS")
	ana.behind("DELETE FROM r2 WHERE f10 = 'Cooperativa Primera'", "UPDATE r2 SET f10 = 'Dañada' WHERE state = 1")
	if text := ana.ok("sync", "--timeout", "60s"); !strings.Contains(text, "repaired 1 ") {
		t.Errorf("the sync says %s", text)
	}
	if ana.get("organization", first).Fields["name"] != "Cooperativa Primera" || ana.get("organization", second).Fields["name"] != "Cooperativa Segunda" {
		t.Error("it is not as the server has it")
	}
	if ana.get("organization", second).Fields["acronym"] != "CS" || ana.status().Pending != 0 || ana.checksum("PE") != s.checksum("PE") {
		t.Error("what was pending did not arrive")
	}
	var st struct {
		Repaired struct {
			At, Network string
			Records     int
			Whole       bool
		}
	}
	decode(t, ana.ok("status", "--json"), &st)
	if r := st.Repaired; r.Network != "PE" || r.Records != 1 || r.Whole || r.At == "" {
		t.Errorf("%+v", st)
	}
}
