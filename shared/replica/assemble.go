package replica

import (
	"database/sql/driver"
	"encoding/json"
	"errors"

	"acopio/shared/record"
)

// rows reads rows by their numbers, in that order, with their derived fields as of today.
func (r *Replica) rows(rd *reader, t *table, numbers []int64) ([]Row, error) {
	day, err := r.dayOf(Query{})
	if err != nil {
		return nil, err
	}
	return r.rowsOf(rd, t, numbers, day)
}

// rowsOf is rows with the derived fields as of a day.
func (r *Replica) rowsOf(rd *reader, t *table, numbers []int64, day string) ([]Row, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	at := make(map[int64]int, len(numbers))
	for i, n := range numbers {
		at[n] = i
	}
	out := make([]Row, len(numbers))
	by := make([]int64, len(numbers))
	err := rd.each(t.selectAll+" WHERE row IN (SELECT value FROM json_each(?))", []driver.Value{jsonOf(numbers)}, func(row []driver.Value) error {
		rec, err := t.record(row[1:])
		if err != nil {
			return err
		}
		i := at[row[0].(int64)]
		by[i] = row[1+colUpdatedBy].(int64)
		out[i] = Row{Record: rec, State: stateOf(row[1:]), UpdatedAt: updatedAt(row[1:]), Title: t.title(rec)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	found := out[:0]
	for i, row := range out {
		if row.Record != nil {
			by[len(found)] = by[i]
			found = append(found, row)
		}
	}
	return found, errors.Join(r.nameAuthors(rd, found, by), r.markConflicts(rd, found), r.derive(rd, t, found, day))
}

func (t *table) title(rec *record.Record) string {
	f, _ := t.c.Field(t.c.Title)
	return record.Text(rec.Fields[f.Number])
}

func (r *Replica) nameAuthors(rd *reader, rows []Row, by []int64) error {
	names := map[int64]string{}
	err := rd.each("SELECT number, user FROM author WHERE number IN (SELECT value FROM json_each(?))", []driver.Value{jsonOf(by)},
		func(row []driver.Value) error {
			names[row[0].(int64)] = row[1].(string)
			return nil
		})
	for i := range rows {
		rows[i].UpdatedBy = names[by[i]]
	}
	return err
}

func (r *Replica) markConflicts(rd *reader, rows []Row) error {
	open := r.layout().openConflicts()
	if open == "" {
		return nil
	}
	at := map[string]int{}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.Record.ID.String()
		at[ids[i]] = i
	}
	return rd.each(open+" AND "+r.layout().conflictKey()+" IN (SELECT value FROM json_each(?))", []driver.Value{jsonOf(ids)}, func(row []driver.Value) error {
		if i, ok := at[row[0].(string)]; ok {
			rows[i].InConflict = true
		}
		return nil
	})
}

// openConflicts is the SQL that lists the ids of records with an open conflict; empty when the schema has none.
func (l *layout) openConflicts() string {
	if l.conflict == nil {
		return ""
	}
	status, ok := l.conflict.c.Field("status")
	if !ok || l.conflictKey() == "" {
		return ""
	}
	return "SELECT " + l.conflictKey() + " FROM " + l.conflict.name + " WHERE deleted=0 AND " + l.conflict.sortColumn(status) + " = 'open'"
}

func (l *layout) conflictKey() string {
	f, ok := l.conflict.c.Field("record")
	if !ok {
		return ""
	}
	return l.conflict.sortColumn(f)
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "[]" // numbers and strings always encode
	}
	return string(b)
}
