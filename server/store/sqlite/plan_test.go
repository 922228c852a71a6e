package sqlite

import (
	"strings"
	"testing"

	"acopio/shared/schema"
)

// What is asked of one record must not take longer the longer the log is: SQLite once walked all of a network's log, which
// comes in the order asked for, rather than sort the few entries of a record.
func TestWhatIsAskedOfOneRecordIsLookedUp(t *testing.T) {
	st, err := Open(t.TempDir(), schema.Registry())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	for query, want := range map[string]string{
		recordQuery: "INDEX record_key (id=?",
		placeQuery:  "INDEX record_key (id=?",
		buriedQuery: "PRIMARY KEY (id=?",
		judgedQuery: "PRIMARY KEY (op=?)",
	} {
		if plan := planOf(t, st, query, strings.Count(query, "?")); len(plan) != 1 || !strings.Contains(plan[0], want) {
			t.Errorf("%s\n%q, want %q alone", query, plan, want)
		}
	}
	for _, step := range planOf(t, st, historyQuery, 4) {
		if strings.HasPrefix(step, "SCAN") && step != "SCAN past" || strings.Contains(step, "AUTOMATIC") {
			t.Errorf("a history is found by %q", step)
		}
	}
}

// A page of the feed is read from where it begins, in its order, each record by its key.
func TestTheFeedIsReadInItsOrder(t *testing.T) {
	st := openIn(t, t.TempDir())
	for _, query := range []string{feedQuery, tombstoneQuery} {
		plan := planOf(t, st, query, strings.Count(query, "?"))
		if len(plan) != 2 || !strings.Contains(plan[0], "feed USING PRIMARY KEY (network=? AND seq>?") || !strings.Contains(plan[1], "record_key (id=? AND collection=? AND network=?)") {
			t.Errorf("%s\n%q", query, plan)
		}
	}
}

func planOf(t *testing.T, st *Store, query string, args int) []string {
	t.Helper()
	plan, err := all(st.reader, func(scan func(...any) error) (string, error) {
		var id, parent, unused int
		var step string
		err := scan(&id, &parent, &unused, &step)
		return step, err
	}, "EXPLAIN QUERY PLAN "+query, make([]any, args)...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
