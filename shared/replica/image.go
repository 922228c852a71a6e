package replica

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// An image is a row as the driver takes and gives it: the fixed columns, the values, the sort keys. Going from record
// to image and back loses nothing: a value that its column cannot hold is kept in extra, encoded.

func (t *table) image(rec *record.Record, state State) []driver.Value {
	img := make([]driver.Value, len(t.names))
	id := rec.ID
	img[colID] = id[:]
	img[colNetwork] = rec.Network
	img[colSeq] = int64(rec.Seq)
	img[colVersion] = int64(rec.Version)
	img[colDeleted] = flag(rec.Deleted)
	img[colState] = int64(state)
	if len(rec.Stamps) > 0 {
		img[colStamps] = record.EncodeStamps(rec.Stamps)
	}
	updated := rec.Updated()
	img[colUpdatedAt], img[colUpdatedBy] = int64(updated.Edited), int64(updated.Device)
	held := 0
	for n, v := range rec.Fields {
		at, known := t.value[n]
		if !known {
			continue
		}
		f := t.columnAt(at).field
		stored := store(f, v)
		if stored == nil {
			continue
		}
		held++
		img[at] = stored
		if k, ok := t.key[n]; ok {
			img[k] = keyOf(f.Type, stored.(string)) // keys are of text columns only
		}
	}
	if held < len(rec.Fields) {
		img[colExtra] = t.extra(rec, img)
	}
	return img
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// store is a value as its column holds it; nil when it cannot.
func store(f *schema.Field, v schema.Value) driver.Value {
	switch x := v.(type) {
	case string:
		if f.Type == schema.Reference {
			return storeReference(x)
		}
		if columnKind(f.Type) == "TEXT" && !f.Type.IsSet() {
			return v
		}
	case int64:
		if f.Type == schema.Integer || f.Type == schema.Instant {
			return v
		}
	case float64:
		// SQLite turns NaN into NULL and minus zero into zero.
		if f.Type == schema.Decimal && !math.IsNaN(x) && (x != 0 || !math.Signbit(x)) {
			return v
		}
	case bool:
		if f.Type == schema.Boolean {
			return flag(x)
		}
	case []string:
		if f.Type.IsSet() && x != nil {
			return encodeSet(x)
		}
	}
	return nil
}

func storeReference(s string) driver.Value {
	if id, err := uuid.Parse(s); err == nil {
		return id[:]
	}
	return nil
}

// canonical is the encoding of records.
var canonical = func() cbor.EncMode {
	m, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return m
}()

// extra encodes what the columns do not hold.
func (t *table) extra(rec *record.Record, img []driver.Value) driver.Value {
	rest := map[uint16]schema.Value{}
	for n, v := range rec.Fields {
		if at, known := t.value[n]; (known && img[at] != nil) || v == nil {
			continue
		}
		if _, raw := v.([]byte); !raw {
			b, err := canonical.Marshal(record.ToWire(t.c, n, v))
			if err != nil {
				continue // no value of a record fails to encode: EncodeBody would have panicked before
			}
			v = b
		}
		rest[n] = v
	}
	if len(rest) == 0 {
		return nil
	}
	return record.EncodeExtra(t.c, rest)
}

// record reads an image back.
func (t *table) record(img []driver.Value) (*record.Record, error) {
	rec := &record.Record{Fields: make(map[uint16]schema.Value, 16)}
	rec.Network, rec.Collection = img[colNetwork].(string), t.c.Number
	copy(rec.ID[:], img[colID].([]byte))
	rec.Seq, rec.Version = uint64(img[colSeq].(int64)), uint64(img[colVersion].(int64))
	rec.Deleted = img[colDeleted].(int64) != 0
	for i, c := range t.columns {
		if c.key {
			break // keys come last
		}
		v := img[firstField+i]
		if v == nil {
			continue
		}
		rec.Fields[c.field.Number] = load(c.field, v)
	}
	if b, ok := img[colExtra].([]byte); ok {
		if err := record.DecodeExtra(t.c, b, rec.Fields); err != nil {
			return nil, fault.Wrap(err, fault.ReplicaCorrupt)
		}
	}
	rec.Stamps = map[uint16]record.Stamp{}
	if b, ok := img[colStamps].([]byte); ok {
		stamps, err := record.DecodeStamps(b)
		if err != nil {
			return nil, fault.Wrap(err, fault.ReplicaCorrupt)
		}
		rec.Stamps = stamps
	}
	return rec, nil
}

func load(f *schema.Field, v driver.Value) schema.Value {
	switch x := v.(type) {
	case string:
		if f.Type.IsSet() {
			return decodeSet(x)
		}
	case int64:
		if f.Type == schema.Boolean {
			return x != 0
		}
	case []byte:
		if id, err := uuid.FromBytes(x); err == nil {
			return id.String()
		}
	}
	return v
}

func stateOf(img []driver.Value) State { return State(img[colState].(int64)) }

func updatedAt(img []driver.Value) clock.Millis { return clock.Millis(img[colUpdatedAt].(int64)) }

// encodeSet writes a set as JSON text.
func encodeSet(members []string) string {
	size := 2
	for _, m := range members {
		if !plainJSON(m) {
			return encodeOddSet(members)
		}
		size += len(m) + 3
	}
	b := append(make([]byte, 0, size), '[')
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), m...), '"')
	}
	return string(append(b, ']'))
}

// plainJSON reports whether a string needs no escaping.
func plainJSON(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return utf8.ValidString(s)
}

func encodeOddSet(members []string) string {
	b, err := json.Marshal(members)
	if err != nil {
		return "[]" // strings always encode
	}
	return string(b)
}

// decodeSet reads encodeSet's form. Sets rarely hold anything that JSON escapes.
func decodeSet(s string) []string {
	if len(s) > 4 && !strings.Contains(s, `\`) {
		return strings.Split(s[2:len(s)-2], `","`)
	}
	out := []string{}
	if err := json.Unmarshal([]byte(s), &out); err != nil {
		return []string{}
	}
	return out
}

// sameValue compares two driver values.
func sameValue(a, b driver.Value) bool {
	x, ok := a.([]byte)
	if !ok {
		_, isBytes := b.([]byte)
		return !isBytes && a == b
	}
	y, ok := b.([]byte)
	return ok && bytes.Equal(x, y)
}
