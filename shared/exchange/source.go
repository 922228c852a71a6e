package exchange

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"sync"

	"acopio/shared/fault"
)

// Format is a kind of file.
type Format string

// The formats. CSV and XLSX are read and written, the others only written.
const (
	CSV     Format = "csv"
	XLSX    Format = "xlsx"
	GeoJSON Format = "geojson"
	NDJSON  Format = "ndjson"
)

// Source is a spreadsheet file that can be read any number of times, by one goroutine at a time. It keeps no file open
// between readings, so there is nothing to close and the file may be deleted when it is no longer needed.
type Source struct {
	path   string
	format Format
	flavor flavor    // of a CSV
	book   *workbook // of an XLSX

	mu        sync.Mutex
	described map[view]*survey
}

// view is what part of a file is meant.
type view struct {
	sheet     string
	headerRow int
}

// errStop is what a reader of rows returns when it has seen enough.
var errStop = errors.New("enough")

// Open looks at the beginning of a file and says what it is. It fails with fault.FileTooLarge, fault.FileBomb,
// fault.EmptyFile, fault.FileDamaged, fault.WorkbookLocked, fault.OldWorkbook or fault.NotASpreadsheet.
func Open(path string) (*Source, error) {
	head, err := readHead(path)
	if err != nil {
		return nil, err
	}
	s := &Source{path: path, described: map[view]*survey{}}
	if s.format, s.flavor, err = sniff(head); err != nil {
		return nil, err
	}
	if s.format == XLSX {
		s.book, err = openWorkbook(path)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Format is what the file was found to be.
func (s *Source) Format() Format { return s.format }

// lines calls see for each row of a sheet, header and blank rows included; see may return errStop. A row is valid
// until see returns.
func (s *Source) lines(ctx context.Context, sheet string, see func(*line) error) error {
	var err error
	if s.format == XLSX {
		err = s.book.rows(ctx, sheet, see)
	} else {
		err = s.csvLines(ctx, see)
	}
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

func (s *Source) csvLines(ctx context.Context, see func(*line) error) error {
	f, err := os.Open(s.path)
	if err != nil {
		return fault.Of(err)
	}
	defer f.Close()
	if _, err := f.Seek(int64(s.flavor.bom), io.SeekStart); err != nil {
		return fault.Of(err)
	}
	r := newCSVReader(asUTF8(f, s.flavor.charset), s.flavor)
	for {
		l, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return damaged(err)
		case r.number > MaxRows+1:
			return fault.New(fault.TooManyRows, "max", strconv.Itoa(MaxRows))
		case len(l.cells) > MaxColumns:
			return fault.New(fault.TooManyColumns, "max", strconv.Itoa(MaxColumns))
		case r.number%512 == 0 && ctx.Err() != nil:
			return ctx.Err()
		}
		if err := see(l); err != nil {
			return err
		}
	}
}
