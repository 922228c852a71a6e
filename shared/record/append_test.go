package record

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"acopio/shared/schema"
)

// What is written and read by hand here is what the library writes and reads.
func TestBodiesAreTheLibrarys(t *testing.T) {
	type body struct {
		_       struct{} `cbor:",toarray"`
		Version uint64
		Deleted bool
		Fields  map[uint16]any
		Stamps  []stampGroup
	}
	rapid.Check(t, func(t *rapid.T) {
		c := drawCollection(t)
		r := drawRecord(t, c)
		if rapid.Bool().Draw(t, "only known fields") {
			for n := range r.Fields {
				if _, known := c.FieldByNumber(n); !known {
					delete(r.Fields, n)
				}
			}
		}
		want := body{Version: r.Version, Deleted: r.Deleted, Fields: map[uint16]any{}}
		for n, v := range r.Fields {
			want.Fields[n] = ToWire(c, n, v)
		}
		var in bodyIn
		b := EncodeBody(c, r)
		if err := dec.Unmarshal(b, &in); err != nil {
			t.Fatal(err)
		}
		want.Stamps = in.Stamps
		theirs := must(enc.Marshal(want))
		if !bytes.Equal(b, theirs) {
			t.Fatalf("%x\nis not\n%x", b, theirs)
		}
		if got, ok := parseBody(c, r.Key, b); ok && !sameFields(c, got, in) {
			t.Fatalf("%x was read as %+v", b, got)
		}
	})
}

func TestChangesAreTheLibrarys(t *testing.T) {
	type change struct {
		_     struct{} `cbor:",toarray"`
		Field uint16
		Old   any
		New   any
	}
	rapid.Check(t, func(t *rapid.T) {
		c := drawCollection(t)
		old, now := drawRecord(t, c), drawRecord(t, c)
		changes, theirs := []Change{}, []change{}
		if rapid.Bool().Draw(t, "deleted") {
			changes, theirs = append(changes, Change{DeletedField, false, true}), append(theirs, change{Field: DeletedField, Old: false, New: true})
		}
		for n, v := range now.Fields {
			changes = append(changes, Change{n, old.Fields[n], v})
			theirs = append(theirs, change{Field: n, Old: ToWire(c, n, old.Fields[n]), New: ToWire(c, n, v)})
		}
		b, want := EncodeChanges(c, changes), must(enc.Marshal(theirs))
		if !bytes.Equal(b, want) {
			t.Fatalf("%x\nis not\n%x", b, want)
		}
		got, err := DecodeChanges(c, b)
		if err != nil || len(got) != len(changes) {
			t.Fatalf("%v %v", got, err)
		}
		for i, ch := range changes {
			if got[i].Field != ch.Field || !schema.Equal(got[i].Old, ch.Old) || !schema.Equal(got[i].New, ch.New) {
				t.Fatalf("%+v was read as %+v", ch, got[i])
			}
		}
	})
}

func TestOrdinaryChangesAreReadByHand(t *testing.T) {
	c, _ := schema.Registry().Collection("organization")
	changes := []Change{{DeletedField, true, false}, {10, "Añay", nil}, {12, nil, []string{"a", "b"}}, {27, nil, NewID().String()}}
	if _, ok := parseChanges(c, EncodeChanges(c, changes)); !ok {
		t.Fatal("they were left to the library")
	}
}

func sameFields(c *schema.Collection, r *Record, in bodyIn) bool {
	same := len(r.Fields) == len(in.Fields) && r.Version == in.Version && r.Deleted == in.Deleted
	for n, raw := range in.Fields {
		same = same && schema.Equal(r.Fields[n], FromWire(c, n, raw))
	}
	return same
}

func TestAnOrdinaryBodyIsReadByHand(t *testing.T) {
	c, _ := schema.Registry().Collection("organization")
	r := &Record{
		Version: 3, Fields: map[uint16]schema.Value{1: int64(1_700_000_000_000), 10: "Añay", 12: []string{"a", "b"}, 27: NewID().String()},
		Stamps: map[uint16]Stamp{1: {1, 7, 5}, 10: {3, 7, 9}, 12: {1, 7, 5}, 27: {1, 7, 5}},
	}
	if _, ok := parseBody(c, r.Key, EncodeBody(c, r)); !ok {
		t.Fatal("it was left to the library")
	}
}

func BenchmarkBody(b *testing.B) {
	c, _ := schema.Registry().Collection("organization")
	r := &Record{Version: 1, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]Stamp{}}
	for i := range c.Fields {
		f := &c.Fields[i]
		switch {
		case f.Type == schema.Text, f.Type == schema.LongText:
			r.Fields[f.Number] = "Cooperativa de prueba"
		case f.Type.IsSet():
			r.Fields[f.Number] = []string{"uno", "dos"}
		default:
			continue
		}
		r.Stamps[f.Number] = Stamp{Version: 1, Device: 7, Edited: 1_700_000_000_000}
	}
	data := EncodeBody(c, r)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			EncodeBody(c, r)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeBody(c, r.Key, data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
