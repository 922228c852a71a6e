package columns

import (
	"encoding/binary"
	"math"
	"slices"

	"acopio/shared/cborhead"
	"acopio/shared/protocol"
)

// packer fills the columns.
type packer struct {
	*table
	count  int
	fields []uint16 // of the record under way
	group  []uint16
}

// difference, in the place of a number, says that it is told by its difference to the one before.
const difference = 31

// body is a record's body taken apart.
type body struct {
	version uint64
	deleted bool
	values  [][]byte // items, in the order of the fields
	stamps  []byte
}

// add takes a record in, or reports that its body is not of the ordinary form, and then nothing is taken.
func (p *packer) add(r protocol.Record) bool {
	b, ok := p.split(r.Body)
	if !ok || !p.stampsFit(b.stamps) {
		return false
	}
	p.count++
	time := idTime(r.ID[:])
	p.fixed[collections].put(zigzag(int64(r.Collection) - int64(p.prev.collection)))
	p.fixed[times].put(zigzag(int64(time - p.prev.time)))
	p.fixed[ids].putBytes(r.ID[6:])
	p.fixed[seqs].put(zigzag(int64(r.Seq - p.prev.seq)))
	p.prev.collection, p.prev.time, p.prev.seq = r.Collection, time, r.Seq
	flag := uint64(0)
	if b.deleted {
		flag = 1
	}
	p.fixed[versions].put(b.version<<1 | flag)
	p.putList(shapes, p.fields)
	for i, n := range p.fields {
		p.putValue(p.of(r.Collection, n), b.values[i])
	}
	p.putStamps(b.version, b.stamps)
	return true
}

func idTime(id []byte) uint64 {
	return uint64(id[0])<<40 | uint64(id[1])<<32 | uint64(binary.BigEndian.Uint32(id[2:6]))
}

// split takes a body apart: [version, deleted, {field: value}, stamps]. The fields go to p.fields.
func (p *packer) split(b []byte) (out body, ok bool) {
	at, n, rest := head(b)
	if rest == nil || at != cborhead.Array || n != 4 {
		return out, false
	}
	if at, out.version, rest = head(rest); rest == nil || at != cborhead.Uint || out.version > math.MaxInt64 || len(rest) == 0 {
		return out, false
	}
	if rest[0] != cborhead.False && rest[0] != cborhead.True {
		return out, false
	}
	out.deleted, rest = rest[0] == cborhead.True, rest[1:]
	if at, n, rest = head(rest); rest == nil || at != cborhead.Map {
		return out, false
	}
	p.fields = p.fields[:0]
	for range n {
		var field uint64
		if at, field, rest = head(rest); rest == nil || at != cborhead.Uint || field > math.MaxUint16 {
			return out, false
		}
		end := item(rest, 0)
		if end <= 0 {
			return out, false
		}
		p.fields, out.values = append(p.fields, uint16(field)), append(out.values, rest[:end])
		rest = rest[end:]
	}
	out.stamps = rest
	return out, item(rest, 0) == len(rest) && len(rest) > 0
}

// head reads the start of an item in its shortest form; rest is nil for any other.
func head(b []byte) (major byte, n uint64, rest []byte) {
	if len(b) == 0 {
		return 0, 0, nil
	}
	major, n = b[0]&0xe0, uint64(b[0]&0x1f)
	switch {
	case n < 24:
		return major, n, b[1:]
	case n == 24 && len(b) > 1 && b[1] >= 24:
		return major, uint64(b[1]), b[2:]
	case n == 25 && len(b) > 2 && binary.BigEndian.Uint16(b[1:]) > math.MaxUint8:
		return major, uint64(binary.BigEndian.Uint16(b[1:])), b[3:]
	case n == 26 && len(b) > 4 && binary.BigEndian.Uint32(b[1:]) > math.MaxUint16:
		return major, uint64(binary.BigEndian.Uint32(b[1:])), b[5:]
	case n == 27 && len(b) > 8 && binary.BigEndian.Uint64(b[1:]) > math.MaxUint32:
		return major, binary.BigEndian.Uint64(b[1:]), b[9:]
	default:
		return 0, 0, nil
	}
}

// maxDepth is how deeply the items of a field may be nested here; bodies of fields that builds know have one level.
const maxDepth = 4

// item is the length of the item that b begins with; not positive where it is none of the ordinary ones.
func item(b []byte, depth int) int {
	if depth > maxDepth || len(b) == 0 {
		return -1
	}
	if b[0]&0xe0 == cborhead.Other {
		return otherLength(b)
	}
	major, n, rest := head(b)
	if rest == nil {
		return -1
	}
	at := len(b) - len(rest)
	switch major {
	case cborhead.Uint, cborhead.Int:
		return at
	case cborhead.Bytes, cborhead.Text:
		if n > uint64(len(rest)) {
			return -1
		}
		return at + int(n)
	case cborhead.Array, cborhead.Map:
		if major == cborhead.Map {
			n *= 2
		}
		if n > uint64(len(rest)) {
			return -1
		}
		for range n {
			end := item(b[at:], depth+1)
			if end <= 0 {
				return -1
			}
			at += end
		}
		return at
	default: // tags
		return -1
	}
}

// otherLength is of booleans, null and the three lengths of decimals.
func otherLength(b []byte) int {
	length := -1
	switch b[0] {
	case cborhead.False, cborhead.True, cborhead.Null:
		length = 1
	case 0xf9:
		length = 3
	case 0xfa:
		length = 5
	case 0xfb:
		length = 9
	}
	if length > len(b) {
		return -1
	}
	return length
}

// putList writes which list of fields comes: its place among those met so far, or the list itself.
func (p *packer) putList(c int, list []uint16) {
	at := p.listAt(list)
	if at < 0 {
		at = len(p.lists)
		p.lists = append(p.lists, slices.Clone(list))
		p.fixed[newLists].put(uint64(len(list)))
		for _, n := range list {
			p.fixed[newLists].put(uint64(n))
		}
	}
	p.fixed[c].put(uint64(at))
}

// putValue writes an item: a whole number as a difference, anything else as its heads and texts.
func (p *packer) putValue(v *values, b []byte) {
	major, n, rest := head(b)
	if rest != nil && (major == cborhead.Uint || major == cborhead.Int) && n <= math.MaxInt64/2 {
		number := int64(n)
		if major == cborhead.Int {
			number = -number - 1
		}
		v.heads.putBytes([]byte{difference})
		v.numbers.put(zigzag(number - v.prev))
		v.prev = number
		return
	}
	v.putItem(b)
}

// putItem writes the heads of an item and of those inside of it, and their texts. It returns what follows the item.
func (v *values) putItem(b []byte) (rest []byte) {
	if b[0]&0xe0 == cborhead.Other {
		n := otherLength(b)
		v.heads.putBytes(b[:n])
		return b[n:]
	}
	major, n, rest := head(b)
	v.heads.putBytes(b[:len(b)-len(rest)])
	switch major {
	case cborhead.Bytes, cborhead.Text:
		v.texts.putBytes(rest[:n])
		return rest[n:]
	case cborhead.Map:
		n *= 2
		fallthrough
	case cborhead.Array:
		for range n {
			rest = v.putItem(rest)
		}
	}
	return rest
}

// stampsFit reports whether stamps are of the ordinary form: null, or [[version, device, edited, [fields]] …].
func (p *packer) stampsFit(b []byte) bool {
	if len(b) == 1 && b[0] == cborhead.Null {
		return true
	}
	rest := p.eachStamp(b, func(uint64, uint64, int64) {})
	return rest != nil && len(rest) == 0
}

// eachStamp calls fn for each group of stamps, with its fields in p.group. It returns what follows; nil for another form.
func (p *packer) eachStamp(b []byte, fn func(version, device uint64, edited int64)) (rest []byte) {
	major, groups, rest := head(b)
	if rest == nil || major != cborhead.Array || groups == 0 {
		return nil
	}
	for range groups {
		var n [4]uint64
		var at [4]byte
		if major, n[0], rest = head(rest); rest == nil || major != cborhead.Array || n[0] != 4 {
			return nil
		}
		for i := range n {
			if at[i], n[i], rest = head(rest); rest == nil {
				return nil
			}
		}
		edited := int64(n[2])
		if at[2] == cborhead.Int {
			edited = -edited - 1
		}
		if at[0] != cborhead.Uint || at[1] != cborhead.Uint || at[2] > cborhead.Int || at[3] != cborhead.Array || max(n[0], n[1], n[2]) > math.MaxInt64/4 {
			return nil
		}
		p.group = p.group[:0]
		for range n[3] {
			var field uint64
			if major, field, rest = head(rest); rest == nil || major != cborhead.Uint || field > math.MaxUint16 {
				return nil
			}
			p.group = append(p.group, uint16(field))
		}
		fn(n[0], n[1], edited)
	}
	return rest
}

func (p *packer) putStamps(version uint64, b []byte) {
	c := &p.fixed[stamps]
	if b[0] == cborhead.Null {
		c.put(0)
		return
	}
	_, groups, _ := head(b)
	c.put(groups)
	p.eachStamp(b, func(v, device uint64, edited int64) {
		c.put(zigzag(int64(version - v)))
		c.put(device)
		c.put(zigzag(edited - int64(p.prev.stamp)))
		p.prev.stamp = uint64(edited)
		p.putList(stamps, p.group)
	})
}

// bytes is all columns, each with its length.
func (p *packer) bytes() []byte {
	if p.count == 0 {
		return nil
	}
	out := binary.AppendUvarint(nil, uint64(p.count))
	write := func(c column) {
		out = binary.AppendUvarint(out, uint64(len(c.b)))
		out = append(out, c.b...)
	}
	for _, c := range p.fixed {
		write(c)
	}
	out = binary.AppendUvarint(out, uint64(len(p.order)))
	for _, key := range p.order {
		out = binary.AppendUvarint(out, uint64(key))
		v := p.columns[key]
		write(v.heads)
		write(v.numbers)
		write(v.texts)
	}
	return out
}
