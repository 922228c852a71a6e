package outbox

import (
	"context"
	"database/sql"
	"encoding/json"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// Item is one mutation in the outbox.
type Item struct {
	N        int64
	State    State
	At       clock.Millis
	Mutation record.Mutation
	Reason   *fault.Error // of a rejected one
}

const itemColumns = `n, state, at, code, args, wire`

func (o *Outbox) scan(rows *sql.Rows) ([]Item, error) {
	defer func() { _ = rows.Close() }()
	var out []Item
	for rows.Next() {
		var it Item
		var code, args string
		var wire []byte
		if err := rows.Scan(&it.N, &it.State, &it.At, &code, &args, &wire); err != nil {
			return nil, err
		}
		if err := o.fill(&it, code, args, wire); err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, rows.Err()
}

// fill adds to an item what is encoded in its row.
func (o *Outbox) fill(it *Item, code, args string, wire []byte) (err error) {
	if it.Mutation, err = decode(o.schema, wire); err != nil || it.State != Rejected {
		return err
	}
	it.Reason = &fault.Error{Code: fault.Code(code)}
	if args != "" {
		if err := json.Unmarshal([]byte(args), &it.Reason.Args); err != nil {
			return err
		}
	}
	it.Reason.Field = it.Reason.Args["field"]
	return nil
}

// Counts are what the status chip shows.
type Counts struct {
	Waiting  int // to send, or sent and not come back yet
	Rejected int
}

// Counts counts in the durable queue.
func (o *Outbox) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	rows, err := o.rep.QueryRaw(ctx, `SELECT state, COUNT(*) FROM outbox WHERE state < ? GROUP BY state`, Done)
	if err != nil {
		return c, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s State
		var n int
		if err := rows.Scan(&s, &n); err != nil {
			return c, err
		}
		if s == Rejected {
			c.Rejected += n
		} else {
			c.Waiting += n
		}
	}
	return c, rows.Err()
}

// List is everything that is not done, oldest first.
func (o *Outbox) List(ctx context.Context) ([]Item, error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT `+itemColumns+` FROM outbox WHERE state < ? ORDER BY n`, Done)
	if err != nil {
		return nil, err
	}
	return o.scan(rows)
}

// First is what the server refused, and then what waits, so many of each at the most, the oldest first: an import alone may be a
// hundred thousand edits.
func (o *Outbox) First(ctx context.Context, limit int) ([]Item, error) {
	var out []Item
	for _, which := range []string{"state = ?", "state < ?"} { // Rejected is the last before Done
		rows, err := o.rep.QueryRaw(ctx, `SELECT `+itemColumns+` FROM outbox WHERE `+which+` ORDER BY n LIMIT ?`, Rejected, limit)
		if err != nil {
			return nil, err
		}
		items, err := o.scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
	return out, nil
}

// Of is what is not done on one record, oldest first.
func (o *Outbox) Of(ctx context.Context, collection uint16, id record.ID) ([]Item, error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT `+itemColumns+` FROM outbox WHERE id = ? AND collection = ? AND state < ? ORDER BY n`, id[:], collection, Done)
	if err != nil {
		return nil, err
	}
	return o.scan(rows)
}
