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
		return live
	}
	live.Deleted = false
	for _, ch := range m.Changes {
		f, ok := c.FieldByNumber(ch.Field)
		if !ok {
			continue
		}
		have := live.Fields[ch.Field]
		switch {
		case f.Rule == schema.Union:
			live.Set(ch.Field, mergeSets(ch.Old, ch.New, have))
		case f.Rule == schema.Fixed && have != nil:
		case f.Rule == schema.Prose && !schema.Equal(have, ch.Old):
			if text, ok := mergeText(str(ch.Old), str(ch.New), str(have)); ok {
				live.Set(ch.Field, emptyAsNil(text))
				continue
			}
			live.Set(ch.Field, ch.New)
		default:
			live.Set(ch.Field, ch.New)
		}
	}
	return live
}
