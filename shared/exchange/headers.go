package exchange

import (
	"strings"
	"unicode"

	"acopio/shared/schema"
)

// headerWords are what people call columns, besides the names and labels of the schema, by field.
var headerWords = vocabulary("headers.txt")

// placeRanks order what people call the divisions of a country, coarsest first.
var placeRanks = func() map[string]int {
	ranks := map[string]int{}
	for word, rank := range wordTable(vocabulary("places.txt")) {
		ranks[word] = atoi(rank)
	}
	return ranks
}()

const finestPlaces = 6 // ranks from here on are localities

// fillerWords say nothing about a column.
var fillerWords = wordSet(`de del la el los las le les du des d l da do dos das of the bdd bd db no nro num numero n nom
	nombre name nome libelle code codigo cod id en por par`)

// headerWordsOf cuts a header into folded words: also at underscores and where capitals begin.
func headerWordsOf(header string) []string {
	var b strings.Builder
	var last rune
	for _, r := range header {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return strings.Fields(fold(strings.ReplaceAll(b.String(), "_", " ")))
}

// telling drops the filler words, unless nothing else is left.
func telling(words []string) []string {
	var out []string
	for _, w := range words {
		if !fillerWords[w] {
			out = append(out, w)
		}
	}
	if out == nil {
		return words
	}
	return out
}

// placeRank is the rank of a column that holds a division of the country; 0 for others.
func placeRank(header string) int {
	words := telling(headerWordsOf(header))
	for n := min(2, len(words)); n > 0; n-- {
		if rank := placeRanks[strings.Join(words[:n], " ")]; rank > 0 && len(words) <= n+1 {
			return rank
		}
	}
	return 0
}

// header is a column's name cut into words.
type header struct {
	all   []string
	words []string // without fillers
	text  string   // all, joined
	core  string   // words, joined
}

func headerOf(name string) header {
	all := headerWordsOf(name)
	words := telling(all)
	return header{all, words, strings.Join(all, " "), strings.Join(words, " ")}
}

// headerName is one of the names of a target.
type headerName struct {
	header
	whole bool // only counts when it is the whole header
}

func headerNameOf(name string) headerName {
	text, whole := strings.CutPrefix(name, "=")
	return headerName{headerOf(text), whole}
}

// score is how surely a header is one of the names of a target: from 0 to 1.
func (h header) score(names []headerName) float64 {
	best := 0.0
	for _, n := range names {
		switch {
		case n.text == "":
		case n.text == h.text:
			return 1
		case n.core == h.core && !fillerWords[n.words[0]]:
			best = max(best, 0.9)
		case !n.whole && containsAll(h.words, n.words):
			best = max(best, 0.3+0.5*float64(len(n.words))/float64(len(h.words)))
		}
	}
	return best
}

func containsAll(words, part []string) bool {
	for _, p := range part {
		found := false
		for _, w := range words {
			found = found || w == p
		}
		if !found {
			return false
		}
	}
	return len(part) > 0
}

// target is a field that a column may go to.
type target struct {
	to    string
	field *schema.Field
	child *schema.Collection // nil for a field of the record itself
	names []headerName
}

// targetsOf lists the fields of a collection and of its children, with all that they are called.
func targetsOf(s *schema.Schema, c *schema.Collection, network string) []target {
	var out []target
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.System && f.Name != "tags" || !asked(f, network) {
			continue
		}
		known := headerWords[c.Name+"."+f.Name]
		if c.Name == "organization" || f.System {
			known = headerWords[f.Name]
		}
		out = append(out, target{to: f.Name, field: f, names: namesOf(known, "", f)})
	}
	for _, child := range s.Children(c.Name) {
		if child.ServerOwned {
			continue
		}
		for i := range child.Fields {
			f := &child.Fields[i]
			if f.System || f.Name == child.Parent || !asked(f, network) {
				continue
			}
			to := child.Name + "." + f.Name
			t := target{to: to, field: f, child: child}
			for _, of := range []string{child.Name, child.Label.ES, child.Label.EN, child.Label.PT, child.Label.FR} {
				t.names = append(t.names, namesOf(headerWords[to], of+" ", f)...)
			}
			out = append(out, t)
		}
	}
	return out
}

// asked reports whether records of a network are given values of a field.
func asked(f *schema.Field, network string) bool { return f.Of(network) && !f.Retired }

// namesOf are the known words, and the field's name and labels behind a prefix.
func namesOf(known, prefix string, f *schema.Field) []headerName {
	var out []headerName
	for _, w := range strings.Split(known, ",") {
		out = append(out, headerNameOf(strings.TrimSpace(w)))
	}
	for _, name := range []string{f.Name, f.Label.ES, f.Label.EN, f.Label.PT, f.Label.FR} {
		out = append(out, headerNameOf("="+prefix+name))
	}
	return out
}
