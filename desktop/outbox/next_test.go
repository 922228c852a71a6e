package outbox

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"acopio/shared/draft"
)

func TestBatchesAreCutButGroupsAreNot(t *testing.T) {
	l := newLaptop(t)
	l.create("A")
	l.edit(creating(fields{"name": "B"}), creating(fields{"name": "C"}), creating(fields{"name": "D"}))
	l.create("E")
	l.edit(creating(fields{"name": "F"}), creating(fields{"name": "G"}))
	for _, c := range []struct {
		count int
		want  string
	}{
		{1, "[0/0] [0/3 1/3 2/3] [0/0] [0/2 1/2]"},
		{2, "[0/0 0/3 1/3 2/3] [0/0 0/2 1/2]"},
		{4, "[0/0 0/3 1/3 2/3] [0/0 0/2 1/2]"},
		{6, "[0/0 0/3 1/3 2/3 0/0 0/2 1/2]"},
		{100, "[0/0 0/3 1/3 2/3 0/0 0/2 1/2]"},
	} {
		var batches []string
		for after := int64(-1 << 62); ; {
			ops, b := l.next(after, c.count, 1<<20)
			if len(ops) == 0 {
				break
			}
			batches, after = append(batches, fmt.Sprint(ops)), b.Last
		}
		if got := strings.Join(batches, " "); got != c.want {
			t.Errorf("at most %d: %s, want %s", c.count, got, c.want)
		}
	}
}

func TestBatchesAreCutBySize(t *testing.T) {
	l := newLaptop(t)
	for range 4 {
		l.edit(creating(fields{"name": "A", "notes": strings.Repeat("texto ", 1000)}))
	}
	if ops, _ := l.next(-1<<62, 100, 13_000); len(ops) != 2 {
		t.Errorf("%d of 6 KB in 13 KB", len(ops))
	}
	if ops, _ := l.next(-1<<62, 100, 10); len(ops) != 1 {
		t.Errorf("%d where none fits: one must, or nothing is ever sent", len(ops))
	}
}

func TestOnlyWhatWaitsIsSent(t *testing.T) {
	l := newLaptop(t)
	l.office.refuse = refusing(10, "Malo")
	l.create("A")
	l.create("Malo")
	l.send()
	l.create("B")
	if ops, b := l.next(-1<<62, 100, 1<<20); len(ops) != 1 || b.Last != 3 {
		t.Errorf("%v, to %d", ops, b.Last)
	}
	if ops, _ := l.next(3, 100, 1<<20); len(ops) != 0 {
		t.Errorf("%v", ops)
	}
}

// Sent again, a mutation must be the same to the byte: the server tells a repetition by it.
func TestWhatIsSentAgainIsTheSame(t *testing.T) {
	l := newLaptop(t)
	_, err := l.Edit(draft.Author{Role: coordinator.Role, May: coordinator.May, Offset: -315360000000}, draft.Intent{Edits: []draft.Edit{
		creating(fields{"name": "Ñandú", "products": []any{"honey", "coffee"}, "founded": 1998, "tags": []any{"b", "a"}}),
	}})
	l.check(err)
	_, first := l.next(-1<<62, 10, 1<<20)
	l.restart()
	_, again := l.next(-1<<62, 10, 1<<20)
	if !reflect.DeepEqual(first.Mutations, again.Mutations) {
		t.Errorf("%+v\nthen\n%+v", first.Mutations, again.Mutations)
	}
	if first.Mutations[0].Offset != -315360000000 {
		t.Errorf("the clock's offset is %d", first.Mutations[0].Offset)
	}
}
