package replica

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"acopio/shared/schema"
)

// maxKeyBytes bounds a sort key. Texts that agree so far are in no particular order.
const maxKeyBytes = 96

// fold is text without case and accents: what sorting and comparing go by.
func fold(s string) string {
	if firstNonASCII(s) < 0 {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		if r >= maxPlain {
			foldSlowly(&b, s[i:])
			break
		}
		b.WriteString(plainLetters[r])
	}
	return b.String()
}

// foldSlowly folds what may combine characters in any way.
func foldSlowly(b *strings.Builder, s string) {
	for _, r := range norm.NFD.String(s) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		r = unicode.ToLower(r)
		if plain, ok := ligatures[r]; ok {
			b.WriteString(plain)
			continue
		}
		b.WriteRune(r)
	}
}

// maxPlain ends the Latin letters, which fold one by one.
const maxPlain = 0x250

var plainLetters = func() (table [maxPlain]string) {
	for r := range table {
		var b strings.Builder
		foldSlowly(&b, string(rune(r)))
		table[r] = b.String()
	}
	return table
}()

// ligatures are letters that have no accent to take away and still sort as others.
var ligatures = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ł': "l", 'ð': "d", 'þ': "th", 'ı': "i"}

func firstNonASCII(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// sortKey is fold, cut to a bounded length at a character's end.
func sortKey(s string) string { return clip(fold(s)) }

// keyOf is the sort key of a value. FLO IDs sort by their number.
func keyOf(t schema.Type, s string) string {
	if t == schema.FLOID && len(s) < 7 {
		return "0000000"[len(s):] + s
	}
	return sortKey(s)
}

func clip(s string) string {
	if len(s) <= maxKeyBytes {
		return s
	}
	n := maxKeyBytes
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// words are the words of a text the way the search index takes them: runs of letters and digits, folded. Private
// characters, which the index would also take, mark its filter tokens and are not for people to search.
func words(s string) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}
