package exchange

import (
	"regexp"
	"strings"
)

// numberStyle says how a file writes numbers where it matters.
type numberStyle struct {
	decimalComma bool // a file separated by ; comes from a spreadsheet that writes 3,5
	typed        bool // numbers come from typed cells, where a point is always a decimal point
}

var thousands = regexp.MustCompile(`^[1-9][0-9]{0,2}$`)

// number rewrites a number as people write it (1.234,5 or 1 234) the way programs do. whole says that the field
// holds counts, and precise that thousands are never marked in it.
func (n numberStyle) number(text string, whole, precise bool) string {
	text = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\'', '’':
			return -1
		}
		return r
	}, text)
	commas, points := strings.Count(text, ","), strings.Count(text, ".")
	switch {
	case commas > 0 && points > 0:
		if strings.LastIndexByte(text, ',') > strings.LastIndexByte(text, '.') {
			return strings.Replace(strings.ReplaceAll(text, ".", ""), ",", ".", 1)
		}
		return strings.ReplaceAll(text, ",", "")
	case commas > 1:
		return strings.ReplaceAll(text, ",", "")
	case points > 1:
		return strings.ReplaceAll(text, ".", "")
	case commas == 1:
		if !precise && grouped(text, ",") && (whole || !n.decimalComma) {
			return strings.Replace(text, ",", "", 1)
		}
		return strings.Replace(text, ",", ".", 1)
	case points == 1 && !precise && !n.typed && grouped(text, ".") && (whole || n.decimalComma):
		return strings.Replace(text, ".", "", 1)
	default:
		return text
	}
}

// grouped reports whether a mark stands where one for thousands would: before the last three digits.
func grouped(text, mark string) bool {
	before, after, _ := strings.Cut(strings.TrimPrefix(text, "-"), mark)
	return len(after) == 3 && isDigits(after) && thousands.MatchString(before)
}
