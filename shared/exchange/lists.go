package exchange

import (
	"encoding/json"
	"strings"
)

// splitArray reads a cell that holds several values: {a,b} as databases write it, ["a","b"], or a list separated by
// semicolons, bars or line breaks; also by commas and slashes where a single value cannot hold them.
func splitArray(text string, loose bool) []string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		var list []string
		if json.Unmarshal([]byte(text), &list) == nil {
			return list
		}
	}
	if isArray(text) {
		return splitBraces(text[1 : len(text)-1])
	}
	separators := ";|\n"
	if loose {
		separators = ";|\n,/"
	}
	return trimAll(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) }))
}

// isArray reports whether a cell is an array as databases write it.
func isArray(text string) bool {
	return len(text) >= 2 && text[0] == '{' && text[len(text)-1] == '}'
}

// splitBraces cuts the inside of {a,"b, c"}.
func splitBraces(inside string) []string {
	var out []string
	var member strings.Builder
	quoted := false
	for i := 0; i < len(inside); i++ {
		switch b := inside[i]; {
		case b == '\\' && quoted && i+1 < len(inside):
			i++
			member.WriteByte(inside[i])
		case b == '"':
			quoted = !quoted
		case b == ',' && !quoted:
			out = append(out, member.String())
			member.Reset()
		default:
			member.WriteByte(b)
		}
	}
	return trimAll(append(out, member.String()))
}

// trimAll trims each and drops the empty ones.
func trimAll(list []string) []string {
	out := list[:0:0]
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// joinList writes a set so that splitArray reads it back: a; b, or JSON where a member would be cut.
func joinList(members []string) string {
	joined := strings.Join(members, "; ")
	back := splitArray(joined, false)
	if len(back) == len(members) {
		same := true
		for i := range back {
			same = same && back[i] == members[i]
		}
		if same {
			return joined
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(members) // strings always encode
	return strings.TrimSpace(b.String())
}
