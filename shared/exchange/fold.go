package exchange

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold reduces text to what makes it the same for people: lower case, without accents, words of letters and digits
// separated by single spaces.
func fold(s string) string {
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

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// foldName reduces the name of an organization to the words that tell it from others.
func foldName(name string) string {
	words := joinInitials(strings.Fields(fold(name)))
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

// ownWords are the words of a folded name that are neither of its kind nor of the place it is at; all of them when
// there are no others.
func ownWords(name string, at place) string {
	words := strings.Fields(name)
	own := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return kindWords[w] || len(w) > 2 && slices.ContainsFunc(at[:], func(level string) bool {
			return slices.Contains(strings.Fields(level), w)
		})
	})
	if len(own) == 0 {
		return name
	}
	return strings.Join(own, " ")
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

// grams are the pairs of neighboring letters of a name, word by word, sorted: what similarity compares.
type grams []uint16

func gramsOf(name string) grams {
	var out grams
	last := ' '
	for _, r := range name {
		if r != ' ' || last != ' ' {
			out = append(out, uint16(last*31+r*7919))
		}
		last = r
	}
	out = append(out, uint16(last*31+' '*7919))
	slices.Sort(out)
	return out
}

// likeness is the share of letter pairs that two names have in common, from 0 to 1 (Dice's coefficient).
func likeness(a, b grams) float64 {
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

var romanNumbers = wordSet("ii iii iv vi vii viii ix xi xii")

// numerals are the words of a name that number it: organizations called X 1 and X 2 are two.
func numerals(name string) string {
	var out []string
	for _, w := range strings.Fields(name) {
		if romanNumbers[w] || strings.IndexFunc(w, unicode.IsDigit) >= 0 {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
