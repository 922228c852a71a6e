package outbox

import (
	"testing"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

func TestAnEditIsOnDiskWithItsShadow(t *testing.T) {
	l := newLaptop(t)
	id := record.NewID()
	l.others(id, 0, "name", nil, "Norte")
	l.pull()
	l.edit(updating(id, fields{"name": "Sur"}))
	created := l.create("Nueva")
	l.restart()
	l.shows(id, replica.Pending, fields{"name": "Sur"})
	l.shows(created, replica.Pending, fields{"name": "Nueva"})
	l.counts(2, 0)
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		server, ok, err := l.shadow(tx, l.key(id))
		if !ok || server == nil || server.Fields[10] != "Norte" || server.Version != 1 || server.Seq != 1 {
			t.Errorf("the shadow is %+v (%v)", server, ok)
		}
		if server, ok, err := l.shadow(tx, l.key(created)); !ok || server != nil || err != nil {
			t.Errorf("the shadow of a new record is %+v (%v)", server, ok)
		}
		return err
	}))
	l.tidy()
	l.send()
	l.pull()
	l.clean()
}

func TestARefusedEditChangesNothing(t *testing.T) {
	l := newLaptop(t)
	id := l.create("A")
	_, err := l.Edit(coordinator, draft.Intent{Edits: []draft.Edit{updating(id, fields{"acronym": "AA"}), updating(id, fields{"founded": 3})}})
	if !fault.Is(err, fault.OutOfRange) {
		t.Error(err)
	}
	l.shows(id, replica.Pending, fields{"acronym": nil})
	l.counts(1, 0)
	l.tidy()
}

// The base of a chain of offline edits is the trunk's version, and each edit says what the one before made.
func TestAChainOfEdits(t *testing.T) {
	l := newLaptop(t)
	id := record.NewID()
	l.others(id, 0, "name", nil, "A")
	l.pull()
	for _, name := range []string{"B", "C", "D"} {
		l.edit(updating(id, fields{"name": name}))
	}
	var last any = "A"
	for i, it := range l.list() {
		if it.Mutation.Base != 1 || it.Mutation.Changes[0].Old != last {
			t.Errorf("edit %d is based on %d and saw %v, not %v", i, it.Mutation.Base, it.Mutation.Changes[0].Old, last)
		}
		last = it.Mutation.Changes[0].New
	}
	l.send()
	l.shows(id, replica.Pending, fields{"name": "D"})
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "D"})
	l.clean()
}

func TestWhatIsPendingStaysVisible(t *testing.T) {
	l := newLaptop(t)
	id := record.NewID()
	l.others(id, 0, "name", nil, "A")
	l.others(id, 1, "products", nil, []string{"coffee"})
	l.pull()
	l.edit(updating(id, fields{"name": "Mía", "products": []any{"coffee", "honey"}}))
	l.others(id, 2, "name", "A", "De otra")
	l.others(id, 3, "acronym", nil, "OT")
	l.others(id, 4, "products", []string{"coffee"}, []string{"cocoa", "coffee"})
	l.pull()
	l.shows(id, replica.Pending, fields{"name": "Mía", "acronym": "OT", "products": []string{"cocoa", "coffee", "honey"}})
	l.tidy()
	if v := l.send()[0]; v.Status != record.Conflict {
		t.Errorf("%+v", v)
	}
	l.shows(id, replica.Pending, fields{"name": "Mía"}) // until what came of it has come back
	l.pull()
	l.clean()
	l.shows(id, replica.Clean, fields{"products": []string{"cocoa", "coffee", "honey"}})
}

// An edit that lost is not shown any longer once the server's state that covers it is here, and not a moment earlier.
func TestALostEditGivesWayAtTheCheckpoint(t *testing.T) {
	l := newLaptop(t)
	id := record.NewID()
	l.others(id, 0, "name", nil, "A")
	l.pull()
	l.edit(updating(id, fields{"name": "Mía"}))
	c, _ := l.office.records[l.key(id)], 0
	c.Stamps[10] = record.Stamp{Version: 1, Device: 2002, Edited: 1}
	l.others(id, 1, "name", "A", "De otra")
	l.office.records[l.key(id)].Stamps[10] = record.Stamp{Version: 2, Device: 2002, Edited: 1999999999999} // later than ours
	v := l.send()[0]
	if v.Status != record.Conflict {
		t.Fatalf("%+v", v)
	}
	l.shows(id, replica.Pending, fields{"name": "Mía"})
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "De otra"})
	l.clean()
}

func TestAnAnswerThatCameLate(t *testing.T) {
	l := newLaptop(t)
	id := l.create("A")
	verdicts := l.push()
	l.pull() // the hub was quicker than the ack
	l.shows(id, replica.Pending, fields{"name": "A"})
	l.counts(1, 0)
	l.check(l.Settle(verdicts))
	l.clean()
	l.check(l.Settle(verdicts)) // and it came twice
	l.clean()
}

func TestAnAnswerThatWasLost(t *testing.T) {
	l := newLaptop(t)
	l.create("A")
	before := l.push()
	l.restart()
	after := l.push()
	if len(before) != 1 || len(after) != 1 || before[0].Op != after[0].Op {
		t.Errorf("sent %v, then %v", before, after)
	}
	l.check(l.Settle(after))
	l.pull()
	l.clean()
	if l.office.seq != 1 {
		t.Errorf("the office has it %d times", l.office.seq)
	}
}

func TestEditsWhileOthersAreOnTheirWay(t *testing.T) {
	l := newLaptop(t)
	id := l.create("A")
	verdicts := l.push()
	l.edit(updating(id, fields{"name": "B"}))
	l.check(l.Settle(verdicts))
	l.pull()
	l.shows(id, replica.Pending, fields{"name": "B"})
	l.counts(1, 0)
	l.tidy()
	l.send()
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "B"})
	l.clean()
}

func TestDeletingAndRestoring(t *testing.T) {
	l := newLaptop(t)
	id := record.NewID()
	l.others(id, 0, "name", nil, "A")
	l.pull()
	l.edit(deleting(id))
	if row := l.row(id); row != nil && !row.Record.Deleted {
		t.Error("it is still shown")
	}
	l.edit(draft.Edit{Kind: draft.Restore, Collection: "organization", Network: "PE", ID: id.String()})
	l.shows(id, replica.Pending, fields{"name": "A"})
	l.send()
	l.pull()
	l.clean()

	l.edit(deleting(id))
	l.others(id, l.office.records[l.key(id)].Version, "acronym", nil, "X")
	if v := l.send()[0]; v.Status != record.Conflict {
		t.Errorf("%+v", v)
	}
	l.pull()
	l.shows(id, replica.Clean, fields{"acronym": "X"})
	l.clean()
}

// Made and deleted again before anything was sent: both are told, so that the office's history is whole.
func TestMadeAndDeletedOffline(t *testing.T) {
	l := newLaptop(t)
	id := l.create("A")
	l.edit(updating(id, fields{"name": "B"}))
	l.edit(deleting(id))
	l.send()
	l.pull()
	l.clean()
	if r := l.office.records[l.key(id)]; r == nil || !r.Deleted || r.Version != 3 {
		t.Errorf("%+v", r)
	}
}

// Done edits are kept a month, to be given back to a server that lost them, and then go.
func TestDoneEditsGoAfterAWhile(t *testing.T) {
	l := newLaptop(t)
	l.create("A")
	l.send()
	l.pull()
	kept := func() (n int) {
		l.check(l.rep.Write(func(tx *replica.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM outbox`).Scan(&n) }))
		return n
	}
	if kept() != 1 {
		t.Errorf("%d kept", kept())
	}
	l.clock.mu.Lock()
	l.clock.now = l.clock.now.Add(keepDone - keepDone/10)
	l.clock.mu.Unlock()
	l.create("B")
	l.send()
	l.pull()
	if kept() != 2 {
		t.Errorf("%d kept", kept())
	}
	l.clock.mu.Lock()
	l.clock.now = l.clock.now.Add(keepDone / 5)
	l.clock.mu.Unlock()
	l.pull()
	if kept() != 1 {
		t.Errorf("%d kept", kept())
	}
}
