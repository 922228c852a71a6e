package protocol

import (
	"encoding/binary"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"acopio/shared/cborhead"
	"acopio/shared/fault"
)

// Frames grow at their end. A peer of an earlier build sends a shorter array, whose missing elements are zero; one of a
// later build sends a longer one, whose surplus is left aside. So a field can be added to a frame without a new version
// of the protocol, as long as zero means what it meant before. Records and history entries do not grow this way: their
// bodies name their fields by number.

// Unmarshaling of the frames that may grow, each with the number of elements that it has had from the beginning.
func (v *Hello) UnmarshalCBOR(b []byte) error    { return grown(b, (*plainHello)(v), 7) }
func (v *Cursor) UnmarshalCBOR(b []byte) error   { return grown(b, (*plainCursor)(v), 4) }
func (v *Welcome) UnmarshalCBOR(b []byte) error  { return grown(b, (*plainWelcome)(v), 9) }
func (v *Grant) UnmarshalCBOR(b []byte) error    { return grown(b, (*plainGrant)(v), 4) }
func (v *Push) UnmarshalCBOR(b []byte) error     { return grown(b, (*plainPush)(v), 1) }
func (v *Mutation) UnmarshalCBOR(b []byte) error { return grown(b, (*plainMutation)(v), 12) }
func (v *Ack) UnmarshalCBOR(b []byte) error      { return grown(b, (*plainAck)(v), 1) }
func (v *Verdict) UnmarshalCBOR(b []byte) error  { return grown(b, (*plainVerdict)(v), 6) }
func (v *Pull) UnmarshalCBOR(b []byte) error     { return grown(b, (*plainPull)(v), 4) }
func (v *Page) UnmarshalCBOR(b []byte) error     { return grown(b, (*plainPage)(v), 12) }
func (v *Poke) UnmarshalCBOR(b []byte) error     { return grown(b, (*plainPoke)(v), 2) }
func (v *Report) UnmarshalCBOR(b []byte) error   { return grown(b, (*plainReport)(v), 1) }
func (v *Goodbye) UnmarshalCBOR(b []byte) error  { return grown(b, (*plainGoodbye)(v), 2) }
func (v *Keep) UnmarshalCBOR(b []byte) error     { return grown(b, (*plainKeep)(v), 2) }
func (v *Identity) UnmarshalCBOR(b []byte) error { return grown(b, (*plainIdentity)(v), 4) }
func (v *Errand) UnmarshalCBOR(b []byte) error   { return grown(b, (*plainErrand)(v), 3) }
func (v *Receipt) UnmarshalCBOR(b []byte) error  { return grown(b, (*plainReceipt)(v), 2) }
func (v *Outcome) UnmarshalCBOR(b []byte) error  { return grown(b, (*plainOutcome)(v), 3) }

// The same structs without the methods above, which would call themselves.
type (
	plainHello    Hello
	plainCursor   Cursor
	plainWelcome  Welcome
	plainGrant    Grant
	plainPush     Push
	plainMutation Mutation
	plainAck      Ack
	plainVerdict  Verdict
	plainPull     Pull
	plainPage     Page
	plainPoke     Poke
	plainReport   Report
	plainGoodbye  Goodbye
	plainKeep     Keep
	plainIdentity Identity
	plainErrand   Errand
	plainReceipt  Receipt
	plainOutcome  Outcome
)

// grown decodes an array of at least some elements into a struct whose first field is the toarray mark: what is missing
// stays zero, what is surplus is left aside.
func grown[T any](b []byte, v *T, least int) error {
	have, head := arrayHead(b)
	if head == 0 || have < least {
		return fault.New(fault.BadFrame)
	}
	want := reflect.TypeFor[T]().NumField() - 1
	switch body := b[head:]; {
	case have == want:
		return dec.Unmarshal(b, v)
	case have < want:
		padded := append(encodedHead(want), body...)
		for range want - have {
			padded = append(padded, cborhead.Null)
		}
		return dec.Unmarshal(padded, v)
	default:
		end, err := skip(body, want)
		if err != nil {
			return err
		}
		return dec.Unmarshal(append(encodedHead(want), body[:end]...), v)
	}
}

// arrayHead reads the length of an array and how many bytes say it; no bytes where there is no array of a length that
// a frame can have.
func arrayHead(b []byte) (length, bytes int) {
	switch {
	case len(b) > 0 && b[0] >= cborhead.Array && b[0] < cborhead.Array+24:
		return int(b[0] - cborhead.Array), 1
	case len(b) > 1 && b[0] == cborhead.Array+24:
		return int(b[1]), 2
	case len(b) > 2 && b[0] == cborhead.Array+25:
		return int(binary.BigEndian.Uint16(b[1:])), 3
	default:
		return 0, 0
	}
}

// encodedHead begins an array of fewer than 24 elements, which every frame is.
func encodedHead(length int) []byte { return []byte{cborhead.Array + byte(length)} }

// skip finds where the first n items end.
func skip(b []byte, n int) (end int, err error) {
	rest := b
	for range n {
		var item cbor.RawMessage
		if rest, err = dec.UnmarshalFirst(rest, &item); err != nil {
			return 0, err
		}
	}
	return len(b) - len(rest), nil
}
