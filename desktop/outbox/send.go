package outbox

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"

	"github.com/fxamacker/cbor/v2"
)

// Batch is what is sent in one push.
type Batch struct {
	Mutations []protocol.Mutation
	Last      int64 // position of its last mutation
}

// Next cuts the next batch of waiting mutations after a position: at most maxCount and about maxBytes, but a group is
// never split. An empty batch means that nothing waits.
func (o *Outbox) Next(ctx context.Context, after int64, maxCount, maxBytes int) (Batch, error) {
	var b Batch
	rows, err := o.rep.QueryRaw(ctx, `SELECT n, wire FROM outbox WHERE state = `+waiting+` AND n > ? ORDER BY n`, after)
	if err != nil {
		return b, err
	}
	defer func() { _ = rows.Close() }()
	bytes := 0
	for rows.Next() {
		var n int64
		var wire []byte
		var m protocol.Mutation
		if err := rows.Scan(&n, &wire); err != nil {
			return b, err
		}
		if err := cbor.Unmarshal(wire, &m); err != nil {
			return b, fault.Wrap(err, fault.ReplicaCorrupt)
		}
		full := len(b.Mutations) >= maxCount || bytes+len(wire) > maxBytes
		if full && len(b.Mutations) > 0 && !sameGroup(b.Mutations[len(b.Mutations)-1], m) {
			break
		}
		b.Mutations, b.Last = append(b.Mutations, m), n
		bytes += len(wire)
	}
	return b, rows.Err()
}

func sameGroup(a, b protocol.Mutation) bool {
	return a.Size > 0 && string(a.Group) == string(b.Group)
}

// Settle takes the server's verdicts, in one transaction. Verdicts on mutations that are not waiting are ignored: they
// answer something that was sent twice.
func (o *Outbox) Settle(verdicts []record.Verdict) error {
	return o.rep.Write(func(tx *replica.Tx) error {
		at := map[string]uint64{}
		var last record.OpID
		for _, v := range verdicts {
			if err := o.settle(tx, v, at); err != nil {
				return err
			}
			if v.Code != fault.OpReused { // else it is another's
				last = v.Op
			}
		}
		if last.IsZero() {
			return nil
		}
		return judged(tx, last)
	})
}

func (o *Outbox) settle(tx *replica.Tx, v record.Verdict, at map[string]uint64) error {
	if v.Status == record.Rejected {
		return o.refused(tx, v)
	}
	row, err := tx.Row(`UPDATE outbox SET state = `+acked+`, sent = 1, seq = ? WHERE op = ? AND state = `+waiting+` RETURNING network, collection, id`,
		int64(v.Seq), v.Op[:])
	if err != nil || row == nil {
		return err
	}
	key := keyOf(row)
	cursor, ok := at[key.Network]
	if !ok {
		n, err := tx.Network(key.Network)
		if err != nil {
			return err
		}
		if n.Class == 0 { // a network that is not here any more: no checkpoint of it will come, and nothing of it may stay
			_, err := tx.Exec(`DELETE FROM outbox WHERE op = ?`, v.Op[:])
			return err
		}
		cursor = n.Seq
		at[key.Network] = cursor
	}
	if v.Seq > cursor {
		return nil
	}
	// The checkpoint that covers it has been applied already: its effect is in the shadow.
	if err := tx.Run(`UPDATE outbox SET state = `+done+` WHERE op = ?`, v.Op[:]); err != nil {
		return err
	}
	return o.settled(tx, key)
}

// refused takes a verdict that is no yes.
func (o *Outbox) refused(tx *replica.Tx, v record.Verdict) error {
	row, err := tx.Row(`SELECT network, collection, id FROM outbox WHERE op = ? AND state = `+waiting, v.Op[:])
	if err != nil || row == nil {
		return err
	}
	if v.Code == fault.OpReused {
		return o.renew(tx, v.Op, nil)
	}
	key := keyOf(row)
	args, err := json.Marshal(v.Args)
	if err != nil {
		return err
	}
	if err := tx.Run(`UPDATE outbox SET state = ?, code = ?, args = ? WHERE op = ?`, int64(Rejected), string(v.Code), string(args), v.Op[:]); err != nil {
		return err
	}
	return o.refresh(tx, key)
}

// keyOf reads the record that a row of the outbox is about, which begins with its network, collection and id.
func keyOf(row []driver.Value) record.Key {
	return record.Key{Network: row[0].(string), Collection: uint16(row[1].(int64)), ID: record.ID(row[2].([]byte))}
}

// Confirm is called in the transaction that applies a checkpoint of a network at seq: mutations acked up to it are done.
// The records they were of must be shown by Refresh once the checkpoint is applied.
func (o *Outbox) Confirm(tx *replica.Tx, network string, seq uint64) ([]record.Key, error) {
	rows, err := tx.Query(`SELECT DISTINCT network, collection, id FROM outbox WHERE state = `+acked+` AND network = +? AND seq <= ?`, network, seq)
	if err != nil {
		return nil, err
	}
	keys, err := scanKeys(rows)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, o.clean(tx)
	}
	if _, err := tx.Exec(`UPDATE outbox SET state = ? WHERE state = `+acked+` AND network = +? AND seq <= ?`, Done, network, seq); err != nil {
		return nil, err
	}
	return keys, o.clean(tx)
}

// clean lets go of mutations that have been done for long.
func (o *Outbox) clean(tx *replica.Tx) error {
	if since := tx.Now() - o.cleaned; since >= 0 && since < clock.Millis(cleanEvery.Milliseconds()) {
		return nil
	}
	o.cleaned = tx.Now()
	_, err := tx.Exec(`DELETE FROM outbox WHERE state = `+done+` AND at < ?`, tx.Now()-clock.Millis(keepDone.Milliseconds()))
	return err
}

// Refresh has records show what is still pending on them, or lands on them. What came with the checkpoint itself shows the
// former already.
func (o *Outbox) Refresh(tx *replica.Tx, keys []record.Key) error {
	for _, key := range keys {
		if err := o.settled(tx, key); err != nil {
			return err
		}
	}
	return errors.Join(o.decided(tx), o.landAll(tx))
}

// Resend makes everything that the server once confirmed wait again, because the server has lost it or was replaced.
// What it still has it will recognize by the op ids. Mutations that had come back already are sent without being shown
// as pending: the rows they changed have moved on. What the office was asked about it is asked about again.
func (o *Outbox) Resend(tx *replica.Tx, network string) error {
	if _, err := tx.Exec(`UPDATE outbox SET state = ?, sent = 0, seq = 0 WHERE network = ? AND state = ?`, Waiting, network, Acked); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE outbox SET state = ?, code = '', args = '' WHERE network = ? AND state = ? AND code = ?`, Waiting, network, Rejected, fault.DeletionsHeld); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE outbox SET state = ?, seq = 0 WHERE network = ? AND sent = 1 AND state = ?`, Waiting, network, Done)
	return err
}

// Forget lets go of what is kept of a network before its rows go: shadows, and mutations that the server has. Others stay:
// sent, they will come back rejected, for people to see.
func (o *Outbox) Forget(tx *replica.Tx, network string) error {
	for _, q := range []string{
		`DELETE FROM shadow WHERE network = ?`, `DELETE FROM held WHERE network = ?`, `DELETE FROM lands WHERE network = ?`,
		fmt.Sprintf(`DELETE FROM outbox WHERE network = ? AND state IN (%d, %d)`, Acked, Done),
	} {
		if _, err := tx.Exec(q, network); err != nil {
			return err
		}
	}
	return nil
}

// Reapply puts shadows right after a network's rows were fetched anew, and makes every row with something pending show
// it. Rows that showed pending edits all along were rebased as they came; what is left are edits that were salvaged
// without their rows, and records that the server no longer has.
func (o *Outbox) Reapply(tx *replica.Tx, network string) error {
	rows, err := tx.Query(`SELECT network, collection, id FROM shadow WHERE network = ?`, network)
	if err != nil {
		return err
	}
	keys, err := scanKeys(rows)
	if err != nil {
		return err
	}
	for _, key := range keys {
		row, state, err := tx.Record(key)
		if err != nil {
			return err
		}
		switch {
		case row != nil && state == replica.Clean:
			err = o.putShadow(tx, key, row)
		case row == nil || row.Seq == 0:
			err = o.reconcile(tx, key)
		}
		if err != nil {
			return err
		}
		if err := o.refresh(tx, key); err != nil {
			return err
		}
	}
	return nil
}

// Retry sends a rejected mutation, and those of its group, once more, as new ones. What is left of a group of which a part
// was mended by itself is a group of its own. It fails with fault.NotFound, and fault.DeletionsAsked for what the office is
// deciding about.
func (o *Outbox) Retry(op record.OpID) error {
	return o.onRejected(op, func(tx *replica.Tx, ops []record.OpID) error {
		group := record.Group{ID: o.rep.IDs().Op(), Size: uint32(len(ops))}
		if len(ops) == 1 {
			group = record.Group{}
		}
		for i, op := range ops {
			group.Index = uint32(i)
			if err := o.renew(tx, op, &group); err != nil {
				return err
			}
		}
		return nil
	})
}

// renew gives a mutation a new identity, and a new group if one is given, and puts it at the end of the queue.
func (o *Outbox) renew(tx *replica.Tx, op record.OpID, group *record.Group) error {
	var wire []byte
	var code string
	if err := tx.QueryRow(`SELECT wire, code FROM outbox WHERE op = ?`, op[:]).Scan(&wire, &code); err != nil {
		return err
	}
	m, err := decode(o.schema, wire)
	if err == nil && code == string(fault.DeletionsHeld) {
		return fault.New(fault.DeletionsAsked) // it would be asked about twice
	}
	if err == nil && code == declined {
		err = o.under(tx, m.Key)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE outbox SET state = ? WHERE op = ?`, Done, op[:]); err != nil {
		return err
	}
	m.Op = o.rep.IDs().Op()
	if group != nil {
		m.Group = *group
	}
	if err := o.insert(tx, m); err != nil {
		return err
	}
	return o.refresh(tx, m.Key)
}

// Discard gives a rejected mutation up, and those of its group: the records go back to what the server has, and what the office
// was asked about them is taken back.
func (o *Outbox) Discard(op record.OpID) error {
	return o.onRejected(op, func(tx *replica.Tx, ops []record.OpID) error {
		for _, op := range ops {
			key, err := o.giveUp(tx, op)
			if err != nil {
				return err
			}
			if err := o.refresh(tx, key); err != nil {
				return err
			}
		}
		return nil
	})
}

// giveUp ends a rejected mutation, and takes back what the office was asked about it. It says of which record it was.
func (o *Outbox) giveUp(tx *replica.Tx, op record.OpID) (record.Key, error) {
	row, err := tx.Row(`UPDATE outbox SET state = `+done+` WHERE op = ? RETURNING network, collection, id, code`, op[:])
	if err != nil {
		return record.Key{}, err
	}
	key := keyOf(row)
	if row[3].(string) == string(fault.DeletionsHeld) {
		err = o.withdraw(tx, key.Network, op)
	}
	return key, err
}

func (o *Outbox) onRejected(op record.OpID, do func(*replica.Tx, []record.OpID) error) error {
	return o.rep.Write(func(tx *replica.Tx) error {
		ops, err := rejectedGroup(tx, op)
		if err != nil {
			return err
		}
		if len(ops) == 0 {
			return fault.New(fault.NotFound, "what", op.String())
		}
		return do(tx, ops)
	})
}

// rejectedGroup lists a rejected mutation and those rejected with it.
func rejectedGroup(tx *replica.Tx, op record.OpID) ([]record.OpID, error) {
	return opsIn(tx, `state = ? AND (op = ? OR grp = (SELECT grp FROM outbox WHERE op = ?))`, Rejected, op[:], op[:])
}
