package replica

import (
	"context"
	"database/sql/driver"

	"acopio/shared/record"
)

// Recompute makes a network's sums and record count again from its rows. It equals what Networks says as long as no row
// has edits of this device.
func (r *Replica) Recompute(ctx context.Context, network string) (record.Digest, int, error) {
	var sum record.Digest
	n := 0
	err := r.view(ctx, func(rd *reader) error {
		ordinal, err := rd.integer("SELECT ordinal FROM network_state WHERE code = ?", network)
		if err != nil || ordinal == 0 {
			return err
		}
		for _, t := range r.layout().tables {
			err := rd.each(t.selectAll+" WHERE row BETWEEN ? AND ?", []driver.Value{firstRow(int64(ordinal)), lastRow(int64(ordinal))},
				func(row []driver.Value) error {
					rec, err := t.record(row[1:])
					if err != nil {
						return err
					}
					if digest, ok := storeDigest(t, rec).([]byte); ok {
						sum, n = sum.Add(loadDigest(digest)), n+1
					}
					return nil
				})
			if err != nil {
				return err
			}
		}
		return rd.each("SELECT digest FROM stranger WHERE network = ? AND digest IS NOT NULL", []driver.Value{network}, func(row []driver.Value) error {
			digest, _ := row[0].([]byte)
			sum, n = sum.Add(loadDigest(digest)), n+1
			return nil
		})
	})
	return sum, n, err
}
