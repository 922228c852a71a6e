package replica

import (
	"context"
	"database/sql/driver"
	"strings"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Query selects rows of one collection.
type Query struct {
	Collection string
	Networks   []string    // none: all
	Search     string      // words that must all begin a word of the row's searched fields
	Where      []Condition // all of them must hold
	Sort       []Order     // none: by relevance when searching, else by title
	AsOf       string      // the day, YYYY-MM-DD, that derived fields are of; none: today
	Limit      int         // 0: no limit; below 0: count only
	Offset     int
	Deleted    bool // deleted rows instead of living ones
}

// Order is one sort key: a field, also a derived one, updated_at, title, state or id. Rows without a value come last
// either way.
type Order struct {
	Field      string
	Descending bool
}

// Result is a page of rows and how many there are in all.
type Result struct {
	Total int
	Rows  []Row
}

// Row is a record as lists show it.
type Row struct {
	Record     *record.Record
	State      State
	Title      string
	UpdatedAt  clock.Millis
	UpdatedBy  string                  // the person's name; empty when unknown, as for edits of this device that were not accepted yet
	InConflict bool                    // an open conflict waits for a decision
	Derived    map[string]schema.Value // derived fields that have a value
}

// Query lists rows. It fails with fault.UnknownCollection, UnknownField, BadUsage, or the fault of a value in Where.
func (r *Replica) Query(ctx context.Context, q Query) (Result, error) {
	var res Result
	err := r.view(ctx, func(rd *reader) error {
		s, err := r.selection(rd, q)
		if err != nil {
			return err
		}
		if res.Total, err = s.count(); err != nil || q.Limit < 0 {
			return err
		}
		page, err := s.page(res.Total, q.Limit, q.Offset)
		if err != nil {
			return err
		}
		res.Rows, err = r.rowsOf(rd, s.t, page, s.day)
		return err
	})
	return res, err
}

// eachBatch is how many rows Each holds at a time.
const eachBatch = 256

// Each calls fn with every row of a query, all of one moment, in order; Limit and Offset are not used. An error of fn
// ends it and is returned unchanged.
func (r *Replica) Each(ctx context.Context, q Query, fn func(Row) error) error {
	var stopped error
	err := r.view(ctx, func(rd *reader) error {
		s, err := r.selection(rd, q)
		if err != nil {
			return err
		}
		total, err := s.count()
		if err != nil {
			return err
		}
		page, err := s.page(total, 0, 0) // a number per row is all that is held
		if err != nil {
			return err
		}
		for len(page) > 0 {
			n := min(eachBatch, len(page))
			rows, err := r.rowsOf(rd, s.t, page[:n], s.day)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if stopped = fn(row); stopped != nil {
					return nil
				}
			}
			page = page[n:]
		}
		return nil
	})
	if stopped != nil {
		return stopped
	}
	return err
}

// Get is one record's row, deleted or not; fault.NotFound if there is none.
func (r *Replica) Get(ctx context.Context, collection string, id record.ID) (*Row, error) {
	t, err := r.table(collection)
	if err != nil {
		return nil, err
	}
	var out *Row
	err = r.view(ctx, func(rd *reader) error {
		row, err := rd.integer("SELECT row FROM "+t.name+" WHERE id = ?", id[:])
		if err != nil {
			return err
		}
		rows, err := r.rows(rd, t, []int64{int64(row)})
		if err == nil && len(rows) == 1 {
			out = &rows[0]
		}
		return err
	})
	if err == nil && out == nil {
		return nil, fault.New(fault.NotFound, "what", collection+" "+id.String())
	}
	return out, err
}

// Related lists the living records that belong to a record, by collection.
func (r *Replica) Related(ctx context.Context, collection string, id record.ID) (map[string][]Row, error) {
	if _, err := r.table(collection); err != nil {
		return nil, err
	}
	out := map[string][]Row{}
	err := r.view(ctx, func(rd *reader) error {
		for _, c := range r.schema.Children(collection) {
			t, ok := r.layout().byNumber[c.Number]
			if !ok {
				continue
			}
			parent, _ := c.Field(c.Parent)
			var numbers []int64
			query := "SELECT row FROM " + t.name + " WHERE deleted=0 AND " + t.sortColumn(parent) + " = ? ORDER BY " + t.order([]Order{{Field: "title"}})
			err := rd.each(query, []driver.Value{id[:]}, func(row []driver.Value) error {
				numbers = append(numbers, row[0].(int64))
				return nil
			})
			if err != nil {
				return err
			}
			if out[c.Name], err = r.rows(rd, t, numbers); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// inList is the SQL list of n parameters.
func inList(n int) string { return "(?" + strings.Repeat(", ?", n-1) + ")" }
