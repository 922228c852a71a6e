// Package direct runs statements on one connection to SQLite and keeps them prepared. It speaks to the driver itself:
// database/sql would prepare, or look up, and bind each value in calls of its own, which is most of what a small statement
// costs.
package direct

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// maxStatements bounds the prepared statements of a connection: updates have one for each set of changed columns.
const maxStatements = 256

// Connector opens connections and shows each to Hook. database/sql takes it as a driver.Connector.
type Connector struct {
	Address string
	Hook    func(*sqlite3.SQLiteConn) error
}

// Driver implements driver.Connector.
func (c Connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{ConnectHook: c.Hook} }

// Connect implements driver.Connector.
func (c Connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.Address) }

// Conn is a connection with its prepared statements. One goroutine uses it at a time.
type Conn struct {
	*sqlite3.SQLiteConn
	stmts map[string]*statement
}

type statement struct {
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue
	dest []driver.Value
}

// On is what a Connector's hook makes of a connection.
func On(c *sqlite3.SQLiteConn) *Conn { return &Conn{SQLiteConn: c, stmts: map[string]*statement{}} }

// Forget closes the prepared statements; before the connection is closed, and whenever they are too many.
func (c *Conn) Forget() {
	for _, s := range c.stmts {
		_ = s.stmt.Close() // finalizing reports the last error again, which was handled where it happened
	}
	c.stmts = map[string]*statement{}
}

func (c *Conn) prepared(query string) (*statement, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		c.Forget()
	}
	st, err := c.Prepare(query)
	if err != nil {
		return nil, err
	}
	s := &statement{stmt: st.(*sqlite3.SQLiteStmt)}
	s.args = make([]driver.NamedValue, s.stmt.NumInput())
	for i := range s.args {
		s.args[i].Ordinal = i + 1
	}
	c.stmts[query] = s
	return s, nil
}

// Run executes a statement that returns nothing. The driver's query path binds and steps in one crossing into C.
func (c *Conn) Run(query string, args ...driver.Value) error {
	_, err := c.Row(query, args...)
	return err
}

// Row executes a statement and returns its first row, which is valid until the statement is used again; nil if none.
func (c *Conn) Row(query string, args ...driver.Value) (first []driver.Value, err error) {
	err = c.Each(query, func(row []driver.Value) (more bool, err error) {
		first = row
		return false, nil
	}, args...)
	return first, err
}

// Each executes a statement and shows its rows to see, for as long as that says true. A row is valid until the next one,
// and see must not use the same statement.
func (c *Conn) Each(query string, see func(row []driver.Value) (more bool, err error), args ...driver.Value) error {
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	for i := range s.args {
		s.args[i].Value = args[i]
	}
	rows, err := s.stmt.QueryContext(context.Background(), s.args)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // an error of a reset is the one that Next returned
	if s.dest == nil {
		s.dest = make([]driver.Value, len(rows.Columns()))
	}
	for more := len(s.dest) > 0; more; {
		switch err := rows.Next(s.dest); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if more, err = see(s.dest); err != nil {
			return err
		}
	}
	return nil
}
