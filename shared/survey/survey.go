// Package survey lays a network's records out as points of a line, so that two holders of the network find where they
// differ by comparing sums over ranges of it, without telling each other what they hold. It is arithmetic only: who asks
// whom, and what is done about a difference, is the syncer's and the session's.
package survey

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"acopio/shared/record"
)

// Parts is how many ranges one range is split into; partBits says it in bits of a place.
const (
	Parts    = 64
	partBits = 6
	maxBits  = 10 * partBits
)

// A Point is one record: its place on the line, and what it adds to the sums. One that adds nothing is a tombstone.
type Point struct {
	Place      uint64
	ID         record.ID
	Collection uint16
	Sum        record.Sum
}

// At makes a record's point. Places are spread evenly, whatever ids look like.
func At(collection uint16, id record.ID, sum record.Sum) Point {
	var b [2 + len(record.ID{})]byte
	binary.BigEndian.PutUint16(b[:], collection)
	copy(b[2:], id[:])
	h := sha256.Sum256(b[:])
	return Point{Place: binary.BigEndian.Uint64(h[:]), ID: id, Collection: collection, Sum: sum}
}

// Mark is what stands for a point's content in a list of points: the lower half of its sum, which is a hash.
func (p Point) Mark() uint64 { return p.Sum.Lo }

// Survey is the points of a network at one moment.
type Survey struct {
	points []Point
	sums   []uint64 // sums[i] is the sum of the marks before point i
	total  record.Sum
}

// New makes a survey of points, which it takes over.
func New(points []Point) *Survey {
	slices.SortFunc(points, func(a, b Point) int { return cmp.Compare(a.Place, b.Place) })
	s := &Survey{points: points, sums: make([]uint64, len(points)+1)}
	for i, p := range points {
		s.sums[i+1] = s.sums[i] + p.Mark()
		s.total = s.total.Add(p.Sum)
	}
	return s
}

// Total is the sum of all points.
func (s *Survey) Total() record.Sum { return s.total }

// Range is the part of the line whose places share their first bits with First.
type Range struct {
	First uint64
	Bits  uint8
}

// Valid reports whether a range that somebody named is one that splitting the line makes.
func (r Range) Valid() bool {
	return r.Bits <= maxBits && r.Bits%partBits == 0 && r.First&(1<<(64-r.Bits)-1) == 0
}

// Splits reports whether a valid range has parts.
func (r Range) Splits() bool { return r.Bits < maxBits }

// Part is the i-th of the ranges that a range is split into.
func (r Range) Part(i int) Range {
	bits := r.Bits + partBits
	return Range{First: r.First | uint64(i)<<(64-bits), Bits: bits}
}

// has is the survey's points in a range, as indexes.
func (s *Survey) has(r Range) (from, to int) {
	find := func(place uint64) int {
		i, _ := slices.BinarySearchFunc(s.points, place, func(p Point, place uint64) int { return cmp.Compare(p.Place, place) })
		return i
	}
	from, to = find(r.First), len(s.points)
	if end := r.First + 1<<(64-r.Bits); r.Bits > 0 && end != 0 {
		to = find(end)
	}
	return from, to
}

// In is the points of a range.
func (s *Survey) In(r Range) []Point {
	from, to := s.has(r)
	return s.points[from:to]
}

// Sums are the sums of a range's parts.
func (s *Survey) Sums(r Range) (out [Parts]uint64) {
	for i := range out {
		from, to := s.has(r.Part(i))
		out[i] = s.sums[to] - s.sums[from]
	}
	return out
}

// Differing compares a range with what another holds: bit i of the answer says that part i differs.
func (s *Survey) Differing(r Range, theirs [Parts]uint64) (parts uint64) {
	for i, sum := range s.Sums(r) {
		if sum != theirs[i] {
			parts |= 1 << i
		}
	}
	return parts
}

// A Claim is a point as another holder names it.
type Claim struct{ Place, Mark uint64 }

// Claims names the living points of a range.
func (s *Survey) Claims(r Range) (out []Claim) {
	for _, p := range s.In(r) {
		if p.Sum != (record.Sum{}) {
			out = append(out, Claim{p.Place, p.Mark()})
		}
	}
	return out
}

// Judge holds all that another claims to have in a range against the survey: which records it lacks or has otherwise,
// tombstones of those included that it takes for living, and the places of those that the survey knows nothing of.
func (s *Survey) Judge(r Range, claims []Claim) (wrong []Point, unknown []uint64) {
	claimed := make(map[uint64]uint64, len(claims))
	for _, c := range claims {
		claimed[c.Place] = c.Mark
	}
	for _, p := range s.In(r) {
		mark, has := claimed[p.Place]
		delete(claimed, p.Place)
		living := p.Sum != (record.Sum{})
		if living != has || living && mark != p.Mark() {
			wrong = append(wrong, p)
		}
	}
	for _, c := range claims {
		if _, left := claimed[c.Place]; left {
			unknown = append(unknown, c.Place)
		}
	}
	return wrong, unknown
}

// PutSums and GetSums are the sums of a range's parts as they travel; GetSums reports false for anything else.
func PutSums(sums [Parts]uint64) []byte {
	out := make([]byte, 0, 8*Parts)
	for _, s := range sums {
		out = binary.BigEndian.AppendUint64(out, s)
	}
	return out
}

// GetSums reads PutSums' form.
func GetSums(b []byte) (out [Parts]uint64, ok bool) {
	if len(b) != 8*Parts {
		return out, false
	}
	for i := range out {
		out[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return out, true
}

// PutClaims are claims as they travel.
func PutClaims(claims []Claim) []byte {
	out := make([]byte, 0, 16*len(claims))
	for _, c := range claims {
		out = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(out, c.Place), c.Mark)
	}
	return out
}

// GetClaims reads PutClaims' form; it reports false for anything else.
func GetClaims(b []byte) (out []Claim, ok bool) {
	if len(b)%16 != 0 {
		return nil, false
	}
	for ; len(b) > 0; b = b[16:] {
		out = append(out, Claim{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])})
	}
	return out, true
}
