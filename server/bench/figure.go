package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one thing measured. Ratio says how it stands to what the same machine does in the same run at the bare
// minimum of the same kind (its yardstick), or to the limit where the machine does not matter: bytes, memory. Smaller is
// better, whatever the unit.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Limit float64 `json:"limit"` // 0: there is none, the figure only tells
	Ratio float64 `json:"ratio"`

	over  string // what the ratio is to
	least bool   // the limit is a floor
}

// reached reports whether the figure keeps within its limit.
func (f figure) reached() bool {
	if f.least {
		return f.Value >= f.Limit
	}
	return f.Value <= f.Limit
}

// atMost notes a figure that must not exceed its limit; atLeast one that must not fall below. The ratio is to the limit.
func (b *bench) atMost(name string, value float64, unit string, limit float64) {
	b.note(figure{Name: name, Value: value, Unit: unit, Limit: limit, Ratio: value / limit, over: "limit"})
}

func (b *bench) atLeast(name string, value float64, unit string, limit float64) {
	b.note(figure{Name: name, Value: value, Unit: unit, Limit: limit, Ratio: limit / value, over: "limit", least: true})
}

// within and beyond are the same for times and rates, which depend on the machine: the ratio is of the time that one of
// them takes to a yardstick's.
func (b *bench) within(name string, took time.Duration, limit time.Duration, y yardstick) {
	b.note(figure{
		Name: name, Value: milliseconds(took), Unit: "ms", Limit: milliseconds(limit),
		Ratio: float64(took) / float64(y.took), over: y.name,
	})
}

func (b *bench) beyond(name string, rate float64, unit string, limit float64, y yardstick) {
	b.note(figure{
		Name: name, Value: rate, Unit: unit, Limit: limit,
		Ratio: float64(time.Second) / rate / float64(y.took), over: y.name, least: true,
	})
}

// tell notes a figure that has no limit.
func (b *bench) tell(name string, value float64, unit string) {
	b.note(figure{Name: name, Value: value, Unit: unit})
}

// note prints a figure's line at once, so that a run that is broken off has not been for nothing.
func (b *bench) note(f figure) {
	f.Value, f.Ratio = round(f.Value), round(f.Ratio)
	b.figures = append(b.figures, f)
	line, err := json.Marshal(f)
	if err != nil { // not a number: a scenario divided by nothing
		line = fmt.Appendf(nil, `{"name":%q}`, f.Name)
	}
	fmt.Println(string(line))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// round keeps three significant digits.
func round(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(x))))
	if scale > 1e9 {
		return x
	}
	return math.Round(x*scale) / scale
}

func verdict(f figure) string {
	switch {
	case f.Limit == 0:
		return ""
	case f.reached():
		return "yes"
	default:
		return "no"
	}
}

func bound(f figure) string {
	if f.Limit == 0 {
		return ""
	}
	if f.least {
		return "≥ " + number(f.Limit)
	}
	return "≤ " + number(f.Limit)
}

// number is a figure as people read it.
func number(x float64) string {
	s := fmt.Sprintf("%.3g", x)
	if math.Abs(x) >= 1000 || strings.Contains(s, "e") {
		s = fmt.Sprintf("%.0f", x)
		for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
	}
	return s
}

func ratio(f figure) string {
	if f.over == "" {
		return ""
	}
	return number(f.Ratio) + " × " + f.over
}

func printTable(out io.Writer, figures []figure) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nfigure\tvalue\tlimit\treached\tratio")
	for _, f := range figures {
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\t%s\n", f.Name, number(f.Value), f.Unit, bound(f), verdict(f), ratio(f))
	}
	_ = t.Flush() // to a terminal: there is nobody to tell
}

func writeFigures(path string, figures []figure) error {
	var text strings.Builder
	for _, f := range figures {
		line, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		text.Write(append(line, '\n'))
	}
	return os.WriteFile(path, []byte(text.String()), 0o644)
}

func readFigures(path string) (map[string]figure, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	out := map[string]figure{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var f figure
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out[f.Name] = f
	}
	return out, nil
}

// quantile is of a list that it sorts; p between 0 and 1.
func quantile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sort.Slice(d, func(i, j int) bool { return d[i] < d[j] })
	return d[min(len(d)-1, int(p*float64(len(d))))]
}

func median(x []float64) float64 {
	sort.Float64s(x)
	return x[len(x)/2]
}
