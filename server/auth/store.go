package auth

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"acopio/shared/clock"
	"acopio/shared/direct"
	"acopio/shared/fault"
	"acopio/shared/record"
)

//go:embed migrations/*.sql
var migrations embed.FS

// store is where accounts are kept: the one type that knows which database it is. Other backends replace it and the
// dialect of rows.
type store struct {
	db     *sql.DB
	clock  clock.Clock
	chance io.Reader      // of the signing key
	ids    *record.Source // of people, devices and orders
}

// querier is a connection or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// rows are the statements; they run inside a transaction or alone.
type rows struct {
	ctx context.Context
	q   querier
}

// tx is a write transaction with the time it happens at.
type tx struct {
	rows
	now clock.Millis
	ids *record.Source
}

func (s *store) read(ctx context.Context) rows { return rows{ctx, s.db} }

// write runs do in one transaction that holds the write lock from its start, so that what it reads cannot change
// under it. It ignores ctx's end: a transaction canceled half-way would let later statements commit by themselves.
func (s *store) write(ctx context.Context, do func(t *tx) error) (err error) {
	ctx = context.WithoutCancel(ctx)
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return dbFault(err)
	}
	defer conn.Close() //nolint:errcheck // it only goes back to the pool
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return dbFault(err)
	}
	done := false
	defer func() {
		if !done { // also when do panics
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
		}
	}()
	if err := do(&tx{rows{ctx, conn}, clock.MillisOf(s.clock.Now()), s.ids}); err != nil {
		return dbFault(err)
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return dbFault(err)
	}
	done = true
	return nil
}

// dbFault gives a failure of the database its code; other faults pass.
func dbFault(err error) error {
	err = direct.Fault(err, fault.ServerBusy, fault.Internal)
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return fault.Wrap(err, fault.Internal)
}

// migrate brings the tables up to date; several processes may try at once.
func (s *store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return fault.Wrap(err, fault.Internal)
	}
	slices.Sort(files)
	return s.write(ctx, func(t *tx) error {
		if _, err := t.q.ExecContext(t.ctx, `CREATE TABLE IF NOT EXISTS auth_migration (version INTEGER PRIMARY KEY, at BIGINT NOT NULL)`); err != nil {
			return err
		}
		var have int
		if err := t.q.QueryRowContext(t.ctx, `SELECT COALESCE(MAX(version), 0) FROM auth_migration`).Scan(&have); err != nil {
			return err
		}
		if have > len(files) {
			return fault.New(fault.ReplicaNewer)
		}
		for i, file := range files[have:] {
			if err := t.migrateOne(have+i+1, file); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		return nil
	})
}

func (t *tx) migrateOne(version int, file string) error {
	text, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	if _, err := t.q.ExecContext(t.ctx, string(text)); err != nil {
		return err
	}
	_, err = t.q.ExecContext(t.ctx, `INSERT INTO auth_migration (version, at) VALUES (?, ?)`, version, t.now)
	return err
}

// list runs a query and reads each row with scan.
func list[T any](r rows, scan func(scanner) (T, error), query string, args ...any) (out []T, err error) {
	found, err := r.q.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, dbFault(err)
	}
	defer found.Close()
	for found.Next() {
		v, err := scan(found)
		if err != nil {
			return nil, dbFault(err)
		}
		out = append(out, v)
	}
	return out, dbFault(found.Err())
}

// one reads at most one row; ok is false when there is none.
func one[T any](r rows, scan func(scanner) (T, error), query string, args ...any) (v T, ok bool, err error) {
	v, err = scan(r.q.QueryRowContext(r.ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, false, nil
	}
	return v, err == nil, dbFault(err)
}

func (r rows) exec(query string, args ...any) error {
	_, err := r.q.ExecContext(r.ctx, query, args...)
	return dbFault(err)
}

type scanner interface{ Scan(into ...any) error }
