package apply

import (
	"errors"
	"testing"

	"acopio/server/store"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// What an attempt wrote before it failed is neither to be read, in whatever way, nor in the store at the end; what was
// written before and after it is both.
func TestAFailedAttemptLeavesNothing(t *testing.T) {
	r := newRig(t)
	parent := create("parent")
	r.applied(staff(1001), parent)
	c, _ := schema.Registry().CollectionByNumber(parent.Key.Collection)
	child := func(name string, seq uint64) (*record.Record, record.Entry) {
		rec := &record.Record{
			Key: create(name).Key, Version: 1, Seq: seq,
			Fields: map[uint16]schema.Value{10: name, 27: parent.Key.ID.String()}, Stamps: map[uint16]record.Stamp{10: {Version: 1}, 27: {Version: 1}},
		}
		return rec, record.Entry{Key: rec.Key, Seq: seq, Version: 1, Op: record.NewOpID(), Kind: record.Create, Status: record.Applied}
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var kept, lost *record.Record
	look := func(l *ledger) (read []*record.Record, referrers int) {
		keys, err := l.Referrers("PE", parent.Key.ID)
		check(err)
		for _, want := range []*record.Record{kept, lost} {
			got, err := l.Record(want.Key)
			check(err)
			past, err := l.History(want.Key)
			check(err)
			if (got == nil) != (len(past) == 0) {
				t.Errorf("record %v with %d entries", got, len(past))
			}
			read = append(read, got)
		}
		return read, len(keys)
	}
	op := record.NewOpID()
	check(r.store.Update(func(tx store.Tx) error {
		l := newLedger(tx, schema.Registry())
		h, err := l.Head("PE")
		check(err)
		var first, second record.Entry
		kept, first = child("kept", h.Seq+1)
		lost, second = child("lost", h.Seq+2)
		l.Put(kept, record.EncodeBody(c, kept), record.Sum{}, first, []byte{1})
		onPurpose := errors.New("on purpose")
		err = l.Attempt(func() error {
			l.Put(lost, record.EncodeBody(c, lost), record.Sum{}, second, []byte{2})
			l.PutJudged(op, store.Judged{Verdict: record.Verdict{Op: op, Status: record.Applied}, Payload: []byte{1}})
			if read, referrers := look(l); read[0] != kept || read[1] != lost || referrers != 2 {
				t.Errorf("within the attempt: %v, %d referrers", read, referrers)
			}
			return onPurpose
		})
		if !errors.Is(err, onPurpose) {
			t.Errorf("%v", err)
		}
		if j, err := l.Judged(op); err != nil || j != nil {
			t.Errorf("a verdict is left: %v %v", j, err)
		}
		if read, referrers := look(l); read[0] != kept || read[1] != nil || referrers != 1 {
			t.Errorf("after the attempt: %v, %d referrers", read, referrers)
		}
		return l.Flush()
	}))
	check(r.store.View(t.Context(), func(rd store.Reader) error {
		stored, err := rd.Record(kept.Key)
		if err != nil || stored == nil {
			t.Errorf("what was written before the attempt: %v %v", stored, err)
		}
		if got, err := rd.Record(lost.Key); err != nil || got != nil {
			t.Errorf("what the attempt wrote: %v %v", got, err)
		}
		if _, known, err := rd.Judged(op); err != nil || known {
			t.Errorf("its verdict: %v %v", known, err)
		}
		keys, err := rd.Referrers("PE", parent.Key.ID)
		if len(keys) != 1 || keys[0] != kept.Key {
			t.Errorf("referrers %v", keys)
		}
		return err
	}))
}
