package storetest

import (
	"errors"
	"testing"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/record"
)

var errOn = errors.New("on purpose")

func logOnce(t *testing.T, w *world) {
	e := w.commit(named(key("PE", "A"), 1, "A"))
	if err := w.Update(func(tx store.Tx) error { return tx.Append(e, 0, []byte{1}) }); err == nil {
		t.Error("an entry was written over")
	}
	other := named(key("PE", "B"), 1, "B")
	other.Seq = 1
	body := record.EncodeBody(collection(organization), other)
	if err := w.Update(func(tx store.Tx) error { return tx.PutRecord(other, body) }); err == nil {
		t.Error("two records share a place in the feed")
	}
}

func verdicts(t *testing.T, w *world) {
	for _, want := range []store.Judged{
		{Verdict: record.Verdict{Op: record.OpID{1}, Status: record.Applied, Version: 3, Seq: 9}, Device: 1001, Payload: []byte{1, 2}},
		{Verdict: record.Verdict{
			Op: record.OpID{2}, Status: record.Rejected, Code: fault.MissingField, Args: map[string]string{"field": "name", "got": "“ñ” \x01"},
		}, Device: 1002, Payload: []byte{3}},
		{Verdict: record.Verdict{Op: record.OpID{3}, Status: record.Rejected, Code: fault.GroupFailed}, Device: 1002, Payload: []byte{3}},
	} {
		w.view(func(r store.Reader) error {
			_, ok, err := r.Judged(want.Verdict.Op)
			w.equal("known", ok, false)
			return err
		})
		w.update(func(tx store.Tx) error { return tx.PutJudged(want.Verdict.Op, want) })
		w.view(func(r store.Reader) error {
			got, ok, err := r.Judged(want.Verdict.Op)
			w.equal("verdict", got, want)
			w.equal("known", ok, true)
			return err
		})
	}
}

func verdictsOnce(t *testing.T, w *world) {
	op := record.OpID{1}
	give := func(s record.Status) error {
		return w.Update(func(tx store.Tx) error {
			return tx.PutJudged(op, store.Judged{Verdict: record.Verdict{Op: op, Status: s}, Payload: []byte{1}})
		})
	}
	w.check(give(record.Applied))
	if err := give(record.Rejected); err == nil {
		t.Error("a second verdict was taken")
	}
	w.view(func(r store.Reader) error {
		got, _, err := r.Judged(op)
		w.equal("the first stands", got.Verdict.Status, record.Applied)
		return err
	})
}

func lastOps(t *testing.T, w *world) {
	last := func(device uint32) (got record.OpID) {
		w.view(func(r store.Reader) error {
			op, ok, err := r.Last(device)
			w.equal("known", ok, !op.IsZero())
			got = op
			return err
		})
		return got
	}
	w.equal("of nobody", last(1001), record.OpID{})
	for _, op := range []record.OpID{{1}, {2}} {
		w.update(func(tx store.Tx) error { return tx.PutLast(1001, op) })
		w.equal("the newest", last(1001), op)
	}
	w.equal("of another", last(1002), record.OpID{})
}

func deletions(t *testing.T, w *world) {
	noted := func(device uint32, from, to int64) (n int) {
		w.view(func(r store.Reader) (err error) {
			n, err = r.Deletions(device, store.Hours{From: from, To: to})
			return err
		})
		return n
	}
	w.equal("of nobody", noted(1001, 0, 1000), 0)
	total := 0
	for _, d := range []struct{ hour, n int }{{500, 1}, {500, 7}, {501, 2}, {523, 4}} {
		total += d.n
		w.update(func(tx store.Tx) error {
			in := store.Hours{From: int64(d.hour) - 24, To: int64(d.hour)}
			if err := tx.AddDeletions(1001, in, d.n); err != nil {
				return err
			}
			got, err := tx.Deletions(1001, in)
			w.equal("in the transaction", got, total)
			return err
		})
		w.equal("all", noted(1001, 0, 1000), total)
	}
	w.equal("of the first hour", noted(1001, 500, 500), 8)
	w.equal("of the others", noted(1001, 501, 523), 6)
	w.equal("before", noted(1001, 476, 499), 0)
	w.equal("of another", noted(1002, 0, 1000), 0)
	add := func(from, to int64) {
		w.update(func(tx store.Tx) error { return tx.AddDeletions(1001, store.Hours{From: from, To: to}, 1) })
	}
	add(501, 525) // what is older is forgotten
	w.equal("later", noted(1001, 0, 1000), 7)
	add(498, 522) // and what a clock that was ahead has left
	w.equal("after the clock was put right", noted(1001, 0, 1000), 3)
}

// untouched demands that nothing but what was there before is there.
func (w *world) untouched(names ...string) {
	w.t.Helper()
	w.equal("the feed", w.feedOf("PE", 0, 0, 100, 1<<20), names)
	w.view(func(r store.Reader) error {
		entries, err := r.Log("PE", 0, 1<<40, 100)
		w.equal("entries", len(entries), len(names))
		return err
	})
}

func failedUpdate(t *testing.T, w *world) {
	w.commit(named(key("PE", "A"), 1, "A"))
	err := w.Update(func(tx store.Tx) error {
		w.put(tx, named(key("PE", "B"), 1, "B"))
		w.put(tx, named(key("PE", "A"), 2, "A2"))
		return errOn
	})
	if !errors.Is(err, errOn) {
		t.Errorf("%v", err)
	}
	w.untouched("A@1")
	w.seqs["PE"] = 1
	w.commit(named(key("PE", "C"), 1, "C"))
	w.untouched("A@1", "C@2")
}

func panickingUpdate(t *testing.T, w *world) {
	w.commit(named(key("PE", "A"), 1, "A"))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = w.Update(func(tx store.Tx) error {
			w.put(tx, named(key("PE", "B"), 1, "B"))
			panic("on purpose")
		})
	}()
	w.untouched("A@1")
	w.seqs["PE"] = 1
	w.commit(named(key("PE", "C"), 1, "C"))
	w.untouched("A@1", "C@2")
}

func readsOwnWrites(t *testing.T, w *world) {
	w.update(func(tx store.Tx) error {
		r := named(key("PE", "A"), 1, "A")
		e := w.put(tx, r)
		got, err := tx.Record(r.Key)
		w.check(err)
		w.equal("record", got, r)
		h, ok, err := tx.Head("PE")
		w.check(err)
		w.equal("head", []any{h.Seq, ok}, []any{uint64(1), true})
		entries, err := tx.History(r.Key)
		w.check(err)
		w.equal("history", entries, []record.Entry{e})
		hash, err := tx.HashAt("PE", 1)
		w.equal("hash", hash, w.chains["PE"])
		return err
	})
}

func writesWhatItRead(t *testing.T, w *world) {
	for _, name := range []string{"A", "B", "D"} {
		w.commit(named(key("PE", name), 1, name))
	}
	stands := func(tx store.Tx, want *record.Record) {
		t.Helper()
		got, whole, err := tx.Hashed(want.Key)
		w.check(err)
		w.equal("record", got, want)
		w.equal("hash", whole, record.HashOfBody(want.Key, record.EncodeBody(collection(organization), want)))
	}
	w.update(func(tx store.Tx) error {
		for version := uint64(2); version < 4; version++ { // of one row, twice
			_, err := tx.Record(key("PE", "A"))
			w.check(err)
			next := named(key("PE", "A"), version, "A again")
			w.put(tx, next)
			stands(tx, next)
		}
		got, whole, err := tx.Hashed(key("PE", "C"))
		w.equal("what is not there", []any{got, whole}, []any{(*record.Record)(nil), record.Sum{}})
		w.put(tx, named(key("PE", "C"), 1, "C"))
		return err
	})
	w.update(func(tx store.Tx) error {
		dead, err := tx.Record(key("PE", "D"))
		w.check(err, tx.Bury(dead))
		next := named(key("PE", "D"), 2, "D")
		w.put(tx, next)
		stands(tx, next)
		return nil
	})
	w.equal("the feed", w.feedOf("PE", 0, 0, 100, 1<<20), []string{"B@2", "A again@5", "C@6", "D@7"})
}
