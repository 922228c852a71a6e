package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// The parts of the document that a run writes lie between marks; what people wrote around them stays.
const (
	beginMark = "<!-- written by make bench: %s -->"
	endMark   = "<!-- end of %s -->"
)

// writeDocument writes the machine, the figures and how they grow into the Markdown file. Of scenarios that were not measured
// this time the rows stay.
func writeDocument(path string, figures []figure) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out := string(text)
	for name, part := range map[string]string{"machine": machine(), "figures": figureTable(figures), "growth": growthTable(figures)} {
		begin, end := fmt.Sprintf(beginMark, name), fmt.Sprintf(endMark, name)
		head, rest, found := strings.Cut(out, begin)
		old, tail, ended := strings.Cut(rest, end)
		if !found || !ended {
			return fmt.Errorf("%s: no %s … %s", path, begin, end)
		}
		if name != "machine" {
			part = withOthers(part, old)
		}
		out = head + begin + "\n" + part + end + tail
	}
	return os.WriteFile(path, []byte(out), 0o644)
}

// withOthers adds to a table the rows of an older one that are of other scenarios.
func withOthers(table, old string) string {
	lines := strings.SplitAfter(strings.TrimSpace(table)+"\n", "\n")
	head, rows := lines[:2], lines[2:len(lines)-1]
	measured := map[int]bool{}
	for _, r := range rows {
		measured[scenarioOf(r)] = true
	}
	for r := range strings.Lines(old) {
		if n := scenarioOf(r); n > 0 && !measured[n] {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b string) int { return cmp.Compare(scenarioOf(a), scenarioOf(b)) })
	return strings.Join(append(head, rows...), "")
}

// scenarioOf is the number of the scenario that a row is of: "| S10 start | …"; 0 for a head.
func scenarioOf(row string) int {
	var n int
	if _, err := fmt.Sscanf(row, "| S%d ", &n); err != nil {
		return 0
	}
	return n
}

func machine() string {
	sqlite, _, _ := sqlite3.Version()
	rows := [][2]string{
		{"Date", time.Now().UTC().Format(time.DateOnly)},
		{"Processor", fmt.Sprintf("%d × %s", runtime.NumCPU(), line("/proc/cpuinfo", "model name"))},
		{"Memory", line("/proc/meminfo", "MemTotal")},
		{"System", runtime.GOOS + "/" + runtime.GOARCH + ", kernel " + command("uname", "-r")},
		{"Disk", "folder build/bench on " + command("stat", "-f", "-c", "%T", ".")},
		{"Go", runtime.Version()},
		{"SQLite", sqlite + ", WAL, synchronous=FULL, search index, indexes and checksum on"},
	}
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s |\n", r[0], r[1])
	}
	return "| | |\n|---|---|\n" + b.String()
}

// line is the value of a "name : value" line of a file; empty when there is none.
func line(file, name string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for l := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func command(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(out))
}

func figureTable(figures []figure) string {
	var b strings.Builder
	b.WriteString("| Figure | Value | Must reach | Reached | Ratio | On |\n|---|---|---|---|---|---|\n")
	today := time.Now().UTC().Format(time.DateOnly)
	for _, f := range figures {
		if _, _, grows := growth(f); !grows {
			fmt.Fprintf(&b, "| %s | %s %s | %s | %s | %s | %s |\n", f.Name, number(f.Value), f.Unit, bound(f), verdict(f), ratio(f), today)
		}
	}
	return b.String()
}

// growth takes the name of a figure of a row of sizes apart: "S9 search @ 1,000,000".
func growth(f figure) (name, size string, ok bool) { return strings.Cut(f.Name, " @ ") }

func growthTable(figures []figure) string {
	var names, sizes []string
	cells := map[[2]string]string{}
	seen := map[string]bool{}
	for _, f := range figures {
		name, size, ok := growth(f)
		if !ok {
			continue
		}
		name += ", " + f.Unit
		if !seen[name] {
			names, seen[name] = append(names, name), true
		}
		if !seen["@"+size] {
			sizes, seen["@"+size] = append(sizes, size), true
		}
		cells[[2]string{name, size}] = number(f.Value)
	}
	var b strings.Builder
	b.WriteString("| Organizations | " + strings.Join(sizes, " | ") + " |\n|---|" + strings.Repeat("---|", len(sizes)) + "\n")
	for _, n := range names {
		b.WriteString("| " + n + " |")
		for _, s := range sizes {
			b.WriteString(" " + cells[[2]string{n, s}] + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
