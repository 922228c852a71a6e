package merge

import (
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
		case my[0] == their[0]:
			e, my, their = my[0], my[1:], their[1:]
		default:
			return "", false
		}
		copyTo(e.from)
		out.WriteString(e.text)
		at = e.to
	}
	copyTo(len(b))
	return out.String(), true
}

// edit replaces the base's words from…to by a text.
type edit struct {
	from, to int
	text     string
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
				e.text += y[j]
				j++
			}
		}
		e.to = head + i
		out = append(out, e)
	}
	return out, true
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
