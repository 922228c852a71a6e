package record

import (
	"bytes"
	"encoding/hex"
	"math"
	"reflect"
	"sort"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"acopio/shared/clock"
	"acopio/shared/schema"
)

// value draws a canonical value of a field's type.
func value(t *rapid.T, f *schema.Field) schema.Value {
	text := rapid.StringMatching(`[a-zé ñ日]{1,12}`)
	switch {
	case f.Type.IsSet():
		set := rapid.SliceOfNDistinct(text, 1, 5, rapid.ID).Draw(t, f.Name)
		sort.Strings(set)
		return set
	case f.Type == schema.Integer, f.Type == schema.Instant:
		return rapid.Int64().Draw(t, f.Name)
	case f.Type == schema.Decimal:
		return rapid.Float64().Filter(func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }).Draw(t, f.Name)
	case f.Type == schema.Boolean:
		return rapid.Bool().Draw(t, f.Name)
	case f.Type == schema.Reference:
		return DerivedID(text.Draw(t, f.Name)).String()
	default:
		return text.Draw(t, f.Name)
	}
}

// unknown draws the CBOR of a value that no build has a field for.
func unknown(t *rapid.T) []byte {
	v := rapid.SampledFrom([]any{
		"x", uint64(7), -3.5, true,
		[]string{"a", "b"},
		map[string]int{"k": 1},
		[]any{1, []any{"deep"}},
		[]byte{1, 2},
	}).Draw(t, "unknown")
	b, err := cbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func drawRecord(t *rapid.T, c *schema.Collection) *Record {
	r := &Record{
		Key: Key{Network: "PE", Collection: c.Number, ID: DerivedID("drawn")}, Version: rapid.Uint64().Draw(t, "version"),
		Deleted: rapid.Bool().Draw(t, "deleted"), Fields: map[uint16]schema.Value{}, Stamps: map[uint16]Stamp{},
	}
	stamp := rapid.Custom(func(t *rapid.T) Stamp {
		return Stamp{rapid.Uint64Range(1, 3).Draw(t, "v"), rapid.Uint32Range(1, 3).Draw(t, "d"), clock.Millis(rapid.Int64Range(0, 2).Draw(t, "at"))}
	})
	for i := range c.Fields {
		f := &c.Fields[i]
		if rapid.Bool().Draw(t, "has "+f.Name) {
			r.Fields[f.Number] = value(t, f)
		}
		if rapid.Bool().Draw(t, "stamped "+f.Name) {
			r.Stamps[f.Number] = stamp.Draw(t, "stamp")
		}
	}
	if rapid.Bool().Draw(t, "was deleted once") {
		r.Stamps[DeletedField] = stamp.Draw(t, "stamp")
	}
	for range rapid.IntRange(0, 3).Draw(t, "unknown fields") {
		n := rapid.Uint16Range(1000, 1005).Draw(t, "number")
		r.Fields[n], r.Stamps[n] = unknown(t), stamp.Draw(t, "stamp")
	}
	return r
}

func drawCollection(t *rapid.T) *schema.Collection {
	return rapid.SampledFrom(schema.Registry().Collections()).Draw(t, "collection")
}

func TestBodyComesBackWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCollection(t)
		r := drawRecord(t, c)
		b := EncodeBody(c, r)
		back, err := DecodeBody(c, r.Key, b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, r) {
			t.Fatalf("%+v\ncame back as\n%+v", r, back)
		}
		if again := EncodeBody(c, back); !bytes.Equal(again, b) {
			t.Fatalf("%x\nwas encoded again as\n%x", b, again)
		}
	})
}

// A build that knows none of a record's fields hands it on as it came.
func TestBodyPassesThroughABuildThatKnowsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCollection(t)
		r := drawRecord(t, c)
		b := EncodeBody(c, r)
		bare := schema.Collection{Number: c.Number, Name: "bare", Title: "created_at"}
		s, err := schema.New(bare)
		if err != nil {
			t.Fatal(err)
		}
		stranger, _ := s.CollectionByNumber(c.Number)
		passed, err := DecodeBody(stranger, r.Key, b)
		if err != nil {
			t.Fatal(err)
		}
		if out := EncodeBody(stranger, passed); !bytes.Equal(out, b) {
			t.Fatalf("%x\nwas handed on as\n%x", b, out)
		}
	})
}

func TestStampsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t, drawCollection(t))
		back, err := DecodeStamps(EncodeStamps(r.Stamps))
		if err != nil || !reflect.DeepEqual(back, r.Stamps) {
			t.Fatalf("%v: %v, %v", err, r.Stamps, back)
		}
	})
}

func TestExtraHoldsWhatABuildDoesNotKnow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCollection(t)
		r := drawRecord(t, c)
		want, got := map[uint16]schema.Value{}, map[uint16]schema.Value{}
		for n, v := range r.Fields {
			if _, known := c.FieldByNumber(n); !known {
				want[n] = v
			}
		}
		b := EncodeExtra(c, r.Fields)
		if (b == nil) != (len(want) == 0) {
			t.Fatalf("%d unknown fields, %x", len(want), b)
		}
		if err := DecodeExtra(c, b, got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v: %v, %v", err, want, got)
		}
	})
}

func TestExtraIsReadOnceTheFieldIsKnown(t *testing.T) {
	older, newer := plots(t, false), plots(t, true)
	r := over(t, newer, older, plot(map[uint16]schema.Value{20: "arcilla", 21: int64(7)}))
	fields := map[uint16]schema.Value{}
	if err := DecodeExtra(newer, EncodeExtra(older, r.Fields), fields); err != nil {
		t.Fatal(err)
	}
	if want := (map[uint16]schema.Value{20: "arcilla", 21: int64(7)}); !reflect.DeepEqual(fields, want) {
		t.Errorf("%v", fields)
	}
}

func TestChangesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCollection(t)
		var changes []Change
		for i := range c.Fields {
			f := &c.Fields[i]
			if rapid.Bool().Draw(t, f.Name) {
				changes = append(changes, Change{Field: f.Number, Old: value(t, f), New: nil}, Change{Field: f.Number, Old: nil, New: value(t, f)})
			}
		}
		changes = append(changes, Change{Field: DeletedField, Old: true, New: false}, Change{Field: 1001, New: unknown(t)})
		back, err := DecodeChanges(c, EncodeChanges(c, changes))
		if err != nil || !reflect.DeepEqual(back, changes) {
			t.Fatalf("%v: %v, %v", err, changes, back)
		}
	})
}

// Go walks maps in another order each time.
func TestEncodingDoesNotDependOnTheOrderOfMaps(t *testing.T) {
	c, err := schema.Registry().Collection("organization")
	if err != nil {
		t.Fatal(err)
	}
	make := func() *Record {
		r := &Record{Version: 9, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]Stamp{}}
		for n := uint16(10); n < 30; n++ {
			r.Fields[n+1000] = []byte{0x01}
			r.Stamps[n] = Stamp{Version: uint64(n % 3), Device: uint32(n % 2), Edited: 5}
		}
		return r
	}
	body, digest := EncodeBody(c, make()), DigestOf(c, make())
	for range 100 {
		if !bytes.Equal(EncodeBody(c, make()), body) || DigestOf(c, make()) != digest {
			t.Fatal("the order of a map shows")
		}
	}
}

// What another build, or somebody hostile, put where a field's value should be is kept as it came and taken for no value
// of the field.
func TestValuesOfAnotherTypeAreKeptAsTheyCame(t *testing.T) {
	c, err := schema.Registry().Collection("site")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		field string
		cbor  string
	}{
		{"name", "07"},
		{"name", "8161"},
		{"name", "62c328"}, // not UTF-8
		{"lat", "6161"},
		{"lat", "f97e00"},
		{"lat", "f97c00"},
		{"lat", "f9fc00"}, // text, NaN, both infinities
		{"is_home", "01"},
		{"organization", "6161"},
		{"organization", "4101"},
		{"tags", "6161"},
		{"created_at", "f97e00"},
		{"created_at", "c249010000000000000000"}, // above 64 bits
	} {
		f, _ := c.Field(v.field)
		raw, err := hex.DecodeString(v.cbor)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := FromWire(c, f.Number, raw).([]byte); !ok || !bytes.Equal(got, raw) {
			t.Errorf("%s as %s was read as %v", v.cbor, v.field, FromWire(c, f.Number, raw))
		}
	}
}

func TestDecodingRefusesWhatIsNoBody(t *testing.T) {
	c, err := schema.Registry().Collection("site")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":               "",
		"not a list":            "a0",
		"too short":             "8301f4a0",
		"trailing bytes":        "8401f4a08000",
		"truncated":             "8401f4a1",
		"a field twice":         "8401f4a20a61610a616280",
		"no definite length":    "8401f4bf0a6161ff80",
		"2^63 fields":           "8401f4bb8000000000000000",
		"a name for a field":    "8401f4a16161616180",
		"deep":                  "8401f4a1191000" + "8181818181818181818180" + "80",
		"a number above fields": "8401f4a11a00010000616180",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := DecodeBody(c, Key{}, b); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
