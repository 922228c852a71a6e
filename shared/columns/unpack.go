package columns

import (
	"math"

	"acopio/shared/cborhead"
	"acopio/shared/protocol"
)

// unpacker takes records out of the columns.
type unpacker struct {
	*table
	count uint64
	made  int // bytes of bodies so far
}

func newUnpacker(packed []byte) (*unpacker, error) {
	u := &unpacker{table: newTable()}
	in := column{packed}
	var err error
	if u.count, err = in.take(); err != nil || u.count > protocol.MaxListLength {
		return nil, errForm
	}
	read := func(c *column) {
		var n uint64
		if err == nil {
			n, err = in.take()
		}
		if err == nil {
			c.b, err = in.takeBytes(n)
		}
	}
	for i := range u.fixed {
		read(&u.fixed[i])
	}
	var n uint64
	if err == nil {
		n, err = in.take()
	}
	for ; n > 0 && err == nil; n-- {
		var key uint64
		if key, err = in.take(); err == nil && key <= math.MaxUint32 {
			v := u.of(uint16(key>>16), uint16(key))
			read(&v.heads)
			read(&v.numbers)
			read(&v.texts)
		}
	}
	if err != nil || len(in.b) > 0 {
		return nil, errForm
	}
	return u, nil
}

// next is the next record. Its body is a slice of its own.
func (u *unpacker) next() (r protocol.Record, err error) {
	take := func(c int) (n uint64) {
		if err == nil {
			n, err = u.fixed[c].take()
		}
		return n
	}
	u.prev.collection = uint16(int64(u.prev.collection) + unzigzag(take(collections)))
	u.prev.time += uint64(unzigzag(take(times)))
	u.prev.seq += uint64(unzigzag(take(seqs)))
	version, shape := take(versions), take(shapes)
	var tail []byte
	if err == nil {
		tail, err = u.fixed[ids].takeBytes(10)
	}
	if err != nil {
		return r, err
	}
	r.Collection, r.Seq = u.prev.collection, u.prev.seq
	for i := range 6 {
		r.ID[i] = byte(u.prev.time >> (40 - 8*i))
	}
	copy(r.ID[6:], tail)
	r.Body, err = u.body(r.Collection, version, shape)
	u.made += len(r.Body)
	if u.made > maxBytes {
		return r, errForm
	}
	return r, err
}

func (u *unpacker) body(collection uint16, version, shape uint64) ([]byte, error) {
	fields, err := u.list(shape)
	if err != nil {
		return nil, err
	}
	b := cborhead.Append(append(make([]byte, 0, 640), cborhead.Array|4), cborhead.Uint, version>>1)
	b = append(b, cborhead.False|byte(version&1))
	b = cborhead.Append(b, cborhead.Map, uint64(len(fields)))
	for _, n := range fields {
		if b, err = u.of(collection, n).appendValue(cborhead.Append(b, cborhead.Uint, uint64(n))); err != nil {
			return nil, err
		}
	}
	return u.appendStamps(b, version>>1)
}

// list is the list of fields with a number; the next unused number has it read.
func (u *unpacker) list(at uint64) ([]uint16, error) {
	if at < uint64(len(u.lists)) {
		return u.lists[at], nil
	}
	c := &u.fixed[newLists]
	n, err := c.take()
	if err != nil || at != uint64(len(u.lists)) || n > uint64(len(c.b)) {
		return nil, errForm
	}
	list := make([]uint16, n)
	for i := range list {
		field, err := c.take()
		if err != nil || field > math.MaxUint16 {
			return nil, errForm
		}
		list[i] = uint16(field)
	}
	u.lists = append(u.lists, list)
	return list, nil
}

func (v *values) appendValue(b []byte) ([]byte, error) {
	if len(v.heads.b) > 0 && v.heads.b[0] == difference {
		v.heads.b = v.heads.b[1:]
		n, err := v.numbers.take()
		v.prev += unzigzag(n)
		return cborhead.AppendInt(b, v.prev), err
	}
	return v.appendItem(b, 0)
}

// appendItem puts an item together from heads and texts.
func (v *values) appendItem(b []byte, depth int) ([]byte, error) {
	heads := v.heads.b
	if len(heads) == 0 || depth > maxDepth {
		return nil, errForm
	}
	if heads[0]&0xe0 == cborhead.Other {
		n := otherLength(heads)
		if n < 0 {
			return nil, errForm
		}
		v.heads.b = heads[n:]
		return append(b, heads[:n]...), nil
	}
	major, n, rest := head(heads)
	if rest == nil {
		return nil, errForm
	}
	b, v.heads.b = append(b, heads[:len(heads)-len(rest)]...), rest
	switch major {
	case cborhead.Uint, cborhead.Int:
		return b, nil
	case cborhead.Bytes, cborhead.Text:
		text, err := v.texts.takeBytes(n)
		return append(b, text...), err
	case cborhead.Array, cborhead.Map:
		if major == cborhead.Map {
			n *= 2
		}
		if n > uint64(len(rest)) {
			return nil, errForm
		}
		var err error
		for ; n > 0 && err == nil; n-- {
			b, err = v.appendItem(b, depth+1)
		}
		return b, err
	default:
		return nil, errForm
	}
}

func (u *unpacker) appendStamps(b []byte, version uint64) ([]byte, error) {
	c := &u.fixed[stamps]
	groups, err := c.take()
	if err != nil || groups > uint64(len(c.b)) {
		return nil, errForm
	}
	if groups == 0 {
		return append(b, cborhead.Null), nil
	}
	b = cborhead.Append(b, cborhead.Array, groups)
	for range groups {
		var n [4]uint64
		for i := range n {
			if n[i], err = c.take(); err != nil {
				return nil, err
			}
		}
		fields, err := u.list(n[3])
		if err != nil {
			return nil, err
		}
		u.prev.stamp += uint64(unzigzag(n[2]))
		b = cborhead.Append(append(b, cborhead.Array|4), cborhead.Uint, version-uint64(unzigzag(n[0])))
		b = cborhead.Append(cborhead.AppendInt(cborhead.Append(b, cborhead.Uint, n[1]), int64(u.prev.stamp)), cborhead.Array, uint64(len(fields)))
		for _, f := range fields {
			b = cborhead.Append(b, cborhead.Uint, uint64(f))
		}
		if len(b) > protocol.MaxDecodedBytes {
			return nil, errForm
		}
	}
	return b, nil
}
