package exchange

import (
	"slices"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// layout is a mapping made ready for one file and one collection.
type layout struct {
	collection *schema.Collection
	columns    []*column // one for each of the file
	children   []*childLayout
	defaults   values
	empty      map[string]bool
	tags       *schema.Field
	notes      *schema.Field // nil when the collection has none
	csv        bool
	semicolons bool   // between cells: numbers have decimal commas
	region     string // country of phone numbers without a country code, unless the row says another
	byID       bool
	byFLO      bool
	byName     bool
	external   *column // whose values name records where the file comes from; nil for none
	header     int
	floIDs     *repeats // of the column with FLO IDs; nil where it is not known
	ownIDs     *repeats // of the column with records' ids
	sourceIDs  *repeats // of the external column
	country    *column  // the column with the record's own country
}

// column is one column of the file, and what it means.
type column struct {
	index  int
	name   string
	as     As
	to     string
	reader *reader
	lon    *schema.Field // of a point; reader's field is the latitude
	child  *childLayout  // nil when the value is the record's own
	id     bool          // holds the record's id
	used   int
	blank  int
	note   *fault.Error // why it is not imported
}

// childLayout is a kind of record that each row makes besides its own.
type childLayout struct {
	collection *schema.Collection
	parent     *schema.Field
	defaults   values
	index      int
}

// layoutOf checks a mapping against the file and the schema. It fails with fault.BadMapping, fault.ColumnMissing or
// fault.UnknownField.
func layoutOf(r Request, d Description) (*layout, error) {
	l := &layout{collection: r.Collection, empty: map[string]bool{}, csv: d.Format == CSV, semicolons: d.Separator == ";", header: d.HeaderRow}
	l.tags, _ = r.Collection.Field("tags")
	l.notes, _ = r.Collection.Field("notes")
	for _, e := range r.Mapping.Empty {
		l.empty[strings.ToLower(strings.TrimSpace(e))] = true
	}
	if schema.IsCountry(r.Network) {
		l.region = r.Network
	}
	for i, c := range d.Columns {
		l.columns = append(l.columns, &column{index: i, name: c.Name, as: AsIgnore})
	}
	if err := l.addColumns(r, d); err != nil {
		return nil, err
	}
	if err := l.addDefaults(r); err != nil {
		return nil, err
	}
	if err := l.addMatches(r.Mapping.Match); err != nil {
		return nil, err
	}
	if l.external != nil {
		l.sourceIDs = d.Columns[l.external.index].ids
	}
	return l, nil
}

func (l *layout) addColumns(r Request, d Description) error {
	mapped := map[string]bool{}
	taken := map[string]string{}
	for i := range r.Mapping.Columns {
		m := r.Mapping.Columns[i]
		if err := m.check(); err != nil {
			return err
		}
		at := slices.IndexFunc(d.Columns, func(c Column) bool { return c.Name == m.Column })
		if at < 0 {
			return fault.New(fault.ColumnMissing, "column", m.Column)
		}
		if mapped[m.Column] {
			return badMapping(m.Column + ": twice")
		}
		mapped[m.Column] = true
		col := l.columns[at]
		col.as, col.to = m.As, m.To
		if err := l.aim(r, col, m, d.Columns[at]); err != nil {
			return err
		}
		if other := taken[m.To]; other != "" && col.reader != nil && !col.reader.field.Type.IsSet() && col.reader.field != l.notes {
			return badMapping(m.To + ": " + other + ", " + m.Column)
		}
		taken[m.To] = m.Column
	}
	for _, col := range l.columns {
		switch {
		case !mapped[col.name]:
			col.note = fault.New(fault.ColumnUnmapped)
		case col.as == AsIgnore:
			col.note = fault.New(fault.ColumnIgnored)
		case col.as == AsCalculated:
			col.note = fault.New(fault.ColumnCalculated)
		}
	}
	return nil
}

// aim finds the field that a column goes to.
func (l *layout) aim(r Request, col *column, m ColumnMapping, d Column) error {
	if m.To == "" {
		return nil
	}
	switch m.To {
	case MatchID:
		col.id, l.ownIDs = true, d.ids
		return nil
	case MatchFLOID:
		l.floIDs = d.ids
	}
	c, name := l.collection, m.To
	if child, field, ok := strings.Cut(m.To, "."); ok {
		layout, err := l.child(r.Schema, child)
		if err != nil {
			return err
		}
		col.child, c, name = layout, layout.collection, field
	}
	f, ok := c.Field(name)
	switch {
	case !ok, !f.Of(r.Network):
		return fault.New(fault.UnknownField, "collection", c.Name, "field", name)
	case f.System && f != l.tags, col.child != nil && f == col.child.parent:
		return badMapping(m.Column + ": " + m.To + " is not for people to set")
	}
	if m.As == AsWKTPoint {
		lat, okLat := c.Field("lat")
		lon, okLon := c.Field("lon")
		if !okLat || !okLon || (f != lat && f != lon) {
			return badMapping(m.Column + ": wkt_point goes to lat or lon, not to " + m.To)
		}
		f, col.lon = lat, lon
	}
	if m.As == AsArray && !f.Type.IsSet() {
		return badMapping(m.Column + ": " + m.To + " holds one value, not an array")
	}
	col.reader = l.readerOf(f, m, d)
	if col.child == nil && f.Name == "country" && f.Type == schema.Country {
		l.country = col
	}
	return nil
}

func (l *layout) readerOf(f *schema.Field, m ColumnMapping, d Column) *reader {
	r := &reader{field: f, dates: d.dates, empty: l.isEmpty}
	r.numbers = numberStyle{typed: !l.csv, decimalComma: l.semicolons}
	if len(m.Values) > 0 {
		r.values = map[string]string{}
		for from, to := range m.Values {
			r.values[fold(from)] = to
		}
	}
	if len(f.Options) > 0 {
		r.choices = choiceTable(f)
	}
	return r
}

// child is the layout of a child collection, made at its first use.
func (l *layout) child(s *schema.Schema, name string) (*childLayout, error) {
	for _, c := range l.children {
		if c.collection.Name == name {
			return c, nil
		}
	}
	for _, c := range s.Children(l.collection.Name) {
		if c.Name == name && !c.ServerOwned {
			parent, _ := c.Field(c.Parent)
			child := &childLayout{collection: c, parent: parent, index: len(l.children)}
			l.children = append(l.children, child)
			return child, nil
		}
	}
	return nil, badMapping("“" + name + "” is not a kind of record that belongs to " + l.collection.Name)
}

// addDefaults reads the constant values of the mapping.
func (l *layout) addDefaults(r Request) error {
	for name, v := range r.Mapping.Defaults {
		c, into, field := l.collection, &l.defaults, name
		if child, rest, ok := strings.Cut(name, "."); ok {
			at := slices.IndexFunc(l.children, func(x *childLayout) bool { return x.collection.Name == child })
			if at < 0 {
				continue // no column makes such a record
			}
			c, into, field = l.children[at].collection, &l.children[at].defaults, rest
		}
		f, ok := c.Field(field)
		if !ok || f.System && f.Name != "tags" {
			return fault.New(fault.UnknownField, "collection", c.Name, "field", field)
		}
		value, err := f.Normalize(v)
		if err != nil {
			return badMapping(name + ": " + fault.Of(err).Text(r.Lang))
		}
		if value != nil {
			into.set(f.Number, value)
		}
		if code, ok := value.(string); ok && f.Type == schema.Country && c == l.collection {
			l.region = code
		}
	}
	return nil
}

func (l *layout) addMatches(match []string) error {
	if len(match) == 0 {
		l.byID, l.byFLO, l.byName = true, true, true
	}
	for _, m := range match {
		switch {
		case m == MatchID:
			l.byID = true
		case m == MatchFLOID:
			l.byFLO = true
		case m == MatchNamePlace:
			l.byName = true
		case strings.HasPrefix(m, MatchColumn):
			name := strings.TrimPrefix(m, MatchColumn)
			at := slices.IndexFunc(l.columns, func(c *column) bool { return c.name == name && c.as == AsNote })
			if at < 0 {
				return badMapping("match " + m + ": no such column kept as a note")
			}
			l.external = l.columns[at]
		default:
			return badMapping("match “" + m + "”")
		}
	}
	return nil
}

// mayComeAgain reports whether a later row may be about the same record, for it has the same id.
func (l *layout) mayComeAgain(k keys) bool {
	return len(l.collection.Identity) > 0 || l.ownIDs.has(k.id) || l.floIDs.has(k.flo) || l.sourceIDs.has(k.external)
}

// text is a cell as its value: without what protects it from being run as a formula, and empty where the file says
// that there is no value.
func (l *layout) text(row *line, c *column) string {
	s := row.cell(c.index)
	if l.csv {
		s = unprotect(s)
	}
	if l.isEmpty(s) {
		return ""
	}
	return s
}

func (l *layout) isEmpty(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || len(s) <= 20 && l.empty[strings.ToLower(s)]
}

// fields lists the numbers of the record's own fields that the import may set: what has to be known of the records
// that are there.
func (l *layout) fields() []uint16 {
	var out []uint16
	add := func(f *schema.Field) {
		if f != nil && !slices.Contains(out, f.Number) {
			out = append(out, f.Number)
		}
	}
	for _, c := range l.columns {
		if c.child == nil && c.reader != nil {
			add(c.reader.field)
			add(c.lon)
		}
	}
	for _, d := range l.defaults {
		if !slices.Contains(out, d.field) {
			out = append(out, d.field)
		}
	}
	add(l.tags)
	add(l.notes)
	for i := range l.collection.Fields { // of the record as it will stand, what its checks look at
		if f := &l.collection.Fields[i]; len(l.collection.Checks) > 0 || f.Required {
			add(f)
		}
	}
	return out
}
