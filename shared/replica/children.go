package replica

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// fewParents is how many parents are looked up one by one; for more the children are gone through.
const fewParents = 2000

// Child is a record that belongs to another, with the fields that were asked for.
type Child struct {
	ID     record.ID
	Values []schema.Value // of the child's fields
	Parent []schema.Value // of the parent's fields
	rank   int            // the parent's place in the query
}

// Children lists the living records of a collection that belong to the rows of a query, in the order of those, with the
// fields named of the child and of the parent; Limit and Offset are not used. It is for what draws all of them at once:
// no record is assembled. It fails as Query does, and with fault.UnknownField; the collection must belong to the query's.
func (r *Replica) Children(ctx context.Context, q Query, collection string, fields, parent []string) ([]Child, error) {
	t, err := r.table(collection)
	if err != nil {
		return nil, err
	}
	link, ok := t.c.Field(t.c.Parent)
	if !ok || link.Target != q.Collection {
		return nil, fault.New(fault.BadUsage, "detail", collection+" ∉ "+q.Collection)
	}
	var out []Child
	err = r.view(ctx, func(rd *reader) error {
		s, err := r.selection(rd, q)
		if err != nil {
			return err
		}
		total, err := s.count()
		if err != nil {
			return err
		}
		page, err := s.page(total, 0, 0)
		if err != nil || len(page) == 0 {
			return err
		}
		out, err = t.children(rd, s.t, link, page, fields, parent)
		return err
	})
	return out, err
}

func (t *table) children(rd *reader, of *table, link *schema.Field, page []int64, fields, parent []string) ([]Child, error) {
	own, err := t.named(fields)
	if err != nil {
		return nil, err
	}
	theirs, err := of.named(parent)
	if err != nil {
		return nil, err
	}
	columns := []string{"c.id", "p.row"}
	for _, f := range own {
		columns = append(columns, "c."+t.columnAt(t.value[f.Number]).name)
	}
	for _, f := range theirs {
		columns = append(columns, "p."+of.columnAt(of.value[f.Number]).name)
	}
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + t.name + " c JOIN " + of.name + " p ON p.id = c." +
		t.columnAt(t.value[link.Number]).name + " AND p.network = c.network WHERE c.deleted=0"
	var args []driver.Value
	if len(page) <= fewParents {
		query += " AND p.row IN (SELECT value FROM json_each(?))"
		args = append(args, jsonOf(page))
	}
	rank := make(map[int64]int, len(page))
	for i, row := range page {
		rank[row] = i
	}
	var out []Child
	err = rd.each(query, args, func(row []driver.Value) error {
		at, selected := rank[row[1].(int64)]
		if !selected {
			return nil
		}
		child := Child{rank: at, Values: make([]schema.Value, len(own)), Parent: make([]schema.Value, len(theirs))}
		copy(child.ID[:], row[0].([]byte))
		for i, f := range own {
			child.Values[i] = load(f, row[2+i])
		}
		for i, f := range theirs {
			child.Parent[i] = load(f, row[2+len(own)+i])
		}
		out = append(out, child)
		return nil
	})
	slices.SortStableFunc(out, func(a, b Child) int { return a.rank - b.rank })
	return out, err
}

// named finds fields by their names.
func (t *table) named(names []string) ([]*schema.Field, error) {
	out := make([]*schema.Field, 0, len(names))
	for _, name := range names {
		f, ok := t.c.Field(name)
		if !ok {
			return nil, fault.New(fault.UnknownField, "collection", t.c.Name, "field", name)
		}
		out = append(out, f)
	}
	return out, nil
}
