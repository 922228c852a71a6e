package exchange

import (
	"crypto/sha256"
	"encoding/binary"

	"acopio/shared/record"
)

// idMaker makes the ids of an import's new records: UUIDv7 with the time of the batch's own id, in the order of the
// rows, so that a dry run with the same batch gives the same ones and that they lie side by side in an index.
type idMaker struct {
	batch record.ID
	hash  uint64
	count uint32
}

func newIDMaker(batch record.ID) *idMaker {
	sum := sha256.Sum256(batch[:])
	return &idMaker{batch: batch, hash: binary.BigEndian.Uint64(sum[:])}
}

// next is 48 bits of time, 32 bits of count and 42 bits that name the batch.
func (m *idMaker) next() record.ID {
	m.count++
	id := record.ID{}
	copy(id[:6], m.batch[:6])
	binary.BigEndian.PutUint16(id[6:], 0x7000|uint16(m.count>>20))
	low := uint64(m.count&0xfffff)<<42 | m.hash&(1<<42-1)
	binary.BigEndian.PutUint64(id[8:], 1<<63|low)
	return id
}
