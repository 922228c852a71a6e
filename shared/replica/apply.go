package replica

import (
	"database/sql/driver"
	"sort"

	"acopio/shared/ahead"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// Overlay puts edits of this device on top of a new server state. It is called for rows that are not Clean; live and
// state are what becomes of the row.
type Overlay interface {
	Rebase(tx *Tx, server *record.Record) (live *record.Record, state State, err error)
}

// ApplyRecords takes over records from the server: the latest state of each, in any order. A record that is not newer
// than the row is skipped, so a page may come twice. Collections this build does not know are skipped too.
func (tx *Tx) ApplyRecords(recs []*record.Record, overlay Overlay) error {
	tx.kind = ByServer
	recs = tx.byNetwork(recs)
	if len(recs) >= streamed {
		return tx.ApplyStream(func(yield func(*record.Record) bool) error {
			for _, rec := range recs {
				if !yield(rec) {
					break
				}
			}
			return nil
		}, overlay)
	}
	for _, rec := range recs {
		if err := tx.apply(tx.arrive(rec), overlay); err != nil {
			return err
		}
	}
	return nil
}

// arrival is a record from the server with all that can be made of it without looking at the replica.
type arrival struct {
	rec *record.Record
	t   *table
	img []driver.Value
	doc string
}

func (tx *Tx) arrive(rec *record.Record) arrival {
	t := tx.tables.byNumber[rec.Collection]
	a := arrival{rec: rec, t: t, img: serverImage(t, rec)}
	if !rec.Deleted {
		a.doc = t.document(a.img)
	}
	return a
}

// byNetwork orders records so that new rows of a network come one after the other, which keeps their numbers ascending
// for the search index.
func (tx *Tx) byNetwork(recs []*record.Record) []*record.Record {
	out := make([]*record.Record, 0, len(recs))
	for _, rec := range recs {
		if tx.tables.byNumber[rec.Collection] != nil {
			out = append(out, rec)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Network < out[j].Network })
	return out
}

// streamed is from how many records on they are made ready beside the writing.
const streamed = 128

// ApplyStream is ApplyRecords for many records of one network that need not be in memory at once. each calls yield with
// one after the other until it says false, in a goroutine of its own: reading them, and making the images, digests and
// documents of them, is done on another core while this one writes. An error of each is returned unchanged.
func (tx *Tx) ApplyStream(each func(yield func(*record.Record) bool) error, overlay Overlay) error {
	tx.kind = ByServer
	return ahead.Each(func(yield func(arrival) bool) error {
		return each(func(rec *record.Record) bool {
			return tx.tables.byNumber[rec.Collection] == nil || yield(tx.arrive(rec))
		})
	}, func(a arrival) error { return tx.apply(a, overlay) })
}

// serverImage is the clean row of a server's record.
func serverImage(t *table, rec *record.Record) []driver.Value {
	img := t.image(rec, Clean)
	img[colDigest] = storeDigest(t, rec)
	return img
}

// apply takes over one record. New records come in runs, as do changed ones, so it bets that this one is like the last:
// inserting a new one needs no look first.
func (tx *Tx) apply(a arrival, overlay Overlay) error {
	if tx.fresh[a.t] {
		err := tx.putWith(a.t, a.img, &a.doc, nil)
		if err == nil || !isDuplicate(err) {
			return err
		}
		tx.fresh[a.t] = false
	}
	old, err := tx.lookup(a.t, a.rec.Key)
	switch {
	case err != nil:
		return err
	case old == nil:
		tx.fresh[a.t] = true
		return tx.putWith(a.t, a.img, &a.doc, nil)
	case !newer(a.rec, old):
		return nil
	case stateOf(old.img) == Clean:
		return tx.putWith(a.t, a.img, &a.doc, old)
	case overlay == nil:
		return fault.New(fault.Internal) // edits would be lost
	}
	live, state, err := overlay.Rebase(tx, a.rec)
	switch {
	case err != nil:
		return err
	case state == Clean:
		return tx.putWith(a.t, a.img, &a.doc, old)
	}
	return tx.putServer(a.t, a.rec, storeDigest(a.t, a.rec), live, state, old)
}

func newer(rec *record.Record, old *stored) bool {
	return rec.Seq > uint64(old.img[colSeq].(int64)) || rec.Version > uint64(old.img[colVersion].(int64))
}
