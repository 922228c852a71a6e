package replica

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"acopio/shared/clock"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// anyValue draws a value of a field: mostly what Normalize admits, sometimes what only a newer or a broken peer sends.
func anyValue(t *rapid.T, f *schema.Field) schema.Value {
	if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
		return rapid.SampledFrom([]schema.Value{
			"", "not a uuid", "nul\x00inside", int64(5), 2.5, true, []string{"b", "a"}, encoded("x"), encoded(map[string]int{"a": 1}), encoded([]int{1}),
		}).Draw(t, "odd value")
	}
	switch {
	case f.Type.IsSet():
		return rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "set")
	case f.Type == schema.Integer, f.Type == schema.Instant:
		return rapid.Int64().Draw(t, "integer")
	case f.Type == schema.Decimal:
		return rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 3, math.Inf(1), math.NaN(), 1e300})).Draw(t, "decimal")
	case f.Type == schema.Boolean:
		return rapid.Bool().Draw(t, "boolean")
	case f.Type == schema.Reference:
		return anyID(t).String()
	default:
		return rapid.String().Draw(t, "text")
	}
}

func encoded(v any) []byte {
	b, err := cbor.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func anyID(t *rapid.T) record.ID {
	var id record.ID
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	return id
}

func anyRecord(t *rapid.T, c *schema.Collection, network string) *record.Record {
	rec := &record.Record{
		Key:     record.Key{Network: network, Collection: c.Number, ID: anyID(t)},
		Version: rapid.Uint64Range(1, 1<<40).Draw(t, "version"), Seq: rapid.Uint64Range(1, 1<<40).Draw(t, "seq"),
		Deleted: rapid.Bool().Draw(t, "deleted"),
		Fields:  map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
	}
	stamp := func(n uint16) {
		rec.Stamps[n] = record.Stamp{
			Version: rapid.Uint64Range(0, 3).Draw(t, "stamp"), Device: rapid.Uint32().Draw(t, "device"), Edited: clock.Millis(rapid.Int64().Draw(t, "edited")),
		}
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		switch rapid.IntRange(0, 3).Draw(t, f.Name) {
		case 0:
		case 1: // emptied
			stamp(f.Number)
		default:
			rec.Fields[f.Number] = anyValue(t, f)
			stamp(f.Number)
		}
	}
	for _, n := range rapid.SliceOfN(rapid.Uint16Range(5000, 6000), 0, 3).Draw(t, "unknown") {
		rec.Fields[n] = encoded(rapid.String().Draw(t, "unknown value"))
		stamp(n)
	}
	if rec.Deleted {
		stamp(record.DeletedField)
	}
	return rec
}

// TestRoundTrip: what is written is read back to the byte, whatever is in it.
func TestRoundTrip(t *testing.T) {
	r := newReplica(t)
	var collections []*schema.Collection
	for _, t := range r.layout().tables {
		collections = append(collections, t.c)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(collections).Draw(t, "collection")
		drawn := anyRecord(t, c, "PE")
		rec, err := record.DecodeBody(c, drawn.Key, record.EncodeBody(c, drawn)) // as it comes from a peer
		if err != nil {
			t.Fatal(err)
		}
		rec.Seq = drawn.Seq
		want := record.EncodeBody(c, rec)
		err = r.Write(func(tx *Tx) error {
			if err := tx.Remove(rec.Key); err != nil { // drawn before
				return err
			}
			if err := tx.ApplyRecords([]*record.Record{rec}, nil); err != nil {
				return err
			}
			got, state, err := tx.Record(rec.Key)
			if err != nil || got == nil {
				return fmt.Errorf("in the transaction: %v %w", got, err)
			}
			if state != Clean || got.Seq != rec.Seq || got.Key != rec.Key || !bytes.Equal(record.EncodeBody(c, got), want) {
				return fmt.Errorf("wrote\n%x, read\n%x", want, record.EncodeBody(c, got))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		row, err := r.Get(ctx, c.Name, rec.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(record.EncodeBody(c, row.Record), want) {
			t.Fatalf("wrote\n%x, read\n%x", want, record.EncodeBody(c, row.Record))
		}
	})
	checkSums(t, r, "PE")
}

func TestSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", ",", `"`, `","`, `\`, "<&>", "a"}))).Draw(t, "set")
		got := decodeSet(encodeSet(set))
		if len(got) != len(set) {
			t.Fatalf("%q became %q", set, got)
		}
		for i := range set {
			if set[i] != got[i] {
				t.Fatalf("%q became %q", set, got)
			}
		}
	})
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"ÑANDÚ": "nandu", "Straße": "strasse", "Ångström Øl": "angstrom ol", "plain": "plain", "ÇA": "ca", "ﬁ": "ﬁ"} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
	long := ""
	for len(long) < 200 {
		long += "ñandúж"
	}
	if k := sortKey(long); len(k) > maxKeyBytes || len(k) < maxKeyBytes-4 {
		t.Errorf("key of %d bytes", len(k))
	}
}
