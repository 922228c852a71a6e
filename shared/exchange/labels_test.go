package exchange

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// What the import says of a name that is like another of its place, against what people say (the verdicts of
// shared/duplicate/testdata/togo_pairs.csv, each as often as there are pairs it stands for). The bars are a little below
// what was measured.
func TestSimilarNamesAreThoseThatPeopleSee(t *testing.T) {
	register := linesOf(t, filepath.Join("..", "..", "..", "shared", "data", "togo_cooperatives.csv"))
	if register == nil {
		t.Skip("the register of Togo, ../shared/data/togo_cooperatives.csv, is not on this machine: nothing is measured")
	}
	type verdict struct {
		same             bool
		alike, standsFor float64
	}
	var verdicts []verdict
	for _, l := range linesOf(t, filepath.Join("..", "duplicate", "testdata", "togo_pairs.csv"))[1:] {
		a, errA := strconv.Atoi(l[0])
		b, errB := strconv.Atoi(l[1])
		standsFor, errC := strconv.ParseFloat(l[3], 64)
		must(t, errors.Join(errA, errB, errC))
		one, other := keysOfTogo(register[a-1]), keysOfTogo(register[b-1])
		if l[2] == "unclear" || !one.place.same(other.place) {
			continue
		}
		e := &entry{keys: other}
		verdicts = append(verdicts, verdict{l[2] == "same", e.alike(gramsAt(one.name, one.place), numerals(one.name)), standsFor})
	}
	for _, bar := range []struct{ likeness, precision, recall float64 }{
		{0.5, 0, 0}, {0.6, 0, 0}, {possibleLikeness, 0.75, 0.83}, {0.75, 0, 0}, {sameLikeness, 0.93, 0.75}, {0.85, 0, 0}, {0.9, 0, 0},
	} {
		var right, wrong, missed float64
		for _, v := range verdicts {
			switch {
			case v.same && v.alike >= bar.likeness:
				right += v.standsFor
			case v.same:
				missed += v.standsFor
			case v.alike >= bar.likeness:
				wrong += v.standsFor
			}
		}
		precision, recall := right/(right+wrong), right/(right+missed)
		t.Logf("from %.2f: precision %.2f, recall %.2f", bar.likeness, precision, recall)
		if precision < bar.precision || recall < bar.recall {
			t.Errorf("from %.2f: precision %.3f, recall %.3f of %d verdicts", bar.likeness, precision, recall, len(verdicts))
		}
	}
}

// linesOf reads a file with its header; nil when it is not there.
func linesOf(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	must(t, err)
	defer file.Close()
	r := csv.NewReader(file)
	r.Comment = '#'
	rows, err := r.ReadAll()
	must(t, err)
	return rows
}

func keysOfTogo(row []string) keys {
	return keys{name: foldName(row[6]), place: place{fold(row[1]), fold(row[2]), fold(row[5])}}
}
