package record

import (
	"reflect"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

func TestRedactLeavesWhatItWasGivenAlone(t *testing.T) {
	c := plots(t, true)
	r := plot(map[uint16]schema.Value{10: "La Loma", 11: "Ana", 20: "arcilla", 99: []byte{0x01}})
	r.Stamps[DeletedField] = Stamp{Version: 1}
	before := r.Clone()
	got := Redact(c, r)
	if !reflect.DeepEqual(r, before) {
		t.Error("it changed the record")
	}
	if want := (map[uint16]schema.Value{10: "La Loma", 20: "arcilla"}); !reflect.DeepEqual(got.Fields, want) {
		t.Errorf("a viewer sees %v", got.Fields)
	}
	for n := range got.Stamps {
		if n != DeletedField && n != 10 && n != 20 {
			t.Errorf("a viewer sees that field %d was set", n)
		}
	}
	contact, err := schema.Registry().Collection("contact")
	if err != nil {
		t.Fatal(err)
	}
	if Redact(contact, &Record{}) != nil {
		t.Error("a viewer sees a contact")
	}
}

func TestUpdatedIsTheNewestStamp(t *testing.T) {
	r := &Record{Stamps: map[uint16]Stamp{1: {Version: 2, Edited: 9}, 2: {Version: 3, Edited: 1}, 3: {Version: 3, Edited: 2, Device: 7}}}
	if got := r.Updated(); got != (Stamp{Version: 3, Edited: 2, Device: 7}) {
		t.Errorf("%+v", got)
	}
	if got := (&Record{}).Updated(); got != (Stamp{}) {
		t.Errorf("%+v", got)
	}
}

func TestVerdictsSayWhyTheyReject(t *testing.T) {
	v := Verdict{Status: Rejected, Code: fault.MissingField, Args: map[string]string{"field": "name"}}
	if f := v.Fault(); f == nil || f.Code != fault.MissingField || f.Field != "name" {
		t.Errorf("%+v", f)
	}
	if f := (Verdict{Status: Conflict}).Fault(); f != nil {
		t.Errorf("%+v", f)
	}
}

func TestKeysAreOrdered(t *testing.T) {
	keys := []Key{{Network: "BO"}, {Network: "PE", Collection: 1}, {Network: "PE", Collection: 2}, {Network: "PE", Collection: 2, ID: ID{15: 1}}}
	for i, a := range keys {
		for j, b := range keys {
			if a.Less(b) != (i < j) {
				t.Errorf("%v < %v is %v", a, b, a.Less(b))
			}
		}
	}
}

func TestTextOfValues(t *testing.T) {
	for want, v := range map[string]schema.Value{
		"": nil, "a": "a", "a; b": []string{"a", "b"}, "7": int64(7), "1.5": 1.5, "true": true,
	} {
		if got := Text(v); got != want {
			t.Errorf("%v is %q", v, got)
		}
	}
	if got := Text([]byte{1}); got != "" {
		t.Errorf("a value this build does not know shows as %q", got)
	}
}
