package replica

import (
	"testing"

	"acopio/shared/fault"
	"acopio/shared/merge"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// keeps shows a pending edit on top of whatever the server says.
type keeps struct{ m record.Mutation }

func (k keeps) Rebase(_ *Tx, server *record.Record) (*record.Record, State, error) {
	c, _ := schema.Registry().CollectionByNumber(server.Collection)
	return merge.Rebase(c, server, k.m), Pending, nil
}

// TestForgetDeleted takes away what was deleted up to a seq, with its history, and nothing else; the sums do not move.
func TestForgetDeleted(t *testing.T) {
	r, m := newReplica(t), newMaker()
	living := m.organization("PE", "Vive", nil)
	early := m.delete(m.organization("PE", "Antes", nil))
	other := m.delete(m.organization("BO", "En otra red", nil))
	merged := m.delete(m.organization("PE", "Unida", map[string]any{"merged_into": living.ID.String()}))
	edited := m.organization("PE", "Con cambios", nil)
	apply(t, r, living, early, other, merged, edited)
	dead := m.delete(edited)
	write(t, r, func(tx *Tx) error {
		edit := record.Mutation{Key: edited.Key, Kind: record.Update}
		live := edited.Clone()
		if err := tx.PutLive(live, Pending); err != nil {
			return err
		}
		return tx.ApplyRecords([]*record.Record{dead}, keeps{edit})
	})
	swept := m.seq["PE"]
	late := m.delete(m.organization("PE", "Después", nil))
	apply(t, r, late)
	entries := []record.Entry{{Key: early.Key, Seq: early.Seq, Version: 2}, {Key: living.Key, Seq: living.Seq, Version: 1}}
	write(t, r, func(tx *Tx) error { return tx.AddEntries(entries) })

	write(t, r, func(tx *Tx) error {
		before, err := tx.Network("PE")
		if err != nil {
			return err
		}
		if err := tx.ForgetDeleted("PE", swept); err != nil {
			return err
		}
		after, err := tx.Network("PE")
		if after.Sums != before.Sums || after.Records != before.Records {
			t.Errorf("%+v became %+v", before, after)
		}
		return err
	})
	for rec, want := range map[*record.Record]bool{living: true, early: false, other: true, merged: true, edited: true, late: true} {
		_, err := r.Get(ctx, "organization", rec.ID)
		if got := !fault.Is(err, fault.NotFound); got != want {
			t.Errorf("%v: there %v, want %v (%v)", rec.Fields[10], got, want, err)
		}
	}
	for rec, want := range map[*record.Record]int{early: 0, living: 1} {
		if list, err := r.History(ctx, "organization", rec.ID); err != nil || len(list) != want {
			t.Errorf("history of %v: %d %v", rec.Fields[10], len(list), err)
		}
	}
	for network, want := range map[string]int{"PE": 2, "BO": 1} {
		res, err := r.Query(ctx, Query{Collection: "organization", Networks: []string{network}, Deleted: true})
		if err != nil || res.Total != want {
			t.Errorf("deleted of %s: %d %v", network, res.Total, err)
		}
	}
}
