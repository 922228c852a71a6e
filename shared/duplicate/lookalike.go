package duplicate

import (
	"cmp"
	"slices"

	"acopio/shared/names"
)

// Lookalike is an organization that one being written may already be.
type Lookalike struct {
	ID      string
	Score   float64
	Reasons []Reason
}

// leastTyped is the score from which an organization is worth a remark while another is typed: little is known of that
// one yet, so it is lower than Least.
const leastTyped = 0.45

// Lookalikes judges candidates for being the organization that is typed, the likeliest first.
func Lookalikes(typed Organization, candidates []Organization) []Lookalike {
	known := newCensus()
	wanted := entryOf(&typed)
	var out []Lookalike
	for i := range candidates {
		c := &candidates[i]
		if c.ID == typed.ID || c.Network != typed.Network {
			continue
		}
		if score, reasons := compare(wanted, entryOf(c), known); score >= leastTyped {
			out = append(out, Lookalike{ID: c.ID, Score: score, Reasons: reasons})
		}
	}
	slices.SortStableFunc(out, func(a, b Lookalike) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

// TellingWords are the words of a name, folded, by which organizations that are called so can be searched for.
func TellingWords(name string) []string { return names.OwnWords(names.FoldName(name), names.Place{}) }
