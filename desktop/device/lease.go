package device

import (
	"time"

	"acopio/shared/clock"
)

// LeaseWarning is how long before its end people are told of a lease.
const LeaseWarning = 7 * 24 * time.Hour

// day is a day of a lease.
const day = clock.Millis(24 * 60 * 60 * 1000)

// Lease is where a device's lease stands at a time.
type Lease struct {
	Days    int          // 0: there is none
	Ends    clock.Millis // by this computer's clock as it is now
	Expired bool         // the register is locked until there is contact
	Near    bool         // it ends soon
}

// InContact notes that the server answered as the laptop's own: the lease begins anew.
func (s *State) InContact(now clock.Millis) { s.Contact, s.Seen, s.Spent = now, now, 0 }

// Look takes what this computer's clock shows into account. Only what it goes forward counts, so that putting it back gains
// nothing, however often: of what was spent nothing comes back. A clock that jumps ahead spends the lease; contact settles that.
func (s *State) Look(now clock.Millis) {
	s.Spent += max(0, now-s.Seen)
	s.Seen = now
}

// LeaseAt is where the lease stands at a time of this computer's clock.
func (s State) LeaseAt(now clock.Millis) Lease {
	if s.Lease <= 0 || s.Contact == 0 {
		return Lease{}
	}
	s.Look(now)
	left := clock.Millis(s.Lease)*day - s.Spent
	return Lease{
		Days: s.Lease, Ends: now + max(0, left), Expired: left <= 0,
		Near: left > 0 && left <= clock.Millis(LeaseWarning.Milliseconds()),
	}
}
