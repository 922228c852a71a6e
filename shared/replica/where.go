package replica

import (
	"database/sql/driver"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Condition is one filter: a field, one of = != >= <= ~ |=, and the value as people type it; an empty one stands for no
// value. On a set = means "contains". ~ finds text anywhere in the value. Conditions with |= on one field are
// alternatives: one of them must hold. Text is compared without case and accents. Besides fields, also derived ones,
// there are updated_at, updated_by (a person's name), state (clean, pending, rejected, conflict), network, title and id.
// "organization.country" is the country of the organization that a record refers to, which must not be deleted.
type Condition struct{ Field, Op, Value string }

// anyOf is the operator of alternatives.
const anyOf = "|="

// ParseWhere reads a field, an operator and a value, or fails with fault.BadUsage.
func ParseWhere(s string) (Condition, error) {
	at := strings.IndexAny(s, "=!<>~|")
	if at > 0 {
		for _, op := range []string{"!=", ">=", "<=", anyOf, "~", "="} {
			if value, ok := strings.CutPrefix(s[at:], op); ok {
				return Condition{Field: strings.TrimSpace(s[:at]), Op: op, Value: value}, nil
			}
		}
	}
	return Condition{}, fault.New(fault.BadUsage, "detail", "where «"+s+"»: field=value, field!=value, field>=value, field<=value, field~value, field|=value")
}

// filter is a condition as SQL, and where the search index can answer it, as a token.
type filter struct {
	sql     string
	args    []driver.Value
	tokens  []string
	either  bool   // one of the tokens is enough
	indexed bool   // an index finds the rows
	column  string // the one column it compares with =, >= or <=, if it does just that
	equal   bool   // with =
}

func badOp(c Condition) error {
	return fault.New(fault.BadUsage, "detail", "where «"+c.Field+c.Op+c.Value+"»: "+c.Op+" ?")
}

// filter makes a condition's SQL on the table.
func (t *table) filter(l *layout, c Condition, day string) (filter, error) {
	switch c.Op {
	case "=", "!=", ">=", "<=", "~":
	default:
		return filter{}, badOp(c)
	}
	if via, rest, ok := strings.Cut(c.Field, "."); ok {
		return t.through(l, via, Condition{Field: rest, Op: c.Op, Value: c.Value}, day)
	}
	name := c.Field
	if name == "title" {
		name = t.c.Title
	}
	if f, ok := t.c.Field(name); ok {
		return t.fieldFilter(f, c)
	}
	if f, ok := t.c.DerivedField(name); ok {
		return t.derivedFilter(f, c, day)
	}
	switch name {
	case "updated_at":
		return instantFilter("updated_at", c, true)
	case "updated_by":
		return equality(c, filter{sql: "updated_by IN (SELECT number FROM author WHERE user = ? COLLATE NOCASE)", args: []driver.Value{c.Value}})
	case "network":
		return equality(c, filter{sql: "network = ?", args: []driver.Value{c.Value}})
	case "id":
		id, err := record.ParseID(c.Value)
		if err != nil {
			return filter{}, err
		}
		return equality(c, filter{sql: "id = ?", args: []driver.Value{id[:]}, indexed: c.Op == "="})
	case "state":
		return l.stateFilter(c)
	}
	return filter{}, fault.New(fault.UnknownField, "collection", t.c.Name, "field", c.Field)
}

// through makes the SQL of a condition on the record that a reference of this one points to.
func (t *table) through(l *layout, via string, c Condition, day string) (filter, error) {
	unknown := fault.New(fault.UnknownField, "collection", t.c.Name, "field", via+"."+c.Field)
	f, ok := t.c.Field(via)
	if !ok || f.Type != schema.Reference || strings.Contains(c.Field, ".") {
		return filter{}, unknown
	}
	for _, target := range l.tables {
		if target.c.Name != f.Target {
			continue
		}
		inner, err := target.filter(l, c, day)
		sql := t.columnAt(t.value[f.Number]).name + " IN (SELECT id FROM " + target.name + " WHERE deleted = 0 AND " + inner.sql + ")"
		return filter{sql: sql, args: inner.args}, err
	}
	return filter{}, unknown
}

// equality lets only = and != pass; != is the opposite, never unknown.
func equality(c Condition, f filter) (filter, error) {
	switch c.Op {
	case "=":
		return f, nil
	case "!=":
		return filter{sql: "NOT coalesce(" + f.sql + ", 0)", args: f.args}, nil
	default:
		return filter{}, badOp(c)
	}
}

func (l *layout) stateFilter(c Condition) (filter, error) {
	for s := Clean; s <= Rejected; s++ {
		if c.Value == s.String() {
			return equality(c, filter{sql: "state = " + itoa(int(s)), indexed: c.Op == "=" && s != Clean})
		}
	}
	open := l.openConflicts()
	if c.Value != "conflict" || open == "" {
		return filter{}, fault.New(fault.UnknownChoice, "field", "state", "got", c.Value, "choices", "clean, pending, rejected, conflict")
	}
	open = strings.Replace(open, "SELECT "+l.conflictKey(), "SELECT unhex("+l.conflictKey()+", '-')", 1)
	return equality(c, filter{sql: "id IN (" + open + ")", indexed: c.Op == "="})
}

func (t *table) fieldFilter(f *schema.Field, c Condition) (filter, error) {
	col := t.columnAt(t.value[f.Number]).name
	if c.Op == "~" {
		return t.containing(f, col, c)
	}
	if f.Type == schema.Instant && c.Value != "" {
		return instantFilter(col, c, t.hasIndex(col))
	}
	v, err := f.Parse(c.Value)
	switch {
	case err != nil:
		return filter{}, err
	case v == nil && c.Op == "=":
		return filter{sql: col + " IS NULL"}, nil
	case v == nil && c.Op == "!=":
		return filter{sql: col + " IS NOT NULL"}, nil
	case v == nil:
		return filter{}, badOp(c)
	case f.Type.IsSet():
		return setFilter(f, col, c, v.([]string))
	case hasKey(f.Type):
		return t.textFilter(f, col, c, v.(string))
	}
	stored := store(f, v)
	if (c.Op == ">=" || c.Op == "<=") && (f.Type == schema.Reference || f.Type == schema.Boolean || f.Type == schema.JSON) {
		return filter{}, badOp(c)
	}
	return t.compare(f, col, c, stored), nil
}

// containing finds text anywhere in a value. A sort key says it where it holds all of the text.
func (t *table) containing(f *schema.Field, col string, c Condition) (filter, error) {
	wanted := fold(strings.TrimSpace(c.Value))
	if wanted == "" || columnKind(f.Type) != "TEXT" || len(f.Options) > 0 {
		return filter{}, badOp(c)
	}
	sql, args := "instr(folded("+col+"), ?) > 0", []driver.Value{wanted}
	if key := t.sortColumn(f); key != col && f.Type != schema.FLOID {
		sql = "(instr(" + key + ", ?) > 0 OR length(" + key + ") > ? AND " + sql + ")"
		args = []driver.Value{wanted, int64(maxKeyBytes / utf8.UTFMax), wanted}
	}
	return filter{sql: "coalesce(" + sql + ", 0)", args: args}, nil
}

// either joins alternatives. The search index answers them when it answers each.
func either(all []filter) filter {
	if len(all) == 1 {
		return all[0]
	}
	out := filter{either: true}
	var parts []string
	answered := true
	for _, f := range all {
		parts = append(parts, f.sql)
		out.args = append(out.args, f.args...)
		out.tokens = append(out.tokens, f.tokens...)
		answered = answered && len(f.tokens) == 1
	}
	out.sql = "(" + strings.Join(parts, " OR ") + ")"
	if !answered {
		out.tokens = nil
	}
	return out
}

// compare is a plain comparison of a column.
func (t *table) compare(f *schema.Field, col string, c Condition, v driver.Value) filter {
	out := filter{sql: col + " " + c.Op + " ?", args: []driver.Value{v}}
	if c.Op == "!=" {
		out.sql = col + " IS NOT ?"
		return out
	}
	_, out.indexed = t.indexes[t.name+"_"+col]
	out.column, out.equal = col, c.Op == "="
	if s, ok := v.(string); ok && c.Op == "=" && filterToken(f) {
		out.tokens = []string{tokenOf(f, s)}
	}
	return out
}

// textFilter compares by sort keys. Where those do not tell values apart, the values decide too.
func (t *table) textFilter(f *schema.Field, col string, c Condition, v string) (filter, error) {
	key := "sort_key(" + col + ")"
	if _, ok := t.key[f.Number]; ok {
		key = t.sortColumn(f)
	}
	out := t.compare(f, key, c, keyOf(f.Type, v))
	long := f.Type != schema.FLOID && len(fold(v)) > maxKeyBytes
	if f.Type != schema.FLOID && !long {
		return out, nil
	}
	out.tokens = nil
	switch c.Op {
	case "=":
		out.sql += " AND " + col + " = ?"
		out.args = append(out.args, v)
	case "!=":
		out = filter{sql: col + " IS NOT ?", args: []driver.Value{v}}
	}
	return out, nil
}

func setFilter(f *schema.Field, col string, c Condition, members []string) (filter, error) {
	var out filter
	var parts []string
	for _, m := range members {
		parts = append(parts, "EXISTS (SELECT 1 FROM json_each("+col+") WHERE value = ?)")
		out.args = append(out.args, m)
		if c.Op == "=" && filterToken(f) {
			out.tokens = append(out.tokens, tokenOf(f, m))
		}
	}
	out.sql = "(" + strings.Join(parts, " AND ") + ")"
	return equality(c, out)
}

// instantFilter compares times: milliseconds since 1970, or a date, which stands for all of that day in UTC.
func instantFilter(col string, c Condition, indexed bool) (filter, error) {
	from, to, err := instantRange(c)
	if err != nil {
		return filter{}, err
	}
	switch c.Op {
	case ">=":
		return filter{sql: col + " >= ?", args: []driver.Value{from}, indexed: indexed, column: col}, nil
	case "<=":
		return filter{sql: col + " <= ?", args: []driver.Value{to}, indexed: indexed, column: col}, nil
	default:
		return equality(c, filter{sql: "(" + col + " BETWEEN ? AND ?)", args: []driver.Value{from, to}, indexed: indexed})
	}
}

func instantRange(c Condition) (from, to int64, err error) {
	value := strings.TrimSpace(c.Value)
	if ms, err := strconv.ParseInt(value, 10, 64); err == nil {
		return ms, ms, nil
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at.UnixMilli(), at.UnixMilli(), nil
	}
	day, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return 0, 0, fault.New(fault.BadDate, "field", c.Field, "got", c.Value)
	}
	return day.UnixMilli(), day.AddDate(0, 0, 1).UnixMilli() - 1, nil
}
