package duplicate

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// The verdicts of testdata/togo_pairs.csv.
const (
	theSame   = "same"
	different = "different"
	unclear   = "unclear" // nobody could tell from what the register says
)

// verdict is what a person said of two rows of the register of Togo, which stand for so many pairs of candidates.
type verdict struct {
	rows      [2]int // the first row after the header is 2, as a spreadsheet counts
	label     string
	standsFor float64
}

func verdicts(t *testing.T) []verdict {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "togo_pairs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comment = '#'
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []verdict
	for _, l := range lines[1:] {
		var v verdict
		var errs [3]error
		v.rows[0], errs[0] = strconv.Atoi(l[0])
		v.rows[1], errs[1] = strconv.Atoi(l[1])
		v.label = l[2]
		v.standsFor, errs[2] = strconv.ParseFloat(l[3], 64)
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if v.label != theSame && v.label != different && v.label != unclear {
			t.Fatalf("%v", l)
		}
		out = append(out, v)
	}
	return out
}

// measure says what share of what is found is right, and what share of what is right is found, for the register as a
// whole: each verdict counts as many times as there are pairs it stands for. Of those unclear nothing is counted.
func measure(verdicts []verdict, found func(verdict) bool) (precision, recall float64) {
	var right, wrong, missed float64
	for _, v := range verdicts {
		switch {
		case v.label == unclear:
		case v.label == theSame && found(v):
			right += v.standsFor
		case v.label == theSame:
			missed += v.standsFor
		case found(v):
			wrong += v.standsFor
		}
	}
	return right / (right + wrong), right / (right + missed)
}

// What the suggestions of the register of Togo are worth, as docs/benchmarks.md says, with a little less than was measured.
const (
	leastPrecision = 0.95
	leastRecall    = 0.85
)

func TestSuggestionsAreThoseThatPeopleMake(t *testing.T) {
	all, labeled := togo(t), verdicts(t)
	pairs, err := Find(context.Background(), all)
	if err != nil {
		t.Fatal(err)
	}
	scores := map[[2]string]float64{}
	for _, p := range pairs {
		scores[[2]string{p.First, p.Second}] = p.Score
	}
	score := func(v verdict) float64 {
		a, b := all[v.rows[0]-2].ID, all[v.rows[1]-2].ID
		return scores[[2]string{min(a, b), max(a, b)}]
	}
	for least := Least; least < 0.9; least += 0.05 {
		precision, recall := measure(labeled, func(v verdict) bool { return score(v) >= least })
		t.Logf("from %.2f: precision %.2f, recall %.2f", least, precision, recall)
	}
	precision, recall := measure(labeled, func(v verdict) bool { return score(v) >= Least })
	if precision < leastPrecision || recall < leastRecall {
		t.Errorf("precision %.3f, recall %.3f of %d verdicts", precision, recall, len(labeled))
	}
}
