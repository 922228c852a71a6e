// Package names tells whether names of organizations are the same to people: without case and accents, without the words
// that say what kind of legal person it is, whatever the order of the words, and how alike two are otherwise.
package names

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold reduces text to what makes it the same for people: lower case, without accents, words of letters and digits
// separated by single spaces.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if !ascii {
		s = norm.NFD.String(s)
	}
	space := false
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r < 0x80:
			space = true
			continue
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsLetter(r), unicode.IsDigit(r):
			r = unicode.ToLower(r)
		default:
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		if two, ok := ligatures[r]; ok {
			b.WriteString(two)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ligatures are letters that decomposing leaves as they are.
var ligatures = map[rune]string{'æ': "ae", 'œ': "oe", 'ß': "ss", 'ø': "o", 'đ': "d", 'ł': "l", 'ð': "d", 'þ': "th"}

// legalWords say what kind of legal person an organization is, not which one.
var legalWords = wordSet(`coop cooperativa cooperativas cooperative cooperatives cooperada scoops scoop scoopsca
	sa sac saa sas srl sarl ltda limitada ltd limited rl scrl scl sc cv eirl spr sprrl sccl inc llc gie ong
	sociedad societe sociedade anonima anonyme ca`)

// smallWords join the others.
var smallWords = wordSet(`de del la el los las lo y e en du des d le les l et of the and do da dos das a o al au aux`)

// IsSmallWord reports whether a folded word only joins others.
func IsSmallWord(w string) bool { return smallWords[w] }

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// FoldName reduces the name of an organization to the words that tell it from others.
func FoldName(name string) string {
	words := joinInitials(strings.Fields(Fold(joinApostrophes(name))))
	telling := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return legalWords[w] || smallWords[w] })
	if len(telling) == 0 {
		telling = words
	}
	return strings.Join(telling, " ")
}

// kindWords say what kind of group an organization is. They may tell two apart, but do not make two alike.
var kindWords = wordSet(`groupement groupements groupe grupo asociacion associacao association asoc assoc union uniao
	federacion federation federacao central comite gpc empresa entreprise producteurs productores produtores
	agricultores agriculteurs campesinos societe comunidad communaute`)

// Place is where an organization is, folded, coarsest level first.
type Place [3]string

// isOwnWord reports whether a word of a folded name is neither of its kind nor of the place it is at.
func isOwnWord(w string, at Place) bool {
	if kindWords[w] {
		return false
	}
	if len(w) > 2 {
		for _, level := range at {
			if hasWord(level, w) {
				return false
			}
		}
	}
	return true
}

// hasWord reports whether folded text has a word.
func hasWord(text, w string) bool {
	for {
		i := strings.Index(text, w)
		if i < 0 {
			return false
		}
		end := i + len(w)
		if (i == 0 || text[i-1] == ' ') && (end == len(text) || text[end] == ' ') {
			return true
		}
		text = text[end:]
	}
}

// joinApostrophes makes one word of what an apostrophe parts, but for an article: N'tifafa is written Ntifafa as often,
// and L'Espoir is Espoir.
func joinApostrophes(name string) string {
	if !strings.ContainsAny(name, "'’`") {
		return name
	}
	var out []rune
	word := 0 // letters of the word so far
	for _, r := range name {
		switch {
		case r != '\'' && r != '’' && r != '`':
			out = append(out, r)
		case word == 1 && strings.ContainsRune("dDlL", out[len(out)-1]):
			out = append(out, ' ')
		}
		if unicode.IsLetter(r) {
			word++
		} else {
			word = 0
		}
	}
	return string(out)
}

// joinInitials makes one word of single letters in a row: s a c is SAC, written S.A.C.
func joinInitials(words []string) []string {
	out := words[:0:0]
	joined := false
	for i, w := range words {
		initial := len(w) == 1 && w[0] >= 'a'
		if initial && joined {
			out[len(out)-1] += w
			continue
		}
		joined = initial && i+1 < len(words) && len(words[i+1]) == 1 && words[i+1][0] >= 'a'
		out = append(out, w)
	}
	return out
}

// Grams are the pairs of neighboring letters of a name, word by word, sorted: what similarity compares.
type Grams []uint16

// OwnWords are the words of a folded name without those that say what kind of group it is or where, unless there are no
// others.
func OwnWords(name string, at Place) []string {
	words := strings.Fields(name)
	own := make([]string, 0, len(words))
	for _, w := range words {
		if isOwnWord(w, at) {
			own = append(own, w)
		}
	}
	if len(own) == 0 {
		return words
	}
	return own
}

// GramsOf makes the grams of a folded name's own words.
func GramsOf(name string, at Place) Grams {
	out := make(Grams, 0, len(name)+2)
	for _, w := range OwnWords(name, at) {
		out = out.add(w)
	}
	slices.Sort(out)
	return out
}

func (g Grams) add(word string) Grams {
	last := ' '
	for _, r := range word {
		g = append(g, gram(last, r))
		last = r
	}
	return append(g, gram(last, ' '))
}

func gram(a, b rune) uint16 { return uint16(a*31 + b*7919) }

// Likeness is the share of letter pairs that two names have in common, from 0 to 1 (Dice's coefficient).
func Likeness(a, b Grams) float64 {
	total := len(a) + len(b)
	if 4*min(len(a), len(b)) < total { // even if all of the shorter were in the longer, less than half
		return 0
	}
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			common++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return 2 * float64(common) / float64(total)
}

// Edits is how many letters must be put in, left out or exchanged to make one text of the other (Levenshtein's distance).
func Edits(a, b string) int {
	from, to := []rune(a), []rune(b)
	var few [48]int // most names need no more
	row := few[:0]
	if len(to) >= len(few) {
		row = make([]int, 0, len(to)+1)
	}
	row = row[:len(to)+1]
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, q := range to {
			exchanged := diagonal
			if r != q {
				exchanged++
			}
			diagonal = row[j+1]
			row[j+1] = min(exchanged, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

var romanNumbers = wordSet("ii iii iv vi vii viii ix xi xii")

// Numerals are the words of a name that number it, a letter at its end included: organizations called X 1 and X 2, or
// X and X B, are two.
func Numerals(name string) string {
	var out []string
	at := strings.LastIndexByte(name, ' ')
	if last := name[at+1:]; at >= 0 && len(last) == 1 && last[0] >= 'a' {
		out, name = append(out, last), name[:at]
	}
	if strings.IndexFunc(name, unicode.IsDigit) < 0 && !strings.ContainsAny(name, "ivx") {
		return strings.Join(out, " ")
	}
	for w := range strings.SplitSeq(name, " ") {
		if romanNumbers[w] || strings.IndexFunc(w, unicode.IsDigit) >= 0 {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
