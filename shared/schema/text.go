package schema

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"acopio/shared/fault"
)

// visible drops control characters, which come from broken exports: nobody sees them, and no XLSX file can hold them.
// Line ends and tabs stay. Text that is not UTF-8 is left as it is, to be refused.
func visible(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func clip(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		return string([]rune(s)[:60]) + "…"
	}
	return s
}

func (f *Field) text(s string) (Value, error) {
	if !utf8.ValidString(s) {
		return nil, f.wrongType("�")
	}
	if f.MaxLength > 0 && utf8.RuneCountInString(s) > f.MaxLength {
		return nil, fault.New(fault.TooLong, "field", f.Name, "max", strconv.Itoa(f.MaxLength))
	}
	switch f.Type {
	case LongText:
		s = norm.NFC.String(visible(lineEnds.Replace(s)))
		if strings.TrimSpace(s) == "" {
			return nil, nil
		}
		return s, nil
	case Text:
		return strings.Join(strings.Fields(s), " "), nil
	case Choice:
		return s, f.isOption(s)
	case JSON:
		if !json.Valid([]byte(s)) {
			return nil, f.wrongType(s)
		}
		return s, nil
	default:
		return f.member(f.Type, s)
	}
}

// lineEnds brings every way to end a line, Excel's and old ones too, to one.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

func (f *Field) isOption(s string) error {
	codes := make([]string, 0, len(f.Options))
	for _, o := range f.Options {
		if o.Code == s {
			return nil
		}
		codes = append(codes, o.Code)
	}
	return fault.New(fault.UnknownChoice, "field", f.Name, "got", clip(s), "choices", strings.Join(codes, ", "))
}
