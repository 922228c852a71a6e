package outbox

import (
	"slices"
	"testing"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// refusing makes the office refuse mutations that give a field a value.
func refusing(field uint16, v schema.Value) func(record.Mutation) *fault.Error {
	return func(m record.Mutation) *fault.Error {
		for _, ch := range m.Changes {
			if ch.Field == field && schema.Equal(ch.New, v) {
				return fault.New(fault.TooLong, "field", "name", "max", "3")
			}
		}
		return nil
	}
}

func TestARejectedEditParksVisibly(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	id, other := record.NewID(), l.create("Otra")
	l.others(id, 0, "name", nil, "Norte")
	l.pull()
	l.edit(updating(id, fields{"name": "Malo"}))
	l.send()
	l.shows(id, replica.Rejected, fields{"name": "Malo"})
	l.counts(1, 1)
	item := l.list()[1]
	if item.State != Rejected || item.Reason == nil || item.Reason.Code != fault.TooLong || item.Reason.Field != "name" || item.Reason.Args["max"] != "3" {
		t.Errorf("%+v %+v", item, item.Reason)
	}
	l.others(id, 1, "acronym", nil, "X")
	l.pull()
	l.restart()
	l.shows(id, replica.Rejected, fields{"name": "Malo", "acronym": "X"})
	l.shows(other, replica.Clean, fields{"name": "Otra"}) // unrelated work went on
	l.tidy()
}

func TestFixingByEditing(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	id := record.NewID()
	l.others(id, 0, "name", nil, "Norte")
	l.pull()
	l.edit(updating(id, fields{"name": "Malo", "acronym": "MM", "products": []any{"coffee"}}))
	l.send()
	l.counts(0, 1)
	l.edit(updating(id, fields{"name": "Bueno"}))
	l.shows(id, replica.Pending, fields{"name": "Bueno", "acronym": "MM"})
	l.counts(1, 0)
	m := l.list()[0].Mutation
	if m.Kind != record.Update || m.Base != 1 || len(m.Changes) != 3 || m.Changes[0].Old != "Norte" || m.Changes[0].New != "Bueno" {
		t.Errorf("it says %+v", m)
	}
	l.send()
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "Bueno", "acronym": "MM", "products": []string{"coffee"}})
	l.clean()
}

func TestFixingARejectedCreation(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	id := l.create("Malo")
	l.edit(updating(id, fields{"acronym": "MM"}))
	l.send() // the creation is refused, and so the edit of what is not there
	l.counts(0, 2)
	l.edit(updating(id, fields{"name": "Bueno"}))
	l.counts(1, 0)
	if m := l.list()[0].Mutation; m.Kind != record.Create || m.Base != 0 {
		t.Errorf("%+v", m)
	}
	l.send()
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "Bueno", "acronym": "MM"})
	l.clean()
}

func TestFixingWhatAnotherHasDeletedMeanwhile(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	id := record.NewID()
	l.others(id, 0, "name", nil, "Norte")
	l.pull()
	l.edit(updating(id, fields{"name": "Malo"}))
	l.send()
	l.office.judge(t, record.Mutation{Op: record.NewOpID(), Kind: record.Delete, Base: 1, Key: l.key(id), Edited: 1767200000000}, 2002)
	l.pull()
	l.shows(id, replica.Rejected, fields{"name": "Malo"})
	l.edit(updating(id, fields{"name": "Bueno"}))
	l.send()
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "Bueno"})
	l.clean()
}

func TestDiscarding(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	id := record.NewID()
	l.others(id, 0, "name", nil, "Norte")
	l.pull()
	l.edit(updating(id, fields{"name": "Malo"}))
	made := l.create("Malo")
	l.send()
	l.counts(0, 2)
	for _, it := range l.list() {
		l.check(l.Discard(it.Mutation.Op))
	}
	l.shows(id, replica.Clean, fields{"name": "Norte"})
	if l.row(made) != nil {
		t.Error("a record that the office refused and the person gave up is still there")
	}
	l.clean()
	if err := l.Discard(record.NewOpID()); !fault.Is(err, fault.NotFound) {
		t.Errorf("of nothing: %v", err)
	}
	waiting := l.create("Buena")
	if err := l.Discard(l.list()[0].Mutation.Op); !fault.Is(err, fault.NotFound) {
		t.Errorf("of what was not rejected: %v", err)
	}
	l.shows(waiting, replica.Pending, nil)
}

func TestTheFirstOfMany(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	for range 4 {
		l.create("Malo")
	}
	l.send()
	for range 5 {
		l.create("Buena")
	}
	all := l.list() // the refused ones came first here
	for _, limit := range []int{1, 3, 9} {
		items, err := l.First(t.Context(), limit)
		l.check(err)
		want := slices.Concat(all[:min(limit, 4)], all[4:4+min(limit, 5)])
		same := func(a, b Item) bool { return a.Mutation.Op == b.Mutation.Op && a.State == b.State }
		if !slices.EqualFunc(items, want, same) {
			t.Errorf("at most %d of each: %+v", limit, items)
		}
	}
}

func TestDiscardingOneOfTwo(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	id := record.NewID()
	l.others(id, 0, "name", nil, "Norte")
	l.pull()
	l.edit(updating(id, fields{"name": "Malo"}))
	l.send()
	bad := l.list()[0].Mutation.Op
	l.office.refuse = nil
	l.check(l.Retry(bad))
	l.edit(updating(id, fields{"acronym": "N"}))
	l.office.refuse = refusing(10, "Malo")
	l.send()
	l.counts(1, 1)
	l.check(l.Discard(l.list()[0].Mutation.Op))
	l.shows(id, replica.Pending, fields{"name": "Norte", "acronym": "N"})
	l.pull()
	l.clean()
}

func TestRetrying(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	id := l.create("Malo")
	l.send()
	op := l.list()[0].Mutation.Op
	l.create("Otra")
	l.office.refuse = nil
	l.check(l.Retry(op))
	l.shows(id, replica.Pending, fields{"name": "Malo"})
	items := l.list()
	if len(items) != 2 || items[1].Mutation.Key.ID != id || items[1].Mutation.Op == op || items[1].State != Waiting {
		t.Errorf("%+v", items)
	}
	l.send()
	l.pull()
	l.clean()
	if err := l.Retry(op); !fault.Is(err, fault.NotFound) {
		t.Errorf("again: %v", err)
	}
}

// group makes two records in one action, one of which the office refuses.
func (l *laptop) group() (good, bad record.ID) {
	l.t.Helper()
	res := l.edit(creating(fields{"name": "Bueno"}), creating(fields{"name": "Malo"}))
	return res.Records[0].ID, res.Records[1].ID
}

// refuseGroups makes the office refuse a whole group for one of its parts, as the server does.
func (l *laptop) refuseGroups() {
	bad := refusing(10, "Malo")
	l.office.refuse = func(m record.Mutation) *fault.Error {
		if f := bad(m); f != nil {
			return f
		}
		if m.Group.Size > 0 {
			return fault.New(fault.GroupFailed)
		}
		return nil
	}
}

func TestAGroupIsRetriedWhole(t *testing.T) {
	l := newLaptop(t)
	l.refuseGroups()
	l.group()
	l.send()
	l.counts(0, 2)
	was := l.list()
	l.check(l.Retry(was[0].Mutation.Op))
	l.counts(2, 0)
	now := l.list()
	for i, it := range now {
		g := it.Mutation.Group
		if g.ID != now[0].Mutation.Group.ID || g.ID == was[0].Mutation.Group.ID || int(g.Index) != i || g.Size != 2 || it.Mutation.Op == was[i].Mutation.Op {
			t.Errorf("%+v", it.Mutation)
		}
	}
	l.office.refuse = nil
	l.send()
	l.pull()
	l.clean()
}

func TestAGroupIsDiscardedWhole(t *testing.T) {
	l := newLaptop(t)
	l.refuseGroups()
	good, bad := l.group()
	l.send()
	l.check(l.Discard(l.list()[1].Mutation.Op))
	if l.row(good) != nil || l.row(bad) != nil {
		t.Error("something of it is left")
	}
	l.clean()
}

// One part of a rejected group is mended by an edit of its own; what is left of the group is a smaller group, which the
// server would refuse for ever if it still claimed its old size.
func TestTheRestOfAGroupIsRetried(t *testing.T) {
	l := newLaptop(t)
	l.refuseGroups()
	good, bad := l.group()
	l.send()
	l.edit(updating(bad, fields{"name": "Mejor"}))
	l.counts(1, 1)
	l.office.refuse = nil
	var rest Item
	for _, it := range l.list() {
		if it.State == Rejected {
			rest = it
		}
	}
	l.check(l.Retry(rest.Mutation.Op))
	for _, it := range l.list() {
		if g := it.Mutation.Group; g.Size > 1 {
			t.Errorf("%+v claims to be one of %d", it.Mutation.Key.ID, g.Size)
		}
	}
	l.send()
	l.pull()
	l.shows(good, replica.Clean, fields{"name": "Bueno"})
	l.shows(bad, replica.Clean, fields{"name": "Mejor"})
	l.clean()
}

// A copied disk: the server says that the op ids are another's, and they are sent again under new ones.
func TestOpIDsOfAnother(t *testing.T) {
	l := newLaptop(t)
	good, _ := l.group()
	l.edit(updating(good, fields{"acronym": "B"}))
	used := map[record.OpID]bool{}
	for _, it := range l.list() {
		used[it.Mutation.Op] = true
	}
	l.office.refuse = func(m record.Mutation) *fault.Error {
		if used[m.Op] {
			return fault.New(fault.OpReused)
		}
		return nil
	}
	l.send()
	l.counts(3, 0)
	if ops, _ := l.next(-1<<62, 100, 1<<20); len(ops) != 3 || ops[0] != "0/2" || ops[1] != "1/2" || ops[2] != "0/0" {
		t.Errorf("%v", ops)
	}
	l.shows(good, replica.Pending, fields{"name": "Bueno", "acronym": "B"})
	l.send()
	l.pull()
	l.clean()
}

// While a rejected edit waits for its person, others of the same record are already on their way: their order stays.
func TestEditingWhatIsPartlyOnItsWay(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	id := record.NewID()
	l.others(id, 0, "name", nil, "Norte")
	l.pull()
	l.edit(updating(id, fields{"name": "Malo"}))
	verdicts := l.push()
	l.edit(updating(id, fields{"acronym": "N"}))
	l.check(l.Settle(verdicts))
	l.counts(1, 1)
	l.edit(updating(id, fields{"address": "Calle 1"}))
	l.shows(id, replica.Rejected, fields{"name": "Malo", "acronym": "N", "address": "Calle 1"})
	l.counts(2, 1)
	l.send()
	l.pull()
	l.shows(id, replica.Rejected, fields{"name": "Malo", "acronym": "N", "address": "Calle 1"})
	l.edit(updating(id, fields{"name": "Bueno"}))
	l.send()
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "Bueno", "acronym": "N", "address": "Calle 1"})
	l.clean()
}

// The batch of an import goes edit by edit: one that is refused leaves the others.
func TestAnImportIsJudgedRowByRow(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	batch := record.NewID()
	_, err := l.Edit(coordinator, draft.Intent{Bulk: true, Batch: batch, Edits: []draft.Edit{
		creating(fields{"name": "A"}), creating(fields{"name": "Malo"}), creating(fields{"name": "C"}),
	}})
	l.check(err)
	l.send()
	l.counts(2, 1)
	l.pull()
	l.counts(0, 1)
	changes, err := l.rep.BatchChanges(t.Context(), batch)
	if err != nil || len(changes) != 3 || !changes[0].Created {
		t.Errorf("%+v %v", changes, err)
	}
}
