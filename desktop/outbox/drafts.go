package outbox

import (
	"context"

	"acopio/shared/fault"
	"acopio/shared/replica"
)

// What a person is typing and has not saved is kept beside what they saved, so that a power cut loses neither.

const (
	maxDrafts     = 500
	maxDraftBytes = 64 << 10
)

const draftTable = `
CREATE TABLE IF NOT EXISTS draft (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  at    INTEGER NOT NULL
) WITHOUT ROWID;`

// Drafts are all that was typed and not saved, by what it is for.
func (o *Outbox) Drafts(ctx context.Context) (map[string]string, error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT key, value FROM draft`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // read to its end below
	out := map[string]string{}
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		out[key] = value
	}
	return out, rows.Err()
}

// PutDraft keeps what is being typed, on disk when it returns; an empty value forgets it. The oldest are let go when
// there are too many. It fails with fault.TooLong.
func (o *Outbox) PutDraft(key, value string) error {
	if len(key)+len(value) > maxDraftBytes {
		return fault.New(fault.TooLong, "field", "value", "max", "64 KB")
	}
	return o.rep.Write(func(tx *replica.Tx) error {
		if value == "" {
			_, err := tx.Exec(`DELETE FROM draft WHERE key = ?`, key)
			return err
		}
		if _, err := tx.Exec(`INSERT OR REPLACE INTO draft (key, value, at) VALUES (?, ?, ?)`, key, value, tx.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM draft WHERE key NOT IN (SELECT key FROM draft ORDER BY at DESC, key LIMIT ?)`, maxDrafts)
		return err
	})
}

// Confirmed lists this device's edits that the server has, the last one first.
func (o *Outbox) Confirmed(ctx context.Context, limit int) ([]Item, error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT `+itemColumns+` FROM outbox WHERE state IN (?, ?) AND sent = 1 ORDER BY n DESC LIMIT ?`, Acked, Done, limit)
	if err != nil {
		return nil, err
	}
	return o.scan(rows)
}
