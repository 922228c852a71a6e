package direct

import (
	"errors"
	"testing"

	sqlite3 "github.com/mattn/go-sqlite3"

	"acopio/shared/fault"
)

func TestFault(t *testing.T) {
	damaged := sqlite3.Error{Code: sqlite3.ErrCorrupt}
	plain := errors.New("no error of SQLite")
	for _, c := range []struct {
		err  error
		want fault.Code
	}{
		{sqlite3.Error{Code: sqlite3.ErrFull}, fault.DiskFull},
		{sqlite3.Error{Code: sqlite3.ErrCantOpen}, fault.DiskReadOnly},
		{sqlite3.Error{Code: sqlite3.ErrIoErr}, fault.DiskFailing},
		{sqlite3.Error{Code: sqlite3.ErrBusy}, fault.ServerBusy},
		{damaged, fault.BadBackup},
		{fault.Wrap(damaged, fault.NotFound), fault.NotFound}, // whoever gave it its code knew more
	} {
		if err := Fault(c.err, fault.ServerBusy, fault.BadBackup, "file", "x"); !fault.Is(err, c.want) {
			t.Errorf("%v: %v, want %s", c.err, err, c.want)
		}
	}
	for _, err := range []error{nil, plain, sqlite3.Error{Code: sqlite3.ErrConstraint}} {
		var f *fault.Error
		if got := Fault(err, fault.ServerBusy, fault.BadBackup); errors.As(got, &f) || !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
}
