package sim

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"acopio/server/store/sqlite"
)

// premises are a server's folder with the connections to its file. They outlast the server's processes, and, put back to
// how they were, its worlds: opening files takes longer than living in them.
type premises struct {
	dir              string
	files            *sqlite.Connections
	accounts, keeper *sql.DB // the keeper, which puts them back, is nil where nobody will
	again            []*sql.Stmt
}

func openPremises(dir string) (*premises, error) {
	p := &premises{dir: dir}
	path := filepath.Join(dir, sqlite.FileName)
	var err error
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
		err = p.hireKeeper(c)
	}
	if err != nil {
		panic(err)
	}
	return p
}

// hireKeeper prepares putting everything back: for every table, its rows as the cast's file has them.
func (p *premises) hireKeeper(c *cast) (err error) {
	if p.keeper, err = sql.Open("sqlite3", sqlite.DSN(filepath.Join(p.dir, sqlite.FileName))); err != nil {
		return err
	}
	p.keeper.SetMaxOpenConns(1)
	if _, err := p.keeper.Exec(`ATTACH ? AS first`, c.file); err != nil {
		return err
	}
	rows, err := p.keeper.Query(`SELECT name FROM main.sqlite_schema WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	todo := []string{"BEGIN IMMEDIATE"}
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		todo = append(todo, "DELETE FROM main."+table, "INSERT INTO main."+table+" SELECT * FROM first."+table)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, query := range append(todo, "COMMIT") {
		s, err := p.keeper.Prepare(query) //nolint:sqlclosecheck // they end with the connection
		if err != nil {
			return err
		}
		p.again = append(p.again, s)
	}
	return nil
}

// leave puts a world's premises back, for another.
func (g *ground) leave(c *cast, p *premises) {
	for _, s := range p.again {
		if _, err := s.Exec(); err != nil {
			panic(err)
		}
	}
	var busy, frames, folded int // the log would grow to what a server's may
	if err := p.keeper.QueryRow(`PRAGMA main.wal_checkpoint(RESTART)`).Scan(&busy, &frames, &folded); err != nil {
		panic(err)
	}
	g.empty[c] = append(g.empty[c], p)
}

// close gives them up.
func (p *premises) close() error {
	err := errors.Join(p.files.Close(), p.accounts.Close())
	if p.keeper != nil {
		err = errors.Join(err, p.keeper.Close())
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}
