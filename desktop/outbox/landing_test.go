package outbox

import (
	"testing"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// known makes organizations that the office and the laptop have.
func (l *laptop) known(names ...string) (ids []record.ID) {
	l.t.Helper()
	for _, name := range names {
		id := record.NewID()
		l.others(id, 0, "name", nil, name)
		ids = append(ids, id)
	}
	l.pull()
	return ids
}

// retired demands that an organization is shown as merged into another.
func (l *laptop) retired(id, into record.ID) {
	l.t.Helper()
	if to, ok := mergedInto(l.row(id).Record); !ok || to.ID != into {
		l.t.Errorf("%s is not shown as merged into %s", id, into)
	}
}

// merging is what a merge asks for that takes nothing over.
func merging(loser, survivor record.ID) draft.Edit {
	return draft.Edit{Kind: draft.Retire, Collection: "organization", Network: "PE", ID: loser.String(), Into: survivor.String()}
}

func TestAnEditOfARetiredRecordIsShownOnItsSurvivor(t *testing.T) {
	l := newLaptop(t)
	ids := l.known("Norte", "Nrte")
	keep, dup := ids[0], ids[1]
	l.edit(updating(dup, fields{"acronym": "CN"}))
	l.othersMerge(dup, keep)
	l.pull()
	l.retired(dup, keep)
	l.shows(keep, replica.Pending, fields{"name": "Norte", "acronym": "CN"})
	l.restart()
	l.others(keep, 1, "website", nil, "https://norte.example")
	l.pull()
	l.shows(keep, replica.Pending, fields{"acronym": "CN", "website": "https://norte.example"})
	l.tidy()
	l.send()
	l.shows(keep, replica.Pending, fields{"acronym": "CN"})
	l.pull()
	l.shows(keep, replica.Clean, fields{"acronym": "CN"})
	l.clean()
}

func TestARefusedEditOfARetiredRecordIsMendedOnItsSurvivor(t *testing.T) {
	for name, mend := range map[string]func(*laptop, record.ID){
		"by editing": func(l *laptop, keep record.ID) {
			l.edit(updating(keep, fields{"acronym": "CN"}))
			l.counts(1, 0)
			l.shows(keep, replica.Pending, fields{"acronym": "CN"})
			l.send()
			l.pull()
			l.shows(keep, replica.Clean, fields{"acronym": "CN"})
		},
		"by discarding": func(l *laptop, keep record.ID) {
			l.check(l.Discard(l.list()[0].Mutation.Op))
			l.shows(keep, replica.Clean, fields{"acronym": nil})
		},
		"by trying again": func(l *laptop, keep record.ID) {
			l.office.refuse = nil
			l.check(l.Retry(l.list()[0].Mutation.Op))
			l.send()
			l.pull()
			l.shows(keep, replica.Clean, fields{"acronym": "MALO"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLaptop(t)
			ids := l.known("Norte", "Nrte")
			keep, dup := ids[0], ids[1]
			l.office.refuse = refusing(11, "MALO")
			l.edit(updating(dup, fields{"acronym": "MALO"}))
			l.othersMerge(dup, keep)
			l.pull()
			l.send()
			l.shows(keep, replica.Rejected, fields{"acronym": "MALO"})
			l.tidy()
			mend(l, keep)
			l.clean()
			l.retired(dup, keep)
		})
	}
}

func TestAnEditFollowsAChainOfMergers(t *testing.T) {
	l := newLaptop(t)
	ids := l.known("A", "B", "C")
	l.edit(updating(ids[0], fields{"acronym": "AA"}))
	l.othersMerge(ids[0], ids[1])
	l.pull()
	l.shows(ids[1], replica.Pending, fields{"acronym": "AA"})
	l.othersMerge(ids[1], ids[2])
	l.pull()
	l.retired(ids[1], ids[2])
	if row := l.row(ids[1]); row.State != replica.Clean {
		t.Errorf("the one in the middle is %s", row.State)
	}
	l.shows(ids[2], replica.Pending, fields{"name": "C", "acronym": "AA"})
	l.tidy()
	l.send()
	l.pull()
	l.shows(ids[2], replica.Clean, fields{"acronym": "AA"})
	l.clean()
}

// Merged here, without a connection: what was done to the loser before is the merge's affair, what a form that was open sends
// afterwards lands on the survivor at once; who edits it without having seen it is told where it went.
func TestAnEditAfterAMergeThatWaits(t *testing.T) {
	l := newLaptop(t)
	ids := l.known("Norte", "Nrte", "Otra")
	keep, dup := ids[0], ids[1]
	l.edit(updating(dup, fields{"acronym": "ANTES"}))
	l.edit(merging(dup, keep))
	l.shows(keep, replica.Clean, fields{"acronym": nil})
	if _, err := l.Edit(coordinator, draft.Intent{Edits: []draft.Edit{updating(dup, fields{"acronym": "X"})}}); !fault.Is(err, fault.RecordMerged) {
		t.Errorf("%v", err)
	}
	version := uint64(1)
	form := updating(dup, fields{"website": "https://nrte.example"})
	form.Base = &version
	l.edit(form)
	l.retired(dup, keep)
	l.shows(keep, replica.Pending, fields{"name": "Norte", "acronym": nil, "website": "https://nrte.example"})
	l.edit(merging(keep, ids[2]))
	l.shows(ids[2], replica.Pending, fields{"name": "Otra", "website": "https://nrte.example"})
	l.tidy()
	restore := draft.Edit{Kind: draft.Restore, Collection: "organization", Network: "PE", ID: keep.String()}
	l.edit(restore)
	l.shows(ids[2], replica.Clean, fields{"website": nil})
	l.shows(keep, replica.Pending, fields{"website": "https://nrte.example"})
	restore.ID = dup.String()
	l.edit(restore)
	l.shows(dup, replica.Pending, fields{"name": "Nrte", "acronym": "ANTES", "website": "https://nrte.example"})
	l.shows(keep, replica.Pending, fields{"name": "Norte", "website": nil})
	l.tidy()
}
