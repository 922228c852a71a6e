package protocol

import (
	"crypto/sha256"
	"crypto/subtle"
)

// A page may be larger than what a line carries before it breaks again. What had come of it is not thrown away: the
// client asks for the same page once more, saying how much of it it holds (Pull.Held) and the hash of that, and the
// server, which makes the same bytes of the same state, sends the rest of them. If anything has changed, it sends the page.

const sumBytes = 16

// Hold makes a pull ask for what is missing of its answer.
func (p Pull) Hold(begun []byte) Pull {
	p.Held, p.Sum = uint32(len(begun)), sumOf(begun)
	return p
}

func sumOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:sumBytes]
}

// Rest is the frame that completes what the client holds of an answer; ok is false where that is no beginning of it.
func (p Pull) Rest(answer []byte) (rest []byte, ok bool) {
	if p.Held == 0 || uint64(p.Held) >= uint64(len(answer)) || subtle.ConstantTimeCompare(p.Sum, sumOf(answer[:p.Held])) != 1 {
		return nil, false
	}
	return append([]byte{byte(TypeRest), 0}, answer[p.Held:]...), true
}

// Continue adds to the beginning of a frame what a rest frame, or the beginning of one, holds of it.
func Continue(begun, rest []byte) []byte {
	if len(rest) < 2 {
		return begun
	}
	return append(begun[:len(begun):len(begun)], rest[2:]...)
}
