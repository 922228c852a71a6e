package outbox

import (
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Server implements replica.Keeper. A shadow that cannot be read is none: the server will be asked.
func (o *Outbox) Server(tx *replica.Tx, key record.Key) (*record.Record, error) {
	server, _, err := o.shadow(tx, key)
	if fault.Is(err, fault.ReplicaCorrupt) {
		return nil, nil
	}
	return server, err
}

// Orphan implements replica.Keeper: what is pending stays, and stands by itself.
func (o *Outbox) Orphan(tx *replica.Tx, key record.Key) error {
	if err := o.putShadow(tx, key, nil); err != nil {
		return err
	}
	return o.refresh(tx, key)
}
