package replica

import (
	"context"
	"errors"
	"os"

	sqlite3 "github.com/mattn/go-sqlite3"

	"acopio/shared/direct"
	"acopio/shared/fault"
)

// translate is the one place where SQLite's errors become faults. Faults and canceled contexts pass unchanged.
func translate(err error) error {
	err = direct.Fault(err, fault.ReplicaInUse, fault.ReplicaCorrupt)
	var f *fault.Error
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.Wrap(err, fault.Internal)
}

// fatal reports whether SQLite may have rolled the transaction back by itself: what is written after such an error
// would commit on its own.
func fatal(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrNomem, sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrReadonly,
		sqlite3.ErrBusy, sqlite3.ErrInterrupt:
		return true
	default:
		return false
	}
}

// isDuplicate reports whether a row with the same unique key is there already.
func isDuplicate(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrConstraint
}

// suspectSuffix names the mark beside a file in which damage was met while it was open: the next Open looks closely.
const suspectSuffix = ".suspect"

// suspect leaves the mark when err says that the file is damaged, and returns err.
func (r *Replica) suspect(err error) error {
	if fault.Is(err, fault.ReplicaCorrupt) {
		_ = os.WriteFile(r.path+suspectSuffix, nil, 0o600) // on a disk that takes no file, the damage will be met again
	}
	return err
}

// cleared is called when the file was looked at closely, or is a new one.
func cleared(path string) { _ = os.Remove(path + suspectSuffix) } // there is rarely one
