package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"acopio/shared/fault"
)

// Bounds of what is remembered of a sheet's values in order to suggest a mapping.
const (
	maxSamples       = 5
	maxDistinct      = 1000
	maxDistinctBytes = 200      // a longer value is prose, and is not remembered
	maxValueMemory   = 16 << 20 // of a whole sheet
	headerLookahead  = 20
)

// Description is what a file holds, as people need it to map its columns.
type Description struct {
	Format    Format   `json:"format"`
	Encoding  string   `json:"encoding"`  // utf-8, utf-16le, utf-16be, windows-1252 or mixed; utf-8 for XLSX
	Separator string   `json:"separator"` // of a CSV
	Sheets    []string `json:"sheets"`    // of a workbook: the visible ones
	Sheet     string   `json:"sheet"`
	HeaderRow int      `json:"header_row"`
	Columns   []Column `json:"columns"`
	Rows      int      `json:"rows"` // below the header, without blank ones
}

// Column is one column of a sheet.
type Column struct {
	Name     string   `json:"name"`
	Samples  []string `json:"samples"` // at most five, different
	Empty    int      `json:"empty"`
	Distinct int      `json:"distinct"` // counted up to a bound
	values   []string // what was remembered of its different values, in order of appearance
	repeats  bool     // some value came twice among those remembered
	dates    dateOrder
	ids      *repeats // nil for a column that holds no ids
}

// Describe reads a whole sheet once ("" is the first visible one, headerRow 0 finds the header by itself) and
// remembers the answer. It fails with fault.TooManyRows, fault.TooManyColumns, fault.SheetMissing, fault.EmptyFile
// or fault.FileDamaged.
func (s *Source) Describe(ctx context.Context, sheet string, headerRow int) (Description, error) {
	v, err := s.survey(ctx, sheet, headerRow)
	if err != nil {
		return Description{}, err
	}
	return v.Description, nil
}

// survey is a description in the making.
type survey struct {
	Description
	header   []string
	before   []*headLine // rows read ahead to find the header
	seen     []map[string]struct{}
	memory   int
	tracked  int // columns of ids
	accented int // rows with characters beyond ASCII
	recoded  int
}

type headLine struct {
	number int
	cells  []string
}

func (s *Source) survey(ctx context.Context, sheet string, headerRow int) (*survey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := view{sheet, headerRow}
	if v := s.described[key]; v != nil {
		return v, nil
	}
	v := &survey{Description: Description{Format: s.format, Encoding: string(s.flavor.charset), Sheet: sheet}}
	if s.format == XLSX {
		v.Encoding, v.Sheets = string(utf8Text), s.book.visible()
		part, err := s.book.sheet(sheet)
		if err != nil {
			return nil, err
		}
		v.Sheet = part.name
	} else {
		v.Separator = string(rune(s.flavor.separator))
	}
	err := s.lines(ctx, sheet, func(l *line) error { v.see(l, headerRow); return nil })
	if err != nil {
		return nil, err
	}
	if v.header == nil {
		v.chooseHeader()
	}
	if v.header == nil {
		return nil, fault.New(fault.EmptyFile)
	}
	v.finish()
	s.described[key] = v
	s.described[view{v.Sheet, v.HeaderRow}] = v // what a suggested mapping asks for
	return v, nil
}

// see takes in one row.
func (v *survey) see(l *line, headerRow int) {
	v.count(l)
	switch {
	case v.header != nil:
		v.tally(l.number, l.cells)
	case headerRow > 0:
		if l.number >= headerRow {
			v.setHeader(l.number, l.cells)
		}
	case !l.blank():
		v.before = append(v.before, &headLine{l.number, slices.Clone(l.cells)})
		if len(v.before) == headerLookahead {
			v.chooseHeader()
		}
	}
}

// count tells UTF-8 from Windows-1252 from a mixture.
func (v *survey) count(l *line) {
	if l.recoded {
		v.recoded++
	} else if l.accented {
		v.accented++
	}
}

// chooseHeader takes the first row that is nearly as wide as the widest of the first ones: titles above a table
// fill one or two cells.
func (v *survey) chooseHeader() {
	widest := 0
	for _, h := range v.before {
		widest = max(widest, filled(h.cells))
	}
	for i, h := range v.before {
		if filled(h.cells)*10 < widest*6 {
			continue
		}
		v.setHeader(h.number, h.cells)
		for _, row := range v.before[i+1:] {
			v.tally(row.number, row.cells)
		}
		break
	}
	v.before = nil
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// setHeader names the columns. A column without a name gets its letter, a name that comes again a number.
func (v *survey) setHeader(number int, cells []string) {
	v.HeaderRow = number
	v.header = slices.Clone(cells)
	for i := range cells {
		v.addColumn(cells[i])
	}
}

func (v *survey) addColumn(name string) {
	name = strings.Join(strings.Fields(strings.TrimPrefix(name, "\ufeff")), " ")
	if name == "" {
		name = "[" + columnName(len(v.Columns)) + "]"
	}
	unique := name
	for n := 2; slices.ContainsFunc(v.Columns, func(c Column) bool { return c.Name == unique }); n++ {
		unique = fmt.Sprintf("%s (%d)", name, n)
	}
	c := Column{Name: unique, Empty: v.Rows, Samples: []string{}}
	if v.tracked < maxTracked && trackable(unique) {
		v.tracked++
		c.ids = newRepeats()
	}
	v.Columns = append(v.Columns, c)
	v.seen = append(v.seen, map[string]struct{}{})
}

// tally counts one row below the header.
func (v *survey) tally(_ int, cells []string) {
	if filled(cells) == 0 {
		return
	}
	if v.Format == XLSX { // a sheet shows its cells under no name; in a CSV they are a row that is too wide
		for len(v.Columns) < len(cells) {
			v.addColumn("")
		}
	}
	v.Rows++
	for i := range v.Columns {
		text := ""
		if i < len(cells) {
			text = strings.TrimSpace(cells[i])
		}
		if text == "" {
			v.Columns[i].Empty++
			continue
		}
		v.remember(i, text)
	}
}

// remember keeps a value as a sample and for suggestions, within bounds.
func (v *survey) remember(i int, text string) {
	c := &v.Columns[i]
	c.dates.see(text)
	c.ids.see(text)
	if len(c.values) >= maxDistinct || v.memory > maxValueMemory {
		return
	}
	if len(text) > maxDistinctBytes {
		text = string(validPrefix([]byte(text[:maxDistinctBytes])))
	}
	if _, known := v.seen[i][text]; known {
		c.repeats = true
		return
	}
	text = strings.Clone(text) // not to keep the whole row
	v.memory += len(text)
	v.seen[i][text] = struct{}{}
	c.values = append(c.values, text)
	if len(c.Samples) < maxSamples {
		c.Samples = append(c.Samples, text)
	}
}

func (v *survey) finish() {
	for i := range v.Columns {
		v.Columns[i].Distinct = len(v.Columns[i].values)
		if ids := v.Columns[i].ids; ids != nil {
			ids.seen = nil
		}
	}
	v.seen = nil
	if v.recoded > 0 && v.Encoding == string(utf8Text) && v.Format == CSV {
		v.Encoding = string(latinText)
		if v.accented > 0 {
			v.Encoding = string(mixedText)
		}
	}
}
