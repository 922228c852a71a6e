package replica

import (
	"path/filepath"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func TestStrangersCount(t *testing.T) {
	known, newer := mustSchema(t, small(2, "thing")), mustSchema(t, small(3, "other"))
	other, _ := newer.CollectionByNumber(3)
	r := openReplica(t, filepath.Join(t.TempDir(), "replica.db"), known)
	stranger := func(network string, id record.ID, seq uint64, deleted bool) Stranger {
		rec := &record.Record{Version: seq, Deleted: deleted, Fields: map[uint16]schema.Value{10: "forastera"}}
		return Stranger{Key: record.Key{Network: network, Collection: 3, ID: id}, Seq: seq, Body: record.EncodeBody(other, rec)}
	}
	count := func(network string, want int) {
		t.Helper()
		checkSums(t, r, network)
		states, err := r.Networks(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range states {
			if s.Code == network && s.Records != want {
				t.Errorf("%s: %d records, want %d", network, s.Records, want)
			}
		}
	}
	put := func(list ...Stranger) { write(t, r, func(tx *Tx) error { return tx.ApplyStrangers(list) }) }
	a, b := record.NewID(), record.NewID()
	put(stranger("PE", a, 1, false), stranger("PE", b, 2, false), stranger("BO", a, 1, false))
	count("PE", 2)
	put(stranger("PE", a, 3, false), stranger("PE", b, 4, true))
	count("PE", 1)
	put(stranger("PE", b, 2, false)) // an old page once more
	count("PE", 1)
	write(t, r, func(tx *Tx) error { return tx.ResetNetwork("PE") })
	count("PE", 0)
	put(stranger("PE", a, 3, false))
	count("PE", 1)
	write(t, r, func(tx *Tx) error { return tx.DropNetwork("PE") })
	count("BO", 1)
	put(stranger("PE", a, 1, false))
	count("PE", 1)

	err := r.Write(func(tx *Tx) error {
		return tx.ApplyStrangers([]Stranger{{Key: record.Key{Network: "PE", Collection: 3, ID: b}, Seq: 9, Body: []byte{0xff}}})
	})
	if !fault.Is(err, fault.BadFrame) {
		t.Errorf("a body that is none: %v", err)
	}
}
