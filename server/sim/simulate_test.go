package sim

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
)

// live lives a script to its end. The trace says all that happened; err which promise was broken.
func (g *ground) live(s *script, spoken bool) (trace string, log string, err error) {
	w := g.newWorld(s, spoken)
	defer func() {
		if w.log != nil {
			log = w.log.String()
		}
		if r := recover(); r != nil {
			var v violation
			if e, ok := r.(error); ok && errors.As(e, &v) {
				err = v
			} else {
				buf := make([]byte, 8<<10)
				err = fmt.Errorf("panic: %v\n%s", r, buf[:runtime.Stack(buf, false)])
			}
		}
		if err != nil {
			w.scrap()
			return
		}
		w.end()
	}()
	for i, st := range s.steps {
		w.left = s.steps[i+1:]
		w.take(st)
	}
	w.heal()
	w.check()
	return hex.EncodeToString(w.trace.Sum(nil)), "", nil
}

// scrap gives up a world that ended badly: what it used is not used again.
func (w *world) scrap() {
	for _, m := range w.machines {
		m.off = true
		_ = errors.Join(m.disk.rep.Close(), m.disk.folder.close())
		_ = os.Remove(m.disk.path)
	}
	if o := w.office; o != nil {
		_ = o.home.close()
		if o.at != o.home {
			_ = o.at.close()
		}
	}
	_ = os.RemoveAll(w.dir)
}

// TestSimulate lives histories, each from one seed, over all cores. SIM_N says how many, SIM_SEED where to begin. A
// history that breaks a promise is shortened and printed as a script; kept in testdata, it is lived again by every run.
func TestSimulate(t *testing.T) {
	n, first, cores := fromEnv(t, "SIM_N", usualHistories), fromEnv(t, "SIM_SEED", 1), runtime.GOMAXPROCS(0)
	began := time.Now()
	if cores > 1 {
		shared(t, n, first, cores)
	} else {
		live(t, n, first, fromEnv(t, "SIM_STRIDE", 1))
	}
	took := time.Since(began)
	t.Logf("%d histories in %v: %.0f/s over %d cores", n, took.Round(time.Millisecond), float64(n)/took.Seconds(), cores)
}

// hunting is when it is enough to know that a history fails.
func hunting() bool { return os.Getenv("SIM_HUNT") != "" }

// shared has every core live its share of the histories in a process of its own: within one, half of the time would go
// into waiting for the allocators, SQLite's and others, that its threads share.
func shared(t *testing.T, n, first, cores int) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	most := time.Duration(0) // no bound
	if end, ok := t.Deadline(); ok {
		most = max(time.Until(end)-time.Second, time.Millisecond)
	}
	var wg sync.WaitGroup
	for i := range min(cores, n) {
		wg.Go(func() {
			args := append(onCore(i), os.Args[0], "-test.run=^TestSimulate$", "-test.v", fmt.Sprint("-test.timeout=", most))
			c := exec.CommandContext(ctx, args[0], args[1:]...)
			c.Env = append(os.Environ(), "GOMAXPROCS=1", fmt.Sprint("SIM_SEED=", first+i), fmt.Sprint("SIM_N=", (n-i+cores-1)/cores), fmt.Sprint("SIM_STRIDE=", cores))
			out, err := c.CombinedOutput()
			if err != nil && ctx.Err() == nil {
				t.Errorf("%s%v", out, err)
				if hunting() {
					cancel()
				}
			}
		})
	}
	wg.Wait()
}

// onCore is what keeps a command on one core, where the system has such a thing: each time that SQLite takes long, another
// thread goes on, and on another core it would find nothing in its caches. Two processes on two cores live half as much again.
func onCore(i int) []string {
	keep := []string{"taskset", "--cpu-list", fmt.Sprint(i)}
	if exec.Command(keep[0], append(keep[1:], "true")...).Run() != nil {
		return nil
	}
	return keep
}

// worldsBytes is how much memory histories take before what ended ones left is given up.
const worldsBytes = 256 << 20

// live lives n histories, the seeds of which are stride apart.
func live(t *testing.T, n, first, stride int) {
	most := 3
	if hunting() {
		most = 1
	}
	// Worlds are small and short: most of one is gone before memory is looked through.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(worldsBytes))
	g := newGround(t.TempDir())
	defer g.close()
	for i := 0; i < n && most > 0; i++ {
		s := scriptOf(uint64(first + i*stride))
		_, _, err := g.live(s, false)
		switch {
		case err == nil:
			continue
		case hunting():
			t.Errorf("seed %d: %v", s.seed, err)
		default:
			report(t, g, s, err)
		}
		most--
	}
}

// report prints the shortest script that fails in the same way.
func report(t *testing.T, g *ground, s *script, err error) {
	kind := func(err error) string { return strings.Join(strings.Fields(mask(err.Error()))[:3], " ") }
	short := shorten(s, func(try *script) bool {
		_, _, e := g.live(try, false)
		return e != nil && kind(e) == kind(err)
	}, 300)
	_, log, shortErr := g.live(short, true)
	t.Errorf("seed %d: %v\nshortened: %v\n%s", s.seed, err, shortErr, short)
	if os.Getenv("SIM_LOG") != "" {
		t.Log(log)
	}
}

// mask leaves out what differs from one history to another.
func mask(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text+" . . .")
}

// TestTheSameSeedGivesTheSameTrace compares all events, frames included, to the bit. The second time other worlds have used
// the files before.
func TestTheSameSeedGivesTheSameTrace(t *testing.T) {
	a, b := newGround(t.TempDir()), newGround(t.TempDir())
	defer a.close()
	defer b.close()
	for seed := range uint64(60) {
		if _, _, err := b.live(scriptOf(1000-seed), false); err != nil {
			t.Fatalf("seed %d: %v", 1000-seed, err)
		}
		first, log, err := a.live(scriptOf(seed), true)
		second, other, err2 := b.live(scriptOf(seed), true)
		if err != nil || err2 != nil {
			t.Fatalf("seed %d: %v, %v", seed, err, err2)
		}
		if first != second {
			x, y := strings.Split(log, "\n"), strings.Split(other, "\n")
			for i := range min(len(x), len(y)) {
				if x[i] != y[i] {
					t.Fatalf("seed %d differs in line %d:\n%s\n%s\n%s", seed, i, strings.Join(x[max(0, i-3):i], "\n"), x[i], y[i])
				}
			}
			t.Fatalf("seed %d: %d and %d lines", seed, len(x), len(y))
		}
	}
}

// TestVectors lives the scripts in testdata: each found a bug once.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	g := newGround(t.TempDir())
	defer g.close()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseScript(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if _, log, err := g.live(s, true); err != nil {
			t.Errorf("%s: %v", file, err)
			if os.Getenv("SIM_LOG") != "" {
				t.Log(log)
			}
		}
	}
}
