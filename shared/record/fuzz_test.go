package record

import (
	"bytes"
	"testing"

	"acopio/shared/schema"
)

// Whatever a peer sends as a record's body or a mutation's changes: nothing panics, and what can be read is encoded in one
// way, so that digests and hashes of it do not depend on how often it was passed on.

func FuzzBody(f *testing.F) {
	for _, c := range schema.Registry().Collections() {
		r := plot(map[uint16]schema.Value{2: []string{"a"}, 99: []byte{0x81, 0x01}})
		r.Stamps[DeletedField] = Stamp{Version: 4, Device: 7}
		f.Add(c.Number, EncodeBody(c, r))
	}
	f.Fuzz(func(t *testing.T, collection uint16, data []byte) {
		c, ok := schema.Registry().CollectionByNumber(collection)
		if !ok {
			return
		}
		r, err := DecodeBody(c, Key{Network: "PE"}, data)
		if err != nil {
			return
		}
		b := EncodeBody(c, r)
		again, err := DecodeBody(c, r.Key, b)
		if err != nil {
			t.Fatalf("%x, read from %x, cannot be read: %v", b, data, err)
		}
		if twice := EncodeBody(c, again); !bytes.Equal(twice, b) {
			t.Fatalf("%x\nbecame\n%x", b, twice)
		}
		if DigestOf(c, r) != DigestOf(c, again) {
			t.Fatal("the digest moved")
		}
		extra := map[uint16]schema.Value{}
		if err := DecodeExtra(c, EncodeExtra(c, r.Fields), extra); err != nil {
			t.Fatal(err)
		}
		_, _ = Redact(c, r), r.Named(c)
	})
}

func FuzzChanges(f *testing.F) {
	for _, c := range schema.Registry().Collections() {
		f.Add(c.Number, EncodeChanges(c, []Change{{Field: 2, Old: []string{"a"}}, {Field: DeletedField, Old: true, New: false}, {Field: 99, New: []byte{0x01}}}))
	}
	f.Fuzz(func(t *testing.T, collection uint16, data []byte) {
		c, ok := schema.Registry().CollectionByNumber(collection)
		if !ok {
			return
		}
		changes, err := DecodeChanges(c, data)
		if err != nil {
			return
		}
		b := EncodeChanges(c, changes)
		again, err := DecodeChanges(c, b)
		if err != nil {
			t.Fatalf("%x, read from %x, cannot be read: %v", b, data, err)
		}
		if twice := EncodeChanges(c, again); !bytes.Equal(twice, b) {
			t.Fatalf("%x\nbecame\n%x", b, twice)
		}
		_ = ViewOfChanges(c, changes)
	})
}

func FuzzStamps(f *testing.F) {
	f.Add(EncodeStamps(map[uint16]Stamp{0: {Version: 1}, 7: {Version: 2, Device: 3, Edited: -4}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		stamps, err := DecodeStamps(data)
		if err != nil {
			return
		}
		again, err := DecodeStamps(EncodeStamps(stamps))
		if err != nil || len(again) != len(stamps) {
			t.Fatal(err)
		}
	})
}
