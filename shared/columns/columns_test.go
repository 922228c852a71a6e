package columns

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// drawn is any value a field may have, of this build's types or of a later one's.
func drawn(t *rapid.T) any {
	return rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Uint64(), func(n uint64) any { return n }),
		rapid.Map(rapid.Float64(), func(x float64) any { return x }),
		rapid.Map(rapid.Bool(), func(is bool) any { return is }),
		rapid.Map(rapid.SliceOf(rapid.String()), func(s []string) any { return s }),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) any { return b }),
		rapid.SampledFrom([]any{nil, map[string]any{"k": []any{1, map[string]int{"deep": 1}}}, cbor.Tag{Number: 1, Content: 5}}),
	).Draw(t, "value")
}

func drawBody(t *rapid.T) []byte {
	fields := map[uint16]any{}
	for range rapid.IntRange(0, 6).Draw(t, "fields") {
		fields[rapid.Uint16Range(0, 30).Draw(t, "field")] = drawn(t)
	}
	var stamps []any
	for range rapid.IntRange(0, 3).Draw(t, "stamps") {
		stamps = append(stamps, []any{
			rapid.Uint64().Draw(t, "version"), rapid.Uint32().Draw(t, "device"), rapid.Int64().Draw(t, "edited"),
			rapid.SliceOf(rapid.Uint16()).Draw(t, "stamped"),
		})
	}
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := mode.Marshal([]any{rapid.Uint64().Draw(t, "version"), rapid.Bool().Draw(t, "deleted"), fields, stamps})
	if err != nil {
		t.Fatal(err)
	}
	if rapid.IntRange(0, 9).Draw(t, "spoil") == 0 {
		b = append(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")], 0xff)
	}
	return b
}

func TestRecordsComeBackToTheByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := make([]protocol.Record, rapid.IntRange(0, 20).Draw(t, "records"))
		for i := range want {
			want[i] = protocol.Record{Collection: rapid.Uint16().Draw(t, "collection"), Seq: rapid.Uint64().Draw(t, "seq"), Body: drawBody(t)}
			copy(want[i].ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		}
		packed, left := Pack(want)
		if Count(packed)+len(left) != len(want) {
			t.Fatalf("%d of %d are packed, %d left", Count(packed), len(want), len(left))
		}
		var got []protocol.Record
		if err := Unpack(packed, func(r protocol.Record) bool { got = append(got, r); return true }); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			switch {
			case len(got) > 0 && same(got[0], w):
				got = got[1:]
			case len(left) > 0 && same(left[0], w):
				left = left[1:]
			default:
				t.Fatalf("%v was lost", w)
			}
		}
	})
}

func same(a, b protocol.Record) bool {
	return a.Collection == b.Collection && a.ID == b.ID && a.Seq == b.Seq && bytes.Equal(a.Body, b.Body)
}

// An ordinary record is packed, and packed so that an earlier build can read it: these bytes must not change.
func TestGolden(t *testing.T) {
	body, _ := hex.DecodeString("8401f4a3011b00000199cd5ed0000a6541c3b16179181b50000000000000000000000000000000018184010" +
		"71b00000199cd5ed00083010a181b")
	packed, left := Pack([]protocol.Record{
		{Collection: 2, ID: record.ID{1, 2, 3, 4, 5, 6, 7}, Seq: 5, Body: body},
		{Collection: 2, ID: record.ID{1, 2, 3, 4, 5, 7, 7}, Seq: 6, Body: body},
	})
	if len(left) > 0 {
		t.Fatalf("left over: %x", left[0].Body)
	}
	const want = "02020400078c94a0b0c04002140700000000000000000007000000000000000000020a020202020200000f01000780c0f6d5b9660001000700000403" +
		"010a1b03818008021f1f0780c0f6d5b96600008a8008026565000a41c3b1617941c3b161799b800802505000200000000000000000000000000000000100000000000000000000000000000001"
	if got := hex.EncodeToString(packed); got != want {
		t.Errorf("packed as\n%s\nnot\n%s", got, want)
	}
}

func FuzzUnpack(f *testing.F) {
	body := []byte{0x84, 1, 0xf4, 0xa1, 10, 0x61, 'a', 0x81, 0x84, 1, 7, 5, 0x81, 10}
	packed, _ := Pack([]protocol.Record{{Collection: 2, Body: body}, {Collection: 3, Seq: 9, Body: body}})
	f.Add(packed)
	f.Fuzz(func(t *testing.T, packed []byte) {
		total := 0
		err := Unpack(packed, func(r protocol.Record) bool { total += len(r.Body); return true })
		if err != nil && !fault.Is(err, fault.BadFrame) {
			t.Fatal(err)
		}
		if total > maxBytes {
			t.Fatalf("%d bytes became %d", len(packed), total)
		}
	})
}
