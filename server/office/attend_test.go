package office

import "testing"

func TestThoseWhoLookWaitForLess(t *testing.T) {
	var o Office
	alone, most := o.patience()
	first, second := o.Attend(), o.Attend()
	first()
	first() // once is enough
	if quiet, seen := o.patience(); quiet >= alone || seen >= most {
		t.Errorf("somebody looks, and %v of quiet are waited for, %v at most", quiet, seen)
	}
	second()
	if quiet, _ := o.patience(); quiet != alone {
		t.Errorf("nobody looks, and %v of quiet are waited for", quiet)
	}
}
