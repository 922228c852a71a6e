package exchange

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// attr is the value of an attribute of the last start tag, by its name without a prefix; nil when it has none. It is
// valid until the next piece is read.
func (x *xmlScanner) attr(name string) []byte {
	rest := x.tag
	if i := bytes.IndexAny(rest, " \t\r\n"); i >= 0 {
		rest = rest[i:]
	} else {
		return nil
	}
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return nil
		}
		key := localName(rest[:eq])
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 || (rest[0] != '"' && rest[0] != '\'') {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return unescapeCopy(rest[1 : 1+end])
		}
		rest = rest[end+2:]
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
