package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A mutant is one small sabotage of the sync code, in a file of its own under mutants: the product is built with it by
// overlay, and the tests must notice. One that nobody notices is a missing test.
type mutant struct {
	name, file, why, before, after string
}

func readMutants(t *testing.T) []mutant {
	t.Helper()
	files, err := filepath.Glob("mutants/*.txt")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d mutants, %v", len(files), err)
	}
	var out []mutant
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := mutant{name: strings.TrimSuffix(filepath.Base(file), ".txt")}
		head, rest, a := strings.Cut(string(text), "\n--- before\n")
		before, rest, b := strings.Cut(rest, "\n--- after\n")
		after, _, c := strings.Cut(rest, "\n--- end\n")
		if !a || !b || !c {
			t.Fatalf("%s is not a mutant", file)
		}
		m.before, m.after = before, after
		for _, line := range strings.Split(head, "\n") {
			switch key, value, _ := strings.Cut(line, ": "); key {
			case "file":
				m.file = value
			case "why":
				m.why = value
			}
		}
		out = append(out, m)
	}
	return out
}

// mutated is the file with the sabotage in it.
func (m mutant) mutated(t *testing.T) (path, text string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../..", m.file))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	if n := strings.Count(string(b), m.before); n != 1 {
		t.Fatalf("%s: its text is %d times in %s: the mutant must follow the code", m.name, n, m.file)
	}
	return path, strings.Replace(string(b), m.before, m.after, 1)
}

// TestMutantsApply demands that every mutant still fits the code.
func TestMutantsApply(t *testing.T) {
	for _, m := range readMutants(t) {
		t.Run(m.name, func(t *testing.T) { m.mutated(t) })
	}
}

// TestMutantsAreCaught builds mutants, one at a time, and runs what should catch them: histories first, then the tests of
// the package. MUTANTS says which: "all", names with commas, or a number of random ones.
func TestMutantsAreCaught(t *testing.T) {
	which := os.Getenv("MUTANTS")
	if which == "" {
		t.Skip("MUTANTS is not set: make mutants sets it")
	}
	all := readMutants(t)
	var n int
	if _, err := fmt.Sscanf(which, "%d", &n); err == nil {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all, which = all[:min(n, len(all))], "all"
	}
	caught, tried := 0, 0
	for _, m := range all {
		if which != "all" && !strings.Contains(","+which+",", ","+m.name+",") {
			continue
		}
		tried++
		t.Run(m.name, func(t *testing.T) {
			began := time.Now()
			by := m.hunt(t)
			if by == "" {
				t.Errorf("%s SURVIVES: %s", m.name, m.why)
				return
			}
			caught++
			t.Logf("caught by %s after %.0f s", by, time.Since(began).Seconds())
		})
	}
	t.Logf("%d of %d mutants caught", caught, tried)
}

// hunt runs suites until one fails, and names it.
func (m mutant) hunt(t *testing.T) string {
	t.Helper()
	path, text := m.mutated(t)
	dir := t.TempDir()
	overlay, file := filepath.Join(dir, "overlay.json"), filepath.Join(dir, filepath.Base(path))
	b, err := json.Marshal(map[string]any{"Replace": map[string]string{path: file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{file: []byte(text), overlay: b} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := m.goCommand(nil, "build", "-overlay", overlay, "-o", os.DevNull, "./"+filepath.Dir(m.file)); err != nil {
		t.Fatalf("%s does not build: %s", m.name, out)
	}
	suites := []struct {
		name string
		args []string
	}{
		{"histories", []string{"./server/sim", "-run", "^(TestSimulate|TestVectors)$"}},
		{"its package", []string{"./" + filepath.Dir(m.file)}},
		{"stories", []string{"./server/sim", "-skip", "^(TestSimulate|TestVectors|TestMutants.*|TestTheSame.*)$"}},
		{"the packages around it", []string{"./server/apply", "./server/session", "./server/hub", "./server/store/...", "./desktop/outbox", "./shared/merge", "./shared/replica"}},
	}
	for _, s := range suites {
		args := append([]string{"test", "-count=1", "-failfast", "-vet=off", "-timeout", "280s", "-overlay", overlay}, s.args...)
		out, err := m.goCommand([]string{"MUTANTS=", "SIM_N=800", "SIM_HUNT=1"}, args...)
		if strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]") {
			t.Fatalf("%s: the tests do not build: %s", m.name, out)
		}
		if err != nil {
			return s.name
		}
	}
	return ""
}

func (m mutant) goCommand(env []string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
