package schema

import (
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"acopio/shared/fault"
)

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

func (f *Field) wrongType(v any) error {
	return fault.New(fault.WrongType, "field", f.Name, "want", string(f.Type), "got", clip(fmt.Sprint(v)))
}

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
