package exchange

import (
	"strings"
)

// found is the answer to which record a row is about.
type found struct {
	entry     *entry  // nil: a new one
	exact     bool    // found by its id
	likeness  float64 // 1 unless the name is only similar
	similar   *entry  // without an entry: the most similar one of the place, for a person to look at
	sharesID  string  // without an entry: the id that similar has too, although their names differ
	ambiguous int     // without an entry: how many it may be
}

// find looks for a row's record: by its id, its FLO ID, its external id, its name and place, a similar name at the
// same place.
func (x *index) find(k keys, own values) found {
	var shared found
	for _, s := range k.strongKeys() {
		list := x.strong[s]
		if len(list) == 0 {
			continue
		}
		exact := strings.HasPrefix(s, "id:")
		if e := x.holder(list, k, exact); e != nil {
			return found{entry: e, exact: exact, likeness: namesLikeness(k.name, e.name)}
		}
		shared = found{similar: list[0], sharesID: s[strings.IndexByte(s, ':')+1:]}
	}
	f := x.findByNames(k, own)
	if f.entry == nil && shared.similar != nil {
		return shared
	}
	return f
}

// holder picks, of those that have a row's id, FLO ID or external id, the one that the row is about: of the same name,
// or else one that no other row is about. Ids are entered wrongly now and then, and names change.
func (x *index) holder(list []*entry, k keys, exact bool) *entry {
	for _, e := range list {
		if exact || sameName(e.name, k.name) {
			return e
		}
	}
	for _, e := range list {
		if e.row == 0 && !x.nameClaimed(e) {
			return e
		}
	}
	return nil
}

func (x *index) findByNames(k keys, own values) found {
	if k.name == "" {
		return found{}
	}
	if f := x.findByName(k, own); f.entry != nil || f.ambiguous > 0 {
		return f
	}
	return x.findSimilar(k)
}

func namesLikeness(a, b string) float64 {
	if sameName(a, b) {
		return 1
	}
	return likeness(gramsOf(a), gramsOf(b))
}

func sameName(a, b string) bool { return a == "" || b == "" || a == b }

// contradicts reports whether two ids say that a row and an entry are two organizations, whatever their names.
func (k keys) contradicts(e *entry) bool {
	return k.flo != "" && e.flo != "" && k.flo != e.flo || k.external != "" && e.external != "" && k.external != e.external
}

// findByName looks for records of the same name that are there. Of several at the same place the one is taken that has
// most in common with the row, and each only once; of several at places that only may be the same, none is.
func (x *index) findByName(k keys, own values) found {
	var best, only *entry
	bestScore, maybe := -1, 0
	looked := 0
	if len(x.exact) == 0 {
		return found{}
	}
	h := x.nameHash(k)
	for len(x.exact[h]) > 0 && x.exact[h][0].used {
		x.exact[h] = x.exact[h][1:]
	}
	for _, e := range x.exact[h] {
		if e.used || e.name != k.name || !k.place.fits(e.place) || k.contradicts(e) {
			continue
		}
		if looked++; looked > maxExact {
			break
		}
		if !k.place.same(e.place) {
			maybe++
			only = e
			continue
		}
		if score := inCommon(e.have, own); score > bestScore {
			best, bestScore = e, score
		}
	}
	switch {
	case best != nil:
		return found{entry: best, likeness: 1}
	case maybe == 1 && !x.isClaimed(only):
		return found{entry: only, likeness: 1}
	case maybe > 1:
		return found{similar: only, likeness: 1, ambiguous: maybe}
	default:
		return found{}
	}
}

func inCommon(have, own values) int {
	n := 0
	for _, v := range own {
		if same(have.get(v.field), v.value) {
			n++
		}
	}
	return n
}

// findSimilar looks for the most similar name at the same place.
func (x *index) findSimilar(k keys) found {
	var best *entry
	var f found
	block := x.blocks[x.blockHash(k)]
	if len(block) == 0 {
		return f
	}
	g, numbers := gramsAt(k.name, k.place), numerals(k.name)
	taken := 0.0
	for _, e := range block {
		if !k.place.same(e.place) {
			continue
		}
		alike := e.alike(g, numbers)
		if alike > f.likeness && alike >= possibleLikeness {
			f.similar, f.likeness = e, alike
		}
		free := x.naming.fuzzy && e.row == 0 && !e.used && !k.contradicts(e)
		if free && alike >= sameLikeness && alike > taken && !x.isClaimed(e) {
			best, taken = e, alike
		}
	}
	if best != nil {
		return found{entry: best, likeness: taken}
	}
	if !x.naming.fuzzy && f.likeness < 1 {
		return found{} // a person, a visit: only the same name is worth a remark
	}
	return f
}

// alike is how alike an entry's name is to another of its place, given as its grams and numerals.
func (e *entry) alike(g grams, numbers string) float64 {
	if e.grams == nil {
		e.grams, e.numbers = gramsAt(e.name, e.place), numerals(e.name)
	}
	alike := likeness(g, e.grams)
	if numbers != e.numbers {
		return min(alike, sameLikeness-0.01) // X 1 and X 2 are two
	}
	return alike
}
