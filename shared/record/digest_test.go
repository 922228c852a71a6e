package record

import (
	"testing"

	"pgregory.net/rapid"

	"acopio/shared/schema"
)

// plots is a collection as two builds know it: the newer has learned a field that everybody sees and one that not.
func plots(t testing.TB, newer bool) *schema.Collection {
	t.Helper()
	c := schema.Collection{
		Number: 50, Name: "plot", Title: "name", Write: schema.FieldStaff, Delete: schema.FieldStaff,
		Fields: []schema.Field{
			{Number: 10, Name: "name", Type: schema.Text, Rule: schema.LastWriter, MaxLength: 100},
			{Number: 11, Name: "owner", Type: schema.Text, Rule: schema.LastWriter, MaxLength: 100, Sensitive: true},
		},
	}
	if newer {
		c.Fields = append(c.Fields,
			schema.Field{Number: 20, Name: "soil", Type: schema.Text, Rule: schema.LastWriter, MaxLength: 100},
			schema.Field{Number: 21, Name: "debt", Type: schema.Integer, Rule: schema.LastWriter, Sensitive: true})
	}
	s, err := schema.New(c)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Collection("plot")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func plot(fields map[uint16]schema.Value) *Record {
	r := &Record{Key: Key{Network: "PE", Collection: 50, ID: DerivedID("a plot")}, Version: 3, Fields: fields, Stamps: map[uint16]Stamp{}}
	for n := range fields {
		r.Stamps[n] = Stamp{Version: 2, Device: 1001, Edited: 1767268800000}
	}
	return r
}

// over sends a record from one build to another.
func over(t *testing.T, from, to *schema.Collection, r *Record) *Record {
	t.Helper()
	out, err := DecodeBody(to, r.Key, EncodeBody(from, r))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A laptop whose build is older than the server's must still find its checksum equal, or it would fetch the network
// anew for ever.
func TestDigestOfFieldsABuildDoesNotKnow(t *testing.T) {
	older, newer := plots(t, false), plots(t, true)
	r := plot(map[uint16]schema.Value{10: "La Loma", 11: "Ana", 20: "arcilla", 21: int64(7)})
	server := DigestOf(newer, r)

	staff := DigestOf(older, over(t, newer, older, r))
	if staff.Of(Everything) != server.Of(Everything) {
		t.Errorf("everything: the older build has %s, the server %s", staff.Of(Everything), server.Of(Everything))
	}
	viewer := DigestOf(older, over(t, newer, older, Redact(newer, r)))
	if viewer.Of(Everything) != server.Of(PublicOnly) {
		t.Errorf("public: the older build holds %s, the server expects %s", viewer.Of(Everything), server.Of(PublicOnly))
	}
}

func TestDigestOfTheViewersClassIsTheRedactedRecords(t *testing.T) {
	c := plots(t, true)
	r := plot(map[uint16]schema.Value{10: "La Loma", 11: "Ana", 20: "arcilla", 21: int64(7)})
	if got, want := DigestOf(c, Redact(c, r)).Of(Everything), DigestOf(c, r).Of(PublicOnly); got != want {
		t.Errorf("a viewer's replica proves %s, the server expects %s", got, want)
	}
	other := r.Clone()
	other.Fields[11] = "Eva"
	if DigestOf(c, other).Of(PublicOnly) != DigestOf(c, r).Of(PublicOnly) {
		t.Error("a sensitive value shows in the public digest")
	}
	if DigestOf(c, other).Of(Everything) == DigestOf(c, r).Of(Everything) {
		t.Error("a sensitive value does not show in the whole digest")
	}
}

func TestDigestOfAWhollySensitiveCollection(t *testing.T) {
	c, err := schema.Registry().Collection("contact")
	if err != nil {
		t.Fatal(err)
	}
	r := &Record{Key: Key{Network: "PE", Collection: c.Number, ID: DerivedID("c")}, Version: 1, Fields: map[uint16]schema.Value{11: "Ana"}}
	d := DigestOf(c, r)
	if d.Of(PublicOnly) != (Sum{}) || d.Of(Everything) == (Sum{}) {
		t.Errorf("%+v", d)
	}
}

// A build that does not know a record's collection proves that it holds it all the same.
func TestDigestOfACollectionABuildDoesNotKnow(t *testing.T) {
	c := plots(t, true)
	r := plot(map[uint16]schema.Value{10: "La Loma", 11: "Ana", 20: "arcilla"})
	server := DigestOf(c, r)
	for class, given := range map[Class]*Record{Everything: r, PublicOnly: Redact(c, r)} {
		d, err := DigestOfBody(r.Key, EncodeBody(c, given))
		if err != nil || d.Of(Everything) != server.Of(class) {
			t.Errorf("class %d: %v %v, the server expects %v", class, d, err, server.Of(class))
		}
	}
	r.Deleted = true
	if d, err := DigestOfBody(r.Key, EncodeBody(c, r)); err != nil || d != (Digest{}) {
		t.Errorf("a tombstone adds %v %v", d, err)
	}
	if _, err := DigestOfBody(r.Key, []byte{0xff}); err == nil {
		t.Error("what is no body has a digest")
	}
}

func TestSumOfABodyIsItsDigest(t *testing.T) {
	c := plots(t, true)
	r := plot(map[uint16]schema.Value{10: "La Loma", 11: "Ana", 20: "arcilla"})
	for range 3 {
		if got, want := SumOfBody(r.Key, EncodeBody(c, r)), DigestOf(c, r).Of(Everything); got != want {
			t.Errorf("%s, the digest is %s (version %d, deleted %v)", got, want, r.Version, r.Deleted)
		}
		r.Deleted, r.Version = !r.Deleted, r.Version*1000
	}
	if got := SumOfBody(r.Key, []byte{0xff}); got != (Sum{}) {
		t.Errorf("what is no body adds %s", got)
	}
}

func TestDigestOfAWrittenRecord(t *testing.T) {
	for _, sensitive := range []bool{true, false} {
		c := plots(t, sensitive)
		r := plot(map[uint16]schema.Value{10: "La Loma", 11: "Ana", 20: "arcilla"})
		for range 2 {
			if got, want := DigestOfHashed(c, r, HashOfBody(r.Key, EncodeBody(c, r))), DigestOf(c, r); got != want {
				t.Errorf("%v, want %v", got, want)
			}
			r.Deleted = true
		}
	}
}

func TestTombstonesAddNothing(t *testing.T) {
	c := plots(t, false)
	r := plot(map[uint16]schema.Value{10: "La Loma"})
	r.Deleted = true
	if d := DigestOf(c, r); d != (Digest{}) {
		t.Errorf("%+v", d)
	}
	r.Deleted, r.Version = false, 0
	if d := DigestOf(c, r); d != (Digest{}) {
		t.Errorf("a record that the server does not have adds %+v", d)
	}
}

// Everything that two replicas could disagree on moves the digest.
func TestDigestSeesEveryDifference(t *testing.T) {
	c := plots(t, false)
	base := func() *Record { return plot(map[uint16]schema.Value{10: "La Loma", 11: "Ana"}) }
	want := DigestOf(c, base()).Of(Everything)
	for name, change := range map[string]func(*Record){
		"value":        func(r *Record) { r.Fields[10] = "La Lomita" },
		"missing":      func(r *Record) { delete(r.Fields, 10) },
		"version":      func(r *Record) { r.Version++ },
		"stamp":        func(r *Record) { r.Stamps[10] = Stamp{Version: 3, Device: 1001, Edited: 1767268800000} },
		"stamp device": func(r *Record) { r.Stamps[10] = Stamp{Version: 2, Device: 1002, Edited: 1767268800000} },
		"stamp time":   func(r *Record) { r.Stamps[10] = Stamp{Version: 2, Device: 1001, Edited: 1767268800001} },
		"network":      func(r *Record) { r.Network = "BO" },
		"id":           func(r *Record) { r.ID[15]++ },
		"unknown":      func(r *Record) { r.Fields[99] = []byte{0x01} },
	} {
		r := base()
		change(r)
		if DigestOf(c, r).Of(Everything) == want {
			t.Errorf("a change of the %s does not show", name)
		}
	}
	r := base()
	r.Seq = 77
	if DigestOf(c, r).Of(Everything) != want {
		t.Error("the seq, which is no part of a record's state, shows")
	}
}

func TestSumsAreAGroup(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) Sum {
		return Sum{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := draw.Draw(t, "a"), draw.Draw(t, "b"), draw.Draw(t, "c")
		if a.Add(b) != b.Add(a) || a.Add(b).Add(c) != a.Add(b.Add(c)) {
			t.Fatal("the order of adding shows")
		}
		if a.Add(b).Sub(b) != a || (Sum{}).Sub(a).Add(a) != (Sum{}) {
			t.Fatal("what is added cannot be taken out")
		}
		if SumOf(a.Bytes()) != a {
			t.Fatal("bytes do not come back")
		}
	})
}

func TestSumCarries(t *testing.T) {
	top := Sum{0, ^uint64(0)}
	if got := top.Add(Sum{0, 1}); got != (Sum{1, 0}) {
		t.Errorf("%v", got)
	}
	if got := (Sum{1, 0}).Sub(Sum{0, 1}); got != top {
		t.Errorf("%v", got)
	}
	if got := (Sum{^uint64(0), ^uint64(0)}).Add(Sum{0, 1}); got != (Sum{}) {
		t.Errorf("modulo 2^128 it is zero: %v", got)
	}
	if SumOf([]byte{1, 2}) != (Sum{}) || SumOf(nil) != (Sum{}) {
		t.Error("what is no sum reads as one")
	}
}
