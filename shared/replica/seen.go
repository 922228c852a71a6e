package replica

import (
	"context"

	"acopio/shared/fault"
	"acopio/shared/record"
)

// Seen is the replica as whoever checks an edit reads it: the records that people see, outside of a transaction.
type Seen struct {
	ctx context.Context // of the one check it serves
	rep *Replica
}

// Seen reads for one check.
func (r *Replica) Seen(ctx context.Context) Seen { return Seen{ctx, r} }

// Record is a record, deleted or not; nil if there is none.
func (s Seen) Record(key record.Key) (*record.Record, error) {
	got, err := s.Find(key.Collection, key.ID)
	if err != nil || got == nil || got.Network != key.Network {
		return nil, err
	}
	return got, nil
}

// Find is Record without knowing the network.
func (s Seen) Find(collection uint16, id record.ID) (*record.Record, error) {
	c, ok := s.rep.schema.CollectionByNumber(collection)
	if !ok {
		return nil, fault.New(fault.UnknownCollection, "collection", itoa(int(collection)))
	}
	row, err := s.rep.Get(s.ctx, c.Name, id)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row.Record, nil
}

// HasNetwork reports whether the replica has a network.
func (s Seen) HasNetwork(code string) (bool, error) {
	states, err := s.rep.Networks(s.ctx)
	for _, n := range states {
		if n.Code == code {
			return true, err
		}
	}
	return false, err
}
