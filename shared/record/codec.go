package record

import (
	"math"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"

	"acopio/shared/cborhead"
	"acopio/shared/schema"
)

// One encoding serves the wire, the log, the shadows and the digests: CBOR in its core deterministic form, so that
// equal records have equal bytes. Tags are not part of it: no field needs one, and of a value that this build only passes
// on, the library would check the content of some tags when it writes it, and not when it reads it.
var (
	enc = must(cbor.CoreDetEncOptions().EncMode())
	dec = must(cbor.DecOptions{
		MaxNestedLevels: 8, MaxArrayElements: 10_000, MaxMapPairs: 10_000,
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, IntDec: cbor.IntDecConvertSignedOrFail,
		TagsMd: cbor.TagsForbidden,
	}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the options above are constants
	}
	return v
}

// bodyIn is a record without its key: [version, deleted, {field: value}, [[version, device, edited, [fields]] …]].
type bodyIn struct {
	_       struct{} `cbor:",toarray"`
	Version uint64
	Deleted bool
	Fields  map[uint16]cbor.RawMessage
	Stamps  []stampGroup
}

// EncodeBody is the canonical form of everything in a record but its key and seq.
func EncodeBody(c *schema.Collection, r *Record) []byte {
	return AppendBody(make([]byte, 0, 512), c, r)
}

// DecodeBody reads EncodeBody's form into a record with the key. Fields unknown to the collection are kept raw.
func DecodeBody(c *schema.Collection, key Key, data []byte) (*Record, error) {
	if r, ok := parseBody(c, key, data); ok {
		return r, nil
	}
	var in bodyIn
	if err := dec.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	r := &Record{Key: key, Version: in.Version, Deleted: in.Deleted}
	r.Fields = make(map[uint16]schema.Value, len(in.Fields))
	for n, raw := range in.Fields {
		r.Fields[n] = FromWire(c, n, raw)
	}
	r.Stamps = make(map[uint16]Stamp, len(in.Fields)+1)
	for _, g := range in.Stamps {
		for _, n := range g.Fields {
			r.Stamps[n] = Stamp{Version: g.Version, Device: g.Device, Edited: g.Edited}
		}
	}
	return r, nil
}

// EncodeStamps is the canonical form of a version map.
func EncodeStamps(stamps map[uint16]Stamp) []byte { return appendStamps(make([]byte, 0, 64), stamps) }

// DecodeStamps reads EncodeStamps' form.
func DecodeStamps(data []byte) (map[uint16]Stamp, error) {
	s := scanner{b: data}
	if out := s.stamps(min(len(data)/2, 32)); !s.failed && len(s.b) == 0 {
		return out, nil
	}
	var groups []stampGroup
	if err := dec.Unmarshal(data, &groups); err != nil {
		return nil, err
	}
	out := map[uint16]Stamp{}
	for _, g := range groups {
		for _, n := range g.Fields {
			out[n] = Stamp{Version: g.Version, Device: g.Device, Edited: g.Edited}
		}
	}
	return out, nil
}

// EncodeExtra is the canonical form of the fields a build does not know; nil when there are none.
func EncodeExtra(c *schema.Collection, fields map[uint16]schema.Value) []byte {
	unknown := map[uint16]any{}
	for n, v := range fields {
		if raw, ok := v.([]byte); ok {
			unknown[n] = cbor.RawMessage(raw)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return must(enc.Marshal(unknown))
}

// DecodeExtra adds the fields of EncodeExtra's form to fields. A field that this build has learned meanwhile is
// decoded.
func DecodeExtra(c *schema.Collection, data []byte, fields map[uint16]schema.Value) error {
	if len(data) == 0 {
		return nil
	}
	var raw map[uint16]cbor.RawMessage
	if err := dec.Unmarshal(data, &raw); err != nil {
		return err
	}
	for n, v := range raw {
		fields[n] = FromWire(c, n, v)
	}
	return nil
}

// changeIn is one change on the wire and in logs: [field, old, new].
type changeIn struct {
	_     struct{} `cbor:",toarray"`
	Field uint16
	Old   cbor.RawMessage
	New   cbor.RawMessage
}

// EncodeChanges is the canonical form of a list of changes.
func EncodeChanges(c *schema.Collection, changes []Change) []byte {
	const usual = 32 // bytes of a change
	return appendChanges(make([]byte, 0, 16+usual*len(changes)), c, changes)
}

// DecodeChanges reads EncodeChanges' form.
func DecodeChanges(c *schema.Collection, data []byte) ([]Change, error) {
	if out, ok := parseChanges(c, data); ok {
		return out, nil
	}
	var in []changeIn
	if err := dec.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	out := make([]Change, len(in))
	for i, ch := range in {
		out[i] = Change{Field: ch.Field, Old: FromWire(c, ch.Field, ch.Old), New: FromWire(c, ch.Field, ch.New)}
	}
	return out, nil
}

// ToWire is a value as it is encoded: a reference as its 16 bytes, an unknown field as it came.
func ToWire(c *schema.Collection, n uint16, v schema.Value) any {
	switch x := v.(type) {
	case []byte:
		return cbor.RawMessage(x)
	case string:
		if f, ok := c.FieldByNumber(n); ok && f.Type == schema.Reference {
			if id, err := uuid.Parse(x); err == nil {
				return id[:]
			}
		}
	}
	return v
}

// FromWire reads a value in the form its field has; one this build cannot read is kept raw.
func FromWire(c *schema.Collection, n uint16, raw cbor.RawMessage) schema.Value {
	if len(raw) == 0 || raw[0] == cborhead.Null {
		return nil
	}
	if n == DeletedField {
		return decodeAs[bool](raw)
	}
	f, ok := c.FieldByNumber(n)
	if !ok {
		return append([]byte(nil), raw...)
	}
	switch {
	case f.Type.IsSet():
		return decodeAs[[]string](raw)
	case f.Type == schema.Integer, f.Type == schema.Instant:
		return decodeAs[int64](raw)
	case f.Type == schema.Decimal:
		if x, ok := decodeAs[float64](raw).(float64); ok && !math.IsNaN(x) && !math.IsInf(x, 0) {
			return x
		}
		return append([]byte(nil), raw...) // no number that a field can hold, nor JSON can say
	case f.Type == schema.Boolean:
		return decodeAs[bool](raw)
	case f.Type == schema.Reference:
		var b []byte
		if err := dec.Unmarshal(raw, &b); err == nil && len(b) == len(ID{}) {
			return ID(b).String()
		}
		return append([]byte(nil), raw...)
	default:
		return decodeAs[string](raw)
	}
}

func decodeAs[T any](raw cbor.RawMessage) schema.Value {
	var v T
	if err := dec.Unmarshal(raw, &v); err != nil {
		return append([]byte(nil), raw...)
	}
	return v
}
