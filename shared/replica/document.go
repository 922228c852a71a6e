package replica

import (
	"database/sql/driver"
	"encoding/binary"
	"hash/fnv"
	"strings"

	"acopio/shared/schema"
)

// The search index also answers filters: for each value of a field that has few different ones, a row's document has a
// token that stands for "this field has this value". So any combination of words and filters is one intersection of
// sorted lists, and counting it reads no row. The tokens share a first run of private characters, which no word of a
// person begins with, and which makes their entries in the prefix indexes one.
const tokenMark = "\ue000\ue000\ue000\ue000"

// filterToken reports whether values of the field have tokens. Those of networks' own fields do not: a field that is added
// must not have all documents made anew.
func filterToken(f *schema.Field) bool {
	if f.Network != "" {
		return false
	}
	switch f.Type {
	case schema.Choice, schema.Choices, schema.Country, schema.Countries, schema.Texts:
		return true
	case schema.Text:
		return f.Indexed && !f.System
	default:
		return false
	}
}

// tokenOf is the token for a field having a value, or a member. Text is told apart only by its sort key, as filters do.
func tokenOf(f *schema.Field, value string) string {
	if f.Type == schema.Text {
		value = sortKey(value)
	}
	h := fnv.New64a()
	_, _ = h.Write(binary.BigEndian.AppendUint16(nil, f.Number))
	_, _ = h.Write([]byte(value)) // a hash.Hash never fails
	const digits = "0123456789abcdefghijklmnopqrstuv"
	sum, out := h.Sum64(), make([]byte, 0, len(tokenMark)+13)
	out = append(out, tokenMark...)
	for i := 0; i < 13; i++ {
		out = append(out, digits[sum&31])
		sum >>= 5
	}
	return string(out)
}

// document is what the search index is given for a row: folded here, so that its words are what words makes of them.
func (t *table) document(img []driver.Value) string {
	var b strings.Builder
	add := func(s string) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	for _, at := range t.documented {
		s, ok := img[at].(string)
		if !ok {
			continue
		}
		f := t.columnAt(at).field
		if !f.Type.IsSet() {
			if f.Search {
				add(fold(s))
			}
			if filterToken(f) {
				add(tokenOf(f, s))
			}
			continue
		}
		for _, member := range decodeSet(s) {
			if f.Search {
				add(fold(member))
			}
			if filterToken(f) {
				add(tokenOf(f, member))
			}
		}
	}
	return b.String()
}

// sameDocument reports whether two images have one document.
func (t *table) sameDocument(a, b []driver.Value) bool {
	for _, at := range t.documented {
		if a[at] != b[at] { // strings or nil, both comparable
			return false
		}
	}
	return true
}
