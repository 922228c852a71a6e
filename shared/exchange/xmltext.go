package exchange

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// attr is the value of an attribute of the last start tag, by its name without a prefix; nil when it has none. It is
// valid until the next piece is read.
func (x *xmlScanner) attr(name string) []byte {
	var found []byte
	x.attrs(func(key, value []byte) {
		if found == nil && string(key) == name {
			found = unescapeCopy(value)
		}
	})
	return found
}

// attrs calls see for each attribute of the last start tag: its name without a prefix, and its value as it stands.
func (x *xmlScanner) attrs(see func(key, value []byte)) {
	tag := x.tag
	i := 0
	for i < len(tag) && tag[i] > ' ' { // the element's name
		i++
	}
	for {
		for i < len(tag) && tag[i] <= ' ' {
			i++
		}
		start := i
		for i < len(tag) && tag[i] != '=' && tag[i] > ' ' {
			if tag[i] == ':' {
				start = i + 1
			}
			i++
		}
		key := tag[start:i]
		for i < len(tag) && (tag[i] <= ' ' || tag[i] == '=') {
			i++
		}
		if i >= len(tag) || tag[i] != '"' && tag[i] != '\'' {
			return
		}
		end := bytes.IndexByte(tag[i+1:], tag[i])
		if end < 0 {
			return
		}
		see(key, tag[i+1:i+1+end])
		i += end + 2
	}
}

var entities = map[string]byte{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// unescape resolves the predefined entities and character references in place.
func unescape(b []byte) []byte {
	amp := bytes.IndexByte(b, '&')
	if amp < 0 {
		return b
	}
	out := b[:amp]
	for rest := b[amp:]; len(rest) > 0; {
		if rest[0] != '&' {
			next := bytes.IndexByte(rest, '&')
			if next < 0 {
				next = len(rest)
			}
			out, rest = append(out, rest[:next]...), rest[next:]
			continue
		}
		semi := bytes.IndexByte(rest[:min(len(rest), 12)], ';')
		if semi < 0 {
			out, rest = append(out, '&'), rest[1:]
			continue
		}
		out = appendEntity(out, string(rest[1:semi]))
		rest = rest[semi+1:]
	}
	return out
}

// unescapeCopy leaves what it is given as it is.
func unescapeCopy(b []byte) []byte {
	if bytes.IndexByte(b, '&') < 0 {
		return b
	}
	return unescape(bytes.Clone(b))
}

func appendEntity(out []byte, name string) []byte {
	if b, ok := entities[name]; ok {
		return append(out, b)
	}
	if len(name) > 1 && name[0] == '#' {
		digits, base := name[1:], 10
		if digits[0] == 'x' || digits[0] == 'X' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseUint(digits, base, 32); err == nil && n > 0 && n <= utf8.MaxRune {
			return utf8.AppendRune(out, rune(n))
		}
	}
	return append(append(append(out, '&'), name...), ';')
}
