package exchange

import (
	"strings"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// naming says what names a record of a collection to people, and where it is: the two things by which a row without
// an id or a FLO ID finds its record.
type naming struct {
	names  []*schema.Field  // together the name
	levels [3]*schema.Field // of the place, coarsest first; nil where there is none
	fuzzy  bool             // whether a name that is nearly the same, at the same place, is the same
}

// namedBy lists what names a record besides its title, and what tells apart records of one parent, by collection.
var namedBy = map[string]struct{ names, levels []string }{
	"site":             {[]string{"name", "kind"}, nil},
	"certification":    {[]string{"scheme"}, []string{"valid_from"}},
	"mandate":          {[]string{"role", "contact"}, []string{"valid_from"}},
	"interaction":      {[]string{"kind", "subject"}, []string{"date"}},
	"membership_event": {[]string{"body", "kind"}, []string{"date"}},
	"verification":     {[]string{"field_group", "outcome"}, []string{"date"}},
}

func namingOf(c *schema.Collection) naming {
	var n naming
	known := namedBy[c.Name]
	if len(known.names) == 0 {
		known.names = []string{c.Title}
	}
	for _, name := range known.names {
		if f, ok := c.Field(name); ok {
			n.names = append(n.names, f)
		}
	}
	if f, ok := c.Field("admin1"); ok {
		n.levels[0] = f
		n.levels[1], _ = c.Field("admin2")
		n.levels[2], _ = c.Field("locality")
		n.fuzzy = true
		return n
	}
	at := 0
	if f, ok := c.Field(c.Parent); ok {
		n.levels[at] = f
		at++
	}
	for _, name := range known.levels {
		if f, ok := c.Field(name); ok && at < len(n.levels) {
			n.levels[at] = f
			at++
		}
	}
	return n
}

// place is where a record is, folded, coarsest first.
type place [3]string

// finest is the most precise level that is given; -1 when none is.
func (p place) finest() int {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != "" {
			return i
		}
	}
	return -1
}

// fits reports whether two places may be the same: no level says otherwise.
func (p place) fits(o place) bool {
	for i := range p {
		if p[i] != "" && o[i] != "" && p[i] != o[i] {
			return false
		}
	}
	return true
}

// same reports whether two places are the same as precisely as either is given.
func (p place) same(o place) bool { return p.fits(o) && p.finest() == o.finest() }

// String is the place for people, most precise first.
func (p place) String() string {
	var out []string
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != "" {
			out = append(out, p[i])
		}
	}
	return strings.Join(out, ", ")
}

// keys is what a row or a record can be found by.
type keys struct {
	id       string
	flo      string
	external string
	title    string // as written
	name     string // folded
	place    place
}

// keysOf takes the keys from values; get gives a field's value.
func (n naming) keysOf(get func(uint16) schema.Value, fold, places func(string) string) keys {
	var k keys
	for i, f := range n.names {
		text := record.Text(get(f.Number))
		if i == 0 {
			k.title = text
			k.name = fold(text)
			continue
		}
		k.name += "|" + text
	}
	for i, f := range n.levels {
		if f != nil {
			k.place[i] = places(record.Text(get(f.Number)))
		}
	}
	return k
}

// placeMemo folds the names of places, which repeat, and gives the same string for the same place.
type placeMemo map[string]string

const maxPlaces = 50_000

func (m placeMemo) fold(s string) string {
	if s == "" {
		return ""
	}
	if known, ok := m[s]; ok {
		return known
	}
	out := fold(s)
	if len(m) < maxPlaces {
		m[strings.Clone(s)] = out
	}
	return out
}

// keysOfRow are the keys of a parsed row.
func (x *index) keysOfRow(p *parsedRow) keys {
	k := x.naming.keysOf(p.own.get, x.foldName, x.places.fold)
	if k.id = p.id; k.id == "" {
		if id := identityOf(x.request.Collection, x.request.Network, p.own); !id.IsZero() {
			k.id = id.String()
		}
	}
	if x.flo != nil {
		k.flo, _ = p.own.get(x.flo.Number).(string)
	}
	if x.external != "" {
		for _, n := range p.notes {
			if n.column == x.external {
				k.external = n.text
			}
		}
	}
	return k
}

// keysOfRecord are the keys of a record.
func (x *index) keysOfRecord(r *record.Record) keys {
	k := x.naming.keysOf(func(n uint16) schema.Value { return r.Fields[n] }, x.foldName, x.places.fold)
	k.id = r.ID.String()
	if x.flo != nil {
		k.flo, _ = r.Fields[x.flo.Number].(string)
	}
	if x.external != "" && x.notes != nil {
		notes, _ := r.Fields[x.notes.Number].(string)
		k.external = noteLine(notes, x.external)
	}
	return k
}
