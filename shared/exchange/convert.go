package exchange

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// reading is what a cell turned into.
type reading struct {
	value schema.Value
	words []string     // members that are no options of the field: kept as tags
	left  string       // what could not be read: kept in the notes
	fault *fault.Error // why
}

// reader turns the cells of one column into values of one field.
type reader struct {
	field   *schema.Field
	values  map[string]string // folded: what people write → canonical
	choices map[string]string
	numbers numberStyle
	dates   dateOrder
	empty   func(string) bool
	resolve func(target, text string) (string, bool) // finds the record that a reference names
	memo    map[string]reading                       // of what choices and countries were read as: they repeat
}

// maxMemo bounds how many different cells of a column are remembered.
const maxMemo = 2000

// read reads a cell that is not empty. region is the country that phone numbers without a country code are of.
func (r *reader) read(text, region string) reading {
	switch r.field.Type {
	case schema.Choice, schema.Choices, schema.Country, schema.Countries:
		if known, ok := r.memo[text]; ok {
			return known
		}
		out := r.readAnew(text, region)
		if r.memo == nil {
			r.memo = map[string]reading{}
		}
		if len(r.memo) < maxMemo {
			r.memo[text] = out
		}
		return out
	default:
		return r.readAnew(text, region)
	}
}

func (r *reader) readAnew(text, region string) reading {
	if r.values != nil {
		if v, ok := r.values[fold(text)]; ok {
			text = v
		}
	}
	if r.field.Type.IsSet() {
		return r.readSet(text, region)
	}
	v, err := r.single(text)
	if err != nil {
		return reading{left: text, fault: fault.Of(err)}
	}
	return reading{value: v}
}

// single reads one value that is not a set.
func (r *reader) single(text string) (schema.Value, error) {
	f := r.field
	switch f.Type {
	case schema.Integer, schema.Instant:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return f.Normalize(n)
		}
		return f.Normalize(r.numbers.number(r.bare(text), true, false))
	case schema.Decimal:
		if n, ok := plainDecimal(text); ok && r.numbers.typed {
			return f.Normalize(n)
		}
		return f.Normalize(r.numbers.number(r.bare(text), false, f.Group == "position"))
	case schema.Boolean:
		return f.Normalize(booleanWord(text))
	case schema.Date:
		if iso, ok := r.dates.parse(text); ok {
			return iso, nil
		}
		return f.Normalize(text)
	case schema.Choice:
		if code, ok := r.choices[fold(text)]; ok {
			return code, nil
		}
		return f.Normalize(text)
	case schema.Country:
		return f.Normalize(countryCode(text))
	case schema.FLOID:
		if isDigits(text) && len(text) <= 7 {
			return text, nil
		}
		return f.Normalize(floNumber(text))
	case schema.Reference:
		if r.resolve != nil {
			if id, ok := r.resolve(f.Target, text); ok {
				return id, nil
			}
		}
		return nil, fault.New(fault.BrokenReference, "field", f.Name, "got", clipped(text))
	case schema.Text:
		if len(text) <= f.MaxLength && isClean(text) {
			return text, nil
		}
		return f.Normalize(text)
	default:
		return f.Normalize(text)
	}
}

// plainDecimal reads what programs write.
func plainDecimal(text string) (float64, bool) {
	if strings.Trim(text, "-0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// isClean reports whether normalizing a line of text would leave it as it is: most are.
func isClean(text string) bool {
	last := byte(' ')
	ascii := true
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b < ' ' || b == ' ' && last == ' ' || b == 0x7f {
			return false
		}
		ascii = ascii && b < 0x80
		last = b
	}
	return last != ' ' && (ascii || norm.NFC.IsNormalString(text) && strings.IndexFunc(text, isOddSpace) < 0)
}

func isOddSpace(r rune) bool { return r >= 0x80 && unicode.IsSpace(r) }

// bare drops the field's unit behind a number.
func (r *reader) bare(text string) string {
	text = strings.TrimSpace(text)
	if u := r.field.Unit; u != "" && len(text) > len(u) && strings.EqualFold(text[len(text)-len(u):], u) {
		return strings.TrimSpace(text[:len(text)-len(u)])
	}
	return text
}

var booleans = map[string]string{"verdadero": "true", "vrai": "true", "verdadeiro": "true", "falso": "false", "faux": "false"}

func booleanWord(text string) string {
	if b, ok := booleans[strings.ToLower(strings.TrimSpace(text))]; ok {
		return b
	}
	return text
}

var floPrefix = regexp.MustCompile(`(?i)^(flo|fto|id|fairtrade|n[º°o]?|#|[\s.:_-])+`)

// floNumber takes the number out of “FLO ID: 1234”.
func floNumber(text string) string {
	if isDigits(text) {
		return text
	}
	return floPrefix.ReplaceAllString(strings.TrimSpace(text), "")
}
