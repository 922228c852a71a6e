package replica

import (
	"fmt"
	"strings"

	"acopio/shared/schema"
)

// Tables and columns are named by number, so that a field or collection can be renamed without touching the file:
// collection 2 is table r2 with its search index s2, field 10 is column f10. A text field that lists are sorted by has
// its sort key, lower case and without accents, in k10. A view v_organization gives all of them their names back.

// The columns that every table begins with, in the order of an image.
const (
	colID = iota
	colNetwork
	colSeq
	colVersion
	colDeleted
	colState
	colDigest // what the server's state adds to the checksum; NULL when the server has no living record
	colStamps
	colExtra // fields this build does not know
	colUpdatedAt
	colUpdatedBy
	firstField
)

var fixedColumns = [firstField]string{
	"id BLOB NOT NULL", "network TEXT NOT NULL", "seq INTEGER NOT NULL", "version INTEGER NOT NULL", "deleted INTEGER NOT NULL",
	"state INTEGER NOT NULL", "digest BLOB", "stamps BLOB", "extra BLOB", "updated_at INTEGER NOT NULL", "updated_by INTEGER NOT NULL",
}

// column is one column for a field: its value, or its sort key.
type column struct {
	name  string
	kind  string // SQLite's type; "date" and "boolean" would make the driver convert
	field *schema.Field
	key   bool
}

// table is where a collection is kept.
type table struct {
	c       *schema.Collection
	name    string
	search  string
	columns []column          // after the fixed ones: first all values, then all keys
	value   map[uint16]int    // position of a field's value in an image
	key     map[uint16]int    // position of its sort key
	indexes map[string]string // SQL by name

	derived    map[string]string // SQL of derived fields, by name
	documented []int             // positions that the search document is made of
	names      []string
	selectAll  string
	selectByID string
	insert     string
}

// layout is all tables of a schema.
type layout struct {
	tables   []*table
	byNumber map[uint16]*table
	conflict *table // nil when the schema has no collection of conflicts

	upkeep *upkeepSource // nil when the schema has no organizations

	definitions *table // of networks' own fields; nil when the schema has no such collection
	own         []schema.Own
}

func layoutOf(s *schema.Schema) *layout {
	l := &layout{byNumber: map[uint16]*table{}}
	for _, c := range s.Collections() {
		if c.Unsynced {
			continue
		}
		t := newTable(c)
		l.tables = append(l.tables, t)
		l.byNumber[c.Number] = t
		switch c.Name {
		case "conflict":
			l.conflict = t
		case schema.OwnFields:
			l.definitions = t
		}
	}
	l.resolveDerivations(s)
	l.upkeep = upkeepSourceOf(l)
	return l
}

func newTable(c *schema.Collection) *table {
	t := &table{
		c: c, name: fmt.Sprintf("r%d", c.Number), search: fmt.Sprintf("s%d", c.Number),
		value: map[uint16]int{}, key: map[uint16]int{}, indexes: map[string]string{},
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		t.value[f.Number] = firstField + len(t.columns)
		t.columns = append(t.columns, column{name: fmt.Sprintf("f%d", f.Number), kind: columnKind(f.Type), field: f})
	}
	for i := range c.Fields {
		if f := &c.Fields[i]; sorted(c, f) && hasKey(f.Type) {
			t.key[f.Number] = firstField + len(t.columns)
			t.columns = append(t.columns, column{name: fmt.Sprintf("k%d", f.Number), kind: "TEXT", field: f, key: true})
		}
	}
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Search || filterToken(f) {
			t.documented = append(t.documented, t.value[f.Number])
		}
	}
	t.addIndexes()
	t.prepare()
	return t
}

func columnKind(t schema.Type) string {
	switch t {
	case schema.Integer, schema.Instant, schema.Boolean:
		return "INTEGER"
	case schema.Decimal:
		return "REAL"
	case schema.Reference:
		return "BLOB"
	default:
		return "TEXT"
	}
}

// sorted reports whether lists are sorted or filtered by the field so often that it has an index of its own.
func sorted(c *schema.Collection, f *schema.Field) bool {
	return !f.Type.IsSet() && (f.Grid || f.Indexed || f.Name == c.Title)
}

// hasKey reports whether values of the type sort by a key and not as they are.
func hasKey(t schema.Type) bool {
	return t == schema.Text || t == schema.LongText || t == schema.URL || t == schema.FLOID
}

// sparse reports whether most rows have no value in an indexed field: then only those that have one are indexed.
func sparse(f *schema.Field) bool { return f.Type == schema.Reference || f.System }

func (t *table) addIndexes() {
	add := func(name, on string) {
		t.indexes[t.name+"_"+name] = fmt.Sprintf("CREATE INDEX %s_%s ON %s %s", t.name, name, t.name, on)
	}
	t.indexes[t.name+"_id"] = fmt.Sprintf("CREATE UNIQUE INDEX %s_id ON %s (id, network)", t.name, t.name)
	add("updated", "(updated_at, network) WHERE deleted=0")
	add("deleted", "(updated_at, network) WHERE deleted=1")
	add("state", "(state) WHERE state<>0")
	for i := range t.c.Fields {
		f := &t.c.Fields[i]
		switch col := t.sortColumn(f); {
		case !sorted(t.c, f):
		case sparse(f):
			add(col, fmt.Sprintf("(%s, network) WHERE deleted=0 AND %s IS NOT NULL", col, col))
		default:
			add(col, fmt.Sprintf("(%s, network) WHERE deleted=0", col))
		}
	}
}

// sortColumn is the column that orders rows by the field.
func (t *table) sortColumn(f *schema.Field) string {
	if i, ok := t.key[f.Number]; ok {
		return t.columnAt(i).name
	}
	return t.columnAt(t.value[f.Number]).name
}

func (t *table) columnAt(position int) column { return t.columns[position-firstField] }

// hasIndex reports whether all living rows are in an index on the column.
func (t *table) hasIndex(col string) bool {
	def, ok := t.indexes[t.name+"_"+col]
	return ok && !strings.Contains(def, "IS NOT NULL")
}

func (t *table) prepare() {
	for _, def := range fixedColumns {
		name, _, _ := strings.Cut(def, " ")
		t.names = append(t.names, name)
	}
	for _, c := range t.columns {
		t.names = append(t.names, c.name)
	}
	all := strings.Join(t.names, ", ")
	t.selectAll = "SELECT row, " + all + " FROM " + t.name
	t.selectByID = t.selectAll + " WHERE id = ? AND network = ?"
	t.insert = "INSERT INTO " + t.name + " (row, " + all + ") VALUES (?" + strings.Repeat(", ?", len(t.names)) + ")"
}

// create is the SQL that makes the table and its search index. The search index holds no text of its own: what a row's
// document was is made again from the row. It answers which rows have all of some words, so it keeps no positions; short
// prefixes are ready-made because they are what people type first.
func (t *table) create() []string {
	defs := append([]string{"row INTEGER PRIMARY KEY"}, fixedColumns[:]...)
	for _, c := range t.columns {
		defs = append(defs, c.name+" "+c.kind)
	}
	return append([]string{"CREATE TABLE " + t.name + " (" + strings.Join(defs, ", ") + ")"}, t.createSearch()...)
}

func (t *table) createSearch() []string {
	return []string{
		"CREATE VIRTUAL TABLE " + t.search + " USING fts5(text, content='', contentless_delete=1, detail=none, " +
			"prefix='1 2 3 4', tokenize='unicode61 remove_diacritics 2')",
		// Fewer, larger flushes: merging segments is most of the cost of a bulk load.
		"INSERT INTO " + t.search + " (" + t.search + ", rank) VALUES ('hashsize', 8388608)",
		"CREATE VIRTUAL TABLE " + t.search + "v USING fts5vocab(" + t.search + ", instance)",
	}
}

// view is the table with the fields' names, for people and scripts that look into the file.
func (t *table) view() string {
	taken := map[string]bool{"row": true}
	cols := []string{"row", "lower(hex(id)) AS id"}
	for _, n := range t.names[colNetwork:firstField] {
		taken[n] = true
		cols = append(cols, n)
	}
	for i := range t.c.Fields {
		f := &t.c.Fields[i]
		as := f.Name
		if taken[as] || as == "id" {
			as = "field_" + as
		}
		cols = append(cols, fmt.Sprintf("f%d AS %q", f.Number, as))
	}
	return fmt.Sprintf("CREATE VIEW v_%s AS SELECT %s FROM %s", t.c.Name, strings.Join(cols, ", "), t.name)
}
