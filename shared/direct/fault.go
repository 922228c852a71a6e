package direct

import (
	"errors"

	sqlite3 "github.com/mattn/go-sqlite3"

	"acopio/shared/fault"
)

// Fault gives errors of SQLite that a person can act on their code. What a disk does is called the same for every file; what
// to say of one that another process holds, or that is damaged, the caller knows. Faults and all other errors are returned unchanged.
func Fault(err error, busy, damaged fault.Code, args ...string) error {
	var f *fault.Error
	var e sqlite3.Error
	if err == nil || errors.As(err, &f) || !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return fault.Wrap(err, fault.DiskFull)
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen:
		return fault.Wrap(err, fault.DiskReadOnly)
	case sqlite3.ErrIoErr:
		return fault.Wrap(err, fault.DiskFailing)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fault.Wrap(err, busy)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return fault.Wrap(err, damaged, args...)
	default:
		return err
	}
}
