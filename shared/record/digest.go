package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"

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
// sensitive fields can prove itself equal too: Public covers what everybody sees, Sensitive the rest.
type Digest struct{ Public, Sensitive Sum }

// Class says which fields a peer is given.
type Class uint8

// The classes of grants.
const (
	PublicOnly Class = 1
	Everything Class = 2
)

// Of is the digest's share for a class.
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
	public := Redact(c, r)
	var d Digest
	if public != nil {
		d.Public = hashOf(c, public, 1)
	}
	secret := &Record{Key: r.Key, Version: r.Version, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]Stamp{}}
	for n, v := range r.Fields {
		if c.IsSensitive(n) {
			secret.Fields[n] = v
		}
	}
	for n, s := range r.Stamps {
		if n != DeletedField && c.IsSensitive(n) {
			secret.Stamps[n] = s
		}
	}
	if len(secret.Stamps) > 0 {
		d.Sensitive = hashOf(c, secret, 2)
	}
	return d
}

func hashOf(c *schema.Collection, r *Record, class byte) Sum {
	h := sha256.New()
	h.Write([]byte{class, byte(c.Number >> 8), byte(c.Number), byte(len(r.Network))})
	h.Write([]byte(r.Network))
	h.Write(r.ID[:])
	h.Write(EncodeBody(c, r))
	return SumOf(h.Sum(nil)[:16])
}
