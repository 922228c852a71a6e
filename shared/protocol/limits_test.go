package protocol

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// What one hostile message may cost.
const (
	mostBytes = 32 << 20
	mostTime  = 100 * time.Millisecond
)

// cost is what doing something takes, once everything that is made only once is there.
func cost(do func()) (allocated uint64, took time.Duration) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	do()
	took = time.Since(began)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, took
}

// read takes a frame as a peer does: split, decoded, and what is inside of it decoded too.
func read(frame []byte) error {
	t, payload, err := Split(frame)
	if err != nil {
		return err
	}
	_, err = open(t, payload)
	return err
}

func open(t Type, payload []byte) (any, error) {
	switch t {
	case TypeHello:
		return Decode[Hello](payload)
	case TypeWelcome:
		return Decode[Welcome](payload)
	case TypePush:
		return openPush(payload)
	case TypeAck:
		return Decode[Ack](payload)
	case TypePull:
		return Decode[Pull](payload)
	case TypePage:
		return openPage(payload)
	case TypePoke:
		return Decode[Poke](payload)
	case TypeReport:
		return Decode[Report](payload)
	case TypeAskHistory:
		return Decode[AskHistory](payload)
	case TypeHistory:
		return Decode[History](payload)
	case TypeGoodbye:
		return Decode[Goodbye](payload)
	case TypeKeep:
		return Decode[Keep](payload)
	case TypeIdentity:
		return Decode[Identity](payload)
	case TypeErrand:
		return openErrand(payload)
	case TypeReceipt:
		return Decode[Receipt](payload)
	case TypeCompare:
		return Decode[Compare](payload)
	case TypeDiffer:
		return openDiffer(payload)
	default:
		return nil, fault.New(fault.BadFrame)
	}
}

func openPush(payload []byte) (Push, error) {
	p, err := Decode[Push](payload)
	if err != nil {
		return p, err
	}
	for _, w := range p.Mutations {
		if _, err := w.Mutation(schema.Registry()); err != nil {
			return p, err
		}
	}
	return p, nil
}

func openErrand(payload []byte) (Errand, error) {
	e, err := Decode[Errand](payload)
	if err != nil {
		return e, err
	}
	_, err = openPush(Canonical(Push{Mutations: e.Mutations}))
	return e, err
}

func openDiffer(payload []byte) (Differ, error) {
	d, err := Decode[Differ](payload)
	if err != nil {
		return d, err
	}
	_, err = openPage(Canonical(Page{Network: d.Network, Records: d.Records}))
	return d, err
}

func openPage(payload []byte) (Page, error) {
	p, err := Decode[Page](payload)
	if err != nil {
		return p, err
	}
	for _, w := range p.Records {
		if _, _, err := w.Record(schema.Registry(), p.Network); err != nil {
			return p, err
		}
	}
	for _, w := range p.Entries {
		if _, _, err := w.Entry(schema.Registry(), p.Network); err != nil {
			return p, err
		}
	}
	return p, nil
}

func zeros(t *testing.T, size int, sized bool) []byte {
	t.Helper()
	if sized {
		e, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return e.EncodeAll(make([]byte, size), nil)
	}
	var b bytes.Buffer
	e, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for range size >> 20 {
		if _, err := e.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compressed(t Type, payload []byte) []byte { return append([]byte{byte(t), flagZstd}, payload...) }

func plain(t Type, payload ...byte) []byte { return append([]byte{byte(t), 0}, payload...) }

// length is the head of a CBOR item of the major type that claims n parts.
func length(major byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
}

// many is a push that claims n mutations and gives each as an empty list.
func many(n uint64) []byte {
	return append(append([]byte{0x81}, length(4, n)...), bytes.Repeat([]byte{0x80}, int(n))...)
}

func TestBombsAreRefusedCheaply(t *testing.T) {
	_ = read(compressed(TypePush, zeros(t, 1<<20, true))) // makes the decompressor
	window := append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff}, make([]byte, 64)...)
	huge := uint64(1) << 63
	bombs := map[string][]byte{
		"64 MB of zeros":                        compressed(TypePush, zeros(t, 64<<20, true)),
		"64 MB of zeros that do not say so":     compressed(TypePush, zeros(t, 64<<20, false)),
		"1 GB of zeros that do not say so":      compressed(TypePush, zeros(t, 1<<30, false)),
		"many small frames in one":              compressed(TypePush, bytes.Repeat(zeros(t, 4<<20, true), 16)),
		"thousands of tiny frames in one":       compressed(TypePush, append(zeros(t, 1<<10, true), bytes.Repeat(zeros(t, 1<<10, true), 8000)...)),
		"a window of gigabytes":                 compressed(TypePush, window),
		"the most that is decompressed":         compressed(TypePush, zeros(t, MaxDecodedBytes, true)),
		"skippable frames":                      compressed(TypePush, bytes.Repeat([]byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}, 400_000)),
		"lists in lists":                        plain(TypePush, bytes.Repeat([]byte{0x81}, 3<<20)...),
		"maps in maps":                          plain(TypeGoodbye, bytes.Repeat([]byte{0xa1, 0x01}, 1<<20)...),
		"tags on tags":                          plain(TypePush, bytes.Repeat([]byte{0xc1}, 3<<20)...),
		"2^63 mutations":                        plain(TypePush, append([]byte{0x81}, length(4, huge)...)...),
		"2^63 bytes":                            plain(TypePush, append([]byte{0x81}, length(2, huge)...)...),
		"2^63 letters":                          plain(TypePoke, append([]byte{0x82}, length(3, huge)...)...),
		"2^63 pairs":                            plain(TypeGoodbye, append([]byte{0x82, 0x60}, length(5, huge)...)...),
		"2^32 mutations":                        plain(TypePush, append([]byte{0x81}, length(4, 1<<32)...)...),
		"a million empty mutations":             plain(TypePush, many(1_000_000)...),
		"as many empty mutations as lists take": plain(TypePush, many(MaxListLength)...),
		"lists without an end":                  plain(TypePush, bytes.Repeat([]byte{0x9f}, 1000)...),
		"nothing in a frame":                    plain(TypePush),
		"an unknown compression":                {byte(TypePush), 2, 0x80},
		"more than a frame takes":               plain(TypePush, make([]byte, MaxFrameBytes)...),
	}
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			var err error
			allocated, took := cost(func() { err = read(bomb) })
			if !fault.Is(err, fault.BadFrame) {
				t.Errorf("it was read: %v", err)
			}
			if took > mostTime && !raceDetector {
				t.Errorf("it took %v", took)
			}
			if allocated > mostBytes {
				t.Errorf("it cost %d MB for %d KB", allocated>>20, len(bomb)>>10)
			}
			t.Logf("%d KB in, %d KB allocated, %v", len(bomb)>>10, allocated>>10, took)
		})
	}
}

// The same inside of a frame, where record bodies and changes have decoders of their own.
func TestBombsInsideOfBodies(t *testing.T) {
	c, err := schema.Registry().Collection("organization")
	if err != nil {
		t.Fatal(err)
	}
	huge := uint64(1) << 63
	for name, bomb := range map[string][]byte{
		"deep":                  bytes.Repeat([]byte{0x81}, 1<<20),
		"deep in a field":       append([]byte{0x84, 0x01, 0xf4, 0xa1, 0x0a}, bytes.Repeat([]byte{0x81}, 1<<20)...),
		"2^63 changes":          length(4, huge),
		"2^63 fields":           append([]byte{0x84, 0x01, 0xf4}, length(5, huge)...),
		"a million":             append(length(4, 1_000_000), bytes.Repeat([]byte{0x80}, 1_000_000)...),
		"as many as lists take": append(length(4, 10_000), bytes.Repeat([]byte{0x80}, 10_000)...),
	} {
		t.Run(name, func(t *testing.T) {
			var body, changes, stamps, extra error
			allocated, took := cost(func() {
				_, body = record.DecodeBody(c, record.Key{}, bomb)
				_, changes = record.DecodeChanges(c, bomb)
				_, stamps = record.DecodeStamps(bomb)
				extra = record.DecodeExtra(c, bomb, map[uint16]schema.Value{})
			})
			if body == nil || changes == nil || stamps == nil || extra == nil {
				t.Errorf("it was read: %v, %v, %v, %v", body, changes, stamps, extra)
			}
			if took > mostTime && !raceDetector || allocated > mostBytes {
				t.Errorf("it took %v and %d MB", took, allocated>>20)
			}
		})
	}
}

// Whatever its size, a frame that this build compresses is one that it reads.
func TestFramesOfEverySizeComeBack(t *testing.T) {
	for size := range 1200 {
		want := Poke{Network: strings.Repeat("PE", size), Head: uint64(size)}
		kind, payload, err := Split(Encode(TypePoke, want))
		if err != nil {
			t.Fatalf("%d: %v", 2*size, err)
		}
		if got, err := Decode[Poke](payload); err != nil || kind != TypePoke || got != want {
			t.Fatalf("%d: %v", 2*size, err)
		}
	}
	random := make([]byte, MaxFrameBytes-100)
	for i := range random {
		random[i] = byte(i*i>>7) ^ byte(i)
	}
	if _, _, err := Split(Encode(TypePage, Page{Hash: random})); err != nil {
		t.Error(err)
	}
}

// A frame cut anywhere is refused, and never read as another.
func TestCutFramesAreRefused(t *testing.T) {
	for _, g := range golden() {
		frame := Encode(g.t, g.payload)
		for n := range frame {
			if err := read(frame[:n]); err == nil {
				t.Fatalf("%s cut after %d of %d bytes was read", g.name, n, len(frame))
			}
		}
		if err := read(append(frame, 0)); err == nil {
			t.Errorf("%s with a byte more was read", g.name)
		}
	}
}

// What an honest peer sends at most goes through.
func TestTheLimitsLeaveRoom(t *testing.T) {
	p := Push{}
	note := bytes.Repeat([]byte("palabra distinta "), 1000)
	for i := range 1000 {
		m := Mutation{Op: record.NewOpID(), Network: "PE", Collection: 2, ID: record.NewID(), Kind: record.Update, Base: uint64(i)}
		c, _ := schema.Registry().CollectionByNumber(2)
		m.Changes = record.EncodeChanges(c, []record.Change{{Field: 26, New: string(note[:len(note)/8])}})
		p.Mutations = append(p.Mutations, m)
	}
	frame := Encode(TypePush, p)
	if len(frame) > MaxFrameBytes {
		t.Fatalf("%d bytes", len(frame))
	}
	if err := read(frame); err != nil {
		t.Fatal(err)
	}
}
