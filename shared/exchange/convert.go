package exchange

import (
	"regexp"
	"slices"
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
		return f.Normalize(r.numbers.number(r.bare(text), true, false))
	case schema.Decimal:
		return f.Normalize(r.numbers.number(r.bare(text), false, f.Group == "position"))
	case schema.Boolean:
		return f.Normalize(booleanWord(text))
	case schema.Date:
		if iso, ok := r.dates.parse(text); ok {
			return f.Normalize(iso)
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

// readSet reads several values. Those that cannot be read are left, the others stand.
func (r *reader) readSet(text, region string) reading {
	var out reading
	var members, left []string
	for _, m := range r.members(text) {
		if r.empty(m) {
			continue
		}
		codes, err := r.member(m, region)
		switch {
		case err == nil:
			members = append(members, codes.codes...)
			out.words = append(out.words, codes.words...)
		case r.field.Type == schema.Choices:
			out.words = append(out.words, m)
		default:
			left, out.fault = append(left, m), fault.Of(err)
		}
	}
	v, err := r.setOf(members)
	if err != nil {
		return reading{left: text, fault: fault.Of(err)}
	}
	if out.value = v; v == nil && left != nil {
		left = []string{text}
	}
	out.left = strings.Join(left, "; ")
	return out
}

// setOf makes a set of members that were read one by one.
func (r *reader) setOf(members []string) (schema.Value, error) {
	if r.field.Type == schema.Texts || len(members) > 100 { // the field has more to say
		return r.field.Normalize(members)
	}
	if len(members) == 0 {
		return nil, nil
	}
	slices.Sort(members)
	return slices.Compact(members), nil
}

// members cuts a cell into the members of a set.
func (r *reader) members(text string) []string {
	switch r.field.Type {
	case schema.Texts:
		return splitArray(text, false)
	case schema.Emails:
		return splitArray(strings.Join(strings.Fields(text), ";"), true)
	case schema.Phones:
		return splitArray(splitAnd(text), true)
	}
	var out []string
	for _, m := range splitArray(text, false) {
		_, option := r.choices[fold(m)]
		if _, given := r.values[fold(m)]; option || given { // “fruit and juices” is one
			out = append(out, m)
			continue
		}
		out = append(out, splitArray(splitAnd(strings.ReplaceAll(m, "+", ";")), true)...)
	}
	return out
}

var andWords = regexp.MustCompile(`(?i)\s+(y|e|et|and|o|ou|or|&)\s+`)

// splitAnd makes “a y b” a list.
func splitAnd(text string) string {
	if strings.Count(text, " ") < 2 {
		return text
	}
	return andWords.ReplaceAllString(text, ";")
}

// known are the codes a member stands for, and the words that say more than the codes do.
type known struct{ codes, words []string }

func (r *reader) member(text, region string) (known, error) {
	key := ""
	if r.choices != nil || r.values != nil {
		key = fold(text)
	}
	if v, ok := r.values[key]; ok {
		text, key = v, fold(v)
	}
	switch r.field.Type {
	case schema.Choices:
		return r.choiceMember(text, key)
	case schema.Countries:
		return r.accepts(countryCode(text))
	case schema.Phones:
		number, err := phone(r.field, text, region)
		return known{codes: []string{number}}, err
	default:
		return r.accepts(text)
	}
}

func (r *reader) accepts(member string) (known, error) {
	v, err := r.field.Normalize([]string{member})
	set, _ := v.([]string)
	return known{codes: set}, err
}

// choiceMember finds the options that a member names: “organic coffee” is coffee, and the words stay as a tag.
func (r *reader) choiceMember(text, key string) (known, error) {
	if code, ok := r.choices[key]; ok {
		return known{codes: []string{code}}, nil
	}
	var out known
	for _, w := range strings.Fields(key) {
		if code, ok := r.choices[w]; ok && len(w) > 2 && !smallWords[w] {
			out.codes = append(out.codes, code)
		}
	}
	if out.codes == nil {
		return out, fault.New(fault.UnknownChoice, "field", r.field.Name, "got", clipped(text))
	}
	out.words = []string{text}
	return out, nil
}

var wktPoint = regexp.MustCompile(`(?i)^(?:SRID=\d+;)?\s*POINT\s*(?:Z|M|ZM)?\s*\(\s*(-?[\d.]+(?:e-?\d+)?)[\s,]+(-?[\d.]+(?:e-?\d+)?)[^()]*\)$`)

// point reads POINT (lon lat).
func point(lat, lon *schema.Field, text string) (schema.Value, schema.Value, error) {
	x, y, ok := cutPoint(strings.TrimSpace(text))
	if !ok {
		return nil, nil, fault.New(fault.BadCoordinate, "field", lat.Name, "got", clipped(text))
	}
	vy, err := lat.Normalize(y)
	if err != nil {
		return nil, nil, err
	}
	vx, err := lon.Normalize(x)
	return vy, vx, err
}

// cutPoint takes the coordinates out; the usual form without the regular expression, which is slow.
func cutPoint(text string) (x, y string, ok bool) {
	if inside, found := strings.CutPrefix(text, "POINT ("); found && strings.HasSuffix(inside, ")") {
		x, y, found = strings.Cut(inside[:len(inside)-1], " ")
		if found && isCoordinate(x) && isCoordinate(y) {
			return x, y, true
		}
	}
	m := wktPoint.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

func isCoordinate(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789.") == ""
}

// clipped shortens what a message quotes.
func clipped(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
