package exchange

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strings"

	"acopio/shared/fault"
)

// Limits of a workbook's parts, which unpack from a file of acceptable size.
const (
	maxParts        = 20_000
	maxMetaBytes    = 64 << 20  // of a part that is read whole: the list of sheets, the styles
	maxStringsBytes = 256 << 20 // of all shared strings together, as text
	bombBytes       = 100 << 20 // a part larger than this may not be packed tighter than bombRatio
	bombRatio       = 400
)

// workbook is what is known of an XLSX file before its sheets are read.
type workbook struct {
	path     string
	sheets   []sheetPart
	formats  []numberFormat // by style index
	date1904 bool
	strings  *stringTable // there while a sheet is read
	stringsN string       // the name of their part; empty when there is none
}

// sheetPart is one sheet and the part it is in.
type sheetPart struct {
	name   string
	part   string
	hidden bool
}

// openWorkbook reads the list of sheets and the styles.
func openWorkbook(file string) (*workbook, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, fault.Wrap(err, fault.FileDamaged)
	}
	defer func() { _ = z.Close() }() // only read
	if err := checkParts(z.File); err != nil {
		return nil, err
	}
	main := mainPart(&z.Reader)
	if findPart(&z.Reader, main) == nil {
		return nil, fault.New(fault.NotASpreadsheet)
	}
	w := &workbook{path: file}
	targets, err := readRelations(&z.Reader, main)
	if err == nil {
		err = w.readSheets(&z.Reader, main, targets)
	}
	if err == nil {
		err = w.readStyles(&z.Reader, targets.byKind("styles"))
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.FileDamaged)
	}
	w.stringsN = targets.byKind("sharedStrings")
	if len(w.sheets) == 0 {
		return nil, fault.New(fault.EmptyFile)
	}
	return w, nil
}

// checkParts refuses what unpacks to an unreasonable size, by the sizes that the file declares; the reader holds
// each part to its own.
func checkParts(parts []*zip.File) error {
	if len(parts) > maxParts {
		return fault.New(fault.FileBomb)
	}
	var total uint64
	for _, p := range parts {
		total += p.UncompressedSize64
		tight := p.UncompressedSize64 > bombBytes && p.UncompressedSize64/max(1, p.CompressedSize64) > bombRatio
		if total > maxUnzipBytes || p.UncompressedSize64 > maxUnzipBytes || tight {
			return fault.New(fault.FileBomb)
		}
	}
	return nil
}

// findPart finds a part by name, the way spreadsheets do: without regard to case or to the kind of slash.
func findPart(z *zip.Reader, name string) *zip.File {
	for _, f := range z.File {
		if strings.EqualFold(strings.TrimPrefix(strings.ReplaceAll(f.Name, "\\", "/"), "/"), name) {
			return f
		}
	}
	return nil
}

// scanPart calls see for each piece of a part. A part that is missing has no pieces.
func scanPart(z *zip.Reader, name string, see func(x *xmlScanner, t token) error) error {
	f := findPart(z, name)
	if f == nil || name == "" {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	x := newXMLScanner(r)
	for {
		t, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = see(x, t)
		}
		if err != nil {
			return err
		}
	}
}

// scanMeta is scanPart for a part that is read whole.
func scanMeta(z *zip.Reader, name string, see func(x *xmlScanner) error) error {
	if f := findPart(z, name); f != nil && f.UncompressedSize64 > maxMetaBytes {
		return fault.New(fault.FileBomb)
	}
	return scanPart(z, name, func(x *xmlScanner, t token) error {
		if t != startTag {
			return nil
		}
		return see(x)
	})
}

// mainPart is where the package says that its workbook is.
func mainPart(z *zip.Reader) string {
	main := "xl/workbook.xml"
	_ = scanMeta(z, "_rels/.rels", func(x *xmlScanner) error { // a package without it is tried at the usual place
		if string(x.name) == "Relationship" && strings.HasSuffix(string(x.attr("Type")), "/officeDocument") {
			main = strings.TrimPrefix(string(x.attr("Target")), "/")
		}
		return nil
	})
	if !strings.HasSuffix(strings.ToLower(main), ".xml") {
		return "" // a binary workbook
	}
	return main
}

// relation is a link from the workbook to one of its parts.
type relation struct{ id, kind, target string }

type relations []relation

func (rs relations) byKind(kind string) string {
	for _, r := range rs {
		if r.kind == kind {
			return r.target
		}
	}
	return ""
}

func (rs relations) byID(id string) string {
	for _, r := range rs {
		if r.id == id && r.kind == "worksheet" {
			return r.target
		}
	}
	return ""
}

func readRelations(z *zip.Reader, main string) (relations, error) {
	var out relations
	dir, file := path.Split(main)
	err := scanMeta(z, dir+"_rels/"+file+".rels", func(x *xmlScanner) error {
		if string(x.name) != "Relationship" {
			return nil
		}
		target := string(x.attr("Target"))
		if strings.HasPrefix(target, "/") {
			target = target[1:]
		} else {
			target = path.Join(dir, target)
		}
		kind := string(x.attr("Type"))
		out = append(out, relation{id: string(x.attr("Id")), kind: kind[strings.LastIndexByte(kind, '/')+1:], target: target})
		return nil
	})
	return out, err
}

func (w *workbook) readSheets(z *zip.Reader, main string, targets relations) error {
	return scanMeta(z, main, func(x *xmlScanner) error {
		switch string(x.name) {
		case "workbookPr":
			on := string(x.attr("date1904"))
			w.date1904 = on == "1" || on == "true"
		case "sheet":
			state := string(x.attr("state"))
			part := targets.byID(string(x.attr("id")))
			if part == "" { // a chart or a dialog
				return nil
			}
			w.sheets = append(w.sheets, sheetPart{name: string(x.attr("name")), part: part, hidden: state != "" && state != "visible"})
		}
		return nil
	})
}

// visible lists the names of the sheets that people see; all of them when none is visible.
func (w *workbook) visible() []string {
	var out, hidden []string
	for _, s := range w.sheets {
		if s.hidden {
			hidden = append(hidden, s.name)
		} else {
			out = append(out, s.name)
		}
	}
	if len(out) == 0 {
		return hidden
	}
	return out
}

func (w *workbook) sheet(name string) (sheetPart, error) {
	if name == "" {
		name = w.visible()[0]
	}
	for _, s := range w.sheets {
		if s.name == name {
			return s, nil
		}
	}
	return sheetPart{}, fault.New(fault.SheetMissing, "sheet", name)
}
