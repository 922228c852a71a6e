package exchange

import (
	"context"
	"math"
	"strings"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// planner is a plan in the making.
type planner struct {
	req      Request
	layout   *layout
	index    *index
	children []*childIndex
	ids      *idMaker
	edits    *Edits
	count    int                       // edits, kept or not
	issued   *issued                   // nil unless the file is an exported workbook
	gone     map[string]*record.Record // exported records that are deleted, by id
	report   reporter
	seen     map[[hashBytes]byte]int // rows by what they say
	mixed    bool                    // the file is in two encodings: rows in the lesser one get a remark
}

// load learns what is there.
func (p *planner) load(ctx context.Context) error {
	var err error
	if p.issued, err = p.req.Source.issuedOf(ctx, p.req.Collection); err != nil {
		return err
	}
	fields := p.layout.fields()
	for r, err := range p.req.Lookup.Live(ctx, p.req.Collection.Name, p.req.Network) {
		if err != nil {
			return err
		}
		p.index.add(&entry{keys: p.index.keysOfRecord(r), target: r.ID, version: r.Version, edit: -1, have: pick(r, fields)})
	}
	if err := p.loadGone(ctx); err != nil {
		return err
	}
	for _, child := range p.layout.children {
		x := newChildIndex(p.layout, child)
		p.children = append(p.children, x)
		if p.index.count == 0 {
			continue
		}
		if err := x.load(ctx, p.req.Lookup, p.req.Network); err != nil {
			return err
		}
	}
	if err := p.loadReferences(ctx); err != nil {
		return err
	}
	if p.index.count == 0 {
		return nil
	}
	var r parsedRow
	return p.eachRow(ctx, func(row *line) error { // rows first say what they are, so that none takes another's record
		p.layout.parse(row, &r)
		if r.problem == nil {
			p.index.claim(p.index.keysOfRow(&r))
		}
		return nil
	})
}

// eachRow calls see for each row below the header that is not blank.
func (p *planner) eachRow(ctx context.Context, see func(*line) error) error {
	for _, c := range p.layout.columns {
		c.used, c.blank = 0, 0
	}
	p.report.Blank = 0
	return p.req.Source.lines(ctx, p.req.Mapping.Sheet, func(row *line) error {
		switch {
		case row.number <= p.layout.header:
			return nil
		case row.blank():
			p.report.Blank++
			return nil
		default:
			return see(row)
		}
	})
}

// rowsAhead is how many rows are read and parsed while earlier ones are planned.
const rowsAhead = 128

// run plans row by row, in order, while another goroutine parses.
func (p *planner) run(ctx context.Context) error {
	parsed, free := make(chan []parsedRow, 2), make(chan []parsedRow, 4)
	for range cap(free) {
		free <- make([]parsedRow, 0, rowsAhead)
	}
	var err error
	go func() {
		defer close(parsed)
		err = p.parseAll(ctx, parsed, free)
	}()
	for rows := range parsed {
		for i := range rows {
			p.report.Rows++
			p.plan(&rows[i])
		}
		free <- rows[:0]
	}
	return err
}

func (p *planner) parseAll(ctx context.Context, parsed chan<- []parsedRow, free <-chan []parsedRow) error {
	rows := <-free
	err := p.eachRow(ctx, func(row *line) error {
		rows = rows[:len(rows)+1] // what an earlier row left there is reused
		r := &rows[len(rows)-1]
		p.layout.parse(row, r)
		p.layout.compare(p.issued, row, r)
		if row.recoded && p.mixed {
			r.because(fault.New(fault.RowRecoded))
		}
		r.keys = p.index.keysOfRow(r)
		if len(rows) == cap(rows) {
			parsed <- rows
			rows = <-free
		}
		return nil
	})
	parsed <- rows
	return err
}

// plan decides about one row.
func (p *planner) plan(row *parsedRow) {
	k := row.keys
	if first, twice := p.seen[row.hash]; twice {
		row.because(fault.New(fault.RowRepeated, "row", itoa(first)))
		p.report.add(row, Skipped, record.ID{}, k.title, nil)
		return
	}
	p.seen[row.hash] = row.number
	if row.problem != nil {
		row.because(row.problem)
		id, title := p.whose(k, row)
		p.report.add(row, Problem, id, title, nil)
		return
	}
	if row.apart != nil {
		p.meetApart(k, row)
		return
	}
	f := p.index.find(k, row.own)
	switch {
	case f.entry != nil:
		p.meet(f, k, row)
	case p.req.Mode == Update:
		row.because(unmatched(f))
		p.report.add(row, Skipped, record.ID{}, k.title, nil)
	default:
		p.create(f, k, row)
	}
}

// whose is the record that a row which cannot be read is about, by its id: the row itself may not say what it is called.
func (p *planner) whose(k keys, row *parsedRow) (record.ID, string) {
	if e := p.index.byID(row.id); e != nil && row.id != "" {
		return e.target, e.title
	}
	return record.ID{}, k.title
}

func unmatched(f found) *fault.Error {
	if f.ambiguous > 0 {
		return fault.New(fault.AmbiguousMatch, "count", itoa(f.ambiguous), "title", f.similar.title)
	}
	return fault.New(fault.NotUpdated)
}

// create plans a new record with its children.
func (p *planner) create(f found, k keys, row *parsedRow) {
	c := p.req.Collection
	changes := p.layout.changesTo(nil, row, asUpdate)
	fields := make(map[string]any, len(changes))
	var have values
	for _, ch := range changes {
		fields[ch.field.Name] = ch.new
		have = append(have, fieldValue{ch.field.Number, ch.new})
	}
	if err := checkRecord(c, fields); err != nil {
		row.because(err)
		p.report.add(row, Problem, record.ID{}, k.title, nil)
		return
	}
	id := identityOf(c, p.req.Network, have)
	if id.IsZero() {
		id = p.ids.next()
	}
	again := p.layout.mayComeAgain(k)
	k.id = id.String()
	e := &entry{keys: k, target: id, row: row.number, used: true}
	e.edit = p.add(draft.Edit{Kind: draft.Create, Collection: c.Name, Network: p.req.Network, ID: k.id, Fields: fields})
	if again {
		e.have = have
	}
	// Nothing else keeps the text of the row.
	e.title, e.flo, e.external = strings.Clone(k.title), strings.Clone(k.flo), strings.Clone(k.external)
	p.remark(f, row)
	p.index.add(e)
	p.withChildren(id, row, again)
	p.report.add(row, Added, id, k.title, nil)
}

// identityOf is the id that values give a record; zero when its collection has no identity, or they lack a part of it.
func identityOf(c *schema.Collection, network string, have values) record.ID {
	if len(c.Identity) == 0 {
		return record.ID{}
	}
	byNumber := make(map[uint16]schema.Value, len(have))
	for _, v := range have {
		byNumber[v.field] = v.value
	}
	id, _ := record.IdentityOf(c, network, byNumber)
	return id
}

// remark says what a new record is like.
func (p *planner) remark(f found, row *parsedRow) {
	if f.similar == nil {
		return
	}
	percent := itoa(int(math.Round(f.likeness * 100)))
	switch e := f.similar; {
	case f.sharesID != "" && e.row == 0:
		row.because(fault.New(fault.NameDiffers, "title", e.title))
	case f.sharesID != "":
		row.because(fault.New(fault.IDRepeated, "row", itoa(e.row), "title", e.title, "got", f.sharesID))
	case f.ambiguous > 0:
		row.because(fault.New(fault.AmbiguousMatch, "count", itoa(f.ambiguous), "title", e.title))
	case e.row > 0:
		row.because(fault.New(fault.RowSimilar, "row", itoa(e.row), "title", e.title, "percent", percent))
	default:
		row.because(fault.New(fault.PossibleDuplicate, "title", e.title, "where", e.place.String(), "percent", percent))
	}
}

// meet plans what a row changes of a record that is there, or that an earlier row makes.
func (p *planner) meet(f found, k keys, row *parsedRow) {
	e := f.entry
	how := asUpdate
	switch {
	case e.row == 0 && !e.used && p.req.Mode == Add:
		row.because(fault.New(fault.NotAdded, "title", e.title))
		p.report.add(row, Skipped, e.target, k.title, nil)
		return
	case e.used:
		how = asMore
		row.because(fault.New(fault.RowJoined, "row", itoa(e.row)))
	case f.exact && row.id != "":
		how = asExact
	case f.likeness < possibleLikeness:
		row.because(fault.New(fault.NameDiffers, "title", e.title))
	case f.likeness < 1:
		row.because(fault.New(fault.SimilarMatch, "title", e.title, "percent", itoa(int(math.Round(f.likeness*100)))))
	}
	if how == asMore {
		p.layout.joinRow(e.have, row)
	}
	p.settle(e, how, k, row)
}

// settle plans the changes of a record and its children. The children come first: what cannot stand of them goes to
// the record's notes.
func (p *planner) settle(e *entry, how stance, k keys, row *parsedRow) {
	c := p.req.Collection
	changed := p.withChildren(e.target, row, true)
	changes := p.layout.changesTo(e.have, row, how)
	if err := checkChanged(c, e.have, changes); err != nil || c.AppendOnly && len(changes) > 0 {
		outcome := Problem
		if err == nil {
			outcome, err = Skipped, fault.New(fault.AppendOnly, "collection", c.Name)
		}
		row.because(err)
		p.report.add(row, outcome, e.target, k.title, changes)
		return
	}
	if !e.used {
		e.used, e.row = true, row.number
	}
	p.change(&e.edit, c, e.target, e.version, changes)
	for _, ch := range changes {
		e.have.set(ch.field.Number, ch.new)
	}
	outcome := Unchanged
	if changed || len(changes) > 0 {
		outcome = Updated
	}
	p.report.add(row, outcome, e.target, k.title, changes)
}

// withChildren plans the row's children, and reports whether anything changes.
func (p *planner) withChildren(parent record.ID, row *parsedRow, again bool) bool {
	changed := false
	for _, x := range p.children {
		if row.children[x.layout.index] != nil && p.planChild(x, parent, row, again) {
			changed = true
		}
	}
	return changed
}

// add keeps an edit, unless this is a dry run, and returns its place.
func (p *planner) add(e draft.Edit) int {
	p.count++
	if !p.req.DryRun {
		p.edits.add(e)
	}
	return p.count - 1
}

// change adds changes to a record's edit, or makes one.
func (p *planner) change(edit *int, c *schema.Collection, id record.ID, version uint64, changes []change) {
	if len(changes) == 0 {
		return
	}
	if *edit >= 0 {
		if !p.req.DryRun {
			p.edits.amend(*edit, changes)
		}
		return
	}
	e := draft.Edit{Kind: draft.Update, Collection: c.Name, Network: p.req.Network, ID: id.String(), Fields: make(map[string]any, len(changes))}
	if version > 0 {
		e.Base = &version
	}
	for _, ch := range changes {
		e.Fields[ch.field.Name] = ch.new
	}
	*edit = p.add(e)
}
