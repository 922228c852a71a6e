package replica

import (
	"database/sql/driver"

	"acopio/shared/record"
)

// Record is the row that people see, with edits of this device in it and deleted or not; nil if there is none.
func (tx *Tx) Record(key record.Key) (*record.Record, State, error) {
	t, err := tx.tableOf(key)
	if err != nil {
		return nil, 0, err
	}
	old, err := tx.lookup(t, key)
	if err != nil || old == nil {
		return nil, 0, err
	}
	rec, err := t.record(old.img)
	return rec, stateOf(old.img), err
}

// Proven reports whether the server's record is the one that its row was written from, by the digest kept of it then; of a
// deleted one nothing is kept but that it is not alive.
func (tx *Tx) Proven(server *record.Record) (bool, error) {
	t, err := tx.tableOf(server.Key)
	if err != nil {
		return false, err
	}
	old, err := tx.lookup(t, server.Key)
	if err != nil || old == nil {
		return false, err
	}
	return sameValue(storeDigest(t, server), old.img[colDigest]), nil
}

// Find is Record without knowing the network.
func (tx *Tx) Find(collection uint16, id record.ID) (*record.Record, State, error) {
	t, err := tx.tableOf(record.Key{Collection: collection})
	if err != nil {
		return nil, 0, err
	}
	row, err := tx.row(t.selectAll+" WHERE id = ? LIMIT 1", id[:])
	if err != nil || row == nil {
		return nil, 0, err
	}
	rec, err := t.record(row[1:])
	return rec, stateOf(row[1:]), err
}

// PutLive writes the row that people see. What the server has stays as it was known, so the checksum does not move. As
// records of an import are new one after the other, it bets that this one is like the last.
func (tx *Tx) PutLive(rec *record.Record, state State) error {
	t, err := tx.tableOf(rec.Key)
	if err != nil {
		return err
	}
	img := t.image(rec, state)
	if tx.fresh[t] {
		tx.stampLive(img, nil)
		err := tx.put(t, img, nil)
		if err == nil || !isDuplicate(err) {
			return err
		}
		img = t.image(rec, state)
	}
	old, err := tx.lookup(t, rec.Key)
	if err != nil {
		return err
	}
	tx.fresh[t] = old == nil
	if old != nil {
		img[colDigest], img[colSeq] = old.img[colDigest], old.img[colSeq]
	}
	tx.stampLive(img, old)
	return tx.put(t, img, old)
}

// PutServer writes the row that people see anew from what the server has of a record, which is the row itself when state is Clean.
// Where that is what the row was written from before, its digest stays as it was taken then: a row that is damaged does not
// prove itself by being written again. Otherwise the sums move from the old server state to the new.
func (tx *Tx) PutServer(server, live *record.Record, state State) error {
	t, err := tx.tableOf(server.Key)
	if err != nil {
		return err
	}
	old, err := tx.lookup(t, server.Key)
	if err != nil {
		return err
	}
	if old != nil && old.img[colSeq] == driver.Value(int64(server.Seq)) {
		return tx.putServer(t, server, old.img[colDigest], live, state, old)
	}
	return tx.putServer(t, server, storeDigest(t, server), live, state, old)
}

func (tx *Tx) putServer(t *table, server *record.Record, digest driver.Value, live *record.Record, state State, old *stored) error {
	if live == nil || state == Clean {
		live = server
	}
	img := t.image(live, state)
	img[colSeq], img[colDigest] = int64(server.Seq), digest
	if state != Clean {
		tx.stampLive(img, old)
	}
	tx.kind = ByServer
	return tx.put(t, img, old)
}

// stampLive says when a row with edits of this device was last changed: those edits have no stamps of their own yet.
// Showing a new server state under an old edit does not make the edit newer.
func (tx *Tx) stampLive(img []driver.Value, old *stored) {
	at := tx.now
	if old != nil && stateOf(old.img) != Clean && !tx.changes(old.img, img) {
		at = max(updatedAt(old.img), updatedAt(img))
	}
	if at > updatedAt(img) {
		img[colUpdatedAt], img[colUpdatedBy] = int64(at), int64(0)
	}
}

// changes reports whether two images differ in what people see.
func (tx *Tx) changes(a, b []driver.Value) bool {
	if !sameValue(a[colDeleted], b[colDeleted]) {
		return true
	}
	for i := firstField; i < len(a); i++ {
		if !sameValue(a[i], b[i]) {
			return true
		}
	}
	return false
}

// Remove forgets a row entirely: a record that only this device knew and that is given up.
func (tx *Tx) Remove(key record.Key) error {
	t, err := tx.tableOf(key)
	if err != nil {
		return err
	}
	old, err := tx.lookup(t, key)
	if err != nil || old == nil {
		return err
	}
	return tx.remove(t, old)
}
