package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"acopio/shared/cborhead"
	"acopio/shared/schema"
)

// Sum is an order-independent checksum of a set of records: the sum of their digests modulo 2^128.
type Sum struct{ Hi, Lo uint64 }

// Add puts a digest into the sum.
func (s Sum) Add(d Sum) Sum {
	lo, carry := bits.Add64(s.Lo, d.Lo, 0)
	hi, _ := bits.Add64(s.Hi, d.Hi, carry)
	return Sum{hi, lo}
}

// Sub takes a digest out of the sum.
func (s Sum) Sub(d Sum) Sum {
	lo, borrow := bits.Sub64(s.Lo, d.Lo, 0)
	hi, _ := bits.Sub64(s.Hi, d.Hi, borrow)
	return Sum{hi, lo}
}

// Bytes is the sum as 16 bytes; SumOf reads them back.
func (s Sum) Bytes() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, s.Hi), s.Lo)
}

func (s Sum) String() string { return hex.EncodeToString(s.Bytes()) }

// SumOf reads Bytes' form; anything but 16 bytes is the empty sum.
func SumOf(b []byte) Sum {
	if len(b) != 16 {
		return Sum{}
	}
	return Sum{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// Digest is what one record adds to the checksums of its network. It comes in two classes, so that a replica without
// sensitive fields can prove itself equal too: Public is the digest of the record as a viewer is given it, and Sensitive
// what has to be added to make it that of the whole record. So no digest depends on which fields of the record a build
// takes for sensitive, except on the server, which decides what viewers are given.
type Digest struct{ Public, Sensitive Sum }

// Class says which fields a peer is given.
type Class uint8

// The classes of grants.
const (
	PublicOnly Class = 1
	Everything Class = 2
)

// Of is what a peer of the class holds, told from the whole record. What a replica itself holds, be it redacted or not, is
// whole to it: its own checksum is always Of(Everything).
func (d Digest) Of(class Class) Sum {
	if class == PublicOnly {
		return d.Public
	}
	return d.Public.Add(d.Sensitive)
}

// Add and Sub keep both classes of a running checksum.
func (d Digest) Add(o Digest) Digest {
	return Digest{d.Public.Add(o.Public), d.Sensitive.Add(o.Sensitive)}
}

// Sub takes o out.
func (d Digest) Sub(o Digest) Digest {
	return Digest{d.Public.Sub(o.Public), d.Sensitive.Sub(o.Sensitive)}
}

// DigestOf is what the record adds. A deleted record adds nothing: a replica that missed the deletion still counts
// the living one and differs, and tombstones can be discarded without changing a sum.
func DigestOf(c *schema.Collection, r *Record) Digest {
	if r.Deleted || r.Version == 0 {
		return Digest{}
	}
	return digestOf(c, r, hashOf(c, r))
}

// DigestOfHashed is DigestOf for a record whose HashOfBody is known.
func DigestOfHashed(c *schema.Collection, r *Record, whole Sum) Digest {
	if r.Deleted || r.Version == 0 {
		return Digest{}
	}
	return digestOf(c, r, whole)
}

// digestOf is the digest of a living record whose body and key have a hash.
func digestOf(c *schema.Collection, r *Record, whole Sum) Digest {
	switch {
	case c.Sensitive:
		return Digest{Sensitive: whole}
	case !withholds(c, r):
		return Digest{Public: whole}
	default:
		d := hashOf(c, Redact(c, r))
		return Digest{Public: d, Sensitive: whole.Sub(d)}
	}
}

// withholds reports whether the record has anything that a viewer is not given.
func withholds(c *schema.Collection, r *Record) bool {
	for n := range r.Fields {
		if c.IsSensitive(n) {
			return true
		}
	}
	for n := range r.Stamps {
		if n != DeletedField && c.IsSensitive(n) {
			return true
		}
	}
	return false
}

// DigestOfBody is DigestOf for a record of a collection that this build does not know, from its body just as it came.
func DigestOfBody(key Key, body []byte) (Digest, error) {
	var in bodyIn
	if err := dec.Unmarshal(body, &in); err != nil {
		return Digest{}, err
	}
	if in.Deleted || in.Version == 0 {
		return Digest{}, nil
	}
	return Digest{Public: HashOfBody(key, body)}, nil
}

// SumOfBody is what a body that this program wrote adds to the checksum of those who are given everything. Only its head is
// read: a tombstone adds nothing.
func SumOfBody(key Key, body []byte) Sum {
	s := scanner{b: body}
	if s.number(cborhead.Array, 4); s.number(cborhead.Uint, 1<<64-1) == 0 || s.bool() || s.failed {
		return Sum{}
	}
	return HashOfBody(key, body)
}

func hashOf(c *schema.Collection, r *Record) Sum {
	key := r.Key
	key.Collection = c.Number
	var room [1 << 10]byte
	return sumOf(AppendBody(appendKey(room[:0], key), c, r))
}

// HashOfBody is what a living record with this body adds to the checksum of those who are given everything.
func HashOfBody(key Key, body []byte) Sum {
	var room [1 << 10]byte
	return sumOf(append(appendKey(room[:0], key), body...))
}

func appendKey(b []byte, key Key) []byte {
	b = append(b, byte(key.Collection>>8), byte(key.Collection), byte(len(key.Network)))
	return append(append(b, key.Network...), key.ID[:]...)
}

func sumOf(b []byte) Sum {
	h := sha256.Sum256(b)
	return SumOf(h[:16])
}
