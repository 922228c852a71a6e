package record

import (
	"slices"

	"github.com/google/uuid"

	"acopio/shared/cborhead"
	"acopio/shared/clock"
	"acopio/shared/schema"
)

// Bodies are encoded several times on the way of every record, for the wire, the file and the digest, and changes for the
// wire, the log and its hash. So they are written here by hand, in the same core deterministic form that the library writes,
// which a test holds them to.

func appendText(b []byte, s string) []byte {
	return append(cborhead.Append(b, cborhead.Text, uint64(len(s))), s...)
}

func appendBool(b []byte, is bool) []byte {
	if is {
		return append(b, cborhead.True)
	}
	return append(b, cborhead.False)
}

// AppendBody adds EncodeBody's form of a record to b.
func AppendBody(b []byte, c *schema.Collection, r *Record) []byte {
	b = appendBool(cborhead.Append(append(b, cborhead.Array|4), cborhead.Uint, r.Version), r.Deleted)
	var room [64]uint16
	b = cborhead.Append(b, cborhead.Map, uint64(len(r.Fields)))
	for _, n := range sortedInto(room[:0], r.Fields) {
		b = appendValue(cborhead.Append(b, cborhead.Uint, uint64(n)), c, n, r.Fields[n])
	}
	return appendStamps(b, r.Stamps)
}

// appendValue writes a value as ToWire has it.
func appendValue(b []byte, c *schema.Collection, n uint16, v schema.Value) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, cborhead.Null)
	case string:
		if f, ok := c.FieldByNumber(n); ok && f.Type == schema.Reference {
			if id, err := uuid.Parse(x); err == nil {
				return append(cborhead.Append(b, cborhead.Bytes, uint64(len(id))), id[:]...)
			}
		}
		return appendText(b, x)
	case int64:
		return cborhead.AppendInt(b, x)
	case bool:
		return appendBool(b, x)
	case []string:
		if x == nil {
			return append(b, cborhead.Null)
		}
		b = cborhead.Append(b, cborhead.Array, uint64(len(x)))
		for _, s := range x {
			b = appendText(b, s)
		}
		return b
	case []byte:
		if len(x) == 0 {
			return append(b, cborhead.Null)
		}
		return append(b, x...) // of an unknown field, as it came
	default: // a decimal: its shortest exact form is the library's to find
		return append(b, must(enc.Marshal(v))...)
	}
}

// appendChanges writes EncodeChanges' form.
func appendChanges(b []byte, c *schema.Collection, changes []Change) []byte {
	b = cborhead.Append(b, cborhead.Array, uint64(len(changes)))
	for _, ch := range changes {
		b = cborhead.Append(append(b, cborhead.Array|3), cborhead.Uint, uint64(ch.Field))
		b = appendValue(appendValue(b, c, ch.Field, ch.Old), c, ch.Field, ch.New)
	}
	return b
}

// appendStamps writes EncodeStamps' form.
func appendStamps(b []byte, stamps map[uint16]Stamp) []byte {
	var room [64]uint16
	var first [4]stampGroup
	groups := first[:0]
	for _, n := range sortedInto(room[:0], stamps) { // so that groups come in the order of their first field
		s := stamps[n]
		i := slices.IndexFunc(groups, func(g stampGroup) bool {
			return g.Version == s.Version && g.Device == s.Device && g.Edited == s.Edited
		})
		if i < 0 {
			i = len(groups)
			groups = append(groups, stampGroup{Version: s.Version, Device: s.Device, Edited: s.Edited})
		}
		groups[i].Fields = append(groups[i].Fields, n)
	}
	if len(groups) == 0 {
		return append(b, cborhead.Null)
	}
	b = cborhead.Append(b, cborhead.Array, uint64(len(groups)))
	for _, g := range groups {
		b = cborhead.Append(cborhead.Append(append(b, cborhead.Array|4), cborhead.Uint, g.Version), cborhead.Uint, uint64(g.Device))
		b = cborhead.Append(cborhead.AppendInt(b, int64(g.Edited)), cborhead.Array, uint64(len(g.Fields)))
		for _, n := range g.Fields {
			b = cborhead.Append(b, cborhead.Uint, uint64(n))
		}
	}
	return b
}

// stampGroup is the fields that share a stamp: most fields of most records were set together.
type stampGroup struct {
	_       struct{} `cbor:",toarray"`
	Version uint64
	Device  uint32
	Edited  clock.Millis
	Fields  []uint16
}

// sortedInto lists a map's field numbers in order.
func sortedInto[V any](out []uint16, m map[uint16]V) []uint16 {
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
