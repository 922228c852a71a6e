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
		recordQuery:  "INDEX record_key (id=?",
		buriedQuery:  "INDEX log_record (id=?",
		historyQuery: "INDEX log_record (id=?",
		judgedQuery:  "PRIMARY KEY (op=?)",
	} {
		plan, err := all(st.reader, func(scan func(...any) error) (string, error) {
			var id, parent, unused int
			var step string
			err := scan(&id, &parent, &unused, &step)
			return step, err
		}, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan) != 1 || !strings.Contains(plan[0], want) {
			t.Errorf("%s\n%q, want %q alone", query, plan, want)
		}
	}
}
