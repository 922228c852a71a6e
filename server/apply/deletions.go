package apply

import (
	"strconv"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// deletionsDay is how long deletions count together, from the first of them.
const deletionsDay = clock.Millis(24 * 60 * 60 * 1000)

// tally is what a device has deleted within the day, with the group being judged in it.
type tally struct {
	store.Deletions
	made int // by the group
}

// deletions counts what a group deletes of what others know as theirs too. Whoever may decide for all networks is the office
// itself; and who takes back what only the same computer has ever written takes nothing away from anybody.
func (j *sitting) deletions(author Author, ms []record.Mutation) (t tally, err error) {
	if author.Device == Server || author.Role.AtLeast(schema.Office) {
		return t, nil
	}
	for _, m := range ms {
		counts, err := j.deletes(author, m)
		if err != nil {
			return t, err
		}
		if counts {
			t.made++
		}
	}
	if t.made == 0 {
		return t, nil
	}
	var known bool
	if t.Deletions, known = j.deleted[author.Device]; !known {
		if t.Deletions, err = j.tx.Deletions(author.Device); err != nil {
			return t, err
		}
	}
	if j.now < t.Since || j.now-t.Since >= deletionsDay {
		t.Deletions = store.Deletions{Since: j.now}
	}
	t.Count += t.made
	return t, nil
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
