package merge

import (
	"slices"
	"strings"
	"unicode"
)

// maxTextWork bounds the table of a text comparison: beyond it texts are not merged but conflict.
const maxTextWork = 4_000_000

// mergeText merges two versions of a text that come from the same base, word by word. It fails when both changed the
// same place, or places that touch.
func mergeText(base, mine, theirs string) (string, bool) {
	b := words(base)
	my, ok1 := edits(b, words(mine))
	their, ok2 := edits(b, words(theirs))
	if !ok1 || !ok2 {
		return "", false
	}
	var out strings.Builder
	at := 0
	copyTo := func(end int) {
		for ; at < end; at++ {
			out.WriteString(b[at])
		}
	}
	for len(my) > 0 || len(their) > 0 {
		var e edit
		switch {
		case len(their) == 0 || (len(my) > 0 && before(my[0], their[0])):
			e, my = my[0], my[1:]
		case len(my) == 0 || before(their[0], my[0]):
			e, their = their[0], their[1:]
		case my[0].equal(their[0]):
			e, my, their = my[0], my[1:], their[1:]
		default:
			return "", false
		}
		copyTo(e.from)
		for _, w := range e.words {
			out.WriteString(w)
		}
		at = e.to
	}
	copyTo(len(b))
	return out.String(), true
}

// edit replaces the base's words from…to by others.
type edit struct {
	from, to int
	words    []string
}

func (e edit) equal(o edit) bool {
	return e.from == o.from && e.to == o.to && slices.Equal(e.words, o.words)
}

// before reports whether a lies wholly before b, with at least one word of the base between or after it.
func before(a, b edit) bool { return a.to < b.from }

// words cuts a text into runs of letters and digits, and single other characters.
func words(s string) []string {
	var out []string
	start := -1
	for i, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, s[start:i])
			start = -1
		}
		out = append(out, string(r))
	}
	if start >= 0 {
		out = append(out, s[start:])
	}
	return out
}

// edits lists what turns a into b, from the longest common subsequence of the part where they differ.
func edits(a, b []string) ([]edit, bool) {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	if (len(x)+1)*(len(y)+1) > maxTextWork {
		return nil, false
	}
	lcs := table(x, y)
	var out []edit
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		if i < len(x) && j < len(y) && x[i] == y[j] {
			i, j = i+1, j+1
			continue
		}
		e := edit{from: head + i}
		for i < len(x) || j < len(y) {
			if i < len(x) && j < len(y) && x[i] == y[j] {
				break
			}
			if j == len(y) || (i < len(x) && lcs[i+1][j] >= lcs[i][j+1]) {
				i++
			} else {
				e.words = append(e.words, y[j])
				j++
			}
		}
		e.to = head + i
		out = append(out, e)
	}
	settle(out, a)
	return out, true
}

// settle moves edits to the last place where they do the same. A word put between equal ones can be told in two ways, with
// the blank before it or with the one after it; told in one way, what both sides wrote is found to be the same.
func settle(edits []edit, a []string) {
	end := len(a)
	for i := len(edits) - 1; i >= 0; i-- {
		e := &edits[i]
		for e.to < end && e.follows(a[e.to], a) {
			if len(e.words) > 0 {
				e.words = append(slices.Clone(e.words[1:]), e.words[0])
			}
			e.from, e.to = e.from+1, e.to+1
		}
		end = e.from - 1 // a word of the base stays between two edits
	}
}

// follows reports whether the edit, moved behind the word that comes after it, would do the same.
func (e edit) follows(next string, a []string) bool {
	switch {
	case e.from == e.to:
		return e.words[0] == next
	case len(e.words) == 0:
		return a[e.from] == next
	default:
		return false
	}
}

// table holds the length of the longest common subsequence of each pair of suffixes.
func table(x, y []string) [][]uint32 {
	lcs := make([][]uint32, len(x)+1)
	for i := range lcs {
		lcs[i] = make([]uint32, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				lcs[i][j] = lcs[i+1][j+1] + 1
			} else {
				lcs[i][j] = max(lcs[i+1][j], lcs[i][j+1])
			}
		}
	}
	return lcs
}
