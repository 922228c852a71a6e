package exchange

import (
	"cmp"
	"context"
	"slices"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// apart is what a row of an exported workbook says: the cells that somebody changed in it.
type apart struct {
	version uint64 // of the record, when it was exported
	cells   []apartCell
}

type apartCell struct {
	field    *schema.Field
	was, got schema.Value
}

// compare finds the cells of a row that differ from what was exported. A cell that was emptied empties its field; one
// that cannot be read changes nothing, and its reason is in the report.
func (l *layout) compare(x *issued, row *line, p *parsedRow) {
	r, ok := x.of(p)
	if !ok {
		return
	}
	p.apart = &apart{version: r.version}
	seen := map[uint16]bool{}
	for _, c := range l.columns {
		if c.child != nil || c.reader == nil || c.lon != nil || seen[c.reader.field.Number] {
			continue
		}
		f := c.reader.field
		seen[f.Number] = true
		text, before := l.text(row, c), ""
		before, _ = x.text(r, f.Name)
		got := p.own.get(f.Number)
		if text == before || text != "" && got == nil {
			continue
		}
		var was schema.Value
		if before != "" {
			was = c.reader.read(before, l.region).value
		}
		if !same(was, got) {
			p.apart.cells = append(p.apart.cells, apartCell{f, was, got})
		}
	}
}

// meetApart plans what a row of an exported workbook changes of its record.
func (p *planner) meetApart(k keys, row *parsedRow) {
	e := p.index.byID(row.id)
	if e == nil {
		p.meetGone(k, row)
		return
	}
	title := cmp.Or(k.title, e.title) // a row whose name was emptied is still that record's
	switch {
	case p.req.Mode == Add:
		row.because(fault.New(fault.NotAdded, "title", e.title))
		p.report.add(row, Skipped, e.target, title, nil)
		return
	case e.used:
		row.because(fault.New(fault.IDRepeated, "row", itoa(e.row), "title", e.title, "got", row.id))
		p.report.add(row, Skipped, e.target, title, nil)
		return
	}
	e.used, e.row = true, row.number
	c := p.req.Collection
	changed := p.withChildren(e.target, row, true)
	changes, clashed := p.changesApart(e.have, row)
	if err := checkChanged(c, e.have, changes); err != nil {
		row.because(err)
		p.report.add(row, Problem, e.target, title, changes)
		return
	}
	if c.AppendOnly && len(changes) > 0 {
		row.because(fault.New(fault.AppendOnly, "collection", c.Name))
		p.report.add(row, Skipped, e.target, title, changes)
		return
	}
	p.changeApart(e.target, row.apart, changes)
	for _, ch := range changes {
		e.have.set(ch.field.Number, ch.new)
	}
	outcome := Unchanged
	switch {
	case clashed:
		outcome = Clashed
	case changed || len(changes) > 0:
		outcome = Updated
	}
	p.report.add(row, outcome, e.target, title, changes)
}

// changesApart merges the cells that were changed in the workbook into what the record holds now, and reports whether
// one of them was changed here as well. Sets take in what was added and let go what was taken out.
func (p *planner) changesApart(have values, row *parsedRow) (out []change, clashed bool) {
	for _, cell := range row.apart.cells {
		f, now := cell.field, have.get(cell.field.Number)
		got := cell.got
		switch {
		case f.Rule == schema.Fixed && now != nil:
			if !same(now, got) {
				row.because(fault.New(fault.Immutable, "field", f.Name))
			}
			continue
		case f.Type.IsSet():
			got = setApart(now, cell)
		case !same(now, cell.was) && !same(now, got) && f.Rule != schema.Prose:
			clashed = true
			row.because(fault.New(fault.CellClash, "field", f.Label.In(p.req.Lang), "got", clipped(record.Text(got)),
				"now", clipped(record.Text(now)), "was", clipped(record.Text(cell.was))))
		}
		if !same(now, got) {
			out = append(out, change{f, now, got})
		}
	}
	if p.layout.notes != nil && len(row.notes) > 0 {
		out = p.layout.withLines(have, row, out)
	}
	return out, clashed
}

// withLines adds what could not be read to the notes, as the workbook leaves them.
func (l *layout) withLines(have values, p *parsedRow, changes []change) []change {
	at := slices.IndexFunc(changes, func(ch change) bool { return ch.field == l.notes })
	if at < 0 {
		at = len(changes)
		now := have.get(l.notes.Number)
		changes = append(changes, change{l.notes, now, now})
	}
	shown := values{{l.notes.Number, changes[at].new}}
	row := parsedRow{notes: p.notes}
	changes[at].new = l.notesOf(shown, &row, asUpdate)
	p.because(row.reasons...)
	if same(changes[at].old, changes[at].new) {
		return slices.Delete(changes, at, at+1)
	}
	return changes
}

// setApart is a set as it stands, with what the workbook added and without what it took out.
func setApart(now schema.Value, cell apartCell) schema.Value {
	have, _ := now.([]string)
	was, _ := cell.was.([]string)
	got, _ := cell.got.([]string)
	out := slices.DeleteFunc(union(have, got), func(m string) bool {
		return slices.Contains(was, m) && (!slices.Contains(got, m) || !slices.Contains(have, m))
	})
	if len(out) == 0 {
		return nil
	}
	return out
}

// changeApart makes the edit of a row of an exported workbook.
func (p *planner) changeApart(id record.ID, a *apart, changes []change) {
	if len(changes) == 0 {
		return
	}
	version := a.version
	e := draft.Edit{
		Kind: draft.Update, Collection: p.req.Collection.Name, Network: p.req.Network, ID: id.String(), Base: &version,
		Fields: make(map[string]any, len(changes)), Was: make(map[string]any, len(a.cells)),
	}
	for _, ch := range changes {
		e.Fields[ch.field.Name] = ch.new
	}
	for _, cell := range a.cells {
		e.Was[cell.field.Name] = cell.was
	}
	p.add(e)
}

// loadGone learns what became of records that were exported and are no longer there.
func (p *planner) loadGone(ctx context.Context) error {
	if p.issued == nil {
		return nil
	}
	p.gone = map[string]*record.Record{}
	for text := range p.issued.rows {
		id, err := record.ParseID(text)
		if err != nil || p.index.byID(text) != nil {
			continue
		}
		r, err := p.req.Lookup.Record(ctx, record.Key{Network: p.req.Network, Collection: p.req.Collection.Number, ID: id})
		if err != nil {
			return err
		}
		p.gone[text] = r
	}
	return nil
}

// meetGone plans a row whose record is no longer there: edited in the workbook while somebody deleted it, it comes back
// marked, as after any edit made at the same time as a deletion.
func (p *planner) meetGone(k keys, row *parsedRow) {
	row.because(fault.New(fault.RowGone))
	id, err := record.ParseID(row.id)
	if err != nil || len(row.apart.cells) == 0 || p.req.Mode == Add {
		p.report.add(row, Skipped, id, k.title, nil)
		return
	}
	have := p.gone[row.id]
	if have == nil || have.Stamps[record.DeletedField].Version <= row.apart.version {
		p.report.add(row, Problem, id, k.title, nil)
		return
	}
	changes, _ := p.changesApart(pick(have, p.layout.fields()), row)
	p.changeApart(id, row.apart, changes)
	p.report.add(row, Clashed, id, k.title, changes)
}
