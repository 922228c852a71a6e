package e2e

import (
	"strings"
	"testing"
)

type mergeView struct {
	Merge, Survivor, Loser string
	Differences            []struct{ Field, Take string }
	Moves                  []struct {
		Collection    string
		Moved, Joined int
	}
}

// TestMergingOnTheCommandLine: two laptops know an organization twice; one makes one of them, the other sees it, and it is
// taken back.
func TestMergingOnTheCommandLine(t *testing.T) {
	s := newServer(t)
	s.network("BO")
	s.user("ana@red.example", "coordinator", "BO")
	ana, luis := s.laptop("ana@red.example", "Ana"), s.laptop("ana@red.example", "Luis")
	ana.sync()
	keep := ana.create("organization", "BO", "name=Asociación del Altiplano Ficticio", "flo_id=12345")
	dup := ana.create("organization", "BO", "name=Asoc. Altiplano Ficticio", "acronym=AAF")
	contact := ana.create("contact", "BO", "organization="+dup, "name=Rosa Ficticia")
	ana.sync()
	luis.sync()

	var dry, done mergeView
	decode(t, ana.ok("merge", "organization", keep, dup, "--take", "name=loser", "--dry-run", "--json"), &dry)
	took := map[string]string{}
	for _, d := range dry.Differences {
		took[d.Field] = d.Take
	}
	if dry.Merge != "" || took["name"] != "loser" || took["acronym"] != "loser" || took["flo_id"] != "survivor" || len(dry.Moves) != 1 || dry.Moves[0].Moved != 1 {
		t.Fatalf("it would do %+v", dry)
	}
	if ana.status().Pending != 0 {
		t.Error("the dry run changed something")
	}
	decode(t, ana.ok("merge", "organization", keep, dup, "--take", "name=loser", "--json"), &done)
	ana.sync()
	luis.sync()
	for _, l := range []*laptop{ana, luis} {
		f, gone := l.get("organization", keep).Fields, l.get("organization", dup)
		if f["name"] != "Asoc. Altiplano Ficticio" || f["acronym"] != "AAF" || f["flo_id"] != "12345" {
			t.Errorf("the one that stays: %+v", f)
		}
		if !gone.Deleted || gone.Fields["merged_into"] != keep || l.get("contact", contact).Fields["organization"] != keep {
			t.Errorf("the one that goes: %+v", gone)
		}
	}
	if refused := luis.run("set", "organization", dup, "acronym=X"); refused.code != 1 || !strings.Contains(refused.stderr, keep) {
		t.Errorf("an edit of what was merged away: %+v", refused)
	}
	ana.ok("merge", "undo", done.Merge)
	ana.sync()
	luis.sync()
	if f := luis.get("organization", keep).Fields; luis.get("organization", dup).Deleted || f["acronym"] != nil || luis.get("contact", contact).Fields["organization"] != dup {
		t.Errorf("after the undo: %+v", f)
	}
	if ana.checksum("BO") != luis.checksum("BO") || ana.checksum("BO") != s.checksum("BO") {
		t.Error("checksums differ")
	}
	for _, wrong := range [][]string{{"merge", "undo", done.Merge}, {"merge", "organization", keep, keep}, {"merge", "organization", keep, dup, "--take", "name=mine"}} {
		if r := ana.run(wrong...); r.code != 1 {
			t.Errorf("%v: %+v", wrong, r)
		}
	}
	if r := ana.run("merge", "organization", keep, dup, "--take", "name"); r.code != 2 {
		t.Errorf("%+v", r)
	}
}
