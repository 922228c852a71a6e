package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestBadInput: each is named in plain words, with its exit code, and nothing is lost.
func TestBadInput(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	s.user("ver@red.example", "viewer", "PE")
	stranger := &laptop{t: t, dir: t.TempDir()}
	stranger.fails(4, "not enrolled", "sync")
	stranger.fails(4, "not enrolled", "create", "organization", "--network", "PE", "name=X")
	stranger.fails(1, "code is not right", "enroll", "--server", s.url, "--code", "AAAAA-AAAAA")
	stranger.fails(3, "not accepting", "enroll", "--server", "http://127.0.0.1:1", "--code", "AAAAA-AAAAA")
	stranger.fails(2, "not understood", "nonsense")
	code := s.code("ana@red.example")
	ana := &laptop{t: t, dir: t.TempDir()}
	ana.ok("enroll", "--server", s.url, "--code", code, "--name", "Ana")
	stranger.fails(1, "already been used", "enroll", "--server", s.url, "--code", code)
	ana.sync()
	id := ana.create("organization", "PE", "name=Cooperativa Inventada")
	for _, c := range []struct{ word, assignment string }{
		{"no field", "colour=red"},
		{"expects a whole number", "founded=ayer"},
		{"not a valid FLO ID", "flo_id=12x"},
		{"not a choice", "type=bank"},
		{"country code", "country=ZZ"},
		{"not a valid e-mail", "emails=ana"},
		{"does not exist in this network", "parent=0192d1e0-0000-7000-8000-000000000000"},
	} {
		ana.fails(1, c.word, "set", "organization", id, c.assignment)
	}
	ana.fails(1, "coordinate", "create", "site", "--network", "PE", "organization="+id, "kind=office", "lat=95", "lon=-77")
	ana.fails(1, "coordinate", "create", "site", "--network", "PE", "organization="+id, "kind=office", "lat=-9")
	ana.fails(1, "no network", "create", "organization", "--network", "XX", "name=Y")
	ana.fails(1, "already exists", "create", "organization", "--network", "PE", "name=Z", "id="+id)
	if st := ana.status(); st.Pending != 1 || st.Rejected != 0 {
		t.Errorf("refused edits left something behind: %+v", st)
	}
	viewer := s.laptop("ver@red.example", "Solo lectura")
	viewer.sync()
	viewer.fails(1, "role does not allow", "create", "organization", "--network", "PE", "name=W")
	if r := command(t, "", "acopio-server", "serve", "--data", t.TempDir(), "--store", "postgres://localhost/x"); r.code != 2 || !strings.Contains(r.stderr, "sqlite") {
		t.Errorf("postgres: %+v", r)
	}
	if r := command(t, "", "acopio-server", "serve", "--data", t.TempDir(), "--listen", "0.0.0.0:0"); r.code != 2 || !strings.Contains(r.stderr, "certificate") {
		t.Errorf("plain HTTP for everybody: %+v", r)
	}
	if r := command(t, "", "acopio-server", "serve", "--data", s.dir, "--listen", "127.0.0.1:0"); r.code != 1 || !strings.Contains(r.stderr, "already running") {
		t.Errorf("a second server: %+v", r)
	}
}

// TestRevocation: the socket closes, the device is told, its unsent edits stay.
func TestRevocation(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	ana := s.laptop("ana@red.example", "Ana")
	ana.sync()
	devices := lines[struct{ ID, Name string }](t, s.admin("", "device", "list", "--json"))
	if len(devices) != 1 || devices[0].Name != "Ana" {
		t.Fatalf("devices: %+v", devices)
	}
	ana.create("organization", "PE", "name=Sin Enviar")
	s.admin("", "device", "revoke", devices[0].ID, "--json")
	ana.fails(4, "withdrew", "sync", "--timeout", "10s")
	if st := ana.status(); st.Pending != 0 || st.State != "attention" {
		t.Errorf("what was not sent was not handed in: %+v", st)
	}
	ana.ok("enroll", "--server", s.url, "--code", s.code("ana@red.example"), "--name", "Ana de nuevo")
	ana.sync()
	if st := ana.status(); st.Pending != 0 || st.State != "up_to_date" {
		t.Errorf("after enrolling again: %+v", st)
	}
	if said := ana.ok("list", "proposal", "--json"); !strings.Contains(said, "Sin Enviar") {
		t.Errorf("what was handed in is no proposal: %s", said)
	}
}

// TestBackup: taken while the server runs, restored elsewhere; a laptop that had more gives it back.
func TestBackup(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	ana := s.laptop("ana@red.example", "Ana")
	ana.sync()
	before := ana.create("organization", "PE", "name=Antes de la copia")
	ana.sync()
	file := filepath.Join(t.TempDir(), "copia.db")
	s.admin("", "backup", file)
	after := ana.create("organization", "PE", "name=Después de la copia")
	ana.ok("set", "organization", before, "notes=cambiada después")
	ana.sync()
	s.kill()
	if r := command(t, "", "acopio-server", "restore", file, "--data", s.dir); r.code != 1 || !strings.Contains(r.stderr, "not empty") {
		t.Fatalf("restore over data: %+v", r)
	}
	s.dir = t.TempDir()
	s.admin("", "restore", file)
	s.start()
	ana.sync()
	fresh := s.laptop("ana@red.example", "Otra")
	fresh.sync()
	if fresh.get("organization", after).Fields["name"] != "Después de la copia" || fresh.get("organization", before).Fields["notes"] != "cambiada después" {
		t.Error("what the copy lacked did not come back")
	}
	if ana.checksum("PE") != s.checksum("PE") || fresh.checksum("PE") != s.checksum("PE") {
		t.Error("checksums differ after the restore")
	}
}
