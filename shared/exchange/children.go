package exchange

import (
	"context"
	"maps"
	"slices"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// childEntry is a child that is there, or that an earlier row makes.
type childEntry struct {
	target  record.ID
	version uint64
	edit    int
	used    bool // a row speaks of it
	have    values
	name    string // made when first looked at, with place
	place   place
	isNamed bool
}

// childIndex finds the children of a record that a row is about.
type childIndex struct {
	layout   *childLayout
	naming   naming
	fields   []uint16
	byParent map[record.ID][]*childEntry
}

func newChildIndex(l *layout, child *childLayout) *childIndex {
	x := &childIndex{layout: child, naming: namingOf(child.collection), byParent: map[record.ID][]*childEntry{}}
	for i := range child.collection.Fields {
		f := &child.collection.Fields[i]
		if len(child.collection.Checks) > 0 || f.Required {
			x.fields = append(x.fields, f.Number)
		}
	}
	for _, c := range l.columns {
		if c.child == child && c.reader != nil {
			x.fields = append(x.fields, c.reader.field.Number)
			if c.lon != nil {
				x.fields = append(x.fields, c.lon.Number)
			}
		}
	}
	for _, f := range append(x.naming.names, x.naming.levels[:]...) {
		if f != nil {
			x.fields = append(x.fields, f.Number)
		}
	}
	return x
}

// load learns the children that are there.
func (x *childIndex) load(ctx context.Context, look Lookup, network string) error {
	for r, err := range look.Live(ctx, x.layout.collection.Name, network) {
		if err != nil {
			return err
		}
		parent, _ := r.Fields[x.layout.parent.Number].(string)
		id, err := record.ParseID(parent)
		if err != nil {
			continue // belongs to nothing
		}
		e := &childEntry{target: r.ID, version: r.Version, edit: -1, have: pickOnce(r, x.fields)}
		x.byParent[id] = append(x.byParent[id], e)
	}
	return nil
}

func pickOnce(r *record.Record, fields []uint16) values {
	var out values
	for _, n := range fields {
		if v := r.Fields[n]; v != nil {
			out.set(n, v)
		}
	}
	return out
}

func (x *childIndex) name(e *childEntry) {
	if e.isNamed {
		return
	}
	k := x.naming.keysOf(e.have.get, fold, fold)
	e.name, e.place, e.isNamed = k.name, k.place, true
	e.place[0] = "" // the parent, which is known
}

// find looks for the child that a row's values are about: the one with the same identity; one that has all that the
// row gives; one of the same name that no other row spoke of.
func (x *childIndex) find(parent record.ID, v values, given int, identity record.ID) *childEntry {
	if len(x.byParent[parent]) == 0 {
		return nil
	}
	want := &childEntry{have: v}
	x.name(want)
	var best *childEntry
	bestScore := -1
	for _, e := range x.byParent[parent] {
		score := inCommon(e.have, v[:given])
		if e.target == identity || score == given {
			return e
		}
		x.name(e)
		if !e.used && !x.layout.collection.AppendOnly && identity.IsZero() && e.name == want.name && e.place.fits(want.place) && score > bestScore {
			best, bestScore = e, score
		}
	}
	return best
}

// identity is the id that the values of a child give it; zero when its collection has none.
func (x *childIndex) identity(network string, parent record.ID, v values) record.ID {
	if len(x.layout.collection.Identity) == 0 {
		return record.ID{}
	}
	return identityOf(x.layout.collection, network, append(v[:len(v):len(v)], fieldValue{x.layout.parent.Number, parent.String()}))
}

// planChild plans what a row says of one child of its record; again says that a later row may be about the same
// record. It reports whether anything changes.
func (p *planner) planChild(x *childIndex, parent record.ID, row *parsedRow, again bool) bool {
	v, given := row.children[x.layout.index], row.given[x.layout.index]
	identity := x.identity(p.req.Network, parent, v)
	e := x.find(parent, v, given, identity)
	if e == nil {
		p.createChild(x, parent, row, identity, again)
		p.report.Children[x.layout.collection.Name]++
		return true
	}
	e.used = true
	changes := x.changesTo(e.have, v[:given])
	if len(changes) == 0 {
		return false
	}
	if err := checkChanged(x.layout.collection, e.have, changes); err != nil {
		p.layout.giveUp(x.layout, v, err, row)
		return false
	}
	p.change(&e.edit, x.layout.collection, e.target, e.version, changes)
	for _, ch := range changes {
		e.have.set(ch.field.Number, ch.new)
	}
	p.report.Children[x.layout.collection.Name]++
	return true
}

func (p *planner) createChild(x *childIndex, parent record.ID, row *parsedRow, identity record.ID, again bool) {
	c := x.layout.collection
	v, fields := row.children[x.layout.index], row.named[x.layout.index]
	id := identity
	if id.IsZero() {
		id = p.ids.next()
	}
	if source, ok := c.Field("position_source"); ok && fields["lat"] != nil && fields[source.Name] == nil {
		v.set(source.Number, "import")
		fields[source.Name] = "import"
	}
	fields[x.layout.parent.Name] = parent.String()
	edit := p.add(draft.Edit{Kind: draft.Create, Collection: c.Name, Network: p.req.Network, ID: id.String(), Fields: fields})
	if again { // a later row may speak of it
		e := &childEntry{target: id, edit: edit, used: true, have: slices.Clone(v)}
		x.byParent[parent] = append(x.byParent[parent], e)
	}
}

// giveUp keeps in the notes what a row says of a child that could not stand with it.
func (l *layout) giveUp(child *childLayout, v values, why *fault.Error, row *parsedRow) {
	for _, c := range l.columns {
		if c.child != child || c.reader == nil {
			continue
		}
		if value := v.get(c.reader.field.Number); value != nil {
			row.keepNote(c.name, record.Text(value))
		}
	}
	row.because(child.said(why), fault.New(fault.ChildIncomplete, "collection", child.collection.Name))
}

// said is what is wrong with a record of the collection: several collections have a field of one name.
func (child *childLayout) said(why *fault.Error) *fault.Error {
	of := *why
	of.Args = map[string]string{"collection": child.collection.Name}
	maps.Copy(of.Args, why.Args)
	return &of
}

// checkChanged checks a record as changes would leave it.
func checkChanged(c *schema.Collection, have values, changes []change) *fault.Error {
	named := have.named(c)
	for _, ch := range changes {
		named[ch.field.Name] = ch.new
	}
	return checkRecord(c, named)
}

func checkRecord(c *schema.Collection, named map[string]any) *fault.Error {
	if err := c.CheckRecord(named); err != nil {
		return fault.Of(err)
	}
	return nil
}

// changesTo lists what the row changes of a child that is there.
func (x *childIndex) changesTo(have, given values) []change {
	var out []change
	for _, v := range given {
		f, _ := x.layout.collection.FieldByNumber(v.field)
		old := have.get(v.field)
		if f.Rule == schema.Fixed && old != nil {
			continue
		}
		if set, ok := v.value.([]string); ok {
			before, _ := old.([]string)
			v.value = union(before, set)
		}
		if !same(old, v.value) {
			out = append(out, change{f, old, v.value})
		}
	}
	return withSource(x.layout.collection, have, out)
}
