package exchange

import (
	"archive/zip"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat is what a style does to a number, as far as it changes what people read without losing anything.
type numberFormat struct {
	kind    formatKind
	pattern string // of digits: 0 and # are places, the rest is literal
}

type formatKind uint8

const (
	asNumber formatKind = iota
	asDate
	asDateTime
	asTime
	asDigits // a code with leading zeros, or a phone number
)

// readStyles learns the number format of each cell style.
func (w *workbook) readStyles(z *zip.Reader, part string) error {
	custom := map[string]string{}
	inCells := false
	return scanMeta(z, part, func(x *xmlScanner) error {
		switch string(x.name) {
		case "numFmt":
			custom[string(x.attr("numFmtId"))] = string(x.attr("formatCode"))
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells {
				id := string(x.attr("numFmtId"))
				w.formats = append(w.formats, formatOf(id, custom[id]))
			}
		}
		return nil
	})
}

// formatOf reads a format by its number, or by its code when that is the workbook's own.
func formatOf(id, code string) numberFormat {
	if code != "" {
		return formatOfCode(code)
	}
	n, _ := strconv.Atoi(id)
	switch {
	case n == 22:
		return numberFormat{kind: asDateTime}
	case n >= 18 && n <= 21, n >= 45 && n <= 47:
		return numberFormat{kind: asTime}
	case n >= 14 && n <= 17, n >= 27 && n <= 36, n >= 50 && n <= 58:
		return numberFormat{kind: asDate}
	default:
		return numberFormat{}
	}
}

func formatOfCode(code string) numberFormat {
	code, _, _ = strings.Cut(code, ";") // what holds for positive numbers
	letters, pattern, digitsOnly := stripLiterals(code)
	if letters == "general" || letters == "" {
		return numberFormat{}
	}
	if strings.Trim(letters, "0#") == "" && strings.Count(letters, "0") > 1 || pattern != letters && digitsOnly {
		return numberFormat{kind: asDigits, pattern: pattern}
	}
	days := strings.ContainsAny(letters, "dy") || strings.Contains(letters, "mmm") || letters == "m"
	times := strings.ContainsAny(letters, "hs")
	switch {
	case strings.ContainsAny(letters, "0#?%@") && !times && !days, strings.Contains(letters, "e+"):
		return numberFormat{}
	case days && times:
		return numberFormat{kind: asDateTime}
	case times:
		return numberFormat{kind: asTime}
	case days:
		return numberFormat{kind: asDate}
	default:
		return numberFormat{}
	}
}

// stripLiterals splits a format's code into its meaningful letters in lower case and, for formats that only place
// digits, the pattern with its literals.
func stripLiterals(code string) (letters, pattern string, digitsOnly bool) {
	var l, p strings.Builder
	digitsOnly = true
	for i := 0; i < len(code); i++ {
		switch b := code[i]; b {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return strings.ToLower(l.String()), "", false
			}
			p.WriteString(code[i+1 : i+1+end])
			i += end + 1
		case '\\':
			if i+1 < len(code) {
				i++
				p.WriteByte(code[i])
			}
		case '_', '*': // a space as wide as the next character, or a fill
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return strings.ToLower(l.String()), "", false
			}
			if inside := strings.ToLower(code[i+1 : i+end]); inside == "h" || inside == "hh" || inside == "m" || inside == "mm" || inside == "s" {
				l.WriteString(inside)
			}
			i += end
		case '0', '#':
			l.WriteByte(b)
			p.WriteByte(b)
		case ' ', '-', '(', ')', '+':
			p.WriteByte(b)
		default:
			digitsOnly = false
			l.WriteByte(b)
			p.WriteByte(b)
		}
	}
	return strings.ToLower(l.String()), p.String(), digitsOnly
}

// show writes a number as it stands in the file the way people see it.
func (f numberFormat) show(raw string, date1904 bool) string {
	if f.kind == asNumber && len(raw) <= 15 && isDigits(raw) {
		return raw // most numbers: nothing to change
	}
	x, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return cleanText(raw)
	}
	switch f.kind {
	case asDate, asDateTime, asTime:
		if s, ok := showTime(f.kind, x, date1904); ok {
			return s
		}
	case asDigits:
		if x >= 0 && x == math.Trunc(x) && x < 1e15 {
			return placeDigits(f.pattern, strconv.FormatInt(int64(x), 10))
		}
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// showTime writes a day count as an ISO date, with the time where there is one.
func showTime(kind formatKind, days float64, date1904 bool) (string, bool) {
	if days < 0 || days >= 2_958_466 { // year 10000
		return "", false
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 60: // before the day 29 February 1900, which spreadsheets believe in
		epoch = epoch.AddDate(0, 0, 1)
	}
	t := epoch.AddDate(0, 0, int(days)).Add(time.Duration(math.Round((days - math.Floor(days)) * 86400 * float64(time.Second)))).Round(time.Second)
	switch {
	case kind == asTime && days < 1:
		return t.Format("15:04:05"), true
	case days == math.Floor(days):
		return t.Format(time.DateOnly), true
	default:
		return t.Format(time.DateTime), true
	}
}

// placeDigits fills the places of a pattern from the right; digits left over go before the first.
func placeDigits(pattern, digits string) string {
	out := make([]byte, 0, len(pattern)+len(digits))
	places := strings.Count(pattern, "0") + strings.Count(pattern, "#")
	if missing := places - len(digits); missing > 0 {
		digits = strings.Repeat("\x00", missing) + digits
	}
	extra := len(digits) - places
	for i := 0; i < len(pattern); i++ {
		b := pattern[i]
		if b != '0' && b != '#' {
			out = append(out, b)
			continue
		}
		for ; extra > 0; extra-- {
			out = append(out, digits[0])
			digits = digits[1:]
		}
		switch d := digits[0]; {
		case d != 0:
			out = append(out, d)
		case b == '0':
			out = append(out, '0')
		}
		digits = digits[1:]
	}
	return string(out)
}
