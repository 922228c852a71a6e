package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

type refusalView struct {
	Op, ID, Kind string
	Reason       struct{ Code, Message string }
}

// refusals are the edits that the server did not accept, by the id of their record.
func (l *laptop) refusals() map[string]refusalView {
	l.t.Helper()
	out := map[string]refusalView{}
	for _, v := range lines[refusalView](l.t, l.ok("rejected", "--json")) {
		out[v.ID] = v
	}
	return out
}

// living are the ids of a laptop's organizations.
func (l *laptop) living() (ids []string) {
	l.t.Helper()
	for _, r := range lines[recordView](l.t, l.ok("list", "organization", "--json")) {
		ids = append(ids, r.ID)
	}
	return ids
}

// stock imports organizations and returns their ids.
func (l *laptop) stock(network string, n int) []string {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "organizations.csv")
	var b bytes.Buffer
	b.WriteString("name,country\n")
	for i := range n {
		fmt.Fprintf(&b, "Cooperativa Número %03d,%s\n", i, network)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		l.t.Fatal(err)
	}
	l.ok("import", file, "--collection", "organization", "--network", network)
	ids := l.living()
	if len(ids) != n {
		l.t.Fatalf("%d organizations came in, want %d", len(ids), n)
	}
	return ids
}

// TestManyDeletionsWaitForTheOffice: a laptop deletes 60 organizations that another made. Its person is asked first; 50 go, and
// the office is asked about the others.
func TestManyDeletionsWaitForTheOffice(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("oficina@red.example", "office")
	s.user("ana@red.example", "coordinator", "PE")
	s.user("luis@red.example", "coordinator", "PE")
	ana, luis := s.laptop("ana@red.example", "Portátil de Ana"), s.laptop("luis@red.example", "Portátil de Luis")
	luis.sync()
	all := luis.stock("PE", 60)
	luis.sync()
	ana.sync()

	ana.fails(1, "60 records", append([]string{"delete", "organization"}, all...)...)
	ana.fails(1, "--confirm 60", append([]string{"delete", "organization", "--confirm", "59"}, all...)...)
	if v := ana.status(); v.Pending != 0 || len(ana.living()) != 60 {
		t.Fatalf("something was deleted that was not confirmed: %+v", v)
	}
	ana.ok(append([]string{"delete", "organization", "--confirm", "60"}, all...)...)
	ana.sync()
	luis.sync()
	held := ana.refusals()
	left := luis.living()
	if len(held) != 10 || len(left) != 10 || len(ana.living()) != 0 {
		t.Fatalf("%d are held, %d are left, and the laptop that deleted them shows %d", len(held), len(left), len(ana.living()))
	}
	for _, id := range left {
		if v := held[id]; v.Kind != "delete" || v.Reason.Code != "deletions_held" || v.Reason.Message == "" {
			t.Errorf("%s is left, and its person is told %+v", id, v)
		}
		ana.fails(1, "ask it twice", "retry", held[id].Op) // the office decides already
	}
	s.withdrawDeletion(ana, held[left[0]])
	s.decideDeletions(ana, luis, left[0], left[1:])
}

// withdrawDeletion has the person who asked for a deletion give it up: the office is not asked about it any more.
func (s *server) withdrawDeletion(ana *laptop, held refusalView) {
	s.t.Helper()
	ana.ok("discard", held.Op)
	ana.sync()
	var withdrawn proposalsView
	s.console("oficina@red.example").get("/api/proposals?status=withdrawn", &withdrawn)
	if len(withdrawn.Proposals) != 1 || withdrawn.Proposals[0].Record != held.ID {
		s.t.Errorf("what was given up: %+v", withdrawn.Proposals)
	}
}

// decideDeletions has the office accept most of the deletions that wait, and dismiss the others. One record stays anyway.
func (s *server) decideDeletions(ana, luis *laptop, stays string, left []string) {
	t := s.t
	t.Helper()
	office := s.console("oficina@red.example")
	var waiting proposalsView
	office.get("/api/proposals?status=open", &waiting)
	if len(waiting.Proposals) != len(left) {
		t.Fatalf("the office is asked about %+v", waiting.Proposals)
	}
	var kept []string
	for i, p := range waiting.Proposals {
		if p.Kind != "delete" || p.Reason != "deletions" || p.Device != "Portátil de Ana" || !slices.Contains(left, p.Record) {
			t.Errorf("%+v", p)
		}
		decision := "accept"
		if i%3 == 0 {
			decision, kept = "dismiss", append(kept, p.Record)
		}
		office.send(http.StatusOK, http.MethodPost, "/api/proposals/"+p.ID+"/decide", `{"decision":"`+decision+`"}`)
	}
	ana.sync()
	luis.sync()
	kept = append(kept, stays)
	slices.Sort(kept)
	for _, l := range []*laptop{ana, luis} {
		have := l.living()
		if slices.Sort(have); !slices.Equal(have, kept) {
			t.Errorf("%d are left, want %d", len(have), len(kept))
		}
		if l.checksum("PE") != s.checksum("PE") {
			t.Error("the replicas differ")
		}
	}
	kept = slices.DeleteFunc(kept, func(id string) bool { return id == stays })
	told := ana.refusals()
	if len(told) != len(kept) {
		t.Errorf("the person who deleted is told %+v", told)
	}
	for _, id := range kept {
		if told[id].Reason.Code != "deletions_declined" {
			t.Errorf("of %s its person is told %+v", id, told[id])
		}
		ana.ok("discard", told[id].Op)
	}
	if left := ana.refusals(); len(left) != 0 {
		t.Errorf("given up, and still there: %+v", left)
	}
	ana.fails(1, "", "discard", told[kept[0]].Op)
	ana.fails(1, "", "retry", "7")
}
