// Package duplicate finds organizations of a register that may be the same one, entered twice. Each suggestion has a
// score and its reasons, so that a person can judge: nothing is ever merged by itself.
package duplicate

import (
	"slices"
	"strings"

	"acopio/shared/names"
)

// Organization is what is compared of one.
type Organization struct {
	ID, Network   string
	Name, Acronym string
	Aliases       []string
	FLOID, TaxID  string
	Phones        []string // E.164
	Emails        []string
	Country       string
	Admin1        string
	Admin2        string
	Locality      string
	Lat, Lon      float64
	Positioned    bool // lat and lon are those of its first site
}

// entry is an organization made ready to be compared.
type entry struct {
	*Organization
	name     string   // folded, without legal words
	others   []string // acronym and aliases, folded
	own      []string // the words of name that tell it from others
	called   string   // those, as one text
	grams    names.Grams
	numerals string
	place    names.Place
}

func entryOf(o *Organization) *entry {
	e := &entry{Organization: o, name: names.FoldName(o.Name)}
	e.place = names.Place{names.Fold(o.Admin1), names.Fold(o.Admin2), names.Fold(o.Locality)}
	e.own = names.OwnWords(e.name, e.place)
	e.called = strings.Join(e.own, " ")
	e.grams, e.numerals = names.GramsOf(e.name, e.place), names.Numerals(e.name)
	for _, other := range append(slices.Clone(o.Aliases), o.Acronym) {
		// A short alias says nothing: half the register is called Unión somewhere.
		if folded := names.FoldName(other); len(folded) >= leastAlias {
			e.others = append(e.others, folded)
		}
	}
	return e
}

const leastAlias = 4

// finest is the most precise level of the place that is given, and the place down to there; empty when none is.
func (e *entry) finest() string {
	for i := len(e.place) - 1; i >= 0; i-- {
		if e.place[i] != "" {
			return e.Network + "\x00" + strings.Join(e.place[:i+1], "\x00")
		}
	}
	return ""
}
