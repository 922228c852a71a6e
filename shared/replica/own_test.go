package replica

import (
	"path/filepath"
	"testing"

	"acopio/shared/record"
	"acopio/shared/schema"
)

const altitude = 40_001

// defined is a network's own field of organizations.
func (m *maker) defined(network string, number int, more map[string]any) *record.Record {
	values := map[string]any{"collection": "organization", "number": number, "type": "integer", "label_es": "Altitud", "column": true}
	for k, v := range more {
		values[k] = v
	}
	return m.make(network, schema.OwnFields, values)
}

// withValue is a record as a server sends it that knows the field.
func withValue(rec *record.Record, number uint16, v schema.Value) *record.Record {
	rec.Set(number, v)
	rec.Stamps[number] = record.Stamp{Version: rec.Version, Device: 7, Edited: 1}
	return rec
}

func ordered(t *testing.T, r *Replica, field string, least string) (names []any) {
	t.Helper()
	res, err := r.Query(ctx, Query{
		Collection: "organization", Where: []Condition{{Field: field, Op: ">=", Value: least}}, Sort: []Order{{Field: field, Descending: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range res.Rows {
		names = append(names, row.Record.Fields[10])
	}
	return names
}

// Values may come before the definition that they are of: while it is unknown they are kept encoded, and once it is there
// they are sought and sorted like any other, also after a new start.
func TestAFieldOfANetworksOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replica.db")
	r := openReplica(t, path, nil)
	m := newMaker()
	early := withValue(m.organization("PE", "Temprana", nil), altitude, encoded(1200))
	apply(t, r, early)
	sums := func() record.Sum {
		n, err := r.Networks(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return n[0].Sums.Of(record.Everything)
	}
	before := sums()
	def := m.defined("PE", altitude, nil)
	apply(t, r, withValue(m.organization("PE", "A la vez", nil), altitude, encoded(900)), def, m.organization("PE", "Sin dato", nil))
	if before == sums() {
		t.Fatal("the sums do not follow the rows")
	}
	c, _ := r.Schema().Collection("organization")
	f, ok := c.Field("own_40001")
	if !ok || f.Label.ES != "Altitud" || f.Network != "PE" || !f.Of("PE") || f.Of("BO") {
		t.Fatalf("%+v %v", f, ok)
	}
	for range 2 {
		if got := ordered(t, r, "own_40001", "1000"); len(got) != 1 || got[0] != "Temprana" {
			t.Errorf("at least 1000: %v", got)
		}
		if got := ordered(t, r, "own_40001", "0"); len(got) != 2 || got[0] != "Temprana" || got[1] != "A la vez" {
			t.Errorf("sorted: %v", got)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		r = openReplica(t, path, nil)
	}
	row, err := r.Get(ctx, "organization", early.ID)
	if err != nil || row.Record.Fields[altitude] != int64(1200) {
		t.Errorf("%+v %v", row, err)
	}
	if len(schema.Registry().Own()) > 0 {
		t.Error("the registry adopted a field")
	}
	n, err := r.Networks(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if sum, count, err := r.Recompute(ctx, "PE"); err != nil || sum != n[0].Sums || count != n[0].Records {
		t.Errorf("the sums do not prove themselves: %v %d %v", sum, count, err)
	}
}

func TestOwnFieldsChangeRetireAndGoWithTheirNetwork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replica.db")
	r := openReplica(t, path, nil)
	m := newMaker()
	def, other := m.defined("PE", altitude, nil), m.defined("BO", 40_002, map[string]any{"type": "text", "label_es": "Cuenca"})
	apply(t, r, def, other, withValue(m.organization("PE", "Una", nil), altitude, int64(5)))
	field := func(name string) *schema.Field {
		c, _ := r.Schema().Collection("organization")
		f, _ := c.Field(name)
		return f
	}
	apply(t, r, m.change(def, map[string]any{"label_es": "Altura", "retired": true}))
	if f := field("own_40001"); f == nil || f.Label.ES != "Altura" || !f.Retired {
		t.Errorf("%+v", f)
	}
	if f := field("own_40002"); f == nil || f.Label.ES != "Cuenca" {
		t.Errorf("%+v", f)
	}
	write(t, r, func(tx *Tx) error { return tx.DropNetwork("PE") })
	if field("own_40001") != nil || field("own_40002") == nil {
		t.Error("a network's fields do not go with it")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = openReplica(t, path, nil) // the column that stays behind is no newer build's
	apply(t, r, m.defined("PE", altitude, nil), withValue(m.organization("PE", "Otra", nil), altitude, int64(7)))
	if got := ordered(t, r, "own_40001", "1"); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// A transaction that fails leaves the fields as they were.
func TestAFieldThatWasNotCommittedIsNone(t *testing.T) {
	r := newReplica(t)
	m := newMaker()
	def := m.defined("PE", altitude, nil)
	if err := r.Write(func(tx *Tx) error {
		if err := tx.ApplyRecords([]*record.Record{def}, nil); err != nil {
			return err
		}
		return errTxDone
	}); err == nil {
		t.Fatal("it was committed")
	}
	if len(r.Schema().Own()) != 0 {
		t.Error("the field stayed")
	}
	apply(t, r, def, withValue(m.organization("PE", "Una", nil), altitude, encoded(3)))
	if got := ordered(t, r, "own_40001", "1"); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
