package exchange

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"acopio/shared/fault"
)

// maxSheetRows is what a sheet can hold; a row numbered beyond it is damage.
const maxSheetRows = 1 << 20

// errSheetEnd ends the reading of a sheet after its last row: what follows is page layout.
var errSheetEnd = errors.New("end of the rows")

// rows calls see for each row of a sheet, in order.
func (w *workbook) rows(ctx context.Context, sheet string, see func(*line) error) error {
	part, err := w.sheet(sheet)
	if err != nil {
		return err
	}
	z, err := zip.OpenReader(w.path)
	if err != nil {
		return fault.Wrap(err, fault.FileDamaged)
	}
	defer func() { _ = z.Close() }()   // only read
	defer func() { w.strings = nil }() // they may be most of the file, and a source is kept between readings
	if err := w.loadStrings(&z.Reader); err != nil {
		return damaged(err)
	}
	f := findPart(&z.Reader, part.part)
	if f == nil {
		return fault.New(fault.FileDamaged)
	}
	r, err := f.Open()
	if err != nil {
		return fault.Wrap(err, fault.FileDamaged)
	}
	defer r.Close()
	s := &sheetReader{book: w, x: newXMLScanner(r)}
	return damaged(s.read(ctx, see))
}

// damaged makes a fault of an error of the file; faults and a stop stay what they are.
func damaged(err error) error {
	var f *fault.Error
	if err == nil || errors.Is(err, errStop) || errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.Wrap(err, fault.FileDamaged)
}

// sheetReader reads the rows of one sheet.
type sheetReader struct {
	book *workbook
	x    *xmlScanner
	line line
	seen int // rows, empty ones included
	cell struct {
		column int
		kind   string
		style  int
		value  []byte
		text   cellText
		inside bool // an inline string
	}
}

func (s *sheetReader) read(ctx context.Context, see func(*line) error) error {
	for {
		t, err := s.x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t {
		case startTag:
			err = s.open()
		case endTag:
			err = s.close(ctx, see)
		default:
			s.takeText()
		}
		if errors.Is(err, errSheetEnd) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *sheetReader) open() error {
	switch string(s.x.name) {
	case "row":
		return s.openRow()
	case "c":
		return s.openCell()
	case "v":
		s.x.want = true
	case "is":
		s.cell.inside = true
	case "t", "rPh":
		if s.cell.inside {
			s.cell.text.see(s.x, startTag)
		}
	}
	return nil
}

func (s *sheetReader) openRow() error {
	number := s.line.number + 1
	if r := s.x.attr("r"); r != nil {
		n, err := strconv.Atoi(string(r))
		if err != nil || n < number || n > maxSheetRows {
			return fmt.Errorf("row %q after row %d", r, s.line.number)
		}
		number = n
	}
	if s.seen++; s.seen > MaxRows+1 {
		return fault.New(fault.TooManyRows, "max", strconv.Itoa(MaxRows))
	}
	s.line.cells = s.line.cells[:0]
	s.line.number, s.line.recoded, s.line.accented, s.line.tooLong = number, false, false, -1
	s.cell.column = -1
	return nil
}

func (s *sheetReader) openCell() error {
	c := &s.cell
	c.column++
	c.kind, c.style, c.value, c.inside = "", 0, c.value[:0], false
	c.text.reset()
	placed := true
	s.x.attrs(func(key, value []byte) {
		switch string(key) {
		case "r":
			n, ok := columnIndex(value)
			placed = ok && n >= c.column
			c.column = n
		case "t":
			c.kind = kindName(value)
		case "s":
			c.style, _ = strconv.Atoi(string(value)) // no number: the plain style
		}
	})
	if !placed {
		return fmt.Errorf("cell %q out of place", s.x.attr("r"))
	}
	return nil
}

// kindName avoids an allocation for each cell.
func kindName(b []byte) string {
	for _, known := range []string{"", "s", "n", "str", "inlineStr", "b", "e", "d"} {
		if string(b) == known {
			return known
		}
	}
	return "n"
}

// columnIndex reads the letters of a cell reference: A is 0.
func columnIndex(ref []byte) (int, bool) {
	n := 0
	for i, b := range ref {
		switch {
		case b >= 'A' && b <= 'Z':
			n = n*26 + int(b-'A') + 1
		case b >= 'a' && b <= 'z':
			n = n*26 + int(b-'a') + 1
		default:
			return n - 1, i > 0
		}
		if n > 1<<15 {
			return 0, false
		}
	}
	return n - 1, n > 0
}

// columnName is the letters of a column: 0 is A.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

func (s *sheetReader) takeText() {
	if s.cell.inside {
		s.cell.text.see(s.x, textRun)
		return
	}
	s.cell.value = append(s.cell.value, s.x.text...)
}

func (s *sheetReader) close(ctx context.Context, see func(*line) error) error {
	switch string(s.x.name) {
	case "v":
		s.x.want = false
	case "t", "rPh":
		if s.cell.inside {
			s.cell.text.see(s.x, endTag)
		}
	case "is":
		s.cell.inside = false
	case "c":
		return s.place()
	case "row":
		if s.line.number%512 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		return see(&s.line)
	case "sheetData":
		return errSheetEnd
	}
	return nil
}

// place puts the cell's text where it belongs in the row.
func (s *sheetReader) place() error {
	c := &s.cell
	text, err := s.cellText()
	if err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if c.column >= MaxColumns {
		return fault.New(fault.TooManyColumns, "max", strconv.Itoa(MaxColumns))
	}
	for len(s.line.cells) < c.column {
		s.line.cells = append(s.line.cells, "")
	}
	if len(text) > MaxCellBytes {
		text = string(validPrefix([]byte(text[:MaxCellBytes])))
		if s.line.tooLong < 0 {
			s.line.tooLong = c.column
		}
	}
	s.line.cells = append(s.line.cells, text)
	return nil
}

// cellText is what people see in the cell, as far as that loses nothing.
func (s *sheetReader) cellText() (string, error) {
	c := &s.cell
	if len(c.value) == 0 && len(c.text.buf) == 0 {
		return "", nil
	}
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(string(c.value))
		text, ok := s.book.strings.at(i)
		if err != nil || !ok {
			return "", fmt.Errorf("cell refers to shared string %q, which is not there", c.value)
		}
		return text, nil
	case "inlineStr":
		if len(c.text.buf) == 0 {
			return cleanText(string(c.value)), nil
		}
		return c.text.String(), nil
	case "str", "e":
		return cleanText(string(c.value)), nil
	case "b":
		if string(c.value) == "1" || string(c.value) == "true" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case "d":
		return strings.TrimSuffix(strings.Replace(cleanText(string(c.value)), "T", " ", 1), " 00:00:00"), nil
	}
	format := numberFormat{}
	if c.style > 0 && c.style < len(s.book.formats) {
		format = s.book.formats[c.style]
	}
	return format.show(string(c.value), s.book.date1904), nil
}
