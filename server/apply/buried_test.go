package apply

import (
	"context"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/store"
	"acopio/server/sweeper"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// sweep has time pass and the store swept; it says how many records went.
func (r *rig) sweep(later time.Duration) int {
	r.t.Helper()
	c := &handClock{now: noon.Time().Add(later)}
	n, err := (&sweeper.Sweeper{Store: r.store, Clock: c, Log: zerolog.Nop(), Retention: sweeper.Retention}).Sweep(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// remove deletes a record in a version that its author saw.
func remove(m record.Mutation, base uint64) record.Mutation {
	return record.Mutation{Op: record.NewOpID(), Kind: record.Delete, Key: m.Key, Base: base, Edited: noon}
}

// buried is an organization that was deleted in version 2 and is forgotten.
func (r *rig) buried(name string) record.Mutation {
	r.t.Helper()
	m := create(name)
	r.applied(staff(1001), m)
	r.applied(staff(1001), remove(m, 1))
	r.sweep(sweeper.Retention + time.Hour)
	if r.record(m.Key) != nil {
		r.t.Fatal("its tombstone is still there")
	}
	return m
}

// TestATombstoneIsKeptForItsTime: not a moment less, and in the order of the log.
func TestATombstoneIsKeptForItsTime(t *testing.T) {
	r := newRig(t)
	m, other := create("Se va"), create("Se queda")
	r.applied(staff(1001), m, other)
	r.applied(staff(1001), remove(m, 1))
	head := r.head("PE")
	if n := r.sweep(sweeper.Retention); n != 0 || r.record(m.Key) == nil || r.head("PE").Swept != 0 {
		t.Errorf("%d records went at the retention", n)
	}
	if n := r.sweep(sweeper.Retention + time.Millisecond); n != 1 || r.record(m.Key) != nil || r.record(other.Key) == nil {
		t.Errorf("%d records went after it", n)
	}
	after := r.head("PE")
	if after.Swept != head.Seq || after.Sums != head.Sums || after.Records != head.Records || string(after.Hash) != string(head.Hash) {
		t.Errorf("the head was %+v and is %+v", head, after)
	}
	if n := r.sweep(2 * sweeper.Retention); n != 0 {
		t.Errorf("%d records went twice", n)
	}
	r.view(func(rd store.Reader) error {
		r.sums(rd, after)
		return nil
	})
}

// TestARetentionThatIsTooShort is refused: laptops could not give back to a restored server what they remember.
func TestARetentionThatIsTooShort(t *testing.T) {
	r := newRig(t)
	for retention, want := range map[time.Duration]fault.Code{0: "", sweeper.LeastRetention: "", sweeper.LeastRetention - 1: fault.OutOfRange, -1: fault.OutOfRange} {
		_, err := (&sweeper.Sweeper{Store: r.store, Clock: &handClock{now: noon.Time()}, Log: zerolog.Nop(), Retention: retention}).Sweep(context.Background())
		if fault.Of(err) == nil != (want == "") || want != "" && !fault.Is(err, want) {
			t.Errorf("%v: %v", retention, err)
		}
	}
}

// TestALongSweepIsManyTransactions: none of them goes over more than a bounded part of the log.
func TestALongSweepIsManyTransactions(t *testing.T) {
	r := newRig(t)
	var gone []record.Mutation
	for range 1200 {
		m := create("Se va")
		gone = append(gone, m)
		r.submit(staff(1001), m, remove(m, 1))
	}
	before := r.store.updates.Load()
	if n := r.sweep(2 * sweeper.Retention); n != len(gone) {
		t.Errorf("%d went", n)
	}
	if took := r.store.updates.Load() - before; took < 4 {
		t.Errorf("%d transactions", took)
	}
	if h := r.head("PE"); h.Swept != h.Seq || h.Records != 1 {
		t.Errorf("%+v", h)
	}
}

// TestNothingComesBackFromTheDead sends everything that may still arrive for a record that is forgotten.
func TestNothingComesBackFromTheDead(t *testing.T) {
	r := newRig(t)
	m := r.buried("Olvidada")
	seq := r.head("PE").Seq
	late := staff(1002)
	edit := change(m.Key.ID, 1, "acronym", nil, "TARDE", noon)
	back := mutation("organization", record.Update, "PE", m.Key.ID, 2, nil)
	back.Changes = []record.Change{{Field: record.DeletedField, Old: true, New: false}}
	again := create("Olvidada")
	again.Key = m.Key
	seen := again
	seen.Op, seen.Base = record.NewOpID(), 2
	contact := mutation("contact", record.Create, "PE", record.NewID(), 0, values{"organization": m.Key.ID.String(), "name": "Ana"})
	merger := remove(create("x"), 1)
	merger.Key = m.Key
	other := create("Otra")
	r.applied(late, other)
	seq++
	merger.Changes = []record.Change{{Field: schema.MergedInto, New: other.Key.ID.String()}}
	for what, v := range map[string]record.Mutation{"edit": edit, "restore": back, "create": again, "create anew": seen, "child": contact, "merger": merger} {
		got := r.submit(late, v)[0]
		if got.Status != record.Rejected || got.Code != fault.DeletedLongAgo {
			t.Errorf("%s: %s %s %v", what, got.Status, got.Code, got.Args)
		}
		if same := r.submit(late, v)[0]; same.Code != got.Code {
			t.Errorf("%s sent again: %s", what, same.Code)
		}
	}
	r.applied(late, remove(m, 1)) // it is gone already
	given := again
	given.Op, given.Base, given.Given = record.NewOpID(), 1, true
	r.applied(late, given) // given back by whoever had not heard of the deletion: it stands
	group := r.submit(late, grouped(create("Junta"), change(m.Key.ID, 1, "acronym", nil, "X", noon))...)
	r.want(group[0], record.Rejected, fault.GroupFailed)
	r.want(group[1], record.Rejected, fault.DeletedLongAgo)
	if r.record(m.Key) != nil || r.head("PE").Seq != seq {
		t.Errorf("something happened: %+v, head %d, was %d", r.record(m.Key), r.head("PE").Seq, seq)
	}
}

func census(org record.ID, total int, base uint64) record.Mutation {
	m := mutation("census", record.Create, "PE", record.ID{}, base, values{
		"organization": org.String(), "year": 2025, "source": "network", "members_total": total, "members_women": 0, "members_men": total,
	})
	c, _ := schema.Registry().Collection("census")
	m.Key.ID, _ = record.IdentityOf(c, "PE", newValues(m))
	return m
}

// TestAFactIsStatedAnewAfterItWasForgotten by whoever knew nothing of it: nothing of the old statement is in the new one,
// and an edit of the old one is not taken for an edit of it.
func TestAFactIsStatedAnewAfterItWasForgotten(t *testing.T) {
	r := newRig(t)
	org := create("Norte")
	r.applied(staff(1001), org)
	old := census(org.Key.ID, 40, 0)
	old.Changes = append(old.Changes, mutation("census", record.Create, "PE", record.ID{}, 0, values{"method": "lista"}).Changes...)
	r.applied(staff(1001), old)
	r.applied(staff(1001), remove(old, 1))
	r.sweep(sweeper.Retention + time.Hour)
	known := census(org.Key.ID, 41, 1) // saw it alive, had not heard of the deletion
	r.want(r.submit(staff(1002), known)[0], record.Rejected, fault.DeletedLongAgo)
	v := r.applied(staff(1003), census(org.Key.ID, 50, 0))
	if v.Version != 3 || r.field(old.Key, "members_total") != int64(50) || r.field(old.Key, "method") != nil {
		t.Errorf("version %d, %v, %v", v.Version, r.field(old.Key, "members_total"), r.field(old.Key, "method"))
	}
	edit := record.Mutation{Op: record.NewOpID(), Kind: record.Update, Key: old.Key, Base: 1, Edited: noon + 1, Changes: old.Changes[len(old.Changes)-1:]}
	edit.Changes[0].New = "entrevista"
	if got := r.submit(staff(1002), edit)[0]; got.Status == record.Applied {
		t.Errorf("an edit of the forgotten statement is taken for one who saw the new one: %+v", got)
	}
	r.applied(staff(1001), remove(old, r.record(old.Key).Version))
	if n := r.sweep(3 * sweeper.Retention); n == 0 || r.record(old.Key) != nil {
		t.Errorf("the new statement is not forgotten in its turn: %d", n)
	}
	r.applied(staff(1003), census(org.Key.ID, 60, r.last(old.Key))) // deleted before the author's eyes, and stated anew
}

func (r *rig) last(key record.Key) (version uint64) {
	r.view(func(rd store.Reader) (err error) {
		grave, _, err := rd.Buried(key)
		version = grave.Version
		return err
	})
	return version
}

// TestASignpostIsNotGarbage: what is sent for a record that was merged into another arrives there, however late.
func TestASignpostIsNotGarbage(t *testing.T) {
	r := newRig(t)
	loser, survivor := create("Doble"), create("Única")
	r.applied(staff(1001), loser, survivor)
	m := remove(loser, 1)
	m.Changes = []record.Change{{Field: schema.MergedInto, New: survivor.Key.ID.String()}}
	r.applied(staff(1001), m)
	r.sweep(2 * sweeper.Retention)
	r.submit(staff(1002), change(loser.Key.ID, 1, "acronym", nil, "TARDE", noon))
	if got := r.field(survivor.Key, "acronym"); got != "TARDE" {
		t.Errorf("the survivor has %v", got)
	}
	r.applied(staff(1001), remove(survivor, r.record(survivor.Key).Version))
	r.sweep(3 * sweeper.Retention)
	v := r.submit(staff(1002), change(loser.Key.ID, 1, "acronym", nil, "MUY TARDE", noon))[0]
	r.want(v, record.Rejected, fault.DeletedLongAgo)
}

// TestGivenBackIsNoEdit: what a restored server has deleted since is not brought back by a laptop that gives back what it
// held; what was brought back in versions that the backup lost is.
func TestGivenBackIsNoEdit(t *testing.T) {
	r := newRig(t)
	m := create("Se fue")
	r.applied(staff(1001), m)
	r.applied(staff(1001), remove(m, 1))
	given := create("Se fue")
	given.Key, given.Base, given.Given = m.Key, 1, true
	r.applied(staff(1002), given)
	if !r.record(m.Key).Deleted {
		t.Error("what was deleted since came back")
	}
	update := change(m.Key.ID, 1, "acronym", nil, "X", noon+clock.Millis(5))
	update.Given = true
	r.applied(staff(1002), update)
	if !r.record(m.Key).Deleted {
		t.Error("a field given back brought the record back")
	}
	later := given
	later.Op, later.Base = record.NewOpID(), 7
	if v := r.submit(staff(1002), later)[0]; v.Status == record.Rejected || r.record(m.Key).Deleted {
		t.Errorf("a later life is lost: %+v", v)
	}
	gone := r.buried("Olvidada")
	later.Op, later.Key, later.Base = record.NewOpID(), gone.Key, 7
	if v := r.submit(staff(1002), later)[0]; v.Status == record.Rejected || r.record(gone.Key) == nil {
		t.Errorf("a later life of what is forgotten is lost: %+v", v)
	}
}
