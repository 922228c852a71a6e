package record

import (
	"encoding/json"
	"fmt"
	"strings"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

// Kind says what a mutation does.
type Kind uint8

// The kinds of mutation.
const (
	Create Kind = 1
	Update Kind = 2
	Delete Kind = 3
)

func (k Kind) String() string {
	switch k {
	case Create:
		return "create"
	case Update:
		return "update"
	case Delete:
		return "delete"
	default:
		return fmt.Sprintf("kind %d", uint8(k))
	}
}

// Change is what a mutation does to one field. Old is the value the person saw.
type Change struct {
	Field    uint16
	Old, New schema.Value
}

// Group ties mutations made by one action of a person: all of them are applied, or none. Size 0 means alone.
type Group struct {
	ID    OpID
	Index uint32
	Size  uint32
}

// Mutation is one edit of one record, as the device that made it sends it.
type Mutation struct {
	Op      OpID
	Group   Group
	Key     Key
	Kind    Kind
	Base    uint64 // the version of the record that the server had given when the person edited; 0 for none
	Changes []Change
	Edited  clock.Millis // the device's clock
	Offset  clock.Millis // server minus device, as last measured
	// Apart says that the edit was made outside the device, in a workbook that was exported at Base and came back: what
	// the device itself has changed since is somebody else's to it.
	Apart bool
	// Given says that nobody made this edit: a device gives back to a restored server what it held of a record in version
	// Base. What was deleted there since stays deleted.
	Given bool
}

// Retires is the record that is to stand for the mutation's record from now on; ok is false for a mutation that does not
// retire one. To retire is to delete with a pointer to a survivor.
func (m Mutation) Retires() (into Key, ok bool) {
	if m.Kind != Delete {
		return Key{}, false
	}
	return m.pointer(func(ch Change) schema.Value { return ch.New })
}

// Unretires is the record that stood for the mutation's record, which is to stand for itself again; ok is false for any
// other mutation.
func (m Mutation) Unretires() (from Key, ok bool) {
	if m.Kind != Update {
		return Key{}, false
	}
	return m.pointer(func(ch Change) schema.Value {
		if ch.New != nil {
			return nil
		}
		return ch.Old
	})
}

func (m Mutation) pointer(of func(Change) schema.Value) (Key, bool) {
	for _, ch := range m.Changes {
		if ch.Field != schema.MergedInto {
			continue
		}
		text, _ := of(ch).(string)
		id, err := ParseID(text)
		return Key{Network: m.Key.Network, Collection: m.Key.Collection, ID: id}, err == nil
	}
	return Key{}, false
}

// Status is the outcome the server gives to a mutation.
type Status uint8

// The outcomes. A mutation with a final one is never evaluated again: sent again, it gets the same answer.
const (
	Applied  Status = 1 // it stands as sent
	Merged   Status = 2 // it stands, together with what others changed meanwhile
	Conflict Status = 3 // it met a change of the same field; the loser is kept in a conflict record
	Rejected Status = 4 // it is not acceptable, for the reason given
)

func (s Status) String() string {
	switch s {
	case Applied:
		return "applied"
	case Merged:
		return "merged"
	case Conflict:
		return "conflict"
	case Rejected:
		return "rejected"
	default:
		return fmt.Sprintf("status %d", uint8(s))
	}
}

// Verdict is the server's answer to a mutation, stored with it.
type Verdict struct {
	Op      OpID
	Status  Status
	Version uint64 // the record's version after it; 0 when rejected
	Seq     uint64 // the network's head after it: the ack is covered by a checkpoint at or past it
	Code    fault.Code
	Args    map[string]string
}

// Fault is the reason of a rejection; nil for other outcomes.
func (v Verdict) Fault() *fault.Error {
	if v.Status != Rejected {
		return nil
	}
	return &fault.Error{Code: v.Code, Args: v.Args, Field: v.Args["field"]}
}

// Entry is one accepted change in a record's history.
type Entry struct {
	Key
	Seq     uint64
	Version uint64
	Op      OpID
	Kind    Kind
	Status  Status
	Device  uint32
	User    string // the person's name, as it was then
	Name    string // the device's name, as it was then
	At      clock.Millis
	Edited  clock.Millis
	Changes []Change // what really changed: from what, to what
}

// EntryView is an entry as the API and the command line print it. Version 0 and status "pending" stand for an
// edit of this device that the server has not accepted yet.
type EntryView struct {
	Collection string                `json:"collection"`
	ID         string                `json:"id"`
	Version    uint64                `json:"version"`
	Kind       string                `json:"kind"`
	Status     string                `json:"status"`
	By         string                `json:"by"`
	Device     string                `json:"device"`
	At         clock.Millis          `json:"at"`
	Changes    map[string]ChangeView `json:"changes"`
}

// ChangeView is one field's change, by field name in EntryView.
type ChangeView struct {
	From any `json:"from"`
	To   any `json:"to"`
}

// ViewOfChanges names the changed fields; the deletion pseudo-field is "deleted".
func ViewOfChanges(c *schema.Collection, changes []Change) map[string]ChangeView {
	out := make(map[string]ChangeView, len(changes))
	for _, ch := range changes {
		name := "deleted"
		if ch.Field != DeletedField {
			f, ok := c.FieldByNumber(ch.Field)
			if !ok {
				continue
			}
			name = f.Name
		}
		out[name] = ChangeView{From: ch.Old, To: ch.New}
	}
	return out
}

// ViewOfEntry makes the printed form.
func ViewOfEntry(c *schema.Collection, e Entry) EntryView {
	return EntryView{
		Collection: c.Name, ID: e.ID.String(), Version: e.Version, Kind: e.Kind.String(), Status: e.Status.String(),
		By: e.User, Device: e.Name, At: e.Edited, Changes: ViewOfChanges(c, e.Changes),
	}
}

// Text is a value as plain text: for identities, searching and cells. Members of a set are joined by "; ".
func Text(v schema.Value) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case []string:
		return strings.Join(x, "; ")
	case []byte:
		return ""
	case bool, int64, float64:
		b, _ := json.Marshal(x) // these always encode
		return string(b)
	default:
		return fmt.Sprint(x)
	}
}
