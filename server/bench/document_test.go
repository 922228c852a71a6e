package main

import "testing"

func TestRowsOfOtherScenariosStay(t *testing.T) {
	head := "| Figure | Value |\n|---|---|\n"
	old := "\n" + head + "| S2 push | 1 |\n| S2 bytes | 2 |\n| S9 open | 3 |\n| S10 start | 4 |\n"
	got := withOthers(head+"| S9 open | 5 |\n| S9 search | 6 |\n| S11 CSV | 7 |\n", old)
	want := head + "| S2 push | 1 |\n| S2 bytes | 2 |\n| S9 open | 5 |\n| S9 search | 6 |\n| S10 start | 4 |\n| S11 CSV | 7 |\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
	if all := withOthers(want, old); all != want {
		t.Errorf("after all were measured:\n%s", all)
	}
}
