package exchange

import (
	"strings"

	"acopio/shared/names"
)

// How names are compared is the names package's affair; these are short for it.

type grams = names.Grams

func fold(s string) string                { return names.Fold(s) }
func foldName(s string) string            { return names.FoldName(s) }
func gramsOf(name string) grams           { return names.GramsOf(name, names.Place{}) }
func gramsAt(name string, at place) grams { return names.GramsOf(name, names.Place(at)) }
func likeness(a, b grams) float64         { return names.Likeness(a, b) }
func numerals(name string) string         { return names.Numerals(name) }

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
