package protocol

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// FuzzFrame reads whatever comes over the line, as both sides do: a frame is split, its payload decoded, and what the
// payload carries decoded too. Nothing may panic, and what is read is written and read again as the same.
func FuzzFrame(f *testing.F) {
	for _, g := range golden() {
		f.Add(Encode(g.t, g.payload))
		f.Add(append([]byte{byte(g.t), flagZstd}, compressor.EncodeAll(bytes.Repeat(Canonical(g.payload), 20), nil)...))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		kind, payload, err := Split(frame)
		if err != nil {
			return
		}
		if len(payload) > MaxDecodedBytes {
			t.Fatalf("%d bytes", len(payload))
		}
		first, err := openBare(kind, payload)
		if err != nil {
			return
		}
		b := Canonical(first)
		second, err := openBare(kind, b)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if again := Canonical(second); !bytes.Equal(again, b) {
			t.Fatalf("%x\nbecame\n%x", b, again)
		}
		_, _ = open(kind, payload) // bodies and changes: the fuzz targets of package record look closer
	})
}

// FuzzZstd unpacks whatever says that it is compressed: into what it says its size is, and no more, the same that a reader in
// small steps makes of it.
func FuzzZstd(f *testing.F) {
	for _, text := range []string{"a", strings.Repeat("palabra ", 500), strings.Repeat("\x00", 1<<20)} {
		f.Add(compressor.EncodeAll([]byte(text), nil))
		var streamed bytes.Buffer
		w := must(zstd.NewWriter(&streamed))
		_, _ = w.Write([]byte(text))
		must(0, w.Close())
		f.Add(streamed.Bytes())
	}
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 2, 3})
	f.Add([]byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0})
	f.Fuzz(func(t *testing.T, packed []byte) {
		_, payload, err := Split(compressed(TypePage, packed))
		if err != nil {
			if !fault.Is(err, fault.BadFrame) {
				t.Fatal(err)
			}
			return
		}
		if len(payload) > MaxDecodedBytes || cap(payload) > MaxDecodedBytes {
			t.Fatalf("%d bytes", cap(payload))
		}
		r := must(zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1)))
		defer r.Close()
		if slow, err := io.ReadAll(r); err != nil || !bytes.Equal(slow, payload) {
			t.Fatalf("%d bytes, in small steps %d: %v", len(payload), len(slow), err)
		}
	})
}

// FuzzMutation is a hostile device's edit: what the server makes of it must have one encoding, or an op sent twice
// would look like another.
func FuzzMutation(f *testing.F) {
	for _, g := range golden() {
		if p, ok := g.payload.(Push); ok {
			for _, m := range p.Mutations {
				f.Add(m.Collection, m.Changes)
			}
		}
	}
	f.Fuzz(func(t *testing.T, collection uint16, changes []byte) {
		s := schema.Registry()
		m, err := Mutation{Collection: collection, Kind: record.Update, Changes: changes}.Mutation(s)
		if err != nil {
			return
		}
		once := FromMutation(s, m)
		back, err := once.Mutation(s)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if twice := FromMutation(s, back); !bytes.Equal(twice.Changes, once.Changes) {
			t.Fatalf("%x\nbecame\n%x", once.Changes, twice.Changes)
		}
	})
}
