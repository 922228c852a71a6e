package cborhead

import (
	"bytes"
	"math"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// TestAsTheLibrary holds numbers of every length to the library's core deterministic form.
func TestAsTheLibrary(t *testing.T) {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int64{
		0, 1, 23, 24, 255, 256, 65_535, 65_536, math.MaxUint32, math.MaxUint32 + 1, math.MaxInt64,
		-1, -24, -25, -256, -257, -65_536, -65_537, -math.MaxUint32 - 1, -math.MaxUint32 - 2, math.MinInt64,
	} {
		want, err := enc.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendInt(nil, n); !bytes.Equal(got, want) {
			t.Errorf("%d: %x, the library %x", n, got, want)
		}
	}
	for _, n := range []int{0, 23, 24, 300, 70_000} {
		want, err := enc.Marshal(make([]byte, n))
		if err != nil {
			t.Fatal(err)
		}
		if got := Append(nil, Bytes, uint64(n)); !bytes.Equal(got, want[:len(want)-n]) {
			t.Errorf("%d bytes: %x, the library %x", n, got, want[:len(want)-n])
		}
	}
}
