package sim

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	sqlite3 "github.com/mattn/go-sqlite3"

	"acopio/server/store/sqlite"
	"acopio/shared/direct"
)

// alone is a connection by which a file belongs to this process alone. As long as it is open, the locks of all connections to
// the file are kept in memory, which spares every transaction a dozen calls of the system.
type alone struct {
	*direct.Conn
	db *sql.DB
}

func openAlone(address string) (*alone, error) {
	a := &alone{}
	a.db = sql.OpenDB(direct.Connector{Address: address + "&vfs=unix-excl", Hook: func(c *sqlite3.SQLiteConn) error {
		a.Conn = direct.On(c)
		return a.Run("PRAGMA user_version") // the first read takes the file
	}})
	a.db.SetMaxOpenConns(1)
	return a, a.db.PingContext(context.Background())
}

func (a *alone) close() error {
	a.Forget()
	return a.db.Close()
}

// premises are a server's folder with the connections to its file. They outlast the server's processes, and, put back to
// how they were, its worlds: opening files takes longer than living in them.
type premises struct {
	dir      string
	files    *sqlite.Connections
	accounts *sql.DB
	keeper   *alone // puts them back
	again    []string
	worlds   int // that they were used in
}

func openPremises(dir string) (*premises, error) {
	p := &premises{dir: dir}
	path := filepath.Join(dir, sqlite.FileName)
	var err error
	if p.keeper, err = openAlone(sqlite.DSN(path)); err != nil {
		return nil, err
	}
	if p.files, err = sqlite.Connect(path); err != nil {
		return nil, err
	}
	p.accounts, err = sql.Open("sqlite3", sqlite.DSN(path))
	p.accounts.SetMaxOpenConns(1)
	return p, err
}

// rent gives a world the premises of a cast, as they were when everybody had enrolled.
func (g *ground) rent(c *cast) *premises {
	if list := g.empty[c]; len(list) > 0 {
		p := list[len(list)-1]
		g.empty[c] = list[:len(list)-1]
		return p
	}
	dir := filepath.Join(g.dir, fmt.Sprint("premises", g.worlds))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		panic(err)
	}
	copyFile(c.file, filepath.Join(dir, sqlite.FileName))
	p, err := openPremises(dir)
	if err == nil {
		err = p.instruct(c)
	}
	if err != nil {
		panic(err)
	}
	return p
}

// instruct prepares putting everything back: for every table, its rows as the cast's file has them.
func (p *premises) instruct(c *cast) error {
	if err := p.keeper.Run("ATTACH ? AS first", c.file); err != nil {
		return err
	}
	var tables []string
	err := p.keeper.Each(`SELECT name FROM main.sqlite_schema WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')`,
		func(row []driver.Value) (bool, error) {
			tables = append(tables, row[0].(string))
			return true, nil
		})
	p.again = []string{"BEGIN IMMEDIATE"}
	for _, table := range tables {
		p.again = append(p.again, "DELETE FROM main."+table)
		row, e := p.keeper.Row("SELECT 1 FROM first." + table + " LIMIT 1")
		if err = errors.Join(err, e); row != nil {
			p.again = append(p.again, "INSERT INTO main."+table+" SELECT * FROM first."+table)
		}
	}
	p.again = append(p.again, "COMMIT")
	return err
}

// leave puts a world's premises back, for another.
func (g *ground) leave(c *cast, p *premises) {
	for _, query := range p.again {
		if err := p.keeper.Run(query); err != nil {
			panic(err)
		}
	}
	if p.worlds++; p.worlds%8 == 0 { // the log would grow to what a server's may
		if err := p.keeper.Run("PRAGMA main.wal_checkpoint(RESTART)"); err != nil {
			panic(err)
		}
	}
	g.empty[c] = append(g.empty[c], p)
}

// close gives them up.
func (p *premises) close() error {
	return errors.Join(p.files.Close(), p.accounts.Close(), p.keeper.close(), os.RemoveAll(p.dir))
}
