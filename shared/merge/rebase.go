package merge

import (
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Rebase shows a pending mutation on top of a newer server state: what the author typed stays visible until the
// server has judged it. server may be nil for a record only this device knows. The result is a new record; versions
// and stamps stay the server's.
func Rebase(c *schema.Collection, server *record.Record, m record.Mutation) *record.Record {
	live := &record.Record{Key: m.Key, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{}}
	if server != nil {
		live = server.Clone()
	}
	if m.Kind == record.Delete {
		live.Deleted = true
		if into, ok := m.Retires(); ok {
			live.Set(schema.MergedInto, into.ID.String())
		}
		return live
	}
	_, restores := m.Unretires()
	if _, retired := live.MergedInto(); retired && !restores {
		return overlay(c, live, m) // it stays retired: the edit is meant for the one that stands for it
	}
	if m.Kind == record.Create && live.Deleted && live.Stamps[record.DeletedField].Version <= m.Base {
		live.Fields = map[uint16]schema.Value{} // stated anew, as Merge will have it
	}
	live.Deleted = false
	return overlay(c, live, m)
}

// overlay shows a mutation's changes on a record.
func overlay(c *schema.Collection, live *record.Record, m record.Mutation) *record.Record {
	for _, ch := range completed(c, m) {
		if f, ok := c.FieldByNumber(ch.Field); ok {
			live.Set(ch.Field, shown(f, ch, live.Fields[ch.Field]))
		}
	}
	return live
}

// shown is what people see of a pending change where the server has a value.
func shown(f *schema.Field, ch record.Change, have schema.Value) schema.Value {
	switch {
	case f.Rule == schema.Fixed && have != nil:
		if f.Type == schema.Reference && schema.Equal(have, ch.Old) {
			return ch.New // it goes along with a merge
		}
		return have
	case f.Rule == schema.Ladder && rung(f, ch.New) < rung(f, have):
		return have
	case f.Rule == schema.Union, f.Rule == schema.Prose && !schema.Equal(have, ch.Old) && !schema.Equal(have, ch.New):
		if v, ok := combine(f, ch, have); ok {
			return v
		}
	}
	return ch.New
}
