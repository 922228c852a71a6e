package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fullDisk runs the command line on a volume of 3 MB until it is full, in a mount of its own, and then looks at what is
// there after room was made.
const fullDisk = `set -e
mount -t tmpfs -o size=3m none "$2"
cp -r "$3/." "$2"
i=0
while [ $i -lt 400 ]; do
  if ! "$1" create organization --network PE --json --data "$2" name="Organización $i" notes="$4" >>"$5" 2>"$6"; then break; fi
  i=$((i+1))
done
echo "saved $i"
cp -r "$2/." "$3"
`

// TestFullDisk: an edit that does not fit is refused in plain words, and everything saved before is there.
func TestFullDisk(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	ana := s.laptop("ana@red.example", "Ana")
	ana.sync()
	out, said := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "err")
	cmd := exec.Command("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", fullDisk, "sh",
		filepath.Join(binaries, "acopio"), t.TempDir(), ana.dir, strings.Repeat("nota larga ", 1500), out, said)
	cmd.Env = append(os.Environ(), "ACOPIO_KEYRING=off", "LANG=en_US.UTF-8", "LC_ALL=")
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, printed)
	}
	words, err := os.ReadFile(said)
	if err != nil || !strings.Contains(string(words), "disk is full") {
		t.Errorf("a full disk was called %q %v", words, err)
	}
	saved, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	made := lines[struct{ ID string }](t, string(saved))
	if len(made) == 0 || len(made) == 400 {
		t.Fatalf("%d were saved: the disk was not what stopped them", len(made))
	}
	if n := ana.status().Pending; n != len(made) {
		t.Errorf("%d were saved, %d are pending", len(made), n)
	}
	ana.sync()
	for _, m := range made {
		if ana.get("organization", m.ID).Version != 1 {
			t.Errorf("%s did not arrive", m.ID)
		}
	}
}

// TestDamagedFile: the replica is set aside, what was not sent is salvaged from it, and the rest comes back.
func TestDamagedFile(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	ana := s.laptop("ana@red.example", "Ana")
	ana.sync()
	other := s.laptop("ana@red.example", "De otro")
	other.sync()
	first := other.create("organization", "PE", "name=Enviada")
	other.sync()
	ana.sync()
	second := ana.create("organization", "PE", "name=Sin enviar")
	damage(t, filepath.Join(ana.dir, "replica.db"))
	if r := ana.run("set", "organization", first, "website=x.example"); r.code != 1 || !strings.Contains(r.stderr, "damaged") {
		t.Errorf("an edit on a damaged file: %+v", r)
	}
	ana.sync()
	fresh := s.laptop("ana@red.example", "Otra")
	fresh.sync()
	if fresh.get("organization", second).Fields["name"] != "Sin enviar" || ana.get("organization", first).Fields["name"] != "Enviada" {
		t.Error("what was not sent before the damage is lost")
	}
	if ana.checksum("PE") != s.checksum("PE") || ana.status().Pending != 0 {
		t.Errorf("after the repair: %+v", ana.status())
	}
	aside, err := filepath.Glob(filepath.Join(ana.dir, "replica.db.damaged-*"))
	if err != nil || len(aside) == 0 {
		t.Errorf("the damaged file was not kept: %v", err)
	}
}

// damage overwrites every page that holds the record's text. SQLite meets the damage when the record is next read.
func damage(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for page := 4096; page+4096 <= len(b); page += 4096 {
		if !bytes.Contains(b[page:page+4096], []byte("Enviada")) {
			continue
		}
		found = true
		for i := page; i < page+4096; i++ {
			b[i] = 0xff
		}
	}
	if !found {
		t.Fatal("the record to damage is not in the file")
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
