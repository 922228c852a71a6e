package exchange

import (
	"bytes"
	"errors"
	"io"
)

// maxRowBytes bounds one row of a CSV file. A quoted cell that would take more is an opening quote that was never
// closed.
const maxRowBytes = 2 << 20

// errRowEndless ends the reading of a file whose row exceeds maxRowBytes without a line break.
var errRowEndless = errors.New("a row without an end")

// csvReader reads rows in constant memory and never refuses one: where quotes are wrong, the row is read up to its
// line break with the quotes taken as they stand.
type csvReader struct {
	from    io.Reader
	flavor  flavor
	buf     []byte // what was read and not yet returned is buf[start:end]
	start   int
	end     int
	atEnd   bool
	out     []byte // the text of the row's cells, one after another
	ends    []int  // where each cell ends in out
	line    line
	number  int
	started bool
}

func newCSVReader(from io.Reader, f flavor) *csvReader {
	return &csvReader{from: from, flavor: f, buf: make([]byte, 64<<10)}
}

// next returns the next row, which is valid until the following call, or io.EOF.
func (r *csvReader) next() (*line, error) {
	if !r.started && r.flavor.told {
		r.started = true
		if _, err := r.next(); err != nil {
			return nil, err
		}
	}
	r.started = true
	for {
		data := r.buf[r.start:r.end]
		if len(data) == 0 && r.atEnd {
			return nil, io.EOF
		}
		used, ok := r.split(data)
		if ok {
			r.start += used
			r.number++
			r.line.fill(r.out, r.ends, r.number)
			return &r.line, nil
		}
		if err := r.more(); err != nil {
			return nil, err
		}
	}
}

// more reads on, growing the buffer when one row fills it.
func (r *csvReader) more() error {
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.start = 0
	}
	if r.end == len(r.buf) {
		if len(r.buf) >= maxRowBytes {
			return errRowEndless
		}
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := r.from.Read(r.buf[r.end:])
	r.end += n
	if errors.Is(err, io.EOF) {
		r.atEnd = true
		return nil
	}
	return err
}

// split cuts the first row of data into cells and returns how many bytes it took; ok is false when more of the file
// is needed to tell.
func (r *csvReader) split(data []byte) (used int, ok bool) {
	r.line.unclosed = false
	eol := bytes.IndexByte(data, r.flavor.newline)
	if eol < 0 && !r.atEnd && len(data) < maxRowBytes {
		return 0, false
	}
	end, after := eol, eol+1
	if eol < 0 {
		end, after = len(data), len(data)
	}
	if bytes.IndexByte(data[:end], '"') < 0 {
		r.plain(trimCR(data[:end]))
		return after, eol >= 0 || r.atEnd
	}
	switch n, state := r.quoted(data); {
	case state == complete:
		return n, true
	case state == unfinished && !r.atEnd && len(data) < maxRowBytes:
		return 0, false
	case eol < 0 && !r.atEnd:
		return 0, false
	default:
		r.line.unclosed = true
		r.lenient(trimCR(data[:end]))
		return after, true
	}
}

func trimCR(b []byte) []byte {
	if len(b) > 0 && b[len(b)-1] == '\r' {
		return b[:len(b)-1]
	}
	return b
}

// plain cuts a row without quotes.
func (r *csvReader) plain(row []byte) {
	r.out, r.ends = r.out[:0], r.ends[:0]
	for {
		i := bytes.IndexByte(row, r.flavor.separator)
		if i < 0 {
			r.out = append(r.out, row...)
			r.ends = append(r.ends, len(r.out))
			return
		}
		r.out = append(r.out, row[:i]...)
		r.ends = append(r.ends, len(r.out))
		row = row[i+1:]
	}
}

// The outcomes of quoted.
type scanState int

const (
	complete   scanState = iota
	unfinished           // data ended inside the row
	malformed            // a quote where none may be
)

// quoted cuts a row by the rules: quotes around a cell, doubled inside, line breaks allowed between them.
func (r *csvReader) quoted(data []byte) (used int, state scanState) {
	r.out, r.ends = r.out[:0], r.ends[:0]
	sep, eol := r.flavor.separator, r.flavor.newline
	i := 0
	for {
		if i < len(data) && data[i] == '"' {
			n, ok := r.quotedCell(data[i+1:])
			if ok == unfinished {
				return 0, unfinished
			}
			i += 1 + n
		} else {
			n := bytes.IndexAny(data[i:], string([]byte{sep, eol}))
			if n < 0 {
				n = len(data) - i
			}
			cell := data[i : i+n]
			if i+n == len(data) || data[i+n] == eol {
				cell = trimCR(cell)
			}
			r.out = append(r.out, cell...)
			i += n
		}
		r.ends = append(r.ends, len(r.out))
		for i < len(data) && data[i] == '\r' && eol == '\n' {
			i++
		}
		switch {
		case i >= len(data):
			if r.atEnd {
				return i, complete
			}
			return 0, unfinished
		case data[i] == eol:
			return i + 1, complete
		case data[i] == sep:
			i++
		default:
			return 0, malformed
		}
	}
}

// quotedCell copies a cell after its opening quote and returns how many bytes it took with the closing one.
func (r *csvReader) quotedCell(data []byte) (used int, state scanState) {
	i := 0
	for {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return 0, unfinished
		}
		r.out = append(r.out, data[i:i+n]...)
		i += n + 1
		if i >= len(data) {
			if r.atEnd {
				return i, complete
			}
			return 0, unfinished
		}
		if data[i] != '"' {
			return i, complete
		}
		r.out = append(r.out, '"')
		i++
	}
}

// lenient cuts one line whose quotes are wrong: a cell that starts with a quote ends at a quote before a separator,
// or else has its quotes as text.
func (r *csvReader) lenient(row []byte) {
	r.out, r.ends = r.out[:0], r.ends[:0]
	sep := r.flavor.separator
	for {
		cell, rest, more := cutLenient(row, sep)
		r.out = append(r.out, cell...)
		r.ends = append(r.ends, len(r.out))
		if !more {
			return
		}
		row = rest
	}
}

func cutLenient(row []byte, sep byte) (cell, rest []byte, more bool) {
	if len(row) > 1 && row[0] == '"' {
		if i := bytes.Index(row[1:], []byte{'"', sep}); i >= 0 {
			return row[1 : 1+i], row[i+3:], true
		}
		if row[len(row)-1] == '"' {
			return row[1 : len(row)-1], nil, false
		}
	}
	if i := bytes.IndexByte(row, sep); i >= 0 {
		return row[:i], row[i+1:], true
	}
	return row, nil, false
}
