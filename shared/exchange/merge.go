package exchange

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func itoa(n int) string { return strconv.Itoa(n) }

// How a row meets a record: a value of the row takes the place of the record's; a cell that is empty changes
// nothing; sets grow, they lose nothing; what is kept under a column's name takes the place of what was kept under
// it before.

// stance is how strongly a row speaks for its record.
type stance int

const (
	asUpdate stance = iota
	asExact         // the row has the record's id: sets and notes become what it says
	asMore          // the file has an earlier row for the record: this one only adds
)

// union joins two sets.
func union(a, b []string) []string {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

// same reports whether a cell says what is there. Workbooks keep 15 digits of a number: a difference beyond them is none.
func same(have, cell schema.Value) bool {
	a, ok1 := have.(float64)
	b, ok2 := cell.(float64)
	if ok1 && ok2 {
		return math.Abs(a-b) <= 1e-14*math.Max(math.Abs(a), math.Abs(b))
	}
	return schema.Equal(have, cell)
}

// change is what a row does to one field.
type change struct {
	field    *schema.Field
	old, new schema.Value
}

// changesTo compares a row with what is there (nothing, for a new record) and lists the differences, by field number.
func (l *layout) changesTo(have values, p *parsedRow, how stance) []change {
	out := make([]change, 0, len(p.own)+len(l.defaults)+3)
	add := func(f *schema.Field, v schema.Value) {
		if old := have.get(f.Number); !same(old, v) {
			out = append(out, change{f, old, v})
		}
	}
	for _, v := range p.own {
		f, _ := l.collection.FieldByNumber(v.field)
		if f == l.notes || f == l.tags {
			continue
		}
		old := have.get(f.Number)
		if f.Rule == schema.Fixed && old != nil {
			if !same(old, v.value) {
				p.because(fault.New(fault.Immutable, "field", f.Name))
			}
			continue
		}
		if set, ok := v.value.([]string); ok && how != asExact {
			before, _ := old.([]string)
			v.value = union(before, set)
		}
		add(f, v.value)
	}
	for _, d := range l.defaults {
		f, _ := l.collection.FieldByNumber(d.field)
		if f != l.tags && f != l.notes && have.get(d.field) == nil && p.own.get(d.field) == nil {
			add(f, d.value)
		}
	}
	add(l.tags, l.tagsOf(have, p, how))
	if l.notes != nil {
		add(l.notes, l.notesOf(have, p, how))
	}
	return withSource(l.collection, have, out)
}

// tagsOf is the record's tags with the row's.
func (l *layout) tagsOf(have values, p *parsedRow, how stance) schema.Value {
	old, _ := have.get(l.tags.Number).([]string)
	tags := slices.Clone(old)
	own, given := p.own.get(l.tags.Number).([]string)
	if len(p.tags) == 0 && !given && (have != nil || l.defaults.get(l.tags.Number) == nil) {
		return have.get(l.tags.Number)
	}
	if how == asExact && given {
		tags = nil
	}
	for _, t := range p.tags {
		if how == asMore {
			break
		}
		tags = slices.DeleteFunc(tags, func(s string) bool { return strings.HasPrefix(s, t.column+":") })
	}
	for _, t := range p.tags {
		tags = append(tags, t.column+":"+t.text)
	}
	tags = append(tags, own...)
	if have == nil {
		defaults, _ := l.defaults.get(l.tags.Number).([]string)
		tags = append(tags, defaults...)
	}
	v, err := l.tags.Normalize(tags)
	if err != nil {
		p.because(fault.Of(err))
		return have.get(l.tags.Number)
	}
	return v
}

// notesOf is the record's notes with the row's: text of its own, then a line for each column that is kept there.
func (l *layout) notesOf(have values, p *parsedRow, how stance) schema.Value {
	notes, _ := have.get(l.notes.Number).(string)
	before := notes
	if own, ok := p.own.get(l.notes.Number).(string); ok {
		switch {
		case how == asExact || notes == "":
			notes = own
		case !strings.Contains(notes, own):
			notes += "\n" + own
		}
	} else if text, ok := l.defaults.get(l.notes.Number).(string); ok && notes == "" {
		notes = text
	}
	for i, n := range p.notes {
		text := n.text
		again := slices.ContainsFunc(p.notes[:i], func(o kept) bool { return o.column == n.column })
		if before := noteLine(notes, n.column); before != "" && before != text && (how == asMore || again) {
			text = before + "; " + text
		}
		longer := putLine(notes, n.column, text)
		if utf8.RuneCountInString(longer) > l.notes.MaxLength {
			p.because(fault.New(fault.ValueLost, "got", clipped(n.text), "column", n.column))
			continue
		}
		notes = longer
	}
	if notes == before {
		return have.get(l.notes.Number)
	}
	v, err := l.notes.Normalize(notes)
	if err != nil {
		p.because(fault.Of(err))
		return have.get(l.notes.Number)
	}
	return v
}

// putLine sets the line “column: text” of the notes. Line breaks in the text are kept by indenting what follows.
func putLine(notes, column, text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\n  ")
	line := column + ": " + text
	if notes == "" {
		return line
	}
	if notes == line || strings.HasPrefix(notes, line+"\n") || strings.HasSuffix(notes, "\n"+line) || strings.Contains(notes, "\n"+line+"\n") {
		return notes
	}
	lines := strings.Split(notes, "\n")
	for i, old := range lines {
		if strings.HasPrefix(old, column+": ") {
			end := i + 1
			for end < len(lines) && strings.HasPrefix(lines[end], "  ") {
				end++
			}
			return strings.Join(slices.Replace(lines, i, end, line), "\n")
		}
	}
	return notes + "\n" + line
}

// noteLine is what putLine kept under a column's name.
func noteLine(notes, column string) string {
	for rest := notes; rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if text, ok := strings.CutPrefix(line, column+": "); ok {
			return text
		}
	}
	return ""
}

// withSource marks a position that the import sets as imported.
func withSource(c *schema.Collection, have values, changes []change) []change {
	source, ok := c.Field("position_source")
	if !ok {
		return changes
	}
	moved := false
	for _, ch := range changes {
		if ch.field == source {
			return changes
		}
		moved = moved || ch.field.Group == source.Group
	}
	if old := have.get(source.Number); moved && !schema.Equal(old, "import") {
		changes = append(changes, change{source, old, "import"})
	}
	return changes
}

// joinRow limits a row that speaks of the same record as an earlier one to what it adds: where both say something
// else, the first stands and the other is kept in the notes.
func (l *layout) joinRow(have values, p *parsedRow) {
	fits := p.own[:0]
	for _, v := range p.own {
		f, _ := l.collection.FieldByNumber(v.field)
		old := have.get(v.field)
		if _, set := v.value.([]string); set || old == nil || f == l.notes || same(old, v.value) {
			fits = append(fits, v)
			continue
		}
		for _, c := range l.columns {
			if c.child == nil && c.reader != nil && c.reader.field == f {
				p.keepNote(c.name, record.Text(v.value))
				p.because(fault.New(fault.ValueKept, "column", c.name))
				break
			}
		}
	}
	p.own = fits
	if l.notes == nil {
		p.notesToTags(l)
	}
}
