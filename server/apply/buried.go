package apply

import (
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// What was deleted long ago is forgotten (acopio/server/sweeper): its record is not in the store, and of its history only
// who did something, and when. So nothing of it can be changed, or come back, any more. These are the rules for what arrives
// late; where the tombstone is still there, the merge decides.

// moot reports whether a mutation has nothing left to do, since what it is about was deleted: a second deletion, one that is
// sent again to a restored server which does not know the record any more, or what a device gives back to one that has itself
// deleted it since.
func (j *sitting) moot(m record.Mutation) (version uint64, moot bool, err error) {
	if !m.Given && m.Kind != record.Delete {
		return 0, false, nil
	}
	have, err := j.book.Record(m.Key)
	if err != nil {
		return 0, false, err
	}
	if have != nil {
		return have.Version, m.Given && have.Deleted && have.Stamps[record.DeletedField].Version > m.Base, nil
	}
	grave, buried, err := j.book.Buried(m.Key)
	if err != nil {
		return 0, false, err
	}
	if m.Kind == record.Delete && m.Base > 0 && j.store.Floor() > 0 && !buried {
		j.book.Dig(m.Key, m.Base+1) // who has not heard of the deletion does not give the record back
		return m.Base + 1, true, nil
	}
	return grave.Version, buried && (m.Kind == record.Delete || grave.Version > m.Base), nil
}

// first is the least version of a record that a mutation makes. It is above that of an earlier one under the same id that
// is forgotten, so that who had seen that one is not taken to have seen this. It fails with fault.DeletedLongAgo for an edit
// of the forgotten one.
//
// Only what names its record by what it says (a census of a year) may be stated anew by somebody who knew nothing of the
// earlier statement, or had seen it go. Any other id was drawn for one record alone.
func (j *sitting) first(c *schema.Collection, m record.Mutation) (uint64, error) {
	floor := j.store.Floor()
	grave, buried, err := j.book.Buried(m.Key)
	if err != nil || !buried {
		return floor, err
	}
	anew := len(c.Identity) > 0 && m.Base == 0 || m.Base >= grave.Version && (len(c.Identity) > 0 || m.Given)
	if m.Kind != record.Create || !anew {
		return 0, fault.New(fault.DeletedLongAgo, "what", c.Name+" "+m.Key.ID.String())
	}
	return max(floor, grave.Version+1), nil
}

// absent is why a record that has to be there cannot be found.
func (j *sitting) absent(c *schema.Collection, key record.Key) error {
	what := c.Name + " " + key.ID.String()
	if _, buried, err := j.book.Buried(key); err != nil || buried {
		return orFault(err, fault.New(fault.DeletedLongAgo, "what", what))
	}
	return fault.New(fault.NotFound, "what", what)
}
