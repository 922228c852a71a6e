package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// realRegister finds the national register that trials use; elsewhere a small look-alike stands in, and says so.
func realRegister(t *testing.T) (file string, rows int) {
	t.Helper()
	file, err := filepath.Abs("../../../shared/data/togo_cooperatives.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err == nil {
		return file, 6859
	}
	t.Log("the real register is not here: importing the look-alike of 60 rows instead")
	return "../../shared/exchange/testdata/togo_sample.csv", 60
}

// TestRealImport: a national register comes in, reaches another laptop, and is taken back as a whole.
func TestRealImport(t *testing.T) {
	file, rows := realRegister(t)
	s := newServer(t)
	s.network("TG")
	s.user("ama@red.example", "coordinator", "TG")
	a, b := s.laptop("ama@red.example", "A"), s.laptop("ama@red.example", "B")
	a.sync()
	var dry, done struct {
		Batch                                    string
		Rows, Added, Problems, Skipped, Warnings int
		Children                                 map[string]int
		Columns                                  []struct{ Column string }
	}
	decode(t, a.ok("import", file, "--collection", "organization", "--network", "TG", "--dry-run", "--json"), &dry)
	if dry.Added != rows || a.status().Pending != 0 {
		t.Fatalf("the dry run: %+v, pending %d", dry, a.status().Pending)
	}
	decode(t, a.ok("import", file, "--collection", "organization", "--network", "TG", "--json"), &done)
	if done.Rows != rows || done.Added != rows || done.Problems != 0 || done.Children["site"] == 0 || len(done.Columns) != 10 {
		t.Fatalf("the import: %+v", done)
	}
	a.ok("sync", "--timeout", "120s")
	b.ok("sync", "--timeout", "120s")
	if n := len(lines[recordView](t, b.ok("list", "organization", "--network", "TG", "--json"))); n != rows {
		t.Errorf("the second laptop has %d organizations", n)
	}
	found := lines[recordView](t, b.ok("list", "site", "--network", "TG", "--limit", "1", "--json"))
	if len(found) != 1 || found[0].Fields["lat"] == nil || found[0].Fields["lon"] == nil {
		t.Errorf("a site has no position: %+v", found)
	}
	a.ok("import", "undo", done.Batch)
	a.ok("sync", "--timeout", "120s")
	b.ok("sync", "--timeout", "120s")
	if n := len(lines[recordView](t, b.ok("list", "organization", "--json"))); n != 0 {
		t.Errorf("after the undo %d organizations are left", n)
	}
	if a.checksum("TG") != b.checksum("TG") || a.checksum("TG") != s.checksum("TG") {
		t.Error("checksums differ")
	}
	again := a.run("import", "undo", done.Batch)
	if again.code != 1 {
		t.Errorf("a second undo: %+v", again)
	}
}
