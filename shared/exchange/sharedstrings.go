package exchange

import (
	"archive/zip"
	"strconv"
	"strings"
	"unicode/utf8"

	"acopio/shared/fault"
)

// stringTable holds the shared strings of a workbook as one text, of which cells are parts.
type stringTable struct {
	text string
	ends []uint32
}

func (t *stringTable) at(i int) (string, bool) {
	if t == nil || i < 0 || i >= len(t.ends) {
		return "", false
	}
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.text[start:t.ends[i]], true
}

// loadStrings reads the shared strings, for one reading of a sheet.
func (w *workbook) loadStrings(z *zip.Reader) error {
	if w.stringsN == "" {
		return nil
	}
	var all strings.Builder
	t := &stringTable{}
	var item cellText
	err := scanPart(z, w.stringsN, func(x *xmlScanner, piece token) error {
		if piece == startTag && string(x.name) == "si" {
			item.reset()
		}
		item.see(x, piece)
		if piece == endTag && string(x.name) == "si" {
			all.WriteString(item.String())
			t.ends = append(t.ends, uint32(all.Len()))
		}
		if all.Len() > maxStringsBytes {
			return fault.New(fault.FileBomb)
		}
		return nil
	})
	t.text = all.String()
	w.strings = t
	return err
}

// cellText collects the text of a shared or inline string: that of its t elements, without the reading aids (rPh)
// of East Asian text.
type cellText struct {
	buf   []byte
	aside int // how deep inside an rPh
}

func (c *cellText) reset() { c.buf, c.aside = c.buf[:0], 0 }

func (c *cellText) see(x *xmlScanner, piece token) {
	switch {
	case piece == textRun:
		if len(c.buf) < maxTextBytes {
			c.buf = append(c.buf, x.text...)
		}
	case string(x.name) == "rPh":
		if piece == startTag {
			c.aside++
		} else {
			c.aside--
		}
	case string(x.name) == "t":
		x.want = piece == startTag && c.aside == 0
	}
}

func (c *cellText) String() string { return cleanText(string(c.buf)) }

// cleanText makes a workbook's text proper: valid, without control characters and Excel's escapes for them.
func cleanText(s string) string {
	if strings.Contains(s, "_x") {
		s = unescapeExcel(s)
	}
	if plain, _ := plainText([]byte(s)); plain {
		return s
	}
	return (&line{}).repair(s)
}

// unescapeExcel resolves _x000D_ and its like.
func unescapeExcel(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			break
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 32)
		if err != nil || s[i+6] != '_' || !utf8.ValidRune(rune(n)) {
			b.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteRune(rune(n))
		s = s[i+7:]
	}
	b.WriteString(s)
	return b.String()
}
