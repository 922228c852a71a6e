package survey

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"acopio/shared/record"
)

// holdings are what two holders have: drawn so that most is the same.
type holdings struct{ ours, theirs map[uint64]Point }

func draw(t *rapid.T) holdings {
	h := holdings{map[uint64]Point{}, map[uint64]Point{}}
	n := rapid.IntRange(0, 400).Draw(t, "records")
	for i := range n {
		p := At(2, record.DerivedID("survey", fmt.Sprint(i)), contentOf(i, 0))
		h.ours[p.Place], h.theirs[p.Place] = p, p
		switch rapid.IntRange(0, 60).Draw(t, "what") {
		case 0:
			delete(h.theirs, p.Place)
		case 1:
			delete(h.ours, p.Place)
		case 2:
			q := p
			q.Sum = contentOf(i, 1)
			h.theirs[p.Place] = q
		case 3:
			p.Sum = record.Sum{} // a tombstone here, living there
			h.ours[p.Place] = p
		case 4:
			p.Sum = record.Sum{} // a tombstone here, unknown there
			h.ours[p.Place] = p
			delete(h.theirs, p.Place)
		}
	}
	return h
}

// contentOf is what a version of a record adds: a hash, so that differences do not make up for each other.
func contentOf(i int, version byte) record.Sum {
	h := sha256.Sum256(fmt.Append([]byte{version}, i))
	return record.SumOf(h[:16])
}

func surveyOf(m map[uint64]Point) *Survey {
	var points []Point
	for _, p := range m {
		points = append(points, p)
	}
	return New(points)
}

// find descends as the two sides do, to ranges that hold few points.
func find(ours, theirs *Survey, few int) (wrong []Point, unknown []uint64) {
	for queue := []Range{{}}; len(queue) > 0; queue = queue[1:] {
		r := queue[0]
		if len(theirs.In(r)) <= few || !r.Splits() {
			w, u := ours.Judge(r, theirs.Claims(r))
			wrong, unknown = append(wrong, w...), append(unknown, u...)
			continue
		}
		parts := ours.Differing(r, theirs.Sums(r))
		for i := range Parts {
			if parts>>i&1 == 1 {
				queue = append(queue, r.Part(i))
			}
		}
	}
	return wrong, unknown
}

// Whatever differs is found, and nothing else, however deep one has to look.
func TestEveryDifferenceIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := draw(t)
		ours, theirs := surveyOf(h.ours), surveyOf(h.theirs)
		wrong, unknown := find(ours, theirs, rapid.SampledFrom([]int{0, 1, 5, 1000}).Draw(t, "few"))
		var wantWrong, wantUnknown []uint64
		for place, p := range h.ours {
			q, has := h.theirs[place]
			if living := p.Sum != (record.Sum{}); living != has || living && p.Sum != q.Sum {
				wantWrong = append(wantWrong, place)
			}
		}
		for place := range h.theirs {
			if _, known := h.ours[place]; !known {
				wantUnknown = append(wantUnknown, place)
			}
		}
		var gotWrong []uint64
		for _, p := range wrong {
			gotWrong = append(gotWrong, p.Place)
		}
		for _, list := range []*[]uint64{&wantWrong, &wantUnknown, &gotWrong, &unknown} {
			slices.Sort(*list)
		}
		if !slices.Equal(gotWrong, wantWrong) || !slices.Equal(unknown, wantUnknown) {
			t.Fatalf("wrong %x, want %x; unknown %x, want %x", gotWrong, wantWrong, unknown, wantUnknown)
		}
	})
}

// The parts of a range are the whole of it, at every depth and at both ends of the line.
func TestPartsCoverTheirRange(t *testing.T) {
	for _, at := range []int{0, 17, Parts - 1} {
		for r := (Range{}); r.Splits(); r = r.Part(at) {
			for i := 1; i < Parts; i++ {
				before, next := r.Part(i-1), r.Part(i)
				if !next.Valid() {
					t.Fatalf("%+v is not valid", next)
				}
				if before.First+1<<(64-before.Bits) != next.First {
					t.Fatalf("part %d of %+v begins at %x", i, r, next.First)
				}
			}
			first, last := r.Part(0), r.Part(Parts-1)
			if first.First != r.First || r.Bits > 0 && last.First+1<<(64-last.Bits) != r.First+1<<(64-r.Bits) {
				t.Fatalf("%+v is not covered", r)
			}
		}
	}
	ends := New([]Point{{Place: 0, Sum: record.Sum{Lo: 1}}, {Place: ^uint64(0), Sum: record.Sum{Lo: 2}}})
	if sums := ends.Sums(Range{}); sums[0] != 1 || sums[Parts-1] != 2 || len(ends.In(Range{})) != 2 {
		t.Errorf("the ends of the line: %v", sums)
	}
}

func TestRangesOfStrangersAreChecked(t *testing.T) {
	for _, r := range []Range{{Bits: 1}, {Bits: 64}, {Bits: 66}, {First: 1, Bits: 6}, {First: 1}, {Bits: 255}} {
		if r.Valid() {
			t.Errorf("%+v passes", r)
		}
	}
	for _, r := range []Range{{}, {First: 63 << 58, Bits: 6}, {First: 1 << 10, Bits: maxBits - partBits}, {First: 1 << 4, Bits: maxBits}} {
		if !r.Valid() {
			t.Errorf("%+v does not", r)
		}
	}
	if _, ok := GetSums(make([]byte, 8*Parts-1)); ok {
		t.Error("sums of another length pass")
	}
	if _, ok := GetClaims(make([]byte, 17)); ok {
		t.Error("a part of a claim passes")
	}
	sums := [Parts]uint64{1, 2, Parts - 1: 3}
	if got, ok := GetSums(PutSums(sums)); !ok || got != sums {
		t.Errorf("%v", got)
	}
	claims := []Claim{{1, 2}, {^uint64(0), 3}}
	if got, ok := GetClaims(PutClaims(claims)); !ok || !slices.Equal(got, claims) {
		t.Errorf("%v", got)
	}
}
