package outbox

import (
	"database/sql/driver"
	"errors"

	"acopio/shared/record"
	"acopio/shared/replica"
)

// settled shows what is left on a record of which the server has confirmed an edit, and told all that came of it. If it had been
// given back, and the server has nothing of it, then the server has deleted and forgotten it since: edits that wait are not to
// stand by themselves, as a record without a name, but on what is known of the one that is gone.
func (o *Outbox) settled(tx *replica.Tx, key record.Key) error {
	server, ok, err := o.shadow(tx, key)
	if err == nil && ok && server == nil {
		server, err = o.givenInVain(tx, key)
		if err == nil && server != nil {
			err = o.putShadow(tx, key, server)
		}
	}
	if err == nil && ok {
		err = o.redrawOver(tx, key, server)
	}
	return errors.Join(err, o.land(tx, key))
}

// givenInVain is the record that was given back last under a key, as a deleted one; nil if there is none, or it is made here anew.
func (o *Outbox) givenInVain(tx *replica.Tx, key record.Key) (gone *record.Record, err error) {
	items, err := o.active(tx, key)
	if err != nil || len(items) == 0 || items[0].Mutation.Kind == record.Create {
		return nil, err
	}
	err = tx.Each(`SELECT wire FROM outbox WHERE id = ? AND collection = ? AND state = `+done+` ORDER BY n`, func(row []driver.Value) error {
		m, err := decode(o.schema, row[0].([]byte))
		if err != nil || !m.Given || m.Kind != record.Create {
			return err
		}
		gone, _, err = o.fold(key, nil, []Item{{Mutation: m}})
		if err == nil {
			gone.Version, gone.Deleted = m.Base, true
		}
		return err
	}, key.ID[:], int64(key.Collection))
	return gone, err
}
