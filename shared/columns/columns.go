// Package columns turns a list of records on its side: all ids, then all versions, then all values of each field. A first
// sync travels so, because values of one field resemble each other more than those of one record, and compress to two
// thirds. It works on the canonical bytes of the bodies and gives them back to the byte, whatever fields they have: it
// knows no schema.
package columns

import (
	"encoding/binary"
	"errors"
	"slices"

	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// maxBytes bounds what a packed list unpacks to: some bytes of it may stand for many.
const maxBytes = 4 * protocol.MaxDecodedBytes

// Pack makes one run of bytes of the records whose bodies have the ordinary form; the others are left over.
func Pack(records []protocol.Record) (packed []byte, left []protocol.Record) {
	p := &packer{table: newTable()}
	for _, r := range records {
		if !p.add(r) {
			left = append(left, r)
		}
	}
	return p.bytes(), left
}

// Count is how many records are packed.
func Count(packed []byte) int {
	n, _ := binary.Uvarint(packed)
	return int(min(n, protocol.MaxListLength))
}

// Unpack gives the records back in their order, one by one, and stops when yield does. It fails with fault.BadFrame.
func Unpack(packed []byte, yield func(protocol.Record) bool) error {
	if len(packed) == 0 {
		return nil
	}
	u, err := newUnpacker(packed)
	if err != nil {
		return fault.Wrap(err, fault.BadFrame)
	}
	for range u.count {
		r, err := u.next()
		if err != nil {
			return fault.Wrap(err, fault.BadFrame)
		}
		if !yield(r) {
			return nil
		}
	}
	return nil
}

// table is what both directions remember from record to record: the columns, and the lists of field numbers met so far.
type table struct {
	fixed   [fixedColumns]column
	columns map[uint32]*values // by collection and field
	order   []uint32           // of the columns, as they came up
	lists   [][]uint16         // of field numbers
	prev    struct {
		collection uint16
		seq, stamp uint64
		time       uint64 // the first six bytes of an id: of a UUIDv7, when it was made
	}
}

// The columns that every record has.
const (
	collections = iota
	times
	ids
	seqs
	versions // twice the version, and one more for a deleted record
	shapes   // which list of fields the record has
	stamps
	newLists
	fixedColumns
)

// values are the column of one field: what kind of value comes and how long it is, the texts themselves, and whole
// numbers as the difference to the one before.
type values struct {
	heads, texts, numbers column
	prev                  int64
}

// column is bytes that are added to at the end, and taken from the front.
type column struct{ b []byte }

func newTable() *table { return &table{columns: map[uint32]*values{}} }

func (t *table) of(collection, field uint16) *values {
	key := uint32(collection)<<16 | uint32(field)
	v := t.columns[key]
	if v == nil {
		v = &values{}
		t.columns[key] = v
		t.order = append(t.order, key)
	}
	return v
}

func (t *table) listAt(list []uint16) int {
	return slices.IndexFunc(t.lists, func(have []uint16) bool { return slices.Equal(have, list) })
}

var errForm = errors.New("not the form of a packed list of records")

func zigzag(n int64) uint64   { return uint64(n<<1) ^ uint64(n>>63) }
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

func (c *column) put(n uint64)      { c.b = binary.AppendUvarint(c.b, n) }
func (c *column) putBytes(b []byte) { c.b = append(c.b, b...) }

func (c *column) take() (uint64, error) {
	n, size := binary.Uvarint(c.b)
	if size <= 0 {
		return 0, errForm
	}
	c.b = c.b[size:]
	return n, nil
}

func (c *column) takeBytes(n uint64) ([]byte, error) {
	if n > uint64(len(c.b)) {
		return nil, errForm
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out, nil
}
