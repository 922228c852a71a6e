package device

import (
	"reflect"
	"testing"

	"acopio/shared/clock"
)

const began = clock.Millis(1767268800000)

// leased is a laptop that was in contact with the office and may be away for 30 days.
func leased() *State {
	s := &State{Lease: 30}
	s.InContact(began)
	return s
}

func TestALeaseRunsOut(t *testing.T) {
	s := leased()
	for _, c := range []struct {
		after         clock.Millis
		near, expired bool
	}{
		{0, false, false},
		{23*day - 1, false, false},
		{23 * day, true, false},
		{30*day - 1, true, false},
		{30 * day, false, true},
		{300 * day, false, true},
	} {
		l := s.LeaseAt(began + c.after)
		if l.Near != c.near || l.Expired != c.expired || l.Days != 30 {
			t.Errorf("after %d days: %+v", c.after/day, l)
		}
		if !c.expired && l.Ends != began+30*day {
			t.Errorf("after %d days it ends at %d", c.after/day, l.Ends)
		}
	}
	if !reflect.DeepEqual(s, leased()) {
		t.Error("being asked changed it")
	}
}

func TestNoLease(t *testing.T) {
	never := State{Lease: 0}
	never.InContact(began)
	for name, s := range map[string]State{"set to 0": never, "not in contact yet": {Lease: 30}} {
		if l := s.LeaseAt(began + 1000*day); l != (Lease{}) {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// Somebody puts the clock back to the day of the last contact every evening: each day counts all the same.
func TestPuttingTheClockBackGainsNothing(t *testing.T) {
	s := leased()
	for n := range 30 {
		if l := s.LeaseAt(began + day - 1); l.Expired {
			t.Fatalf("locked on day %d", n+1)
		}
		s.Look(began + day)
		s.Look(began) // back
	}
	if l := s.LeaseAt(began); !l.Expired {
		t.Errorf("30 days were used: %+v", l)
	}
}

// A clock that was ahead at the last contact, and is put right, does not keep the register open until it gets there again.
func TestAClockThatWasAheadAtTheContact(t *testing.T) {
	s := &State{Lease: 30}
	s.InContact(began + 3650*day)
	s.Look(began)
	if l := s.LeaseAt(began + 29*day); l.Expired || l.Ends != began+30*day {
		t.Errorf("%+v", l)
	}
	if l := s.LeaseAt(began + 30*day); !l.Expired {
		t.Errorf("%+v", l)
	}
}

func TestAClockThatJumpsAheadIsSettledByContact(t *testing.T) {
	s := leased()
	s.Look(began + 1000*day)
	s.Look(began + day)
	if l := s.LeaseAt(began + day); !l.Expired {
		t.Errorf("%+v", l)
	}
	s.InContact(began + day)
	if l := s.LeaseAt(began + day); l.Expired || l.Ends != began+31*day {
		t.Errorf("%+v", l)
	}
}
