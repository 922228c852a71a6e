package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"acopio/shared/fault"
)

// Backup writes a consistent copy of a data folder's store to a file that must not exist yet. A server may be running on
// the folder: it is not held up, since a reader never blocks the writer. The copy gets its name only when it is whole.
func Backup(ctx context.Context, dir, file string) error {
	source := filepath.Join(dir, FileName)
	if _, err := os.Stat(source); err != nil {
		return fault.Wrap(err, fault.NotFound, "what", source)
	}
	if _, err := os.Stat(file); err == nil {
		return fault.New(fault.AlreadyExists, "what", file)
	}
	db, err := sql.Open("sqlite3", DSN(source))
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = db.Close() }()
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		_ = os.Remove(part) // what there is of it is worth nothing
		return Translate(err)
	}
	if err := sealFile(part, file); err != nil {
		return fault.Wrap(err, fault.DiskFull)
	}
	return nil
}

// sealFile makes a finished file durable under its name, readable by its owner only.
func sealFile(part, file string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(part, file)
}

// Restore puts a copy made by Backup into a new data folder and begins a new epoch there, by which laptops notice and
// give back what the copy lacks. It fails with fault.DirNotEmpty, or with fault.BadBackup for a file that is damaged or
// something else; the folder is then as it was.
func Restore(ctx context.Context, file, dir string, opts ...Option) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	if len(entries) > 0 {
		return fault.New(fault.DirNotEmpty, "dir", dir)
	}
	if err := verify(ctx, file); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	target := filepath.Join(dir, FileName)
	part := target + ".part"
	if err := copyFile(file, part); err != nil {
		_ = os.Remove(part) // what there is of it is worth nothing
		return fault.Wrap(err, fault.DiskFull)
	}
	if err := beginEpoch(part, chosen(opts)); err != nil {
		return err
	}
	if err := sealFile(part, target); err != nil {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	return nil
}

// verify demands a whole store in a file, without changing it.
func verify(ctx context.Context, file string) error {
	bad := func(err error) error { return fault.Wrap(err, fault.BadBackup, "file", file) }
	if _, err := os.Stat(file); err != nil {
		return fault.Wrap(err, fault.NotFound, "what", file)
	}
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: file}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return bad(err)
	}
	defer func() { _ = db.Close() }()
	var word string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&word); err != nil || word != "ok" {
		return bad(err)
	}
	var epoch []byte
	if err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'epoch'`).Scan(&epoch); err != nil {
		return bad(err)
	}
	return nil
}

// beginEpoch marks a restored file, before it gets its name.
func beginEpoch(file string, own options) error {
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: file}).EscapedPath()+"?_journal_mode=DELETE&_synchronous=FULL")
	if err != nil {
		return Translate(err)
	}
	_, err = newEpoch(db, own.chance)
	return errors.Join(err, raiseFloor(db, own.clock), noteRestore(db, own.clock), Translate(db.Close()))
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
