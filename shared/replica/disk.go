package replica

import (
	"errors"

	"acopio/shared/fault"
)

// proveDisk comes before the first transaction after one that the disk failed: everything that was committed is written
// out once more, into the file itself, and the disk must sync it. A system may take pages for written that a failed sync
// did not write, so that the sync after it succeeds and means nothing; pages that are written anew are synced anew.
func (r *Replica) proveDisk() error {
	if !r.failed {
		return nil
	}
	row, err := r.write.Row("PRAGMA wal_checkpoint(FULL)")
	if err != nil {
		return err
	}
	if len(row) != 3 || row[0] != int64(0) || row[1] != row[2] {
		return fault.Wrap(errors.New("the log could not be folded into the file"), fault.DiskFailing)
	}
	r.failed = false
	return nil
}
