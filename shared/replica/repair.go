package replica

import (
	"context"
	"database/sql/driver"
	"maps"
	"slices"

	"acopio/shared/record"
)

// Keeper keeps the edits of this device apart from what the server has.
type Keeper interface {
	Overlay
	// Server is what the server has under a row with edits of this device; nil when it has nothing.
	Server(tx *Tx, key record.Key) (*record.Record, error)
	// Orphan is told that the server has nothing under a row with edits of this device.
	Orphan(tx *Tx, key record.Key) error
}

// Admit has digests, sums and counts say what the rows really are, where an audit found that they do not. Rows that no
// network has a place for, or that cannot be read, go. It returns the networks in which there was anything to admit.
func (tx *Tx) Admit(a *Audit, k Keeper) ([]string, error) {
	networks, err := tx.knownNetworks()
	if err != nil {
		return nil, err
	}
	off := maps.Clone(a.off)
	for _, s := range append(slices.Clone(a.rows), a.dirty...) {
		if err := tx.admitRow(s, k, networks, off); err != nil {
			return nil, err
		}
	}
	for _, key := range a.strangers {
		if err := tx.admitStranger(key, networks, off); err != nil {
			return nil, err
		}
	}
	for _, t := range a.adrift {
		if err := tx.anchor(t); err != nil {
			return nil, err
		}
	}
	codes := slices.Sorted(maps.Keys(off))
	for _, code := range codes {
		if networks[code] == nil {
			continue // dropped meanwhile
		}
		if err := tx.recount(code); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

func (tx *Tx) knownNetworks() (map[string]*tallied, error) {
	out := map[string]*tallied{}
	err := each(context.Background(), tx.w.SQLiteConn, "SELECT code, ordinal FROM network_state", nil, func(row []driver.Value) error {
		out[row[0].(string)] = &tallied{ordinal: row[1].(int64)}
		return nil
	})
	return out, tx.check(err)
}

// admitRow looks again at a row that an audit found, as it is now.
func (tx *Tx) admitRow(s suspect, k Keeper, networks map[string]*tallied, off map[string]bool) error {
	row, err := tx.row(s.t.selectAll+" WHERE row = ?", s.row)
	if err != nil || row == nil {
		return err
	}
	img := slices.Clone(row[1:])
	n := s.t.placed(s.row, img, networks)
	if n == nil {
		return tx.expel(s, img, networks, off)
	}
	digest, readable := driver.Value(nil), true
	if stateOf(img) == Clean {
		digest, readable = s.t.digestOf(img)
	} else if k != nil {
		var rec record.Record
		rec.Network, rec.Collection = img[colNetwork].(string), s.t.c.Number
		copy(rec.ID[:], img[colID].([]byte))
		server, err := k.Server(tx, rec.Key)
		if err != nil {
			return err
		}
		digest = storeDigest(s.t, server)
	} else {
		digest = img[colDigest]
	}
	switch {
	case !readable:
		return tx.expel(s, img, networks, off)
	case sameValue(digest, img[colDigest]):
		return nil
	}
	off[img[colNetwork].(string)] = true
	return tx.run("UPDATE "+s.t.name+" SET digest = ? WHERE row = ?", digest, s.row)
}

// expel takes a row out that nothing can be made of.
func (tx *Tx) expel(s suspect, img []driver.Value, networks map[string]*tallied, off map[string]bool) error {
	for code, n := range networks { // whoever counted it
		if s.row >= firstRow(n.ordinal) && s.row <= lastRow(n.ordinal) {
			off[code] = true
		}
	}
	if code, ok := img[colNetwork].(string); ok && networks[code] != nil {
		off[code] = true
	}
	if err := tx.run("DELETE FROM "+s.t.name+" WHERE row = ?", s.row); err != nil {
		return err
	}
	return tx.anchor(s.t)
}

func (tx *Tx) admitStranger(key record.Key, networks map[string]*tallied, off map[string]bool) error {
	id := key.ID
	row, err := tx.row("SELECT id, collection, network, body, digest FROM stranger WHERE id = ? AND collection = ? AND network = ?",
		id[:], int64(key.Collection), key.Network)
	if err != nil || row == nil {
		return err
	}
	_, digest := strangerOf(row)
	if networks[key.Network] == nil {
		return tx.run("DELETE FROM stranger WHERE network = ?", key.Network)
	}
	if sameValue(digest, row[4]) {
		return nil
	}
	off[key.Network] = true
	return tx.run("UPDATE stranger SET digest = ? WHERE id = ? AND collection = ? AND network = ?", digest, id[:], int64(key.Collection), key.Network)
}

// anchor has the search index be of the rows that are there, and takes the upkeep out of those that are not: the next row
// with one of their numbers would be found by their words.
func (tx *Tx) anchor(t *table) error {
	if err := tx.flushDocs(); err != nil {
		return err
	}
	if err := tx.run("DELETE FROM " + t.search + " WHERE rowid IN (" + t.adriftDocs() + ")"); err != nil {
		return err
	}
	delete(tx.next, t)
	missing := map[int64]string{}
	err := each(context.Background(), tx.w.SQLiteConn, t.undocumented(), nil, func(row []driver.Value) error {
		missing[row[0].(int64)] = t.document(row[1:])
		return nil
	})
	if err != nil {
		return tx.check(err)
	}
	for row, doc := range missing {
		if err := tx.putDoc(t, row, doc, false); err != nil {
			return err
		}
	}
	if st := tx.tables.upkeep; st != nil && st.organization == t {
		return tx.run("DELETE FROM upkeep WHERE row IN (" + t.adriftUpkeep() + ")")
	}
	return nil
}

// Recount has a network's sums and counts, and the search index, say what its rows' digests do. It reads no content: what
// changed in a row without its digest is for an Audit to find.
func (tx *Tx) Recount(network string) error {
	for _, t := range tx.tables.tables {
		if err := tx.anchor(t); err != nil {
			return err
		}
	}
	return tx.recount(network)
}

// recount makes a network's sums and counts from its rows' digests.
func (tx *Tx) recount(code string) error {
	if err := tx.flushNetworks(); err != nil {
		return err
	}
	n, err := tx.network(code)
	if err != nil {
		return err
	}
	sum := tallied{}
	add := func(row []driver.Value) error {
		sum.add(row[0])
		return nil
	}
	for _, t := range tx.tables.tables {
		within := []driver.Value{firstRow(n.ordinal), lastRow(n.ordinal)}
		err := each(context.Background(), tx.w.SQLiteConn, "SELECT digest FROM "+t.name+" WHERE row BETWEEN ? AND ? AND digest IS NOT NULL", within, add)
		if err != nil {
			return tx.check(err)
		}
		if err := tx.retally(code, n, t); err != nil {
			return err
		}
		tx.Touch(code, t.c.Name)
	}
	err = each(context.Background(), tx.w.SQLiteConn, "SELECT digest FROM stranger WHERE network = ? AND digest IS NOT NULL", []driver.Value{code}, add)
	n.sums, n.records, n.changed = sum.sums, sum.records, true
	tx.defined, tx.kind = true, ByServer
	return tx.check(err)
}

// Repair writes records as the server has them, whatever is here in their place, and removes those that it does not
// have. Edits of this device stay: on top where the server has the record, by themselves where it has not. It returns how many rows were
// not as the server has them.
func (tx *Tx) Repair(have []*record.Record, strangers []Stranger, gone []record.Key, k Keeper) (n int, err error) {
	tx.kind = ByServer
	for _, rec := range have {
		if tx.tables.byNumber[rec.Collection] == nil {
			continue
		}
		if err := tx.repair(tx.arrive(rec), k); err != nil {
			return n, err
		}
		n++
	}
	for _, s := range strangers {
		if err := tx.forgetStranger(s.Key); err != nil {
			return n, err
		}
		n++
	}
	for _, key := range gone {
		if err := tx.disown(key, k); err != nil {
			return n, err
		}
		n++
	}
	return n, tx.ApplyStrangers(strangers)
}

func (tx *Tx) repair(a arrival, k Keeper) error {
	old, err := tx.lookup(a.t, a.rec.Key)
	if err != nil {
		return err
	}
	if old != nil && stateOf(old.img) != Clean {
		live, state, err := k.Rebase(tx, a.rec)
		if err != nil {
			return err
		}
		if err := tx.putServer(a.t, a.rec, storeDigest(a.t, a.rec), live, state, old); err != nil {
			return err
		}
	} else if err := tx.putWith(a.t, a.img, &a.doc, old); err != nil {
		return err
	}
	return tx.documentAgain(a.t, a.rec.Key)
}

// documentAgain writes a row's document whatever the index holds: it may have been made of other content than the row had.
func (tx *Tx) documentAgain(t *table, key record.Key) error {
	now, err := tx.lookup(t, key)
	if err != nil || now == nil {
		return err
	}
	doc := ""
	if now.img[colDeleted] == int64(0) {
		doc = t.document(now.img)
	}
	return tx.putDoc(t, now.row, doc, true)
}

// disown forgets that the server has a record.
func (tx *Tx) disown(key record.Key, k Keeper) error {
	t := tx.tables.byNumber[key.Collection]
	if t == nil {
		return tx.forgetStranger(key)
	}
	old, err := tx.lookup(t, key)
	if err != nil || old == nil {
		return err
	}
	if stateOf(old.img) == Clean {
		return tx.remove(t, old)
	}
	img := slices.Clone(old.img)
	img[colSeq], img[colDigest] = int64(0), nil
	if err := tx.put(t, img, old); err != nil {
		return err
	}
	return k.Orphan(tx, key)
}

func (tx *Tx) forgetStranger(key record.Key) error {
	id := key.ID
	old, err := tx.row("SELECT digest FROM stranger WHERE id = ? AND collection = ? AND network = ?", id[:], int64(key.Collection), key.Network)
	if err != nil || old == nil {
		return err
	}
	digest := old[0]
	n, err := tx.network(key.Network)
	if err != nil {
		return err
	}
	n.move(digest, nil)
	return tx.run("DELETE FROM stranger WHERE id = ? AND collection = ? AND network = ?", id[:], int64(key.Collection), key.Network)
}
