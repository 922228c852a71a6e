package exchange

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// togoFile is the national register of co-operatives of Togo where this machine has it, a made-up file of the same
// shape elsewhere.
func togoFile(t *testing.T) (path string, rows int) {
	t.Helper()
	path = filepath.Join("..", "..", "..", "shared", "data", "togo_cooperatives.csv")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Log("the register of Togo is not on this machine: testing with testdata/togo_sample.csv, which has its shape")
		return filepath.Join("testdata", "togo_sample.csv"), 60
	}
	return path, 6859
}

func TestTogo(t *testing.T) {
	path, rows := togoFile(t)
	x := newTrial(t, "organization", "TG", "a\n1\n")
	x.open(path)
	expectMeaning(t, x.mapping, map[string]string{
		"FID": "note", "region_nom_bdd": "admin1 text", "prefecture_nom_bdd": "admin2 text", "commune_nom_bdd": "tag", "canton_nom_bdd": meaning(x.mapping)["canton_nom_bdd"],
		"nom_localite": "locality text", "cooperative_nom": "name text", "cooperative_statut": "tag", "cooperative_type": "legal_form text", "geometry": "site.lat wkt_point",
	})
	if !slices.Equal(x.mapping.Match, []string{"column:FID", "name+place"}) || x.mapping.Defaults["country"] != "TG" {
		t.Errorf("mapping %+v", x.mapping)
	}
	p := x.run()
	r := p.Report
	if r.Rows != rows || r.Added != rows || r.Children["site"] != rows || p.Edits.Len() != 2*rows || r.Problems+r.Skipped != 0 {
		t.Fatalf("report %+v", r)
	}
	ids := map[string]bool{}
	for e := range p.Edits.All() {
		ids[e.ID] = true
	}
	if len(ids) != 2*rows {
		t.Errorf("%d ids for %d records", len(ids), 2*rows)
	}
	for _, item := range r.Items {
		if codes := codes(item); len(codes) != 1 || codes[0] != fault.RowSimilar {
			t.Errorf("row %d: %v", item.Row, item.Messages)
		}
	}
	t.Logf("%d organizations, %d of them possible duplicates", r.Added, r.Warnings)
	checkTogoRecords(t, x, rows)
}

func checkTogoRecords(t *testing.T, x *trial, rows int) {
	t.Helper()
	site, err := schema.Registry().Collection("site")
	must(t, err)
	owners := map[string]bool{}
	for _, s := range x.replica["site"] {
		v := s.Named(site)
		lat, lon := v["lat"].(float64), v["lon"].(float64)
		if lat < 6 || lat > 11.2 || lon < -0.2 || lon > 1.9 {
			t.Fatalf("a site outside of the country: %v", v)
		}
		owners[v["organization"].(string)] = true
	}
	if len(owners) != rows {
		t.Errorf("%d organizations have a site", len(owners))
	}
	org := x.collection
	for _, o := range x.replica["organization"] {
		v := o.Named(org)
		notes, _ := v["notes"].(string)
		if v["country"] != "TG" || v["admin1"] == nil || v["admin2"] == nil || !strings.HasPrefix(notes, "FID: ") {
			t.Fatalf("organization %v", v)
		}
		for _, value := range v {
			if text := record.Text(value); strings.Contains(text, "Nsp") || text == "N/a" || strings.Contains(text, "{") {
				t.Fatalf("organization %v", v)
			}
		}
	}
}

// Without the source's own ids, the same file still finds its records, however many share name and place.
func TestTogoWithoutIDs(t *testing.T) {
	path, rows := togoFile(t)
	x := newTrial(t, "organization", "TG", "a\n1\n")
	x.open(path)
	x.mapping.Match = []string{MatchFLOID, MatchNamePlace}
	x.mapping.Columns[0].As = AsIgnore
	p := x.run()
	if p.Report.Added != rows || p.Report.Columns[0].As != AsIgnore {
		t.Errorf("report %+v", p.Report)
	}
}

func TestTogoUndone(t *testing.T) {
	path, rows := togoFile(t)
	x := newTrial(t, "organization", "TG", "a\n1\n")
	x.open(path)
	changes := x.replica.apply(t, editsOf(x.plan()))
	edits, kept, err := Undo(context.Background(), schema.Registry(), changes, stateOf(x.replica))
	must(t, err)
	if len(edits) != 2*rows || len(kept) != 0 {
		t.Fatalf("%d edits, %d kept", len(edits), len(kept))
	}
	x.replica.apply(t, edits)
	if x.count("organization")+x.count("site") != 0 {
		t.Error("something is left")
	}
	if again := x.run(); again.Report.Added != rows {
		t.Errorf("imported again: %+v", again.Report)
	}
}
