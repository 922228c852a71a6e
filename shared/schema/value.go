package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"acopio/shared/fault"
)

// maxSetSize bounds the members of a set value.
const maxSetSize = 500

// Normalize turns a value as it comes from JSON (string, float64, json.Number, bool, []any, nil) or from Go into the
// field's canonical form, or says what is wrong with it. An empty string, a blank or an empty set is nil: no value.
func (f *Field) Normalize(v any) (Value, error) {
	if v == nil {
		return nil, nil
	}
	if s, ok := v.(string); ok && f.Type != LongText {
		s = norm.NFC.String(strings.TrimSpace(visible(s)))
		if s == "" {
			return nil, nil
		}
		v = s
	}
	if f.Type.IsSet() {
		return f.set(v)
	}
	switch f.Type {
	case Integer, Instant:
		return f.integer(v)
	case Decimal:
		return f.decimal(v)
	case Boolean:
		return f.boolean(v)
	default:
		s, ok := v.(string)
		if !ok {
			return nil, f.wrongType(v)
		}
		return f.text(s)
	}
}

// Parse turns what a person typed into a cell or on a command line into the field's canonical form. JSON is taken
// where it parses as JSON for the field's type, text otherwise; members of a set may be separated by ; or by commas.
func (f *Field) Parse(text string) (Value, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "null" {
		return nil, nil
	}
	if !f.Type.IsSet() && !f.Type.IsNumber() && f.Type != Instant && f.Type != Boolean {
		return f.parseString(text)
	}
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err == nil && !d.More() {
		if _, isText := v.(string); !isText || f.Type.IsSet() {
			if parsed, err := f.Normalize(v); err == nil {
				return parsed, nil
			}
		}
	}
	if f.Type.IsSet() {
		return f.Normalize(splitMembers(text))
	}
	return f.Normalize(text)
}

// parseString takes a JSON string literal for its content; anything else is the text itself.
func (f *Field) parseString(text string) (Value, error) {
	var s string
	if f.Type != JSON && strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &s) == nil {
		return f.Normalize(s)
	}
	return f.Normalize(text)
}

func splitMembers(text string) []string {
	sep := ","
	if strings.Contains(text, ";") {
		sep = ";"
	}
	return strings.Split(text, sep)
}

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

func (f *Field) wrongType(v any) error {
	return fault.New(fault.WrongType, "field", f.Name, "want", string(f.Type), "got", clip(fmt.Sprint(v)))
}

func clip(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		return string([]rune(s)[:60]) + "…"
	}
	return s
}

// mostExact is the largest integer that JSON carries exactly: a larger one would differ after a journey through it.
const mostExact = 1 << 53

func (f *Field) integer(v any) (Value, error) {
	var n int64
	switch x := v.(type) {
	case int:
		n = int64(x)
	case int64:
		n = x
	case uint64:
		n = int64(min(x, mostExact+1)) //nolint:gosec // it fits
	case float64:
		if x != math.Trunc(x) || math.Abs(x) > mostExact {
			return nil, f.wrongType(v)
		}
		n = int64(x)
	case json.Number:
		return f.integerText(x.String())
	case string:
		return f.integerText(x)
	default:
		return nil, f.wrongType(v)
	}
	if n > mostExact || n < -mostExact {
		return nil, f.wrongType(v)
	}
	return n, f.inRange(float64(n))
}

// integerText takes 12.0 and 1e3 too: spreadsheets write them.
func (f *Field) integerText(s string) (Value, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return f.integer(n)
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !written.MatchString(s) {
		return nil, f.wrongType(s)
	}
	return f.integer(x)
}

// written is a number as people and programs write it: Go would also take 1_000, 0x1p4 and infinity.
var written = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func (f *Field) decimal(v any) (Value, error) {
	var x float64
	switch t := v.(type) {
	case float64:
		x = t
	case int:
		x = float64(t)
	case int64:
		x = float64(t)
	case uint64:
		x = float64(t)
	case json.Number:
		return f.decimal(t.String())
	case string:
		t = decimalPoint(t)
		p, err := strconv.ParseFloat(t, 64)
		if err != nil || !written.MatchString(t) {
			return nil, f.wrongType(v)
		}
		x = p
	default:
		return nil, f.wrongType(v)
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, f.wrongType(v)
	}
	if x == 0 {
		x = 0 // drops the sign of negative zero, which would encode differently
	}
	return x, f.inRange(x)
}

// grouped is a number that reads as thousands to some (1,234) and as a fraction to others.
var grouped = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2},[0-9]{3}$`)

// decimalPoint reads a single decimal comma, as much of the region writes it. What has both signs, or could mean
// thousands, is left alone and so refused: guessing would be wrong by a factor of a thousand.
func decimalPoint(s string) string {
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") && !grouped.MatchString(s) {
		return strings.Replace(s, ",", ".", 1)
	}
	return s
}

func (f *Field) inRange(x float64) error {
	if (f.Min == nil || x >= *f.Min) && (f.Max == nil || x <= *f.Max) {
		return nil
	}
	got := plain(x)
	if f.Unit == "°" {
		return fault.New(fault.BadCoordinate, "field", f.Name, "got", got)
	}
	return fault.New(fault.OutOfRange, "field", f.Name, "got", got, "range", f.rangeText())
}

func (f *Field) rangeText() string {
	low, high := "…", "…"
	if f.Min != nil {
		low = plain(*f.Min)
	}
	if f.Max != nil {
		high = plain(*f.Max)
	}
	return low + " – " + high
}

func (f *Field) boolean(v any) (Value, error) {
	switch x := v.(type) {
	case bool:
		return x, nil
	case string:
		switch strings.ToLower(x) {
		case "true", "1", "yes", "si", "sí", "sim", "oui", "x":
			return true, nil
		case "false", "0", "no", "não", "nao", "non":
			return false, nil
		}
	}
	return nil, f.wrongType(v)
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

func (f *Field) set(v any) (Value, error) {
	var members []any
	switch x := v.(type) {
	case []any:
		members = x
	case []string:
		for _, s := range x {
			members = append(members, s)
		}
	case string:
		members = []any{x}
	default:
		return nil, f.wrongType(v)
	}
	if len(members) > maxSetSize {
		return nil, fault.New(fault.TooLong, "field", f.Name, "max", strconv.Itoa(maxSetSize))
	}
	seen := map[string]bool{}
	var out []string
	for _, m := range members {
		s, ok := m.(string)
		if !ok {
			return nil, f.wrongType(m)
		}
		if !utf8.ValidString(s) {
			return nil, f.wrongType("�")
		}
		s = strings.Join(strings.Fields(norm.NFC.String(visible(s))), " ")
		if s == "" {
			continue
		}
		c, err := f.setMember(s)
		if err != nil {
			return nil, err
		}
		if !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	if out == nil {
		return nil, nil
	}
	sort.Strings(out)
	return out, nil
}

func (f *Field) setMember(s string) (string, error) {
	kinds := map[Type]Type{Countries: Country, Emails: "email", Phones: "phone", Texts: Text}
	if f.Type == Choices {
		return s, f.isOption(s)
	}
	if f.Type == Texts {
		if utf8.RuneCountInString(s) > f.MaxLength {
			return "", fault.New(fault.TooLong, "field", f.Name, "max", strconv.Itoa(f.MaxLength))
		}
		return s, nil
	}
	v, err := f.member(kinds[f.Type], s)
	if err != nil {
		return "", err
	}
	return v.(string), nil
}

var floID = regexp.MustCompile(`^[0-9]{1,7}$`)

// member checks one string of a kind that also occurs inside sets.
func (f *Field) member(kind Type, s string) (Value, error) {
	switch kind {
	case Country:
		s = strings.ToUpper(s)
		if !countries[s] {
			return nil, fault.New(fault.BadCountry, "field", f.Name, "got", clip(s))
		}
	case FLOID:
		if !floID.MatchString(s) {
			return nil, fault.New(fault.BadFLOID, "field", f.Name, "got", clip(s))
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return nil, fault.New(fault.BadDate, "field", f.Name, "got", clip(s))
		}
	case URL:
		return f.webAddress(s)
	case Reference:
		if !IsUUID(s) {
			return nil, fault.New(fault.BadID, "field", f.Name, "got", clip(s))
		}
		return strings.ToLower(s), nil
	case "email":
		a, err := mail.ParseAddress(s)
		if err != nil || a.Address != s || !strings.Contains(s[strings.LastIndex(s, "@"):], ".") {
			return nil, fault.New(fault.BadEmail, "field", f.Name, "got", clip(s))
		}
		return strings.ToLower(s), nil
	case "phone":
		number, ok := dialable(s)
		if again, _ := dialable(number); !ok || again != number { // a few odd ones lose a digit each time they are read
			return nil, fault.New(fault.BadPhone, "field", f.Name, "got", clip(s))
		}
		return number, nil
	default:
		return nil, f.wrongType(s)
	}
	return s, nil
}

// dialable is a phone number in E.164. An extension has no place there, so that a number with one is refused rather
// than cut.
func dialable(s string) (string, bool) {
	n, err := phonenumbers.Parse(s, "ZZ")
	if err != nil || !phonenumbers.IsPossibleNumber(n) || n.GetExtension() != "" {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

func (f *Field) webAddress(s string) (Value, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !strings.Contains(u.Host, ".") {
		return nil, fault.New(fault.BadURL, "field", f.Name, "got", clip(s))
	}
	return s, nil
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// IsUUID reports whether s has the form of an id.
func IsUUID(s string) bool { return uuidText.MatchString(s) }

// Equal reports whether two canonical values are the same.
func Equal(a, b Value) bool {
	switch x := a.(type) {
	case []string:
		y, ok := b.([]string)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if x[i] != y[i] {
				return false
			}
		}
		return true
	case []byte:
		y, ok := b.([]byte)
		return ok && string(x) == string(y)
	default:
		if _, isSet := b.([]string); isSet {
			return false
		}
		if _, isRaw := b.([]byte); isRaw {
			return false
		}
		return a == b
	}
}

// CheckRecord demands the required fields and runs the collection's checks over a whole record.
func (c *Collection) CheckRecord(values map[string]Value) error {
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Required && values[f.Name] == nil {
			return fault.New(fault.MissingField, "field", f.Name)
		}
	}
	for _, check := range c.Checks {
		if err := check(values); err != nil {
			return err
		}
	}
	return nil
}
