package exchange

import (
	"regexp"
	"slices"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/names"
	"acopio/shared/schema"
)

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
		number, err := phoneNumber(r.field, text, region)
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
		if code, ok := r.choices[w]; ok && len(w) > 2 && !names.IsSmallWord(w) {
			out.codes = append(out.codes, code)
		}
	}
	if out.codes == nil {
		return out, fault.New(fault.UnknownChoice, "field", r.field.Name, "got", clipped(text))
	}
	out.words = []string{text}
	return out, nil
}
