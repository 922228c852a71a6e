package record

import (
	"encoding/binary"
	"unicode/utf8"

	"acopio/shared/cborhead"
	"acopio/shared/clock"
	"acopio/shared/schema"
)

// scanner reads the canonical form of CBOR that this package writes. It is strict: at anything else, be it well-formed,
// it fails, and the library has the last word. A number that could be shorter or a key out of order is such a thing.
type scanner struct {
	b      []byte
	failed bool
}

// head reads an item's type and number.
func (s *scanner) head() (major byte, n uint64) {
	if len(s.b) == 0 {
		s.failed = true
		return 0, 0
	}
	major, n = s.b[0]&0xe0, uint64(s.b[0]&0x1f)
	s.b = s.b[1:]
	switch {
	case n < 24:
		return major, n
	case n == 24 && len(s.b) >= 1 && s.b[0] >= 24:
		n, s.b = uint64(s.b[0]), s.b[1:]
	case n == 25 && len(s.b) >= 2 && binary.BigEndian.Uint16(s.b) > 0xff:
		n, s.b = uint64(binary.BigEndian.Uint16(s.b)), s.b[2:]
	case n == 26 && len(s.b) >= 4 && binary.BigEndian.Uint32(s.b) > 0xffff:
		n, s.b = uint64(binary.BigEndian.Uint32(s.b)), s.b[4:]
	case n == 27 && len(s.b) >= 8 && binary.BigEndian.Uint64(s.b) > 0xffff_ffff:
		n, s.b = binary.BigEndian.Uint64(s.b), s.b[8:]
	default:
		s.failed = true
	}
	return major, n
}

// number reads the number of an item of a type, at most limit.
func (s *scanner) number(major byte, limit uint64) uint64 {
	have, n := s.head()
	if have != major || n > limit {
		s.failed = true
		return 0
	}
	return n
}

func (s *scanner) int() int64 {
	major, n := s.head()
	switch {
	case n > 1<<63-1:
		s.failed = true
	case major == cborhead.Uint:
		return int64(n)
	case major == cborhead.Int:
		return -int64(n) - 1
	default:
		s.failed = true
	}
	return 0
}

func (s *scanner) bool() bool {
	if len(s.b) == 0 || s.b[0] != cborhead.True && s.b[0] != cborhead.False {
		s.failed = true
		return false
	}
	is := s.b[0] == cborhead.True
	s.b = s.b[1:]
	return is
}

// bytes reads the content of a byte or text string; it is part of the input.
func (s *scanner) bytes(major byte) []byte {
	n := s.number(major, uint64(len(s.b)))
	if s.failed || n > uint64(len(s.b)) {
		s.failed = true
		return nil
	}
	out := s.b[:n]
	s.b = s.b[n:]
	return out
}

func (s *scanner) text() string {
	b := s.bytes(cborhead.Text)
	if !utf8.Valid(b) {
		s.failed = true
		return ""
	}
	return string(b)
}

// parseBody reads a body in canonical form that only has fields which the collection knows; ok is false for any other.
func parseBody(c *schema.Collection, key Key, data []byte) (r *Record, ok bool) {
	s := &scanner{b: data}
	if s.number(cborhead.Array, 4) != 4 || s.failed {
		return nil, false
	}
	r = &Record{Key: key, Version: s.number(cborhead.Uint, 1<<64-1), Deleted: s.bool()}
	n := s.number(cborhead.Map, maxPairs)
	if s.failed {
		return nil, false
	}
	r.Fields = make(map[uint16]schema.Value, min(n, 64)) // a peer may say any number
	last := -1
	for range n {
		field := s.number(cborhead.Uint, 1<<16-1)
		f, known := c.FieldByNumber(uint16(field))
		if s.failed || !known || int(field) <= last {
			return nil, false
		}
		last = int(field)
		v := s.value(f)
		if s.failed {
			return nil, false
		}
		r.Fields[uint16(field)] = v
	}
	r.Stamps = s.stamps(int(min(n, 64)) + 1)
	return r, !s.failed && len(s.b) == 0
}

// parseChanges reads changes in canonical form of fields that the collection knows; ok is false for any other.
func parseChanges(c *schema.Collection, data []byte) (out []Change, ok bool) {
	s := &scanner{b: data}
	n := s.number(cborhead.Array, uint64(len(data)))
	if s.failed {
		return nil, false
	}
	out = make([]Change, 0, min(n, 64))
	for range n {
		if s.number(cborhead.Array, 3) != 3 || s.failed {
			return nil, false
		}
		ch := Change{Field: uint16(s.number(cborhead.Uint, 1<<16-1))}
		f, known := c.FieldByNumber(ch.Field)
		if s.failed || !known && ch.Field != DeletedField {
			return nil, false
		}
		ch.Old, ch.New = s.side(f), s.side(f)
		if s.failed {
			return nil, false
		}
		out = append(out, ch)
	}
	return out, len(s.b) == 0
}

// side reads the old or the new value of a change: of a field, or with nil of whether the record is deleted.
func (s *scanner) side(f *schema.Field) schema.Value {
	switch {
	case len(s.b) > 0 && s.b[0] == cborhead.Null:
		s.b = s.b[1:]
		return nil
	case f == nil:
		return s.bool()
	default:
		return s.value(f)
	}
}

// maxPairs is what the library takes of a map.
const maxPairs = 10_000

func (s *scanner) value(f *schema.Field) schema.Value {
	switch {
	case f.Type.IsSet():
		n := s.number(cborhead.Array, maxPairs)
		if s.failed {
			return nil
		}
		out := make([]string, 0, min(n, uint64(len(s.b))))
		for range n {
			out = append(out, s.text())
			if s.failed {
				return nil
			}
		}
		return out
	case f.Type == schema.Integer, f.Type == schema.Instant:
		return s.int()
	case f.Type == schema.Boolean:
		return s.bool()
	case f.Type == schema.Reference:
		id := s.bytes(cborhead.Bytes)
		if len(id) != len(ID{}) {
			s.failed = true
			return nil
		}
		return ID(id).String()
	case f.Type == schema.Decimal:
		s.failed = true // the library knows all lengths of numbers
		return nil
	default:
		return s.text()
	}
}

// stamps reads EncodeStamps' form; an empty one is null there.
func (s *scanner) stamps(room int) map[uint16]Stamp {
	out := make(map[uint16]Stamp, room)
	if len(s.b) == 1 && s.b[0] == cborhead.Null {
		s.b = nil
		return out
	}
	groups := s.number(cborhead.Array, maxPairs)
	for range groups {
		if s.number(cborhead.Array, 4) != 4 || s.failed {
			s.failed = true
			return nil
		}
		st := Stamp{Version: s.number(cborhead.Uint, 1<<64-1), Device: uint32(s.number(cborhead.Uint, 1<<32-1)), Edited: clock.Millis(s.int())}
		for range s.number(cborhead.Array, maxPairs) {
			field := s.number(cborhead.Uint, 1<<16-1)
			if s.failed {
				return nil
			}
			out[uint16(field)] = st
		}
	}
	return out
}
