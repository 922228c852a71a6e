package record

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"sync"

	"acopio/shared/clock"
)

// Source draws ids. A nil Source draws from the machine's chance and clock; the simulator owns both. It is safe for
// concurrent use.
type Source struct {
	clock  clock.Clock
	chance io.Reader

	mu   sync.Mutex
	last uint64 // milliseconds and a counter, of the newest record id
}

// NewSource draws from a clock and a reader of random bytes that does not fail.
func NewSource(c clock.Clock, chance io.Reader) *Source { return &Source{clock: c, chance: chance} }

var machine = NewSource(clock.System{}, rand.Reader) // crypto/rand.Read never fails

// NewID makes a time-ordered id.
func NewID() ID { return machine.ID() }

// NewOpID draws a fresh one.
func NewOpID() OpID { return machine.Op() }

// ID makes a UUIDv7. Those of one source ascend, also within a millisecond and when the clock goes back a little.
func (s *Source) ID() ID {
	if s == nil {
		return NewID()
	}
	var id ID
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.ReadFull(s.chance, id[8:]) // it does not fail
	const counterBits, most = 12, 1 << 12
	at := uint64(clock.MillisOf(s.clock.Now())) << counterBits
	if behind := s.last - at; s.last >= at && behind < most<<counterBits {
		at = s.last + 1
	}
	s.last = at
	binary.BigEndian.PutUint64(id[:8], at>>counterBits<<16|at%most)
	id[6] |= 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Op draws a fresh op id: the time in milliseconds and 80 random bits, so that ops of one time are next to each other
// wherever ops are looked up.
func (s *Source) Op() OpID {
	if s == nil {
		return NewOpID()
	}
	var op OpID
	s.mu.Lock()
	defer s.mu.Unlock()
	binary.BigEndian.PutUint64(op[:8], uint64(clock.MillisOf(s.clock.Now()))<<16)
	_, _ = io.ReadFull(s.chance, op[6:]) // it does not fail
	return op
}
