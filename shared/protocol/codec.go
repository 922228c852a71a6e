package protocol

import (
	"bytes"
	"errors"
	"sync"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"

	"acopio/shared/fault"
)

// Limits of what a peer takes. A frame above them is refused before it is decoded, so that no message costs more than
// a small multiple of MaxDecodedBytes.
const (
	MaxFrameBytes   = 4 << 20 // as it travels
	MaxDecodedBytes = 8 << 20 // after decompression
	MaxListLength   = 20_000  // of any list in a frame
	compressAbove   = 255     // smaller frames are sent as they are; compressed, they would not say their size
)

const flagZstd = 1

var (
	enc = must(cbor.CoreDetEncOptions().UserBufferEncMode())
	dec = must(cbor.DecOptions{
		MaxNestedLevels: 6, MaxArrayElements: MaxListLength, MaxMapPairs: 1000,
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
	}.DecMode())
	compressor   = must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(2)))
	decompressor = sync.OnceValue(func() *zstd.Decoder {
		return must(zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxDecodedBytes), zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderConcurrency(2)))
	})
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the options above are constants
	}
	return v
}

// Encode makes a frame: type, flags, then the payload's CBOR, compressed where that pays.
func Encode(t Type, payload any) []byte {
	w := workbench.Get().(*buffers) //nolint:forcetypeassert // nothing else is in it
	defer workbench.Put(w)
	w.plain.Reset()
	if err := enc.MarshalToBuffer(payload, &w.plain); err != nil {
		panic(err) // the payloads are this package's own structs
	}
	b := w.plain.Bytes()
	if len(b) > compressAbove {
		w.packed = compressor.EncodeAll(b, append(w.packed[:0], byte(t), flagZstd))
		if len(w.packed) < len(b) {
			return bytes.Clone(w.packed)
		}
	}
	return append([]byte{byte(t), 0}, b...)
}

// buffers are what a frame is made in; they grow to many times its size, and are used again for the next one.
type buffers struct {
	plain  bytes.Buffer
	packed []byte
}

var workbench = sync.Pool{New: func() any { return new(buffers) }}

// Split reads a frame's type and its payload's CBOR, or fails with fault.BadFrame.
func Split(frame []byte) (Type, []byte, error) {
	if len(frame) < 3 || len(frame) > MaxFrameBytes {
		return 0, nil, fault.New(fault.BadFrame)
	}
	t, flags, payload := Type(frame[0]), frame[1], frame[2:]
	switch flags {
	case 0:
		return t, payload, nil
	case flagZstd:
		b, err := decompress(payload)
		if err != nil {
			return 0, nil, fault.Wrap(err, fault.BadFrame)
		}
		return t, b, nil
	default:
		return 0, nil, fault.New(fault.BadFrame)
	}
}

var errSize = errors.New("the frame does not say its size, or is larger than it says")

// decompress takes exactly what the frame says it holds into one buffer: without a size told beforehand, or with many
// small frames in one, the buffer would have to grow, which costs many times the size.
func decompress(payload []byte) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(payload); err != nil {
		return nil, err
	}
	if !h.HasFCS || h.FrameContentSize == 0 || h.FrameContentSize > MaxDecodedBytes {
		return nil, errSize
	}
	return decompressor().DecodeAll(payload, make([]byte, 0, h.FrameContentSize))
}

// Decode reads a payload's CBOR into a frame struct, or fails with fault.BadFrame.
func Decode[T any](payload []byte) (T, error) {
	var v T
	if err := dec.Unmarshal(payload, &v); err != nil {
		return v, fault.Wrap(err, fault.BadFrame)
	}
	return v, nil
}

// Canonical is a wire struct's deterministic CBOR, for hashing.
func Canonical(v any) []byte { return must(enc.Marshal(v)) }
