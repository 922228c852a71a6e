package exchange

import (
	"crypto/sha256"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// reading a row: what cannot be read of an optional value does not stop the row. It goes into the notes under its
// column's name, and the report says why. Only a required value that is missing or wrong makes the row a problem.

// parsedRow is what one row says.
type parsedRow struct {
	number   int
	id       string // of the record, where a column holds it
	own      values
	children []values         // by childLayout.index; nil where the row says nothing of it
	given    []int            // how many of a child's values the row gives; the others are defaults
	named    []map[string]any // the children's values by name
	tags     []kept
	notes    []kept
	reasons  []*fault.Error
	problem  *fault.Error
	hash     [hashBytes]byte
	keys     keys
	apart    *apart // for a row of an exported workbook
}

// hashBytes of a row's hash are enough that no two different rows of a file have the same.
const hashBytes = 16

// kept is a value kept under its column's name.
type kept struct{ column, text string }

func (p *parsedRow) reset(l *layout, number int) {
	*p = parsedRow{number: number, own: p.own[:0], children: p.children[:0], given: p.given[:0], named: p.named[:0], tags: p.tags[:0], notes: p.notes[:0]}
	for range l.children {
		p.children = append(p.children, nil)
		p.given = append(p.given, 0)
		p.named = append(p.named, nil)
	}
}

func (p *parsedRow) because(reasons ...*fault.Error) { p.reasons = append(p.reasons, reasons...) }

// parse reads one row into p.
func (l *layout) parse(row *line, p *parsedRow) {
	p.reset(l, row.number)
	p.hash = hashOf(row)
	region := l.regionOf(row)
	for _, c := range l.columns {
		text := l.text(row, c)
		if text == "" {
			c.blank++
			continue
		}
		c.used++
		if c.index == row.tooLong {
			p.problem = fault.New(fault.CellTooLong, "column", c.name, "max", "100 kB")
			continue
		}
		l.take(c, text, region, p)
	}
	l.extraCells(row, p)
	l.finish(row, p)
}

// hashOf tells identical rows: by their cells, whatever surrounds the text.
func hashOf(row *line) [hashBytes]byte {
	var buf [1024]byte
	b := buf[:0]
	end := len(row.cells)
	for end > 0 && strings.TrimSpace(row.cells[end-1]) == "" {
		end--
	}
	for _, c := range row.cells[:end] {
		b = append(append(b, strings.TrimSpace(c)...), 0)
	}
	sum := sha256.Sum256(b)
	return [hashBytes]byte(sum[:hashBytes])
}

// regionOf is the country that the row's phone numbers are of.
func (l *layout) regionOf(row *line) string {
	if l.country == nil {
		return l.region
	}
	if r := l.country.reader.read(l.text(row, l.country), ""); r.fault == nil {
		if code, ok := r.value.(string); ok {
			return code
		}
	}
	return l.region
}

// take puts one cell where its column goes.
func (l *layout) take(c *column, text, region string, p *parsedRow) {
	switch {
	case c.id:
		p.id = strings.ToLower(strings.TrimSpace(text))
	case c.as == AsTag:
		p.keepTag(l, c.name, text)
	case c.as == AsNote:
		p.keepNote(c.name, text)
	case c.reader == nil:
	case c.lon != nil:
		lat, lon, err := point(c.reader.field, c.lon, text)
		if err != nil {
			p.keepBad(c, text, fault.Of(err))
			return
		}
		into := p.values(c)
		into.set(c.reader.field.Number, lat)
		into.set(c.lon.Number, lon)
	default:
		l.takeValue(c, text, region, p)
	}
}

func (l *layout) takeValue(c *column, text, region string, p *parsedRow) {
	f := c.reader.field
	r := c.reader.read(text, region)
	if r.fault != nil && f.Required && c.child == nil {
		p.problem = r.fault
		return
	}
	for _, w := range r.words {
		p.keepTag(l, c.name, w)
		p.because(fault.New(fault.ValueTagged, "got", clipped(w), "column", c.name, "field", f.Name))
	}
	if r.left != "" {
		p.keepBad(c, r.left, r.fault)
	}
	if r.value == nil {
		return
	}
	into := p.values(c)
	if set, ok := r.value.([]string); ok {
		if before, ok := into.get(f.Number).([]string); ok {
			r.value = union(before, set)
		}
	} else if before, ok := into.get(f.Number).(string); ok && f == l.notes {
		r.value = before + "\n" + r.value.(string)
	}
	into.set(f.Number, r.value)
}

// values is where the column's values go: the record's own, or a child's.
func (p *parsedRow) values(c *column) *values {
	if c.child == nil {
		return &p.own
	}
	return &p.children[c.child.index]
}

// finish completes the children, refuses the row that lacks what it needs, and bounds what is kept.
func (l *layout) finish(row *line, p *parsedRow) {
	for _, child := range l.children {
		if p.children[child.index] != nil {
			l.finishChild(child, row, p)
		}
	}
	addOther(l.collection, &p.own)
	p.boundTags(l)
	if l.notes == nil {
		p.notesToTags(l)
	}
}

// finishChild drops a child that cannot stand; what the row says of it is kept in the notes.
func (l *layout) finishChild(child *childLayout, row *line, p *parsedRow) {
	v := &p.children[child.index]
	p.given[child.index] = len(*v)
	for _, d := range child.defaults {
		if v.get(d.field) == nil {
			v.set(d.field, d.value)
		}
	}
	addOther(child.collection, v)
	named := v.named(child.collection)
	named[child.parent.Name] = "" // it will be there
	p.named[child.index] = named
	err := child.collection.CheckRecord(named)
	if err == nil {
		return
	}
	p.children[child.index] = nil
	for _, c := range l.columns {
		if c.child != child || c.reader == nil {
			continue
		}
		if text := l.text(row, c); text != "" {
			p.keepNote(c.name, text)
		}
	}
	p.because(child.said(fault.Of(err)), fault.New(fault.ChildIncomplete, "collection", child.collection.Name))
}

// addOther gives a required choice that nobody made its option “other”: what kind of place a site is, for one.
func addOther(c *schema.Collection, v *values) {
	for i := range c.Fields {
		f := &c.Fields[i]
		if !f.Required || f.Type != schema.Choice || v.get(f.Number) != nil {
			continue
		}
		for _, o := range f.Options {
			if o.Code == "other" {
				v.set(f.Number, o.Code)
			}
		}
	}
}
