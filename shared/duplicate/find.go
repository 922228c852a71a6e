package duplicate

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Pair is a suggestion. First is the smaller id.
type Pair struct {
	First, Second string // ids
	Network       string
	Score         float64 // from Least to 1
	Reasons       []Reason
}

// MostPairs bounds what a search returns: the likeliest.
const MostPairs = 5000

// Bounds of what is compared, so that a register full of one name, or without places, takes no longer than others.
const (
	mostTogether = 120 // entries that share an id, a phone, a name
	mostAtPlace  = 400 // entries of one place compared with each other
	rareWord     = 12  // entries that have a word, for it to bring them together wherever they are
)

// census counts what the register as a whole says about how telling something is.
type census struct {
	names, phones, emails map[string]int // the first as they are called, the latter two by network
}

func newCensus() *census {
	return &census{names: map[string]int{}, phones: map[string]int{}, emails: map[string]int{}}
}

// telling is how much it says that two are called so, from 1 for what only two are called downwards.
func (c *census) telling(a, b *entry) float64 {
	return 1 / math.Sqrt(math.Max(1, float64(max(c.names[a.called], c.names[b.called]))/2))
}

func key(network, value string) string { return network + "\x00" + value }

// Find compares the organizations of each network with each other and returns the likeliest pairs first. It takes about
// a second for 100,000; a canceled context ends it with the context's error.
func Find(ctx context.Context, all []Organization) ([]Pair, error) {
	s := &search{known: newCensus(), seen: map[[2]int32]struct{}{}}
	for i := range all {
		s.add(&all[i])
	}
	for _, block := range s.blocks() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.compareAll(block)
	}
	slices.SortFunc(s.pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second))
	})
	return s.pairs[:min(len(s.pairs), MostPairs)], nil
}

type search struct {
	entries []*entry
	known   *census
	seen    map[[2]int32]struct{} // pairs that have been compared, if only for a chance of more than a place
	pairs   []Pair
}

func (s *search) add(o *Organization) {
	e := entryOf(o)
	s.entries = append(s.entries, e)
	s.known.names[e.called]++
	for _, p := range o.Phones {
		s.known.phones[key(o.Network, p)]++
	}
	for _, m := range o.Emails {
		s.known.emails[key(o.Network, m)]++
	}
}

// blocks are the groups of entries that are worth comparing with each other: what could be the same shares an id, a
// phone, an e-mail, a name, a rare word of its name, or its place.
func (s *search) blocks() [][]int32 {
	together, words, places := map[string][]int32{}, map[string][]int32{}, map[string][]int32{}
	for number, e := range s.entries {
		i := int32(number) //nolint:gosec // no register has two thousand million organizations
		put := func(kind, value string) {
			if value != "" {
				k := kind + key(e.Network, value)
				together[k] = append(together[k], i)
			}
		}
		put("f", e.FLOID)
		put("t", e.TaxID)
		put("n", e.name)
		for _, other := range e.others {
			put("n", other) // with the names: an alias finds the one that is called so
		}
		for _, p := range e.Phones {
			put("p", p)
		}
		for _, m := range e.Emails {
			put("e", m)
		}
		for _, w := range e.own {
			k := key(e.Network, w)
			words[k] = append(words[k], i)
		}
		if at := e.finest(); at != "" {
			places[at] = append(places[at], i)
		}
	}
	var out [][]int32
	for kind, most := range map[*map[string][]int32]int{&together: mostTogether, &words: rareWord, &places: mostAtPlace} {
		for _, block := range *kind {
			if len(block) > 1 && (len(block) <= most || kind != &words) {
				out = append(out, block[:min(len(block), most)])
			}
		}
	}
	return out
}

func (s *search) compareAll(block []int32) {
	for n, i := range block {
		for _, k := range block[n+1:] {
			if i != k {
				s.compare(min(i, k), max(i, k))
			}
		}
	}
}

func (s *search) compare(i, k int32) {
	a, b := s.entries[i], s.entries[k]
	score, reasons := compare(a, b, s.known)
	if score < Least {
		return
	}
	if _, again := s.seen[[2]int32{i, k}]; again {
		return
	}
	s.seen[[2]int32{i, k}] = struct{}{}
	p := Pair{First: a.ID, Second: b.ID, Network: a.Network, Score: math.Round(score*100) / 100, Reasons: reasons}
	if p.First > p.Second {
		p.First, p.Second = p.Second, p.First
	}
	s.pairs = append(s.pairs, p)
}
