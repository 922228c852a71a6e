package outbox

import (
	"context"
	"strings"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"

	"github.com/fxamacker/cbor/v2"
)

// What may no longer be sent is handed in: the office gets it as proposals. What waits and what was refused are handed in
// alike; what the server has acknowledged it has.

// Unsent cuts the next batch of what has to be handed in of some networks (nil: of all) after a position: at most maxCount
// and about maxBytes. An empty batch means that nothing is left.
func (o *Outbox) Unsent(ctx context.Context, networks []string, after int64, maxCount, maxBytes int) (Batch, error) {
	var b Batch
	where, args := ofNetworks(networks)
	rows, err := o.rep.QueryRaw(ctx, `SELECT n, wire FROM outbox WHERE state IN (?, ?) AND n > ?`+where+` ORDER BY n`,
		append([]any{Waiting, Rejected, after}, args...)...)
	if err != nil {
		return b, err
	}
	defer func() { _ = rows.Close() }()
	bytes := 0
	for rows.Next() && len(b.Mutations) < maxCount && bytes < maxBytes {
		var n int64
		var wire []byte
		var m protocol.Mutation
		if err := rows.Scan(&n, &wire); err != nil {
			return b, err
		}
		if err := cbor.Unmarshal(wire, &m); err != nil {
			return b, fault.Wrap(err, fault.ReplicaCorrupt)
		}
		b.Mutations, b.Last = append(b.Mutations, m), n
		bytes += len(wire)
	}
	return b, rows.Err()
}

func ofNetworks(networks []string) (where string, args []any) {
	if networks == nil {
		return "", nil
	}
	for _, n := range networks {
		args = append(args, n)
	}
	return ` AND network IN (` + strings.TrimSuffix(strings.Repeat("?,", len(networks)), ",") + `)`, args
}

// Receipt says what became of the edits of a network that this device may no longer send.
type Receipt struct {
	Network   string
	At        clock.Millis
	Proposals int // the office has them as proposals
	Arrived   int // had been received as edits before
	Kept      int // were not taken: they are still here, as rejected
}

// HandedIn takes the server's outcomes of all that was unsent in a network, and lets the network go with all that is kept of
// it: its rows, its shadows, its edits. What was not taken stays as rejected. It is one transaction.
func (o *Outbox) HandedIn(network string, outcomes map[record.OpID]protocol.Outcome) (Receipt, error) {
	r := Receipt{Network: network}
	err := o.rep.Write(func(tx *replica.Tx) error {
		r = Receipt{Network: network, At: tx.Now()}
		ops, err := opsOf(tx, network)
		if err != nil {
			return err
		}
		for _, op := range ops {
			if err := o.handedIn(tx, op, outcomes, &r); err != nil {
				return err
			}
		}
		if err := o.Forget(tx, network); err != nil {
			return err
		}
		if len(ops) > 0 {
			if _, err := tx.Exec(`INSERT INTO receipt (network, at, proposals, arrived, kept) VALUES (?, ?, ?, ?, ?)`,
				r.Network, r.At, r.Proposals, r.Arrived, r.Kept); err != nil {
				return err
			}
		}
		return tx.DropNetwork(network)
	})
	return r, err
}

// handedIn deletes a mutation that the server has, and parks one that it did not take or was not asked about.
func (o *Outbox) handedIn(tx *replica.Tx, op record.OpID, outcomes map[record.OpID]protocol.Outcome, r *Receipt) error {
	out, asked := outcomes[op]
	switch {
	case !asked || out.Code != "":
		r.Kept++
		code := out.Code
		if code == "" {
			code = fault.UnknownNetwork
		}
		_, err := tx.Exec(`UPDATE outbox SET state = ?, code = ?, args = ? WHERE op = ?`, Rejected, string(code), `{"network":"`+r.Network+`"}`, op[:])
		return err
	case out.Known:
		r.Arrived++
	default:
		r.Proposals++
	}
	_, err := tx.Exec(`DELETE FROM outbox WHERE op = ?`, op[:])
	return err
}

// opsOf lists what is unsent in a network.
func opsOf(tx *replica.Tx, network string) ([]record.OpID, error) {
	return opsIn(tx, `network = ? AND state IN (?, ?)`, network, Waiting, Rejected)
}

// opsIn lists the mutations that a condition selects, in order.
func opsIn(tx *replica.Tx, condition string, args ...any) ([]record.OpID, error) {
	rows, err := tx.Query(`SELECT op FROM outbox WHERE `+condition+` ORDER BY n`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var ops []record.OpID
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		ops = append(ops, record.OpID(b))
	}
	return ops, rows.Err()
}

// HasUnsent reports whether something of a network would have to be handed in.
func (o *Outbox) HasUnsent(tx *replica.Tx, network string) (bool, error) {
	ops, err := opsOf(tx, network)
	return len(ops) > 0, err
}

// UnsentNetworks lists the networks that something unsent is of; some may not be in the replica any more.
func (o *Outbox) UnsentNetworks(ctx context.Context) (codes []string, err error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT DISTINCT network FROM outbox WHERE state IN (?, ?) ORDER BY network`, Waiting, Rejected)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var code string
		if err := rows.Scan(&code); err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, rows.Err()
}

// Receipts lists what was handed in, newest first.
func (o *Outbox) Receipts(ctx context.Context) (out []Receipt, err error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT network, at, proposals, arrived, kept FROM receipt ORDER BY n DESC LIMIT 100`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r Receipt
		if err := rows.Scan(&r.Network, &r.At, &r.Proposals, &r.Arrived, &r.Kept); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
