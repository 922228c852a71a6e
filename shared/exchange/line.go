package exchange

import (
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// line is one row of a sheet as it was read. The cells are ordinary strings; the slice is used again for the next row.
type line struct {
	number   int // as a spreadsheet numbers it, from 1
	cells    []string
	recoded  bool // a cell was not UTF-8 and was read as Windows-1252, or held control characters
	accented bool // has characters beyond ASCII
	unclosed bool // quotes did not match
	tooLong  int  // index of the first cell cut at MaxCellBytes, or -1
}

// blank reports whether nothing but white space is in the row.
func (l *line) blank() bool {
	for _, c := range l.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// cell is the cell at an index; "" where the row is shorter.
func (l *line) cell(i int) string {
	if i < len(l.cells) {
		return l.cells[i]
	}
	return ""
}

// fill sets the row from the text of its cells and where each ends.
func (l *line) fill(text []byte, ends []int, number int) {
	l.number, l.recoded, l.accented, l.tooLong = number, false, false, -1
	l.cells = l.cells[:0]
	plain, ascii := plainText(text)
	l.accented = !ascii
	all := string(text) // one string for the whole row: the cells are parts of it
	start := 0
	for i, end := range ends {
		c := all[start:end]
		start = end
		if !plain || !ascii && !utf8.ValidString(c) { // halves of a character in two cells look whole together
			c = l.repair(c)
		}
		if len(c) > MaxCellBytes {
			c = string(validPrefix([]byte(c[:MaxCellBytes])))
			if l.tooLong < 0 {
				l.tooLong = i
			}
		}
		l.cells = append(l.cells, c)
	}
}

// repair reads a cell that is not UTF-8 as Windows-1252, and drops control characters.
func (l *line) repair(c string) string {
	if !utf8.ValidString(c) {
		l.recoded = true
		if decoded, err := charmap.Windows1252.NewDecoder().String(c); err == nil {
			c = decoded
		} else {
			c = strings.ToValidUTF8(c, "�")
		}
	}
	if strings.IndexFunc(c, isControl) < 0 {
		return c
	}
	l.recoded = true
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, c)
}

func isControl(r rune) bool { return r < 0x20 && r != '\t' && r != '\n' && r != '\r' }

// plainText reports whether text is UTF-8 without control characters, and whether it is ASCII.
func plainText(text []byte) (plain, ascii bool) {
	ascii = true
	for _, b := range text {
		if b < 0x20 && isControl(rune(b)) {
			return false, false
		}
		if b >= utf8.RuneSelf {
			ascii = false
		}
	}
	return ascii || utf8.Valid(text), ascii
}

// asUTF8 decodes what the file's byte order mark announced; cells of other files are looked at one by one.
func asUTF8(r io.Reader, c charset) io.Reader {
	switch c {
	case utf16LE:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case utf16BE:
		return transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	default:
		return r
	}
}
