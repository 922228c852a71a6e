package apply

import (
	"fmt"
	"testing"
	"time"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// stock makes organizations as one device, and what would delete each.
func (r *rig) stock(by Author, n int) (out []record.Mutation) {
	r.t.Helper()
	for i := range n {
		m := create(fmt.Sprint("Cooperativa ", i))
		r.applied(by, m)
		out = append(out, remove(m, 1))
	}
	return out
}

func TestManyDeletionsAreLeftToTheOffice(t *testing.T) {
	r := newRig(t)
	r.MostDeletions = func() int { return 3 }
	ana, luis := staff(1001), staff(1002)
	gone := r.stock(luis, 12)
	r.applied(ana, gone[:3]...) // one by one, within the day
	r.want(r.submit(ana, gone[3])[0], record.Rejected, fault.DeletionsHeld)
	if p := r.proposal("PE", gone[3].Op); p["kind"] != "delete" || p["reason"] != "deletions" || p["status"] != "open" || p["title"] != "Cooperativa 3" {
		t.Errorf("%v", p)
	}
	// A group is held whole; the same sent again gets the same answer, and makes no second proposal.
	group := grouped(append([]record.Mutation{create("Otra")}, gone[4:6]...)...)
	for range 2 {
		for _, v := range r.submit(ana, group...) {
			r.want(v, record.Rejected, fault.DeletionsHeld)
			if v.Args["most"] != "3" {
				t.Errorf("%v", v.Args)
			}
		}
	}
	if n := len(r.living("PE", "proposal")); n != 4 {
		t.Errorf("%d proposals", n)
	}
	if got := r.record(gone[4].Key); got.Deleted || r.record(group[0].Key) != nil {
		t.Error("something of the group was done")
	}
	// Others, and the office, are not held to what Ana has deleted.
	r.applied(staff(1003), gone[6])
	r.applied(who(1004, schema.Office), gone[7:11]...)
	// A group too large by itself is held on the first day, too.
	r.want(r.submit(staff(1005), grouped(r.stock(luis, 4)...)...)[0], record.Rejected, fault.DeletionsHeld)
	r.sound("PE")
	// The next day begins anew.
	r.later(25 * time.Hour)
	r.applied(ana, gone[11])
}

// later lets time pass.
func (r *rig) later(d time.Duration) {
	c := r.clock.(*handClock)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A day is any 24 hours: no midnight lets twice as many pass.
func TestAnyDayCounts(t *testing.T) {
	r := newRig(t)
	r.MostDeletions = func() int { return 3 }
	ana := staff(1001)
	gone := r.stock(staff(1002), 12)
	next := func(want record.Status) {
		t.Helper()
		m := gone[0]
		gone = gone[1:]
		if v := r.submit(ana, m)[0]; v.Status != want || want == record.Rejected && v.Code != fault.DeletionsHeld {
			t.Errorf("%+v, want %s", v, want)
		}
	}
	next(record.Applied)
	r.later(22 * time.Hour)
	next(record.Applied)
	next(record.Applied)
	next(record.Rejected)
	r.later(90 * time.Minute) // within the day of the first
	next(record.Rejected)
	r.later(90 * time.Minute) // 25 hours after it, and 3 after the others
	next(record.Applied)
	next(record.Rejected)
	r.later(20 * time.Hour)
	next(record.Rejected)
	r.later(3 * time.Hour) // 26 hours after the two, 23 after the last
	next(record.Applied)
	next(record.Applied)
	next(record.Rejected)
}

func TestWhatIsNoDeletionOfOthersIsNotCounted(t *testing.T) {
	r := newRig(t)
	r.MostDeletions = func() int { return 1 }
	ana, luis := staff(1001), staff(1002)
	own := r.stock(ana, 5) // an import that is taken back
	r.applied(ana, own...)
	others := r.stock(luis, 3)
	r.applied(luis, others[2])
	r.submit(ana, remove(others[2], 1)) // it is deleted already
	viewer := who(1001, schema.FieldStaff, "PE")
	r.want(r.submit(viewer, others[0])[0], record.Rejected, fault.NotAllowed)
	r.applied(ana, remove(others[0], 1))
	r.want(r.submit(ana, remove(others[1], 1))[0], record.Rejected, fault.DeletionsHeld)
	r.MostDeletions = func() int { return 0 } // any number
	r.applied(ana, remove(others[1], 1))
}

// A group that is refused for another reason has deleted nothing.
func TestAFailedGroupDeletesNothing(t *testing.T) {
	r := newRig(t)
	r.MostDeletions = func() int { return 2 }
	ana := staff(1001)
	gone := r.stock(staff(1002), 4)
	bad := change(record.NewID(), 1, "name", "a", "b", noon)
	for range 3 {
		failing := bad
		failing.Op = record.NewOpID()
		first, second := remove(gone[0], 1), remove(gone[1], 1)
		r.want(r.submit(ana, grouped(first, second, failing)...)[2], record.Rejected, fault.NotFound)
	}
	r.applied(ana, gone[0], gone[1])
	r.want(r.submit(ana, gone[2])[0], record.Rejected, fault.DeletionsHeld)
}
