package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// A figure counts as worse only when three runs agree: one run on a busy machine says little.
const (
	worseBy = 1.3
	runs    = 3
)

// compare holds the figures of this run against those of an earlier one. Scenarios with a figure that is worse are run
// again.
func (b *bench) compare(path string, chosen []scenario) error {
	before, err := readFigures(path)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range chosen {
		worse := worsened(before, b.of(s, b.figures))
		for again := 1; again < runs && len(worse) > 0; again++ {
			fmt.Fprintf(os.Stderr, "%s seems worse (%s): once more\n", s.id, strings.Join(worse, "; "))
			at := len(b.figures)
			if err := b.measure(s); err != nil {
				return err
			}
			worse = both(worse, worsened(before, b.of(s, b.figures[at:])))
			b.figures = b.figures[:at]
		}
		if len(worse) > 0 {
			errs = append(errs, fmt.Errorf("%s %s is over 30 %% worse in %d runs: %s", s.id, s.title, runs, strings.Join(worse, "; ")))
		}
	}
	return errors.Join(errs...)
}

// worstOfRuns measures again until there are as many runs as compare would make, and keeps of each figure the run with
// the largest ratio: what one run in three reaches by chance is nothing that got worse.
func (b *bench) worstOfRuns(chosen []scenario) error {
	for range runs - 1 {
		at := len(b.figures)
		for _, s := range chosen {
			if err := b.measure(s); err != nil {
				return err
			}
		}
		for _, again := range b.figures[at:] {
			for i := range b.figures[:at] {
				if f := &b.figures[i]; f.Name == again.Name && f.Ratio < again.Ratio {
					*f = again
				}
			}
		}
		b.figures = b.figures[:at]
	}
	return nil
}

// of are a scenario's figures: their names begin with its id.
func (b *bench) of(s scenario, figures []figure) []figure {
	var out []figure
	for _, f := range figures {
		if strings.HasPrefix(f.Name, s.id+" ") {
			out = append(out, f)
		}
	}
	return out
}

// worsened names the figures whose ratios are worse than before.
func worsened(before map[string]figure, now []figure) []string {
	var out []string
	for _, f := range now {
		if was, ok := before[f.Name]; ok && was.Ratio > 0 && f.Ratio > worseBy*was.Ratio {
			out = append(out, fmt.Sprintf("%s: ratio %s", f.Name, number(was.Ratio)))
		}
	}
	return out
}

func both(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			if x == y {
				out = append(out, x)
			}
		}
	}
	return out
}
