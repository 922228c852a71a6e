package replica

import (
	"database/sql/driver"
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	maxWords     = 12
	maxWordBytes = 64
)

// searchWords are the words to search for; what goes beyond reason is cut.
func searchWords(text string) []string {
	all := words(text)
	if len(all) > maxWords {
		all = all[:maxWords]
	}
	for i, w := range all {
		if len(w) > maxWordBytes {
			all[i] = clip(w)
		}
	}
	return all
}

// matchQuery is what the search index is asked: all words as prefixes, all tokens, and one more token unless empty.
// Words are letters and digits only, but quoted all the same: AND, OR and NOT are words too.
func (s *selection) matchQuery(more string) string {
	var parts []string
	for _, w := range s.words {
		if terms := s.spelt[w]; len(terms) > 0 {
			parts = append(parts, `("`+strings.Join(terms, `" OR "`)+`")`)
			continue
		}
		parts = append(parts, `"`+w+`"*`)
	}
	for _, f := range s.tokens {
		if f.either {
			parts = append(parts, `("`+strings.Join(f.tokens, `" OR "`)+`")`)
			continue
		}
		for _, tok := range f.tokens {
			parts = append(parts, `"`+tok+`"`)
		}
	}
	if more != "" {
		parts = append(parts, `"`+more+`"`)
	}
	return strings.Join(parts, " AND ")
}

const (
	// readyPrefix is the longest prefix that the search index has ready-made.
	readyPrefix = 4
	maxTerms    = 16
)

// spellOut replaces words beyond the ready-made prefixes by the terms of the index that begin with them, if those are
// few. For a prefix the index gathers all its rows before the first comes out; terms it merges as it goes.
func (s *selection) spellOut() error {
	s.spelt = map[string][]string{}
	for _, w := range s.words {
		if utf8.RuneCountInString(w) <= readyPrefix || s.spelt[w] != nil {
			continue
		}
		var terms []string
		for from := w; len(terms) <= maxTerms; {
			term, err := s.termFrom(from)
			if err != nil {
				return err
			}
			if !strings.HasPrefix(term, w) {
				s.spelt[w] = terms
				break
			}
			terms = append(terms, term)
			from = term + "\x01"
		}
	}
	return nil
}

// termFrom is the first term of the search index at or after a text.
func (s *selection) termFrom(from string) (string, error) {
	term := ""
	err := s.rd.each("SELECT term FROM "+s.t.search+"v WHERE term >= ? LIMIT 1", []driver.Value{from}, func(row []driver.Value) error {
		term = row[0].(string)
		return nil
	})
	return term, err
}

// countMatches counts in the search index alone. Rows of a network are a range there.
func (s *selection) countMatches(match string) (int, error) {
	query := "SELECT count(*) FROM " + s.t.search + " WHERE " + s.t.search + " MATCH ?"
	if !s.some {
		return s.rd.integer(query, match)
	}
	total := 0
	sort.Slice(s.ordinals, func(i, j int) bool { return s.ordinals[i] < s.ordinals[j] })
	for _, o := range s.ordinals {
		n, err := s.rd.integer(query+" AND rowid BETWEEN ? AND ?", match, firstRow(o), lastRow(o))
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// fromMatches selects rows by way of the search index; what it cannot answer is in the clause.
func (s *selection) fromMatches() (from string, c *clause) {
	c = &clause{}
	c.add(s.t.search+" MATCH ?", s.match)
	if s.some && len(s.ordinals) == 1 {
		c.add(s.t.search+".rowid BETWEEN ? AND ?", firstRow(s.ordinals[0]), lastRow(s.ordinals[0]))
	} else {
		s.inNetworks(c)
	}
	c.addAll(s.plain)
	return "FROM " + s.t.search + " CROSS JOIN " + s.t.name + " ON row = " + s.t.search + ".rowid", c
}
