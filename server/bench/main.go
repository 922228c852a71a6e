// The command bench measures Acopio's speed: first sync, pushing, live edits, many devices, bad lines, queries on a large
// replica, a large server, imports. It runs the packages the programs are made of, prints one JSON line per figure and
// a table, and keeps docs/benchmarks.md. Like server/sim it imports both sides; it is no part of any program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// scenario is one row of the list of what is measured.
type scenario struct {
	id    string
	title string
	run   func(*bench) error
}

var scenarios = []scenario{
	{"S1", "First sync", firstSync},
	{"S2", "Push after days offline", push},
	{"S3", "One edit to the other laptop", live},
	{"S4", "One edit to many laptops", fanOut},
	{"S5", "Reconnect with nothing new", reconnect},
	{"S6", "Many idle connections", idle},
	{"S7", "Everybody comes back at once", storm},
	{"S8", "A line that is slow and cut", badLine},
	{"S9", "A large replica", largeReplica},
	{"S10", "A large server", largeServer},
	{"S11", "Import", imports},
}

// bench is one run.
type bench struct {
	ctx     context.Context
	quick   bool
	most    int    // organizations, of the rows of sizes
	keep    bool   // what takes long to build, for the next run
	dir     string // for everything that is written
	figures []figure
	yard    yardsticks
}

func main() {
	_ = os.Setenv("ACOPIO_KEYRING", "off") // tokens are in files: no keychain is asked
	if role := os.Getenv(roleVariable); role != "" {
		exit(profiled(role, func() error { return play(role, os.Args[1:]) }))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, os.Args[1:]))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, args []string) error {
	b := &bench{ctx: ctx}
	var only, doc, against, write, profiles string
	var register int
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.BoolVar(&b.quick, "quick", false, "small sizes: at most three minutes")
	f.IntVar(&b.most, "most", 1_000_000, "leave out what is larger than so many organizations")
	f.BoolVar(&b.keep, "keep", false, "use and keep what an earlier run has built")
	f.StringVar(&b.dir, "dir", "build/bench", "folder for data; on a real disk")
	f.StringVar(&only, "only", "", "scenarios, as in S1,S5")
	f.StringVar(&doc, "doc", "", "Markdown file whose tables are written anew")
	f.StringVar(&against, "against", "", "figures to compare with: fails when a ratio is over 30 % worse, three times")
	f.StringVar(&profiles, "profile", "", "folder for profiles of each scenario and its processes")
	f.IntVar(&register, "register", 0, "measure nothing: make a server's data folder with so many organizations, and print its path")
	f.StringVar(&write, "write", "", "file for the figures, to compare later runs with: the worst of three runs")
	if err := f.Parse(args); err != nil {
		return err
	}
	chosen := scenarios
	if only != "" {
		ids := strings.Split(only, ",")
		chosen = slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool { return !slices.Contains(ids, s.id) })
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no scenario is called %s", only)
	}
	if err := errors.Join(b.prepare(), os.Setenv(profileVariable, profiles)); err != nil {
		return err
	}
	if register > 0 {
		return b.printRegister(register)
	}
	var errs []error
	for _, s := range chosen {
		errs = append(errs, b.measure(s))
	}
	printTable(os.Stdout, b.figures)
	if against != "" {
		errs = append(errs, b.compare(against, chosen))
	}
	if write != "" {
		errs = append(errs, b.worstOfRuns(chosen), writeFigures(write, b.figures))
	}
	if doc != "" && !b.quick && b.most == 1_000_000 { // smaller sizes would take the place of all
		errs = append(errs, writeDocument(doc, b.figures))
	}
	return errors.Join(errs...)
}

// prepare empties the folder, but for what is to be kept, and lets this process open many connections.
func (b *bench) prepare() error {
	var err error
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(b.dir, "work")); err != nil {
		return err
	}
	if !b.keep {
		if err := os.RemoveAll(filepath.Join(b.dir, "built")); err != nil {
			return err
		}
	}
	for _, sub := range []string{"work", "built"} {
		if err := os.MkdirAll(filepath.Join(b.dir, sub), 0o755); err != nil {
			return err
		}
	}
	raiseFiles()
	return nil
}

// measure runs one scenario; one that fails does not keep the others from running.
func (b *bench) measure(s scenario) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s %s …\n", s.id, s.title)
	began := time.Now()
	if err := b.yard.measure(b.dir); err != nil {
		return err
	}
	before := processor()
	err := profiled(s.id, func() error { return s.run(b) })
	fmt.Fprintf(os.Stderr, "%s took %.1f s, %.1f s of the processor\n", s.id, time.Since(began).Seconds(), (processor() - before).Seconds())
	if err != nil {
		return fmt.Errorf("%s %s: %w", s.id, s.title, err)
	}
	return nil
}

// size is the one for this kind of run.
func size[T any](b *bench, full, quick T) T {
	if b.quick {
		return quick
	}
	return full
}

// sizes are the numbers of organizations by which costs are seen to grow.
func (b *bench) sizes() (out []int) {
	for _, rows := range size(b, []int{1_000, 10_000, 100_000, 1_000_000}, []int{1_000, 10_000}) {
		if rows <= b.most {
			out = append(out, rows)
		}
	}
	return out
}

// folder is a new one, gone with the next run.
func (b *bench) folder(name string) (string, error) {
	return os.MkdirTemp(filepath.Join(b.dir, "work"), name+"-")
}
