// Package record holds what is synced: records with a version per field, the mutations that change them, the
// verdicts the server gives on mutations, and the entries of a record's history, with their canonical encoding.
package record

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // UUIDv5 is defined over SHA-1; it names things, it protects nothing
	"encoding/hex"
	"maps"
	"strings"

	"github.com/google/uuid"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

// ID names a record within its network and collection: a UUIDv7, or a UUIDv5 for join-like facts.
type ID [16]byte

// ParseID reads the text form, or fails with fault.BadID.
func ParseID(s string) (ID, error) {
	u, err := uuid.Parse(s)
	if err != nil || !schema.IsUUID(s) {
		return ID{}, fault.New(fault.BadID, "field", "id", "got", s)
	}
	return ID(u), nil
}

// DerivedID makes the id that two laptops give to the same fact.
func DerivedID(parts ...string) ID {
	h := sha1.New() //nolint:gosec // see the import
	h.Write([]byte("acopio\x00" + strings.Join(parts, "\x00")))
	var id ID
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}

// ProposalOf is the id of the proposal that the server makes of an edit which it leaves to the office.
func ProposalOf(op OpID) ID { return DerivedID("proposal", op.String()) }

// IdentityOf is the id that a collection's identity fields make; ok is false when it has none or a value is missing.
func IdentityOf(c *schema.Collection, network string, values map[uint16]schema.Value) (id ID, ok bool) {
	if len(c.Identity) == 0 {
		return ID{}, false
	}
	parts := []string{network, c.Name}
	for _, name := range c.Identity {
		f, _ := c.Field(name)
		v := values[f.Number]
		if v == nil {
			return ID{}, false
		}
		parts = append(parts, strings.ToLower(Text(v)))
	}
	return DerivedID(parts...), true
}

func (id ID) String() string { return uuid.UUID(id).String() }

// IsZero reports whether the id is unset.
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText and UnmarshalText make ids readable in JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the text form.
func (id *ID) UnmarshalText(b []byte) error {
	parsed, err := ParseID(string(b))
	*id = parsed
	return err
}

// OpID names a mutation, or a group of them: 16 bytes that no other has.
type OpID [16]byte

func (op OpID) String() string { return hex.EncodeToString(op[:]) }

// IsZero reports whether the op id is unset.
func (op OpID) IsZero() bool { return op == OpID{} }

// ParseOpID reads the 32 hexadecimal digits of an op id.
func ParseOpID(s string) (OpID, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(OpID{}) {
		return OpID{}, fault.New(fault.BadID, "field", "op", "got", s)
	}
	return OpID(b), nil
}

// Key names a record.
type Key struct {
	Network    string
	Collection uint16
	ID         ID
}

// Stamp says when a field last changed: in which version of the record, by which device (its number, given by the
// server), and at what corrected time the person made the edit.
type Stamp struct {
	Version uint64
	Device  uint32
	Edited  clock.Millis
}

// DeletedField is the pseudo-field whose stamp and changes stand for a record's deletion and return.
const DeletedField uint16 = 0

// Record is the latest state of one record. Fields holds the values that are not empty, by field number; a field
// that this build does not know is a []byte with its CBOR. Stamps has every field that was ever set.
type Record struct {
	Key
	Version uint64 // 1, 2, 3 …, given by the server; 0 while only this device knows it
	Seq     uint64 // position in the network's feed of the change that made this version
	Deleted bool
	Fields  map[uint16]schema.Value
	Stamps  map[uint16]Stamp
}

// Clone copies the record; values are immutable and are shared.
func (r *Record) Clone() *Record {
	c := *r
	if c.Fields = maps.Clone(r.Fields); c.Fields == nil {
		c.Fields = map[uint16]schema.Value{}
	}
	if c.Stamps = maps.Clone(r.Stamps); c.Stamps == nil {
		c.Stamps = map[uint16]Stamp{}
	}
	return &c
}

// MergedInto is the record that stands for this one since it was retired; ok is false for one that was not.
func (r *Record) MergedInto() (into Key, ok bool) {
	text, ok := r.Fields[schema.MergedInto].(string)
	if !ok || !r.Deleted {
		return Key{}, false
	}
	into = r.Key
	id, err := ParseID(text)
	into.ID = id
	return into, err == nil
}

// Set gives a field a value; nil empties it.
func (r *Record) Set(field uint16, v schema.Value) {
	if r.Fields == nil {
		r.Fields = map[uint16]schema.Value{}
	}
	if v == nil {
		delete(r.Fields, field)
		return
	}
	r.Fields[field] = v
}

// Updated is the newest stamp of the record: its last change. Zero for a record the server has not seen.
func (r *Record) Updated() Stamp {
	var last Stamp
	for _, s := range r.Stamps {
		if s.Version > last.Version || (s.Version == last.Version && s.Edited > last.Edited) {
			last = s
		}
	}
	return last
}

// Named are the record's values by field name; fields this build does not know are left out.
func (r *Record) Named(c *schema.Collection) map[string]schema.Value {
	out := make(map[string]schema.Value, len(r.Fields))
	for n, v := range r.Fields {
		if f, ok := c.FieldByNumber(n); ok {
			out[f.Name] = v
		}
	}
	return out
}

// View is the record as the API and the command line print it.
type View struct {
	ID         string         `json:"id"`
	Collection string         `json:"collection"`
	Network    string         `json:"network"`
	Version    uint64         `json:"version"`
	Deleted    bool           `json:"deleted"`
	Fields     map[string]any `json:"fields"`
}

// ViewOf makes the printed form.
func ViewOf(c *schema.Collection, r *Record) View {
	return View{ID: r.ID.String(), Collection: c.Name, Network: r.Network, Version: r.Version, Deleted: r.Deleted, Fields: r.Named(c)}
}

// Redact drops what a viewer may not see. It returns nil when nothing may be seen.
func Redact(c *schema.Collection, r *Record) *Record {
	if c.Sensitive {
		return nil
	}
	out := r.Clone()
	for n := range r.Fields {
		if c.IsSensitive(n) {
			delete(out.Fields, n)
		}
	}
	for n := range r.Stamps {
		if n != DeletedField && c.IsSensitive(n) {
			delete(out.Stamps, n)
		}
	}
	return out
}

// Less orders keys: by network, collection, id.
func (k Key) Less(o Key) bool {
	if k.Network != o.Network {
		return k.Network < o.Network
	}
	if k.Collection != o.Collection {
		return k.Collection < o.Collection
	}
	return bytes.Compare(k.ID[:], o.ID[:]) < 0
}
