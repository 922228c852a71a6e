package intake

import (
	"context"
	"errors"
	"iter"

	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// lookup is the replica as an import and its undoing see it.
type lookup struct{ rep *replica.Replica }

// StateOf is a replica as undoing sees it.
func StateOf(rep *replica.Replica) exchange.State { return lookup{rep} }

var errEnough = errors.New("the reader has enough")

// Live yields the living records of a collection in a network.
func (l lookup) Live(ctx context.Context, collection, network string) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		err := l.rep.Each(ctx, replica.Query{Collection: collection, Networks: []string{network}}, func(row replica.Row) error {
			if !yield(row.Record, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// Record is a record as it stands, or nil.
func (l lookup) Record(ctx context.Context, key record.Key) (*record.Record, error) {
	c, ok := l.rep.Schema().CollectionByNumber(key.Collection)
	if !ok {
		return nil, nil
	}
	row, err := l.rep.Get(ctx, c.Name, key.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil || row == nil || row.Record.Key != key {
		return nil, err
	}
	return row.Record, nil
}

// Children lists the living records that belong to a record.
func (l lookup) Children(ctx context.Context, key record.Key) ([]record.Key, error) {
	c, ok := l.rep.Schema().CollectionByNumber(key.Collection)
	if !ok {
		return nil, nil
	}
	related, err := l.rep.Related(ctx, c.Name, key.ID)
	if err != nil {
		return nil, err
	}
	var keys []record.Key
	for _, rows := range related {
		for _, row := range rows {
			if !row.Record.Deleted {
				keys = append(keys, row.Record.Key)
			}
		}
	}
	return keys, nil
}
