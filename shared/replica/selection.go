package replica

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
)

// selection is a query made ready: which rows of a table, in which order.
type selection struct {
	rd     *reader
	counts *countCache
	t      *table
	q      Query
	day    string // that derived fields are of

	some     bool    // only some of the replica's networks
	ordinals []int64 // of those
	codes    []string
	live     map[string]int // rows by network, living or deleted as asked for

	words  []string
	spelt  map[string][]string // the terms a word stands for, where those are few
	order  []Order
	match  string   // the search index's query; empty when it has nothing to say
	plain  []filter // conditions that the index has no token for
	tokens []filter // conditions that it has
	lookup bool     // walking looks rows up among what the index finds
}

func (r *Replica) selection(rd *reader, q Query) (*selection, error) {
	t, err := r.table(q.Collection)
	if err != nil {
		return nil, err
	}
	s := &selection{rd: rd, counts: r.counts, t: t, q: q, live: map[string]int{}}
	if s.day, err = r.dayOf(q); err != nil {
		return nil, err
	}
	if err := s.readNetworks(); err != nil {
		return nil, err
	}
	if err := s.readConditions(r.layout()); err != nil {
		return nil, err
	}
	s.words = searchWords(q.Search)
	if !q.Deleted {
		if err := s.spellOut(); err != nil {
			return nil, err
		}
		s.match = s.matchQuery("")
	}
	return s, s.setOrder()
}

// readConditions makes each condition's SQL. Alternatives of one field are one filter.
func (s *selection) readConditions(l *layout) error {
	var order []string
	grouped := map[string][]filter{}
	for i, c := range s.q.Where {
		key := fmt.Sprint(i)
		if c.Op == anyOf {
			key, c.Op = c.Field, "="
		}
		f, err := s.t.filter(l, c, s.day)
		if err != nil {
			return err
		}
		if grouped[key] == nil {
			order = append(order, key)
		}
		grouped[key] = append(grouped[key], f)
	}
	for _, key := range order {
		f := either(grouped[key])
		if len(f.tokens) > 0 && !s.q.Deleted { // deleted rows are not in the index
			s.tokens = append(s.tokens, f)
		} else {
			s.plain = append(s.plain, f)
		}
	}
	return nil
}

// readNetworks finds the networks asked for and how many rows each has.
func (s *selection) readNetworks() error {
	wanted := map[string]bool{}
	for _, code := range s.q.Networks {
		wanted[code] = true
	}
	column := "live"
	if s.q.Deleted {
		column = "deleted"
	}
	others := 0
	err := s.rd.each("SELECT n.code, n.ordinal, coalesce(t."+column+", 0) FROM network_state n LEFT JOIN tally t ON t.network = n.code AND t.collection = ?",
		[]driver.Value{int64(s.t.c.Number)}, func(row []driver.Value) error {
			code := row[0].(string)
			s.live[code] = int(row[2].(int64))
			if len(wanted) > 0 && !wanted[code] {
				others += s.live[code]
				s.some = true
				return nil
			}
			s.codes, s.ordinals = append(s.codes, code), append(s.ordinals, row[1].(int64))
			return nil
		})
	if others == 0 && len(s.codes) > 0 {
		s.some = false // the others have no rows
	}
	return err
}

// all is how many rows the table has, of whatever network.
func (s *selection) all() int {
	n := 0
	for _, live := range s.live {
		n += live
	}
	return n
}

// empty reports whether no row can be selected.
func (s *selection) empty() bool { return len(s.codes) == 0 }

// filters are all conditions.
func (s *selection) filters() []filter { return slices.Concat(s.plain, s.tokens) }

// clause collects the parts of a WHERE clause.
type clause struct {
	parts []string
	args  []driver.Value
}

func (c *clause) add(sql string, args ...driver.Value) {
	c.parts = append(c.parts, sql)
	c.args = append(c.args, args...)
}

func (c *clause) addAll(filters []filter) {
	for _, f := range filters {
		c.add(f.sql, f.args...)
	}
}

func (c *clause) String() string {
	if len(c.parts) == 0 {
		return "1"
	}
	return strings.Join(c.parts, " AND ")
}

// scope is the part of a WHERE clause that indexes of the table cover: living or deleted, and the networks.
func (s *selection) scope(c *clause) {
	c.add(fmt.Sprintf("deleted=%d", flag(s.q.Deleted)))
	s.inNetworks(c)
}

// scan is where to look for rows when no more is known than the conditions: by an index if one serves a condition, else
// through the table, or the network's part of it, in the order it is stored. Left alone SQLite would go along an index
// of living rows and fetch each.
func (s *selection) scan(c *clause) (from string) {
	s.scope(c)
	for _, f := range s.plain {
		if f.indexed {
			return s.t.name
		}
	}
	if s.q.Deleted || len(s.plain) == 0 && len(s.words) == 0 {
		return s.t.name
	}
	if s.some && len(s.ordinals) == 1 {
		c.add("row BETWEEN ? AND ?", firstRow(s.ordinals[0]), lastRow(s.ordinals[0]))
	}
	return s.t.name + " NOT INDEXED"
}

func (s *selection) inNetworks(c *clause) {
	if !s.some {
		return
	}
	args := make([]driver.Value, len(s.codes))
	for i, code := range s.codes {
		args[i] = code
	}
	c.add("network IN "+inList(len(args)), args...)
}

// conditions is what must hold of a row, each in SQL: what the search index would answer too.
func (s *selection) conditions(c *clause) {
	c.addAll(s.plain)
	c.addAll(s.tokens)
	if len(s.words) == 0 {
		return
	}
	cols := []string{}
	for _, at := range s.t.documented {
		if col := s.t.columnAt(at); col.field.Search {
			cols = append(cols, col.name)
		}
	}
	if len(cols) == 0 {
		c.add("0")
		return
	}
	c.add("has_words(?, "+strings.Join(cols, ", ")+")", strings.Join(s.words, " "))
}

// count is how many rows are selected.
func (s *selection) count() (int, error) {
	if s.empty() {
		return 0, nil
	}
	if s.match == "" && len(s.plain) == 0 && len(s.words) == 0 {
		n := 0
		for _, code := range s.codes {
			n += s.live[code]
		}
		return n, nil
	}
	var c clause
	from := s.scan(&c)
	s.conditions(&c)
	key := fmt.Sprintf("%s\x00%s\x00%q", s.t.name, c.String(), c.args)
	if n, ok := s.counts.get(s.rd.generation, key); ok {
		return n, nil
	}
	n, err := s.countAnew(from, &c)
	if err == nil {
		s.counts.put(s.rd.generation, key, n)
	}
	return n, err
}

func (s *selection) countAnew(from string, c *clause) (int, error) {
	if s.match == "" {
		return s.rd.integer("SELECT count(*) FROM "+from+" WHERE "+c.String(), c.args...)
	}
	matched, err := s.countMatches(s.match)
	if err != nil || len(s.plain) == 0 || matched == 0 {
		return matched, err
	}
	if matched <= fewRows {
		from, c := s.fromMatches()
		return s.rd.integer("SELECT count(*) "+from+" WHERE "+c.String(), c.args...)
	}
	var plain clause
	s.scope(&plain)
	plain.addAll(s.plain)
	plain.add("row IN (SELECT rowid FROM "+s.t.search+" WHERE "+s.t.search+" MATCH ?)", s.match)
	return s.rd.integer("SELECT count(*) FROM "+s.t.name+" WHERE "+plain.String(), plain.args...)
}

// countFew is count, which stops where it makes no difference any more to how a page is found.
func (s *selection) countFew() (int, error) {
	if s.match == "" || len(s.plain) > 0 {
		return s.count()
	}
	from, c := s.fromMatches()
	return s.rd.integer("SELECT count(*) FROM (SELECT 1 "+from+" WHERE "+c.String()+" LIMIT ?)", append(c.args, int64(fewRows+1))...)
}
