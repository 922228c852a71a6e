package outbox

import (
	"context"
	"database/sql"
	"errors"

	"acopio/shared/record"
	"acopio/shared/replica"
)

// The ticket by which the server tells this laptop from a copy of it lies in the replica's own file: a file that is
// copied, or put back from a backup, takes the ticket of its day along.

// Ticket is the newest ticket; nil when there is none.
func (o *Outbox) Ticket(ctx context.Context) (ticket []byte, err error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT ticket FROM ticket`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(&ticket); err != nil {
			return nil, err
		}
	}
	return ticket, rows.Err()
}

// KeepTicket makes a ticket the newest, durably. last is the server's newest op of this device, which Knows has found to
// be known; nil leaves what is known as it is.
func (o *Outbox) KeepTicket(ticket, last []byte) error {
	return o.rep.Write(func(tx *replica.Tx) error {
		_, err := tx.Exec(`INSERT INTO ticket (one, ticket, last) VALUES (1, ?, ?)
			ON CONFLICT (one) DO UPDATE SET ticket = excluded.ticket, last = COALESCE(excluded.last, last)`, ticket, last)
		return err
	})
}

// ForgetTicket begins anew under another identity.
func (o *Outbox) ForgetTicket() error {
	return o.rep.Write(func(tx *replica.Tx) error {
		_, err := tx.Exec(`DELETE FROM ticket`)
		return err
	})
}

// Knows reports whether an op is one of this replica's: it is in the queue, or was the newest that the server had judged.
func (o *Outbox) Knows(op record.OpID) (known bool, err error) {
	err = o.rep.Write(func(tx *replica.Tx) error {
		var one int
		err := tx.QueryRow(`SELECT 1 FROM outbox WHERE op = ?1 UNION ALL SELECT 1 FROM ticket WHERE last = ?1 LIMIT 1`, op[:]).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		known = err == nil
		return err
	})
	return known, err
}

// judged notes the newest op of this replica that the server has judged.
func judged(tx *replica.Tx, op record.OpID) error {
	_, err := tx.Exec(`UPDATE ticket SET last = ?`, op[:])
	return err
}
