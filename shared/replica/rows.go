package replica

import (
	"database/sql/driver"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// stored is a row as it is in the table.
type stored struct {
	row int64
	img []driver.Value
}

func (tx *Tx) tableOf(key record.Key) (*table, error) {
	t, ok := tx.tables.byNumber[key.Collection]
	if !ok {
		return nil, fault.New(fault.UnknownCollection, "collection", itoa(int(key.Collection)))
	}
	return t, nil
}

// lookup finds a record's row; nil if there is none.
func (tx *Tx) lookup(t *table, key record.Key) (*stored, error) {
	row, err := tx.row(t.selectByID, key.ID[:], key.Network)
	if err != nil || row == nil {
		return nil, err
	}
	return &stored{row: row[0].(int64), img: append([]driver.Value(nil), row[1:]...)}, nil
}

// put writes a row: the one place where rows, search index, sums and tallies change together. old is the row's present
// content, nil when there is none; with a nil old it fails like isDuplicate says when there is one after all.
func (tx *Tx) put(t *table, img []driver.Value, old *stored) error {
	return tx.putWith(t, img, nil, old)
}

// putWith is put with the row's document, for whom has made it already.
func (tx *Tx) putWith(t *table, img []driver.Value, doc *string, old *stored) error {
	n, err := tx.network(img[colNetwork].(string))
	if err != nil {
		return err
	}
	if old == nil {
		row, err := tx.nextRow(t, n)
		if err != nil {
			return err
		}
		if err := tx.insertRow(t, row, img); err != nil {
			return err
		}
		tx.next[t][n.ordinal] = row + 1
		old = &stored{row: row, img: nil}
	} else if err := tx.updateRow(t, old, img); err != nil {
		return err
	}
	if err := tx.index(t, old, img, doc); err != nil {
		return err
	}
	n.count(t, old.img, -1)
	n.count(t, img, +1)
	tx.noteUpkeep(t, old.row, old.img, img)
	if old.img == nil {
		n.move(nil, img[colDigest])
	} else {
		n.move(old.img[colDigest], img[colDigest])
	}
	tx.Touch(img[colNetwork].(string), t.c.Name)
	tx.defined = tx.defined || t.c.Name == schema.OwnFields
	return nil
}

func (n *networkTx) count(t *table, img []driver.Value, by int) {
	switch {
	case img == nil:
	case img[colDeleted].(int64) != 0:
		n.tally(t).deleted += by
	default:
		n.tally(t).live += by
	}
}

func (tx *Tx) insertRow(t *table, row int64, img []driver.Value) error {
	tx.args = append(append(tx.args[:0], row), img...)
	return tx.run(t.insert, tx.args...)
}

// updateRow writes the columns that differ: an index that no changed column is in costs nothing then.
func (tx *Tx) updateRow(t *table, old *stored, img []driver.Value) error {
	var sets []string
	var args []driver.Value
	for i, v := range img {
		if !sameValue(v, old.img[i]) {
			sets = append(sets, t.names[i]+" = ?")
			args = append(args, v)
		}
	}
	if len(sets) == 0 {
		return nil
	}
	return tx.run("UPDATE "+t.name+" SET "+strings.Join(sets, ", ")+" WHERE row = ?", append(args, old.row)...)
}

// index keeps the search index: living rows are in it.
func (tx *Tx) index(t *table, old *stored, img []driver.Value, doc *string) error {
	was := old.img != nil && old.img[colDeleted].(int64) == 0
	is := img[colDeleted].(int64) == 0
	switch {
	case is && was && t.sameDocument(old.img, img):
		return nil
	case is:
		if doc == nil {
			text := t.document(img)
			doc = &text
		}
		if *doc == "" && !was {
			return nil
		}
		return tx.putDoc(t, old.row, *doc, was)
	case was:
		return tx.putDoc(t, old.row, "", true)
	default:
		return nil
	}
}

// remove forgets a row.
func (tx *Tx) remove(t *table, old *stored) error {
	network := old.img[colNetwork].(string)
	n, err := tx.network(network)
	if err != nil {
		return err
	}
	if err := tx.run("DELETE FROM "+t.name+" WHERE row = ?", old.row); err != nil {
		return err
	}
	if old.img[colDeleted].(int64) == 0 {
		if err := tx.putDoc(t, old.row, "", true); err != nil {
			return err
		}
	}
	n.count(t, old.img, -1)
	tx.noteUpkeep(t, old.row, old.img)
	n.move(old.img[colDigest], nil)
	tx.Touch(network, t.c.Name)
	return nil
}

// nextRow is the number that a new row of the network gets.
func (tx *Tx) nextRow(t *table, n *networkTx) (int64, error) {
	if tx.next[t] == nil {
		tx.next[t] = map[int64]int64{}
	}
	if next, ok := tx.next[t][n.ordinal]; ok {
		return next, nil
	}
	first := firstRow(n.ordinal)
	row, err := tx.row("SELECT max(row) FROM "+t.name+" WHERE row BETWEEN ? AND ?", first, lastRow(n.ordinal))
	if err != nil {
		return 0, err
	}
	next := first
	if top, ok := row[0].(int64); ok {
		next = top + 1
	}
	tx.next[t][n.ordinal] = next
	return next, nil
}
