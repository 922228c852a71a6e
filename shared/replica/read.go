package replica

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// reader is a read transaction: all it reads is of one moment.
type reader struct {
	ctx        context.Context
	conn       *sqlite3.SQLiteConn
	generation uint64 // of the count cache
}

// view runs fn on one state of the replica, on a connection of the read pool.
func (r *Replica) view(ctx context.Context, fn func(*reader) error) error {
	conn, err := r.read.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = conn.Close() }() // back to the pool
	return translate(conn.Raw(func(dc any) error {
		rd := &reader{ctx: ctx, conn: dc.(*sqlite3.SQLiteConn), generation: r.counts.now()}
		if _, err := rd.conn.Exec("BEGIN", nil); err != nil {
			return err
		}
		defer func() { _, _ = rd.conn.Exec("ROLLBACK", nil) }() // nothing was written
		return fn(rd)
	}))
}

// each calls fn with every row of a query. The row is valid during the call.
func (rd *reader) each(query string, args []driver.Value, fn func(row []driver.Value) error) error {
	return each(rd.ctx, rd.conn, query, args, fn)
}

// integer reads a query's only value; 0 for none.
func (rd *reader) integer(query string, args ...driver.Value) (int, error) {
	n := 0
	err := rd.each(query, args, func(row []driver.Value) error {
		if v, ok := row[0].(int64); ok {
			n = int(v)
		}
		return nil
	})
	return n, err
}

func each(ctx context.Context, conn *sqlite3.SQLiteConn, query string, args []driver.Value, fn func(row []driver.Value) error) error {
	named := make([]driver.NamedValue, len(args))
	for i, v := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	rows, err := conn.QueryContext(ctx, query, named)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // an error of a reset is the one that Next returned
	dest := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(dest); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := fn(dest); err != nil {
			return err
		}
	}
}
