// Package cborhead writes the heads of CBOR items (RFC 8949, section 3) in the core deterministic form: for what is encoded so often
// that a library is too slow.
package cborhead

import (
	"encoding/binary"
	"math"
)

// The types of items, in the upper three bits of their first byte.
const (
	Uint  = 0 << 5
	Int   = 1 << 5 // negative
	Bytes = 2 << 5
	Text  = 3 << 5
	Array = 4 << 5
	Map   = 5 << 5
	Other = 7 << 5 // false, true, null and floats
)

// Items that are their first byte alone.
const (
	False = 0xf4
	True  = 0xf5
	Null  = 0xf6
)

// Append writes the first bytes of an item: its type, and a number in the fewest bytes.
func Append(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, major|27), n)
	}
}

// AppendInt writes a number that may be negative.
func AppendInt(b []byte, n int64) []byte {
	if n < 0 {
		return Append(b, Int, uint64(-(n + 1)))
	}
	return Append(b, Uint, uint64(n))
}
