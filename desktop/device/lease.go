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
	Ends    clock.Millis // by this computer's clock
	Expired bool         // the register is locked until there is contact
	Near    bool         // it ends soon
}

// LeaseAt looks at the lease at a time of this computer's clock. A clock that was put back does not lengthen it: the latest
// time ever seen counts. One that jumped ahead locks the register too, until there is contact, which settles both.
func (s State) LeaseAt(now clock.Millis) Lease {
	if s.Lease <= 0 || s.Contact == 0 {
		return Lease{}
	}
	l := Lease{Days: s.Lease, Ends: s.Contact + clock.Millis(s.Lease)*day}
	now = max(now, s.Latest)
	l.Expired = now >= l.Ends
	l.Near = !l.Expired && l.Ends-now <= clock.Millis(LeaseWarning.Milliseconds())
	return l
}
