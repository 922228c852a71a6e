package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// absent makes of a laptop one that was not switched on for some days: all its times move back by as much. A program's
// clock cannot be moved, and the laptop knows no other measure.
func (l *laptop) absent(days int) {
	l.t.Helper()
	path := filepath.Join(l.dir, "device.json")
	b, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	var state map[string]any
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&state); err != nil {
		l.t.Fatal(err)
	}
	for _, name := range []string{"contact", "latest", "last_success", "last_attempt"} {
		n, _ := state[name].(json.Number)
		was, err := n.Int64()
		if err != nil {
			l.t.Fatalf("%s is %v", name, state[name])
		}
		state[name] = was - int64(days)*(24*time.Hour).Milliseconds()
	}
	if b, err = json.Marshal(state); err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// send posts JSON and demands a status.
func (c *console) send(status int, method, path, body string) {
	c.t.Helper()
	res := c.do(method, path, strings.NewReader(body))
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != status {
		c.t.Fatalf("%s %s: %s, want %d", method, path, res.Status, status)
	}
}

type leaseView struct {
	State     string
	Pending   int
	LeaseDays int     `json:"lease_days"`
	LeaseEnds *string `json:"lease_ends"`
}

func (l *laptop) lease() (v leaseView) {
	l.t.Helper()
	decode(l.t, l.ok("status", "--json"), &v)
	return v
}

// TestTheLeaseRunsOut: the office lets laptops be away for ten days. One stays away for longer: no command reads or changes
// the register any more, what was not sent stays, and the first contact unlocks it and sends that.
func TestTheLeaseRunsOut(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("jefa@red.example", "admin")
	s.user("ana@red.example", "field", "PE")
	boss := s.console("jefa@red.example")
	boss.send(http.StatusUnprocessableEntity, http.MethodPatch, "/api/settings", `{"lease_days":4000}`)
	boss.send(http.StatusOK, http.MethodPatch, "/api/settings", `{"lease_days":10}`)
	ana := s.laptop("ana@red.example", "Portátil de Ana")
	ana.sync()
	id := ana.create("organization", "PE", "name=Cooperativa Norte")
	if v := ana.lease(); v.LeaseDays != 10 || v.LeaseEnds == nil || v.Pending != 1 {
		t.Errorf("%+v", v)
	}
	ana.absent(9)
	if v := ana.lease(); v.State != "pending" {
		t.Errorf("%+v", v)
	}
	ana.get("organization", id)
	ana.absent(1)
	file := filepath.Join(t.TempDir(), "salida.csv")
	for _, args := range [][]string{
		{"get", "organization", id},
		{"list", "organization"},
		{"history", "organization", id},
		{"pending"},
		{"rejected"},
		{"conflicts"},
		{"set", "organization", id, "acronym=N"},
		{"create", "organization", "--network", "PE", "name=Otra"},
		{"delete", "organization", id},
		{"export", "organization", "--format", "csv", "--out", file},
		{"import", file, "--network", "PE"},
	} {
		ana.fails(1, "locked", args...)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("something was exported")
	}
	if v := ana.lease(); v.State != "locked" || v.Pending != 1 {
		t.Errorf("%+v", v)
	}
	s.kill()
	ana.fails(3, "", "sync", "--timeout", "1s") // to try is no contact
	ana.fails(1, "locked", "list", "organization")
	s.start()
	ana.sync()
	if v := ana.lease(); v.State != "up_to_date" || v.Pending != 0 {
		t.Errorf("%+v", v)
	}
	if ana.get("organization", id).Fields["name"] != "Cooperativa Norte" || ana.checksum("PE") != s.checksum("PE") {
		t.Error("what was not sent when it was locked did not arrive")
	}
	s.console("jefa@red.example").send(http.StatusOK, http.MethodPatch, "/api/settings", `{"lease_days":0}`)
	ana.sync()
	ana.absent(1000)
	ana.get("organization", id)
}

type proposalsView struct {
	Proposals []struct{ ID, Record, Title, Kind, By, Device, Reason, Status string }
}

// TestAWipedLaptop: the office has a laptop wiped that had unsent edits. They arrive as proposals, everything is gone from
// the laptop, and what the office accepts is made, under its name, with whose it was in history.
func TestAWipedLaptop(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	for email, role := range map[string]string{"oficina@red.example": "office", "ana@red.example": "field", "luis@red.example": "coordinator"} {
		s.user(email, role, map[bool][]string{true: {"PE"}}[role != "office"]...)
	}
	ana, luis := s.laptop("ana@red.example", "Portátil de Ana"), s.laptop("luis@red.example", "Portátil de Luis")
	ana.sync()
	id := ana.create("organization", "PE", "name=Cooperativa Canario")
	ana.sync()
	luis.sync()
	ana.ok("set", "organization", id, "acronym=CANARIO")
	lost := ana.create("organization", "PE", "name=Canario sin enviar")
	unwanted := ana.create("organization", "PE", "name=Canario que no")

	office := s.console("oficina@red.example")
	var devices struct {
		Devices []struct {
			ID, Name  string
			Revoked   bool
			Proposals int
			Wipe      *struct{ At, Obeyed int64 }
		}
	}
	office.get("/api/devices", &devices)
	name, at := "", ""
	for _, d := range devices.Devices {
		if d.Name == "Portátil de Ana" {
			name, at = d.Name, d.ID
		}
	}
	office.send(http.StatusUnprocessableEntity, http.MethodPost, "/api/devices/"+at+"/wipe", `{"name":"otra"}`)
	office.send(http.StatusNoContent, http.MethodPost, "/api/devices/"+at+"/wipe", `{"name":"`+name+`"}`)
	ana.fails(4, "deleted", "sync")
	ana.fails(4, "deleted", "list", "organization")
	ana.holdsNone("CANARIO", "Canario", "ana@red.example")
	office.get("/api/devices", &devices)
	for _, d := range devices.Devices {
		if d.ID == at && (!d.Revoked || d.Proposals != 3 || d.Wipe == nil || d.Wipe.Obeyed < d.Wipe.At) {
			t.Errorf("the console shows %+v", d)
		}
	}

	var inbox proposalsView
	office.get("/api/proposals?status=open", &inbox)
	if len(inbox.Proposals) != 3 {
		t.Fatalf("%+v", inbox)
	}
	for _, p := range inbox.Proposals {
		if p.Device != "Portátil de Ana" || p.Reason != "wipe" {
			t.Errorf("%+v", p)
		}
		decision := map[bool]string{true: "dismiss", false: "accept"}[p.Record == unwanted]
		office.send(http.StatusOK, http.MethodPost, "/api/proposals/"+p.ID+"/decide", `{"decision":"`+decision+`"}`)
	}
	luis.sync()
	if luis.get("organization", id).Fields["acronym"] != "CANARIO" || luis.get("organization", lost).Fields["name"] != "Canario sin enviar" {
		t.Error("what the office accepted did not arrive")
	}
	luis.fails(1, "", "get", "organization", unwanted)
	if history := luis.ok("history", "organization", id, "--json"); !strings.Contains(history, "· Portátil de Ana") {
		t.Errorf("history does not say whose it was: %s", history)
	}
	if luis.checksum("PE") != s.checksum("PE") {
		t.Error("the replicas differ")
	}

	ana.ok("enroll", "--server", s.url, "--code", s.code("ana@red.example"), "--name", "Portátil de Ana")
	ana.sync()
	if ana.get("organization", id).Fields["acronym"] != "CANARIO" || ana.checksum("PE") != s.checksum("PE") {
		t.Error("the laptop that was enrolled again differs")
	}
	if _, err := os.Stat(filepath.Join(ana.dir, "wiped.json")); err == nil {
		t.Error("it still says that it was wiped")
	}
}

// holdsNone demands that none of some texts is in any file of the laptop.
func (l *laptop) holdsNone(texts ...string) {
	l.t.Helper()
	err := filepath.WalkDir(l.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, text := range texts {
			if strings.Contains(string(b), text) {
				l.t.Errorf("%q is still in %s", text, path)
			}
		}
		return err
	})
	if err != nil {
		l.t.Error(err)
	}
}
