package exchange

import (
	"strings"
	"unicode/utf8"

	"acopio/shared/fault"
)

// keepTag keeps column:value as a tag; an array gives one for each member.
func (p *parsedRow) keepTag(l *layout, column, text string) {
	if !isArray(text) {
		p.tags = append(p.tags, kept{column, strings.Join(strings.Fields(text), " ")})
		return
	}
	for _, m := range splitArray(text, false) {
		if !l.isEmpty(m) {
			p.tags = append(p.tags, kept{column, strings.Join(strings.Fields(m), " ")})
		}
	}
}

func (p *parsedRow) keepNote(column, text string) {
	p.notes = append(p.notes, kept{column, strings.TrimSpace(text)})
}

// keepBad keeps what could not be read in the notes, and says why.
func (p *parsedRow) keepBad(c *column, text string, why *fault.Error) {
	p.keepNote(c.name, text)
	p.because(why, fault.New(fault.ValueKept, "column", c.name))
}

// extraCells keeps what is right of the last named column, and says what is odd about the row.
func (l *layout) extraCells(row *line, p *parsedRow) {
	wide := false
	for i := len(l.columns); i < len(row.cells); i++ {
		if text := strings.TrimSpace(row.cells[i]); text != "" {
			wide = true
			p.keepNote("["+columnName(i)+"]", text)
		}
	}
	if wide {
		p.because(fault.New(fault.RowTooWide, "row", itoa(row.number)))
	}
	if l.csv && len(row.cells) < len(l.columns) {
		p.because(fault.New(fault.RowTooNarrow, "got", itoa(len(row.cells)), "want", itoa(len(l.columns))))
	}
}

// boundTags moves tags that are too long to the notes.
func (p *parsedRow) boundTags(l *layout) {
	fits := p.tags[:0]
	for _, t := range p.tags {
		if utf8.RuneCountInString(t.column)+1+utf8.RuneCountInString(t.text) <= l.tags.MaxLength {
			fits = append(fits, t)
		} else {
			p.keepNote(t.column, t.text)
		}
	}
	p.tags = fits
}

// notesToTags serves collections without notes: what does not fit a tag is lost, and the report says so.
func (p *parsedRow) notesToTags(l *layout) {
	for _, n := range p.notes {
		if utf8.RuneCountInString(n.column)+1+utf8.RuneCountInString(n.text) <= l.tags.MaxLength {
			p.tags = append(p.tags, kept{n.column, strings.Join(strings.Fields(n.text), " ")})
		} else {
			p.because(fault.New(fault.ValueLost, "got", clipped(n.text), "column", n.column))
		}
	}
	p.notes = p.notes[:0]
}
