package outbox

import (
	"testing"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/proposal"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// holding makes the office ask itself about deletions and what comes in a group with them, as the server does.
func (o *office) holding() {
	o.refuse = func(m record.Mutation) *fault.Error {
		if m.Kind == record.Delete || m.Group.Size > 0 {
			o.proposal(m, proposal.Open)
			return fault.New(fault.DeletionsHeld, "most", "50")
		}
		return nil
	}
}

// proposal puts the office's proposal of an edit into a state.
func (o *office) proposal(m record.Mutation, status string) {
	pc, _ := schema.Registry().Collection(proposal.Collection)
	f, _ := pc.Field("status")
	key := record.Key{Network: m.Key.Network, Collection: pc.Number, ID: record.ProposalOf(m.Op)}
	next := &record.Record{Key: key, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{}}
	if have := o.records[key]; have != nil {
		next = have.Clone()
	}
	o.seq++
	next.Seq, next.Version = o.seq, next.Version+1
	next.Set(f.Number, status)
	o.records[key] = next
}

// decide lets the office decide about what a laptop's person asked for; accepted, it makes the edits its own.
func (l *laptop) decide(status string, items ...Item) {
	l.t.Helper()
	l.office.refuse = nil
	for _, it := range items {
		m := it.Mutation
		l.office.proposal(m, status)
		if status == proposal.Accepted {
			m.Op, m.Group = record.NewOpID(), record.Group{}
			if v := l.office.judge(l.t, m, 2002); v.Status == record.Rejected {
				l.t.Fatalf("the office cannot do it: %+v", v)
			}
		}
	}
	l.pull()
}

// reasons are those of the edits that are parked.
func (l *laptop) reasons() (out []fault.Code) {
	l.t.Helper()
	for _, it := range l.list() {
		if it.Reason == nil {
			l.t.Fatalf("%+v is not parked", it)
		}
		out = append(out, it.Reason.Code)
	}
	return out
}

// A deletion that the office was asked about is over when it has accepted it. One that it dismissed shows the record again, and
// says so until its person lets go of it.
func TestADeletionFollowsTheOfficesDecision(t *testing.T) {
	l := newLaptop(t)
	id, kept, open := l.create("Se va"), l.create("Se queda"), l.create("Aún no")
	l.send()
	l.pull()
	l.office.holding()
	l.edit(deleting(id))
	l.edit(deleting(kept))
	l.edit(deleting(open))
	l.send()
	l.pull()
	items := l.list()
	if err := l.Retry(items[2].Mutation.Op); !fault.Is(err, fault.DeletionsAsked) {
		t.Errorf("asked once more: %v", err)
	}
	l.decide(proposal.Accepted, items[0])
	l.decide(proposal.Dismissed, items[1])
	if got := l.reasons(); len(got) != 2 || got[0] != fault.DeletionsDeclined || got[1] != fault.DeletionsHeld {
		t.Errorf("left: %v", got)
	}
	if !l.row(id).Record.Deleted || !l.row(open).Record.Deleted {
		t.Error("what was deleted is shown again")
	}
	l.shows(kept, replica.Clean, fields{"name": "Se queda"})
	l.edit(updating(kept, fields{"acronym": "SQ"})) // as any record
	l.shows(kept, replica.Pending, fields{"acronym": "SQ"})
	l.send()
	l.pull()
	l.shows(kept, replica.Clean, fields{"name": "Se queda", "acronym": "SQ"})
	l.tidy()
	l.check(l.Discard(items[1].Mutation.Op))
	l.decide(proposal.Accepted, items[2])
	l.clean()
}

// A dismissal that is taken back, and an edit that its person asks for once more.
func TestADismissalIsNotTheLastWord(t *testing.T) {
	l := newLaptop(t)
	again, retried := l.create("Otra vez"), l.create("Insiste")
	l.send()
	l.pull()
	l.office.holding()
	l.edit(deleting(again))
	l.edit(deleting(retried))
	l.send()
	l.pull()
	items := l.list()
	l.decide(proposal.Dismissed, items...)
	l.shows(again, replica.Clean, fields{"name": "Otra vez"})
	l.decide(proposal.Open, items[0])
	if got := l.reasons(); got[0] != fault.DeletionsHeld || !l.row(again).Record.Deleted {
		t.Errorf("the dismissal was taken back, and its person is told %v", got)
	}
	l.tidy()
	l.check(l.Retry(items[1].Mutation.Op))
	if !l.row(retried).Record.Deleted {
		t.Error("what was asked for once more is not shown")
	}
	l.tidy()
	l.decide(proposal.Accepted, items[0])
	l.send()
	l.pull()
	l.clean()
}

// What was held together with deletions ends with them: edits and creations are done where the office accepts them, and where
// it does not, the records are shown as the office has them, while the list keeps what was written.
func TestWhatWasHeldWithDeletionsFollowsTheDecision(t *testing.T) {
	for _, status := range []string{proposal.Accepted, proposal.Dismissed} {
		l := newLaptop(t)
		gone, changed := l.create("Se va"), l.create("Cambia")
		l.send()
		l.pull()
		l.office.holding()
		made := l.edit(deleting(gone), updating(changed, fields{"acronym": "CC"}), creating(fields{"name": "Nueva"})).Records[2].ID
		l.send()
		l.pull()
		l.shows(changed, replica.Rejected, fields{"acronym": "CC"})
		l.counts(0, 3)
		items := l.list()
		l.decide(status, items...)
		if status == proposal.Accepted {
			l.clean()
			l.shows(changed, replica.Clean, fields{"acronym": "CC"})
			l.shows(made, replica.Clean, fields{"name": "Nueva"})
			continue
		}
		l.counts(0, 3)
		l.shows(gone, replica.Clean, fields{"name": "Se va"})
		l.shows(changed, replica.Clean, fields{"acronym": nil})
		if l.row(made) != nil {
			t.Error("what the office dismissed is shown")
		}
		l.restart()
		l.tidy()
		l.check(l.Discard(items[0].Mutation.Op))
		l.clean()
	}
}

// A restored office has lost what it was asked.
func TestARestoredOfficeIsAskedAgain(t *testing.T) {
	l := newLaptop(t)
	id := l.create("Se va")
	l.send()
	l.pull()
	backup := l.office.copy()
	l.office.holding()
	l.edit(deleting(id))
	l.send()
	l.pull()
	l.office = backup
	l.office.holding()
	l.startOver()
	l.refill()
	l.counts(2, 0)
	l.send()
	l.pull()
	l.counts(0, 1)
	l.decide(proposal.Accepted, l.list()...)
	l.clean()
}

// question is the state of the office's proposal of an edit, as it is shown here, and as the office has it.
func (l *laptop) question(it Item) (here, there string) {
	l.t.Helper()
	pc, _ := schema.Registry().Collection(proposal.Collection)
	f, _ := pc.Field("status")
	key := record.Key{Network: it.Mutation.Key.Network, Collection: pc.Number, ID: record.ProposalOf(it.Mutation.Op)}
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		r, _, err := tx.Record(key)
		if r != nil {
			here = record.Text(r.Fields[f.Number])
		}
		return err
	}))
	return here, record.Text(l.office.records[key].Fields[f.Number])
}

// Who gives up a deletion that the office was asked about, or mends what it was of, takes the question back; so does who was
// told of the question only later.
func TestGivingUpWhatTheOfficeWasAskedTakesTheQuestionBack(t *testing.T) {
	for name, give := range map[string]func(*laptop, record.ID, Item){
		"discarded": func(l *laptop, _ record.ID, it Item) { l.check(l.Discard(it.Mutation.Op)) },
		"restored": func(l *laptop, id record.ID, _ Item) {
			l.edit(draft.Edit{Kind: draft.Restore, Collection: "organization", Network: "PE", ID: id.String()})
		},
	} {
		for _, told := range []bool{true, false} {
			l, id := asks(t)
			if told {
				l.pull()
			}
			it := l.list()[0]
			give(l, id, it)
			l.office.refuse = nil
			l.tidy()
			if here, there := l.question(it); here != proposal.Withdrawn || there != proposal.Open {
				t.Errorf("%s, told %v: %s here, %s there before it is sent", name, told, here, there)
			}
			l.restart()
			l.send()
			l.pull()
			if here, there := l.question(it); here != proposal.Withdrawn || there != proposal.Withdrawn {
				t.Errorf("%s, told %v: %s here, %s there", name, told, here, there)
			}
			l.shows(id, replica.Clean, fields{"name": "Se queda"})
			l.clean()
		}
	}
}

// asks is a laptop whose deletion of a record the office is asked about; it has not heard of the question yet.
func asks(t *testing.T) (l *laptop, id record.ID) {
	t.Helper()
	l = newLaptop(t)
	id = l.create("Se queda")
	l.send()
	l.pull()
	l.office.holding()
	l.edit(deleting(id))
	l.send()
	return l, id
}

// What the office has decided is no question any more: nothing is sent of it.
func TestADecidedQuestionIsNotTakenBack(t *testing.T) {
	l, _ := asks(t)
	l.pull()
	it := l.list()[0]
	l.decide(proposal.Dismissed, it)
	l.check(l.Discard(it.Mutation.Op))
	l.counts(0, 0)
	if here, _ := l.question(it); here != proposal.Dismissed {
		t.Errorf("the dismissal became %s", here)
	}
	l.clean()
}

// Another computer of the same person, a copy of this one, gave it up.
func TestAWithdrawnDeletionIsOver(t *testing.T) {
	l, id := asks(t)
	l.pull()
	l.decide(proposal.Withdrawn, l.list()...)
	l.shows(id, replica.Clean, fields{"name": "Se queda"})
	l.clean()
}
