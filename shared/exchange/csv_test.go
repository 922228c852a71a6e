package exchange

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"acopio/shared/fault"
)

func writeFile(tb testing.TB, name string, data []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	must(tb, os.WriteFile(path, data, 0o600))
	return path
}

// rowsOf reads all rows of a file.
func rowsOf(tb testing.TB, path string) [][]string {
	tb.Helper()
	src, err := Open(path)
	must(tb, err)
	var out [][]string
	must(tb, src.lines(context.Background(), "", func(l *line) error {
		out = append(out, slices.Clone(l.cells))
		return nil
	}))
	return out
}

func utf16Bytes(s string, big, mark bool) []byte {
	var out []byte
	if mark {
		s = "\ufeff" + s
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestCSVOfAnyOrigin(t *testing.T) {
	plain := "nombre,país\nCafé Ñandú,Perú\n"
	want := [][]string{{"nombre", "país"}, {"Café Ñandú", "Perú"}}
	for name, test := range map[string]struct {
		data     []byte
		encoding charset
	}{
		"utf-8":               {[]byte(plain), utf8Text},
		"utf-8 with a mark":   {[]byte("\xef\xbb\xbf" + plain), utf8Text},
		"utf-16 little":       {utf16Bytes(plain, false, true), utf16LE},
		"utf-16 big":          {utf16Bytes(plain, true, true), utf16BE},
		"utf-16 without mark": {utf16Bytes(plain, false, false), utf16LE},
		"windows-1252":        {[]byte("nombre,pa\xeds\nCaf\xe9 \xd1and\xfa,Per\xfa\n"), latinText},
		"mixed":               {[]byte("nombre,pa\xc3\xads\nCaf\xe9 \xd1and\xfa,Per\xc3\xba\n"), mixedText},
		"semicolons":          {[]byte(strings.ReplaceAll(plain, ",", ";")), utf8Text},
		"tabs":                {[]byte(strings.ReplaceAll(plain, ",", "\t")), utf8Text},
		"sep= line":           {[]byte("sep=;\r\n" + strings.ReplaceAll(plain, ",", ";")), utf8Text},
		"windows lines":       {[]byte(strings.ReplaceAll(plain, "\n", "\r\n")), utf8Text},
		"old Mac lines":       {[]byte(strings.ReplaceAll(plain, "\n", "\r")), utf8Text},
		"quotes":              {[]byte("\"nombre\",\"país\"\n\"Café Ñandú\",\"Perú\""), utf8Text},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, "f.csv", test.data)
			got := rowsOf(t, path)
			if len(got) != len(want) || !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[1]) {
				t.Errorf("got %q", got)
			}
			src, err := Open(path)
			must(t, err)
			d, err := src.Describe(context.Background(), "", 0)
			must(t, err)
			if d.Encoding != string(test.encoding) || d.Rows != 1 || d.Columns[0].Name != "nombre" {
				t.Errorf("described as %+v", d)
			}
		})
	}
}

func TestCSVRowByRow(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		want [][]string
	}{
		"line break in quotes": {"a,b\n\"x\ny\",2\n", [][]string{{"a", "b"}, {"x\ny", "2"}}},
		"doubled quotes":       {"a,b\n\"say \"\"hi\"\"\",2\n", [][]string{{"a", "b"}, {`say "hi"`, "2"}}},
		"quote inside":         {"a,b\n5\" pipe,2\n", [][]string{{"a", "b"}, {`5" pipe`, "2"}}},
		"separator in quotes":  {"a,b\n\"x, y\",2\n", [][]string{{"a", "b"}, {"x, y", "2"}}},
		"text after quotes":    {"a,b\n\"Coop \"Sol\" SA\",2\nc,d\n", [][]string{{"a", "b"}, {`Coop "Sol" SA`, "2"}, {"c", "d"}}},
		"never closed":         {"a,b\n\"x,2\nc,d\n", [][]string{{"a", "b"}, {`"x`, "2"}, {"c", "d"}}},
		"short and long":       {"a,b\n1\n1,2,3\n", [][]string{{"a", "b"}, {"1"}, {"1", "2", "3"}}},
		"empty cells":          {"a,b\n,\n\"\",2\n", [][]string{{"a", "b"}, {"", ""}, {"", "2"}}},
		"no last line break":   {"a,b\n1,2", [][]string{{"a", "b"}, {"1", "2"}}},
		"control characters":   {"a,b\n1\x00\x01,2\nlong enough to be text," + strings.Repeat("x", 2000) + "\n", [][]string{{"a", "b"}, {"1", "2"}, {"long enough to be text", strings.Repeat("x", 2000)}}},
		"formula":              {"a,b\n=1+1,-5\n@x,+51\n", [][]string{{"a", "b"}, {"=1+1", "-5"}, {"@x", "+51"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := rowsOf(t, writeFile(t, "f.csv", []byte(test.in)))
			if len(got) != len(test.want) {
				t.Fatalf("got %q", got)
			}
			for i := range got {
				if !slices.Equal(got[i], test.want[i]) {
					t.Errorf("row %d: got %q", i+1, got[i])
				}
			}
		})
	}
}

// A reader must not care how the file comes in pieces.
func TestCSVInPieces(t *testing.T) {
	in := []byte("name,notes\n\"a \"\"b\"\", c\",\"x\r\ny\"\r\n\"open,1\nplain,\"last\"")
	read := func(r *csvReader) (out [][]string) {
		for {
			l, err := r.next()
			if err != nil {
				return out
			}
			out = append(out, slices.Clone(l.cells))
		}
	}
	f := flavor{separator: ',', newline: '\n'}
	want := read(newCSVReader(bytes.NewReader(in), f))
	for size := 1; size < 12; size++ {
		r := newCSVReader(&pieces{in, size}, f)
		r.buf = make([]byte, 8)
		got := read(r)
		if len(got) != len(want) {
			t.Fatalf("in pieces of %d: %q, not %q", size, got, want)
		}
		for i := range got {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("in pieces of %d, row %d: %q", size, i, got[i])
			}
		}
	}
}

type pieces struct {
	data []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	n := copy(b, p.data[:min(p.size, len(p.data))])
	p.data = p.data[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestRowWithoutEnd(t *testing.T) {
	path := writeFile(t, "f.csv", append([]byte("a,b\n1,2\n"), bytes.Repeat([]byte("x"), maxRowBytes+100)...))
	src, err := Open(path)
	must(t, err)
	_, err = src.Describe(context.Background(), "", 0)
	if !fault.Is(err, fault.FileDamaged) {
		t.Errorf("got %v", err)
	}
}
