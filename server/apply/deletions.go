package apply

import (
	"strconv"
	"time"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// deletionsDay is how long deletions count together.
const deletionsDay = 24 * time.Hour

// tally is what a device has deleted within a day.
type tally struct {
	before int // by earlier transactions
	made   int // by this one
}

// deletions counts what a group deletes of what others know as theirs too. Whoever may decide for all networks is the office
// itself; and who takes back what only the same computer has ever written takes nothing away from anybody.
func (j *sitting) deletions(author Author, ms []record.Mutation) (n int, err error) {
	if author.Device == Server || author.Role.AtLeast(schema.Office) {
		return 0, nil
	}
	for _, m := range ms {
		counts, err := j.deletes(author, m)
		if err != nil {
			return 0, err
		}
		if counts {
			n++
		}
	}
	return n, nil
}

// held reports whether so many more deletions by a device are for the office to decide about, and how many are not.
func (j *sitting) held(device uint32, n int) (held bool, most int, err error) {
	if n == 0 {
		return false, 0, nil
	}
	t := j.deleted[device]
	if t == nil {
		t = &tally{}
		if t.before, err = j.tx.Deletions(device, store.HoursTo(j.now, deletionsDay)); err != nil {
			return false, 0, err
		}
		j.deleted[device] = t
	}
	most = j.MostDeletions()
	return most > 0 && t.before+t.made+n > most, most, nil
}

// deletes reports whether a mutation counts as a deletion: one that its author may make, of a living record, and not in
// favor of another that stands for it from then on.
func (j *sitting) deletes(author Author, m record.Mutation) (bool, error) {
	if m.Kind != record.Delete {
		return false, nil
	}
	if _, retires := m.Retires(); retires {
		return false, nil
	}
	if _, err := j.authorize(author, &m); err != nil {
		if ofMachine(err) {
			return false, err
		}
		return false, nil // it is rejected for that
	}
	have, err := j.book.Record(m.Key)
	if err != nil || have == nil || have.Deleted {
		return false, err
	}
	for _, s := range have.Stamps {
		if s.Device != author.Device {
			return true, nil
		}
	}
	return false, nil
}

// ask leaves a group to the office: each of its mutations becomes a proposal, and is refused meanwhile.
func (j *sitting) ask(author Author, ms []record.Mutation, most int) ([]record.Verdict, error) {
	h := &Handover{Reason: reasonDeletions}
	j.whose = nil
	before, met := j.copyHeads(), len(j.met)
	err := j.book.Attempt(func() error {
		for _, m := range ms {
			if _, err := j.propose(author, h, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return j.reject(author, ms, -1, fault.New(fault.DeletionsHeld, "most", strconv.Itoa(most)))
	}
	if ofMachine(err) {
		return nil, err
	}
	j.heads, j.met = before, j.met[:met]
	return j.reject(author, ms, -1, fault.Of(err)) // what cannot be proposed cannot be decided later either
}
