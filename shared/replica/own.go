package replica

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"acopio/shared/schema"
)

// Networks add fields of their own, as records. In the transaction that brings such a record the tables grow by its
// column, and what rows kept encoded, since they came before the field was known, moves there. Fields that go with their
// network leave their columns behind, empty.

// adoptFields grows the tables to the fields that are defined now.
func (tx *Tx) adoptFields() error {
	own, err := ownFields(func(query string, see func([]driver.Value) error) error {
		return tx.check(each(context.Background(), tx.w.SQLiteConn, query, nil, see))
	}, tx.tables)
	if err != nil || slices.EqualFunc(own, tx.r.schema.Own(), sameOwn) {
		return err
	}
	next := schema.Live(tx.r.schema)
	next.Adopt(own)
	tx.grown = layoutOf(next)
	tx.grown.own = own
	if err := tx.flushDocs(); err != nil {
		return err
	}
	tx.tables = tx.grown
	return tx.grow()
}

// returns reports whether a column is of a field that is adopted again, after its network had gone.
func (tx *Tx) returns(t *table, c column) bool {
	if c.field.Network == "" {
		return false
	}
	before := tx.r.layout().byNumber[t.c.Number]
	_, known := before.value[c.field.Number]
	return !known
}

// adopt has the replica use what a transaction grew, once that is committed.
func (r *Replica) adopt(tx *Tx) {
	if tx.grown == nil {
		return
	}
	r.schema.Adopt(tx.grown.own)
	r.tables.Store(tx.grown)
}

func sameOwn(a, b schema.Own) bool { return reflect.DeepEqual(a, b) }

// ownFields reads the definitions of networks' own fields that make one. Definitions of a file that an earlier build made
// may lack columns.
func ownFields(each func(query string, see func([]driver.Value) error) error, l *layout) ([]schema.Own, error) {
	t := l.definitions
	if t == nil {
		return nil, nil
	}
	there := map[string]bool{}
	err := each("SELECT name FROM pragma_table_info('"+t.name+"')", func(row []driver.Value) error {
		there[row[0].(string)] = true
		return nil
	})
	if err != nil || len(there) == 0 {
		return nil, err
	}
	var fields []*schema.Field
	columns := []string{"network"}
	for _, c := range t.columns {
		if !c.key && there[c.name] {
			fields, columns = append(fields, c.field), append(columns, c.name)
		}
	}
	var out []schema.Own
	err = each("SELECT "+strings.Join(columns, ", ")+" FROM "+t.name+" WHERE deleted = 0 ORDER BY id, network", func(row []driver.Value) error {
		values := map[string]schema.Value{}
		for i, f := range fields {
			values[f.Name] = load(f, row[i+1])
		}
		if collection, f, err := schema.OwnField(row[0].(string), values); err == nil { // else: of a build that knows more kinds
			out = append(out, schema.Own{Collection: collection, Field: f})
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b schema.Own) int { return int(a.Field.Number) - int(b.Field.Number) })
	return out, err
}

// eachRow is each for a pool.
func eachRow(db *sql.DB, query string, see func([]driver.Value) error) error {
	rows, err := db.Query(query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err is looked at
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	row, cells, into := make([]driver.Value, len(names)), make([]any, len(names)), make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range cells {
			row[i] = cells[i]
		}
		if err := see(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// isOwnColumn reports whether a column is of some network's own field.
func isOwnColumn(name string) bool {
	n, err := strconv.Atoi(strings.TrimLeft(name, "fk"))
	return err == nil && n >= schema.FirstOwnNumber
}
