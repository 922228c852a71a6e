package outbox

import (
	"database/sql/driver"
	"errors"

	"acopio/shared/fault"
	"acopio/shared/proposal"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Edits with which too much would be deleted are refused here until the office has decided about them. What it is asked is a
// record like any other, a proposal, and so this computer hears of the decision.

// declined is the reason of an edit that the office has dismissed: it stays in the list until its person lets go of it, but the
// record is shown as it is.
const declined = string(fault.DeletionsDeclined)

// asked is an edit that the office was asked about.
type asked struct {
	n    int64
	op   record.OpID
	key  record.Key
	code string
}

// decided looks what the office has decided: what it accepted is done, and what it dismissed says so.
func (o *Outbox) decided(tx *replica.Tx) error {
	pc, err := o.schema.Collection(proposal.Collection)
	if err != nil {
		return nil //nolint:nilerr // a schema without proposals
	}
	status, _ := pc.Field("status")
	list, err := askedOf(tx)
	if err != nil {
		return err
	}
	for _, a := range list {
		p, _, err := tx.Record(record.Key{Network: a.key.Network, Collection: pc.Number, ID: record.ProposalOf(a.op)})
		if err != nil {
			return err
		}
		if p != nil {
			err = o.decide(tx, a, record.Text(p.Fields[status.Number]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func askedOf(tx *replica.Tx) (list []asked, err error) {
	err = tx.Each(`SELECT network, collection, id, n, op, code FROM outbox WHERE state = `+rejected+` AND code IN (?, ?) ORDER BY n`,
		func(row []driver.Value) error {
			list = append(list, asked{key: keyOf(row), n: row[3].(int64), op: record.OpID(row[4].([]byte)), code: row[5].(string)})
			return nil
		}, string(fault.DeletionsHeld), declined)
	return list, err
}

// decide lets an edit follow its proposal, whose dismissal may be taken back.
func (o *Outbox) decide(tx *replica.Tx, a asked, status string) error {
	state, code := Rejected, string(fault.DeletionsHeld)
	switch status {
	case proposal.Accepted, proposal.Withdrawn:
		state = Done
	case proposal.Dismissed:
		code = declined
	}
	if state == Rejected && code == a.code {
		return nil
	}
	if code != a.code && code != declined { // it is shown on the record again, over what that is now
		if err := o.under(tx, a.key); err != nil {
			return err
		}
	}
	return errors.Join(tx.Run(`UPDATE outbox SET state = ?, code = ? WHERE n = ?`, int64(state), code, a.n), o.refresh(tx, a.key))
}

// under makes the visible row the shadow of what is about to be shown on it again, where it has none.
func (o *Outbox) under(tx *replica.Tx, key record.Key) error {
	if _, has, err := o.shadow(tx, key); err != nil || has {
		return err
	}
	n, err := tx.Network(key.Network)
	if err != nil || n.Class == 0 {
		return err // it is not here, and nothing of it is shown
	}
	live, _, err := tx.Record(key)
	if err != nil {
		return err
	}
	return o.putShadow(tx, key, live)
}

// withdraw takes back what the office was asked about an edit that its person gives up.
func (o *Outbox) withdraw(tx *replica.Tx, network string, op record.OpID) error {
	pc, err := o.schema.Collection(proposal.Collection)
	if err != nil {
		return nil //nolint:nilerr // a schema without proposals
	}
	if n, err := tx.Network(network); err != nil || n.Class == 0 {
		return err // nothing can be sent of it
	}
	status, _ := pc.Field("status")
	key := record.Key{Network: network, Collection: pc.Number, ID: record.ProposalOf(op)}
	p, _, err := tx.Record(key)
	if err != nil || p != nil && record.Text(p.Fields[status.Number]) != proposal.Open {
		return err // it was decided
	}
	m := record.Mutation{
		Op: o.rep.IDs().Op(), Key: key, Kind: record.Update, Edited: tx.Now(),
		Changes: []record.Change{{Field: status.Number, Old: proposal.Open, New: proposal.Withdrawn}},
	}
	if p != nil { // else the question has not come back here yet
		m.Base = p.Version
	}
	return errors.Join(o.putShadow(tx, key, p), o.insert(tx, m), o.refresh(tx, key))
}
