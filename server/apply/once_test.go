package apply

import (
	"reflect"
	"testing"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func TestSentAgainItGetsTheSameAnswer(t *testing.T) {
	r := newRig(t)
	org, bad := create("A"), create("B")
	bad.Changes[0].Field = 11 // the acronym alone: no name
	batch := []record.Mutation{org, bad, change(org.Key.ID, 1, "acronym", nil, "AA", noon)}
	first := r.submit(staff(1001), batch...)
	before := r.head("PE")
	r.applied(staff(1002), create("C")) // the world moves on
	for range 3 {
		if again := r.submit(staff(1001), batch...); !reflect.DeepEqual(again, first) {
			t.Errorf("again\n%+v\nfirst\n%+v", again, first)
		}
	}
	if now := r.head("PE"); now.Seq != before.Seq+1 {
		t.Errorf("sending again moved the log from %d to %d", before.Seq+1, now.Seq)
	}
	r.sound("PE")
}

func TestTwiceInOnePush(t *testing.T) {
	r := newRig(t)
	org := create("A")
	verdicts := r.submit(staff(1001), org, org)
	if !reflect.DeepEqual(verdicts[0], verdicts[1]) {
		t.Errorf("%+v", verdicts)
	}
	if n := len(r.living("PE", "organization")); n != 1 {
		t.Errorf("%d organizations", n)
	}
	r.sound("PE")
}

// A rejected edit stays rejected, whatever became of its reason: the person was told, and may retry it as a new one.
func TestARejectionIsFinal(t *testing.T) {
	r := newRig(t)
	org := create("A")
	site := mutation("site", record.Create, "PE", record.NewID(), 0, values{"organization": org.Key.ID.String(), "kind": "plot"})
	first := r.submit(staff(1001), site)[0]
	r.want(first, record.Rejected, fault.BrokenReference)
	r.applied(staff(1001), org)
	if again := r.submit(staff(1001), site)[0]; !reflect.DeepEqual(again, first) {
		t.Errorf("%+v", again)
	}
	site.Op = record.NewOpID()
	r.want(r.submit(staff(1001), site)[0], record.Applied, "")
}

func TestVerdictsAreStored(t *testing.T) {
	r := newRig(t)
	org, bad := create("A"), create("B")
	bad.Changes[0].New = int64(7)
	for _, v := range r.submit(staff(1001), org, bad) {
		r.view(func(rd store.Reader) error {
			j, ok, err := rd.Judged(v.Op)
			if !ok || j.Device != 1001 || !reflect.DeepEqual(j.Verdict, v) {
				t.Errorf("stored %+v (%v), given %+v", j, ok, v)
			}
			return err
		})
	}
	entries := 0
	r.view(func(rd store.Reader) error {
		list, err := rd.History(bad.Key)
		entries = len(list)
		return err
	})
	if entries != 0 {
		t.Error("a rejected edit is in the history")
	}
}

// A copied disk draws the same op ids for other edits.
func TestTheSameOpForAnotherEdit(t *testing.T) {
	r := newRig(t)
	mine := create("Mine")
	r.applied(staff(1001), mine)
	for what, spoil := range map[string]func(*record.Mutation){
		"another value":  func(m *record.Mutation) { m.Changes = []record.Change{{Field: 10, New: "Theirs"}} },
		"another record": func(m *record.Mutation) { m.Key.ID = record.NewID() },
		"another base":   func(m *record.Mutation) { m.Base = 7 },
		"another time":   func(m *record.Mutation) { m.Edited++ },
	} {
		theirs := mine
		spoil(&theirs)
		v := r.submit(staff(1002), theirs)[0]
		r.outcome(what, v, fault.OpReused)
		r.outcome(what+", again", r.submit(staff(1002), theirs)[0], fault.OpReused)
		r.want(r.submit(staff(1001), mine)[0], record.Applied, "") // the first one's answer stands
		theirs.Op, theirs.Key.ID = record.NewOpID(), record.NewID()
		r.applied(staff(1002), theirs) // under an id of its own it is an edit like any other
	}
	if got := r.field(mine.Key, "name"); got != "Mine" {
		t.Errorf("%v", got)
	}
	r.sound("PE")
}

func TestTheSameOpsForAnotherGroup(t *testing.T) {
	r := newRig(t)
	mine := grouped(create("A"), create("B"))
	r.applied(staff(1001), mine...)
	theirs := append([]record.Mutation(nil), mine...)
	theirs[1].Edited++
	for _, v := range r.submit(staff(1002), theirs...) {
		r.want(v, record.Rejected, fault.OpReused)
	}
	fresh := grouped(create("C"), mine[1])
	for i, v := range r.submit(staff(1002), fresh...) {
		if v.Status != record.Rejected {
			t.Errorf("part %d of a group with a stolen op: %+v", i, v)
		}
	}
	r.sound("PE")
}

func TestAGroupStandsOrFallsWhole(t *testing.T) {
	r := newRig(t)
	org := create("A")
	bad := mutation("site", record.Create, "PE", record.NewID(), 0, values{"organization": record.NewID().String(), "kind": "plot"})
	ms := grouped(org, bad, change(org.Key.ID, 0, "acronym", nil, "X", noon))
	before := r.head("PE")
	verdicts := r.submit(staff(1001), ms...)
	r.want(verdicts[0], record.Rejected, fault.GroupFailed)
	r.want(verdicts[1], record.Rejected, fault.BrokenReference)
	r.want(verdicts[2], record.Rejected, fault.GroupFailed)
	if after := r.head("PE"); !reflect.DeepEqual(after, before) || r.record(org.Key) != nil {
		t.Errorf("something of it stands: %+v", after)
	}
	if again := r.submit(staff(1001), ms...); !reflect.DeepEqual(again, verdicts) {
		t.Errorf("%+v", again)
	}

	org2 := create("B")
	good := grouped(org2, mutation("site", record.Create, "PE", record.NewID(), 0, values{"organization": org2.Key.ID.String(), "kind": "plot"}))
	r.applied(staff(1001), good...)
	r.sound("PE")
}

func TestAGroupOverTwoNetworks(t *testing.T) {
	r := newRig(t)
	ms := grouped(create("A"), mutation("organization", record.Create, "BO", record.NewID(), 0, values{"name": "B"}))
	for _, v := range r.submit(who(1001, schema.Coordinator, "PE"), ms...) {
		if v.Status != record.Rejected {
			t.Errorf("%+v", v)
		}
	}
	r.sound("PE")
	r.sound("BO")
	r.applied(staff(1002), grouped(create("A"), mutation("organization", record.Create, "BO", record.NewID(), 0, values{"name": "B"}))...)
	r.sound("PE")
	r.sound("BO")
}

// Groups that no device makes: each part gets a verdict, and others are judged.
func TestGroupsThatAreNotWhole(t *testing.T) {
	r := newRig(t)
	known := grouped(create("K"), create("L"))
	r.applied(staff(1001), known...)
	double := grouped(create("A"), create("B"))
	double[1].Op = double[0].Op
	turned := grouped(create("A"), create("B"))
	turned[0], turned[1] = turned[1], turned[0]
	grown := append(append([]record.Mutation(nil), known...), create("M"))
	grown[2].Group = known[0].Group
	late := grouped(create("N"), create("O"))
	r.submit(staff(1001), late[0]) // half of it came before
	for what, ms := range map[string][]record.Mutation{
		"an op twice":        double,
		"in another order":   turned,
		"half of it":         grouped(create("A"), create("B"))[:1],
		"with one more":      grown,
		"the rest came late": late,
	} {
		good := create("Good")
		verdicts, err := r.Submit(t.Context(), staff(1001), append(append([]record.Mutation(nil), ms...), good))
		if err != nil {
			t.Errorf("%s: it took others down with it: %v", what, err)
			continue
		}
		if len(verdicts) != len(ms)+1 {
			t.Errorf("%s: %d verdicts on %d", what, len(verdicts), len(ms)+1)
			continue
		}
		for i, m := range ms {
			if verdicts[i].Op != m.Op {
				t.Errorf("%s: verdict %d is on another", what, i)
			}
			if was := what == "with one more" && i < 2; (verdicts[i].Status == record.Rejected) == was {
				t.Errorf("%s: part %d: %+v", what, i, verdicts[i])
			}
		}
		r.want(verdicts[len(ms)], record.Applied, "")
	}
	r.sound("PE")
}

// An author whose first edit was undone with its group must still be named once a later one stands.
func TestAuthorsAreNamedAfterAFailure(t *testing.T) {
	r := newRig(t)
	a := named(1001, "Ana")
	bad := create("B")
	bad.Changes[0].New = int64(7)
	r.submit(a, grouped(create("A"), bad)...)
	r.applied(a, create("C"))
	var found bool
	r.view(func(rd store.Reader) error {
		authors, err := rd.Authors("PE")
		for _, x := range authors {
			found = found || x.Number == 1001 && x.User == "Ana"
		}
		return err
	})
	if !found {
		t.Error("nobody knows who device 1001 is")
	}
	renamed := named(1001, "Ana María")
	r.applied(renamed, create("D"))
	r.view(func(rd store.Reader) error {
		authors, err := rd.Authors("PE")
		for _, x := range authors {
			if x.Number == 1001 && x.User != "Ana María" {
				t.Errorf("%+v", x)
			}
		}
		return err
	})
}

func TestOneBadEditDoesNotHoldUpOthers(t *testing.T) {
	r := newRig(t)
	var ms []record.Mutation
	for i := range 20 {
		m := create("A")
		if i%3 == 0 {
			m.Changes[0].New = int64(i)
		}
		ms = append(ms, m)
	}
	for i, v := range r.submit(staff(1001), ms...) {
		if want := i%3 == 0; (v.Status == record.Rejected) != want {
			t.Errorf("edit %d: %+v", i, v)
		}
	}
	r.sound("PE")
}
