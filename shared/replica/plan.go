package replica

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"acopio/shared/fault"
)

// A page can be had in two ways. Walking takes rows in the order of an index and leaves out those that do not fit: good
// when most fit. Whether one fits is seen in the row, or looked up among what the search index finds, where that is little. Sorting takes all rows that fit and orders them: good when they are few. How many fit is known, because
// the page comes with its total; the costs below, in microseconds a row, decide. Measured at a million organizations.
const (
	costRow     = 2.5  // a row of an index fetched and looked at: they lie anywhere
	costWords   = 4.0  // the same, when words are looked for in its text
	costFound   = 0.15 // a row that the search index finds, put where it is looked up
	costEntry   = 0.3  // a row of an index looked up there
	costSorted  = 1.8  // a row found by the search index, fetched and sorted
	costScanned = 0.3  // a row looked at as it comes
	// fewRows may always be sorted.
	fewRows = 3000
)

// order is the ORDER BY of a table by its own columns.
func (t *table) order(sort []Order) string { return orderBy(sort, t.orderColumn) }

// orderBy is the ORDER BY of the selection.
func (s *selection) orderBy() string { return orderBy(s.order, s.keyColumn) }

// orderBy says what to sort by; ties are in a fixed order too. An index ends in the network.
func orderBy(sort []Order, column func(field string) string) string {
	var terms []string
	for _, o := range sort {
		direction := ""
		if o.Descending {
			direction = " DESC"
		}
		col := column(o.Field)
		terms = append(terms, col+direction+" NULLS LAST")
	}
	tail := ", network, row"
	if sort[len(sort)-1].Descending {
		tail = ", network DESC, row DESC"
	}
	return strings.Join(terms, ", ") + tail
}

// keyColumn is what a sort key goes by, also a derived one; empty for an unknown one.
func (s *selection) keyColumn(name string) string {
	if derived := s.t.derivedSQL(name, s.day); derived != "" {
		return derived
	}
	return s.t.orderColumn(name)
}

// orderColumn is the column a sort key goes by; empty for an unknown one.
func (t *table) orderColumn(name string) string {
	if name == "title" {
		name = t.c.Title
	}
	if f, ok := t.c.Field(name); ok {
		return t.sortColumn(f)
	}
	switch name {
	case "updated_at", "state", "id":
		return name
	default:
		return ""
	}
}

// setOrder checks the sort keys and leaves out those that are the same for all rows selected.
func (s *selection) setOrder() error {
	for _, o := range s.q.Sort {
		col := s.keyColumn(o.Field)
		if col == "" {
			return fault.New(fault.UnknownField, "collection", s.t.c.Name, "field", o.Field)
		}
		fixed := false
		for _, f := range s.filters() {
			fixed = fixed || (f.column == col && f.equal)
		}
		if !fixed {
			s.order = append(s.order, o)
		}
	}
	if len(s.order) == 0 {
		s.order = []Order{{Field: "title"}}
	}
	return nil
}

// page lists the numbers of the rows from offset on, in order; limit 0 means all.
func (s *selection) page(total, limit, offset int) ([]int64, error) {
	offset = max(offset, 0)
	if offset >= total {
		return nil, nil
	}
	if limit <= 0 || limit > total-offset {
		limit = total - offset
	}
	if len(s.words) > 0 && len(s.q.Sort) == 0 && !s.q.Deleted {
		return s.relevant(total, limit, offset)
	}
	walk, budget := s.walkable(total, limit+offset)
	if walk {
		rows, err := s.walk(budget, limit, offset)
		if err != nil || len(rows) == limit {
			return rows, err
		}
	}
	return s.sorted(limit, offset, "")
}

// walkable reports whether walking an index is likely to be cheaper than sorting, and how many entries it may look at
// before that turns out wrong: rows that fit can lie close together at the far end. 0 is no bound.
func (s *selection) walkable(total, wanted int) (ok bool, budget int) {
	col := s.walkColumn()
	if s.q.Deleted || !s.t.hasIndex(col) {
		return false, 0
	}
	checks := 0
	for _, f := range s.filters() {
		if f.column != s.keyColumn(s.order[0].Field) {
			checks++
		}
	}
	if checks == 0 && len(s.words) == 0 {
		return true, 0
	}
	cost := costRow
	if len(s.words) > 0 {
		cost = costWords
	}
	all := s.all()
	finding := costSorted * float64(total)
	if s.match == "" && !s.indexed() {
		finding = costScanned * float64(all) // sorting would have to look at every row
	}
	expected := float64(wanted) * float64(all) / float64(max(total, 1))
	walking, budget := expected*cost, int(4*expected)+1000
	// Names that have a word lie close together in the order of names: seldom where they are expected.
	near := len(s.words) > 0 && total < all/2
	if lookup := costFound*float64(total) + costEntry*expected; s.match != "" && len(s.plain) == 0 && (lookup < walking || near) {
		s.lookup, walking, budget = true, lookup, max(budget, int(finding/costEntry))
	}
	return walking <= finding, budget
}

// walkColumn names the index of the first sort key.
func (s *selection) walkColumn() string {
	if col := s.keyColumn(s.order[0].Field); col != "updated_at" {
		return col
	}
	return "updated"
}

// indexed reports whether an index finds the rows that the plain conditions select.
func (s *selection) indexed() bool {
	for _, f := range s.plain {
		if f.indexed {
			return true
		}
	}
	return false
}

// walk goes along the index of the first sort key, over the part of it that conditions on that key leave. With a budget
// it may return fewer rows than there are.
func (s *selection) walk(budget, limit, offset int) ([]int64, error) {
	var scope, checks clause
	s.scope(&scope)
	for _, f := range s.filters() {
		if f.column == s.keyColumn(s.order[0].Field) {
			scope.add(f.sql, f.args...)
		}
	}
	from := " FROM " + s.t.name + " INDEXED BY " + s.t.name + "_" + s.walkColumn() + " WHERE " + scope.String() + " ORDER BY " + s.orderBy() + " LIMIT ?"
	if budget == 0 {
		return s.numbers("SELECT row"+from+" OFFSET ?", append(scope.args, int64(limit), int64(offset)))
	}
	if s.lookup {
		checks.add("row IN (SELECT rowid FROM "+s.t.search+" WHERE "+s.t.search+" MATCH ?)", s.match)
	} else {
		s.conditions(&checks)
	}
	query := "SELECT row FROM (SELECT row, (" + checks.String() + ") AS fits" + from + ") WHERE fits LIMIT ? OFFSET ?"
	return s.numbers(query, append(append(checks.args, scope.args...), int64(budget), int64(limit), int64(offset)))
}

// sorted finds all rows that fit and orders them: first by an expression, if given, then as asked for. The plus keeps
// SQLite from walking an index for the order, which it does too gladly.
func (s *selection) sorted(limit, offset int, first string, firstArgs ...driver.Value) ([]int64, error) {
	var from string
	c := &clause{}
	if s.match != "" {
		from, c = s.fromMatches()
	} else {
		from = "FROM " + s.scan(c)
		s.conditions(c)
	}
	query := "SELECT row " + from + " WHERE " + c.String() + " ORDER BY " + first + "+" + s.orderBy() + " LIMIT ? OFFSET ?"
	return s.numbers(query, append(append(c.args, firstArgs...), int64(limit), int64(offset)))
}

func (s *selection) numbers(query string, args []driver.Value) ([]int64, error) {
	var out []int64
	err := s.rd.each(query, args, func(row []driver.Value) error {
		out = append(out, row[0].(int64))
		return nil
	})
	return out, err
}

// relevant orders what a search found: rows whose title begins with the text come first, by title. The rest is by title
// too when there are few, else as the search index has it: nobody reads on to the end of thousands.
func (s *selection) relevant(total, limit, offset int) ([]int64, error) {
	key, searched := s.titleKey()
	from := sortKey(strings.TrimSpace(s.q.Search))
	to := from + "\U0010ffff"
	if !searched {
		return s.sorted(limit, offset, "")
	}
	if total <= fewRows {
		return s.sorted(limit, offset, fmt.Sprintf("coalesce(%s >= ? AND %s < ?, 0) DESC, ", key, key), from, to)
	}
	var c clause
	s.scope(&c)
	c.add(key+" >= ? AND "+key+" < ?", from, to)
	c.addAll(s.plain)
	c.addAll(s.tokens)
	head, err := s.numbers("SELECT row FROM "+s.t.name+" INDEXED BY "+s.t.name+"_"+key+" WHERE "+c.String()+" ORDER BY "+key+", network, row LIMIT ? OFFSET ?",
		append(c.args, int64(limit), int64(offset)))
	if err != nil || len(head) == limit {
		return head, err
	}
	before := offset + len(head) // all rows of the head that there are
	if len(head) == 0 && offset > 0 {
		if before, err = s.rd.integer("SELECT count(*) FROM "+s.t.name+" WHERE "+c.String(), c.args...); err != nil {
			return nil, err
		}
	}
	source, rest := s.fromMatches()
	rest.add("coalesce("+key+" < ? OR "+key+" >= ?, 1)", from, to)
	tail, err := s.numbers("SELECT row "+source+" WHERE "+rest.String()+" LIMIT ? OFFSET ?",
		append(rest.args, int64(limit-len(head)), int64(max(0, offset-before))))
	return append(head, tail...), err
}

// titleKey is the indexed sort key of the title, if the title is searched.
func (s *selection) titleKey() (string, bool) {
	f, _ := s.t.c.Field(s.t.c.Title)
	_, keyed := s.t.key[f.Number]
	return s.t.sortColumn(f), keyed && f.Search
}
