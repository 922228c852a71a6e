package device

import "testing"

func TestTheLastRepairsAreKept(t *testing.T) {
	var s State
	for i := range 50 {
		before := s
		s.Repaired(Repair{Records: i})
		if n := len(before.Repairs); n > 0 && before.Repairs[n-1].Records != i-1 {
			t.Fatal("an earlier copy of the state changes")
		}
	}
	if n := len(s.Repairs); n != maxRepairs || s.Repairs[n-1].Records != 49 || s.Repairs[0].Records != 30 {
		t.Errorf("%+v", s.Repairs)
	}
}
