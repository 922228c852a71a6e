// Package protocol is what a laptop and the server say to each other: binary frames over one websocket. See
// docs/protocol.md for the conversation; this package holds the frames, their codec and their limits.
package protocol

import (
	"crypto/sha256"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// Version is the protocol this build speaks. A server speaks with any client from MinVersion on.
const (
	Version    = 1
	MinVersion = 1
)

// Path is where the server takes websocket connections of devices. Header names the protocol in the server's answer,
// by which a client knows an Acopio server from a captive portal.
const (
	Path       = "/sync"
	EnrollPath = "/api/enroll-device"
	ErrandPath = "/errand" // where devices hand in what they may no longer send; over HTTP, each body is one frame
	Header     = "Acopio-Protocol"
)

// Type names a frame's kind; it is the first byte of every frame.
type Type byte

// The frames. C is the client (a device), S the server.
const (
	TypeHello      Type = 1  // C: who I am, what I have
	TypeWelcome    Type = 2  // S: who you are to me, what there is
	TypePush       Type = 3  // C: mutations, in order
	TypeAck        Type = 4  // S: their verdicts, after the durable commit
	TypePull       Type = 5  // C: send me what comes after this
	TypePage       Type = 6  // S: a range of the feed
	TypePoke       Type = 7  // S: there is more, ask for it
	TypeReport     Type = 8  // C: how much I still have to send
	TypeAskHistory Type = 9  // C: what happened to this record
	TypeHistory    Type = 10 // S: this
	TypeGoodbye    Type = 11 // S: I close, for this reason
	TypeRest       Type = 12 // S: what was missing of a page; the only frame whose payload is no CBOR
	TypeKeep       Type = 20 // C: the ticket is on my disk; or: somebody else used my name
	TypeIdentity   Type = 21 // S: you are a copy, be this from now on
	TypeErrand     Type = 22 // C, over ErrandPath: what I had not sent
	TypeReceipt    Type = 23 // S, over ErrandPath: what became of it
)

// Cursor is how far a device has a network: everything up to Seq, where the log's hash was Hash.
type Cursor struct {
	_       struct{} `cbor:",toarray"`
	Network string
	Seq     uint64
	Hash    []byte
	Class   record.Class
}

// Hello opens the conversation.
type Hello struct {
	_        struct{} `cbor:",toarray"`
	Protocol uint32
	App      string // the client's version
	Platform string
	Epoch    []byte // of the server the replica was filled from; empty at first
	Now      clock.Millis
	Pending  uint32
	Cursors  []Cursor
	Keeps    bool   // it keeps tickets: without, it is of a build that does not
	Ticket   []byte // the newest it has; empty: none
	Terms    []byte // Terms.Sum of what it was told last
}

// Grant is a network that the device may hold.
type Grant struct {
	_       struct{} `cbor:",toarray"`
	Network string
	Class   record.Class
	Head    uint64
	// Known reports whether the server's log agrees with the device's cursor. If not, the server was restored from
	// a backup, or the device was: the device fetches the network again and sends its own edits again.
	Known bool
	// Swept is the seq up to which tombstones are gone. A device that stands below it will not be told of those deletions:
	// it fetches the network again, keeps its own edits, and gives nothing back.
	Swept uint64
}

// Welcome answers Hello.
type Welcome struct {
	_        struct{} `cbor:",toarray"`
	Protocol uint32
	App      string
	Epoch    []byte
	Now      clock.Millis
	Device   uint32
	Email    string
	Name     string
	Role     string
	Grants   []Grant
	// Ticket is what the device must show next time; it pushes once it has said that it keeps it. Empty: no ticket is asked.
	Ticket []byte
	// Last is the newest op judged as this device's. A device that does not know it is not the only one of its number.
	Last       []byte
	DeviceID   string
	DeviceName string
	Lease      uint32 // days without contact after which the register is locked; 0: never
	Key        []byte // Ed25519, by which the server's orders are known
	Compares   bool   // it answers Compare
	// Same says that the terms are those whose sum the hello has: they are left out.
	Same bool
}

// Terms are what a welcome says of the device and its person: the same from one day to the next.
type Terms struct {
	_                                   struct{} `cbor:",toarray"`
	Email, Name, Role, DeviceID, Device string
	Lease                               uint32
	Key                                 []byte
}

// Terms are those of a welcome.
func (w Welcome) Terms() Terms {
	return Terms{Email: w.Email, Name: w.Name, Role: w.Role, DeviceID: w.DeviceID, Device: w.DeviceName, Lease: w.Lease, Key: w.Key}
}

// SetTerms puts terms into a welcome; none leave them out.
func (w *Welcome) SetTerms(t Terms) {
	w.Email, w.Name, w.Role, w.DeviceID, w.DeviceName, w.Lease, w.Key = t.Email, t.Name, t.Role, t.DeviceID, t.Device, t.Lease, t.Key
}

// Sum tells whether two sides have the same terms.
func (t Terms) Sum() []byte {
	sum := sha256.Sum256(Canonical(t))
	return sum[:8]
}

// Push carries mutations in the order they were made; a group is never split over two pushes.
type Push struct {
	_         struct{} `cbor:",toarray"`
	Mutations []Mutation
}

// Mutation is record.Mutation on the wire; Changes is record.EncodeChanges' form.
type Mutation struct {
	_          struct{} `cbor:",toarray"`
	Op         record.OpID
	Group      []byte // empty when alone
	Index      uint32
	Size       uint32
	Network    string
	Collection uint16
	ID         record.ID
	Kind       record.Kind
	Base       uint64
	Edited     clock.Millis
	Offset     clock.Millis
	Changes    []byte
	Apart      bool
	Given      bool
}

// Ack carries the verdicts of one push, in its order.
type Ack struct {
	_        struct{} `cbor:",toarray"`
	Verdicts []Verdict
}

// Verdict is record.Verdict on the wire.
type Verdict struct {
	_       struct{} `cbor:",toarray"`
	Op      record.OpID
	Status  record.Status
	Version uint64
	Seq     uint64
	Code    fault.Code
	Args    map[string]string
}

// Pull asks for the feed of a network after a seq. First, when it is not zero, says that the replica is being filled, and
// that the network's head was there when that began: history is left out, and so are the tombstones up to there, of
// records that were gone before the replica could get them; authors come along. MaxBytes is how much the client wants at once; it grows with the link.
type Pull struct {
	_        struct{} `cbor:",toarray"`
	Network  string
	After    uint64
	First    uint64
	MaxBytes uint32
	Packed   bool   // the client reads Page.Packed
	Held     uint32 // bytes that it has of the answer's frame; see Pull.Hold
	Sum      []byte // of these
}

// Page is the feed's range From (exclusive) to To (inclusive): the latest state of every record whose last change
// lies in it, and the history entries of the range. When Last, it ends in a checkpoint: applied together with the
// pages since the last one, it makes the replica a state that the server had.
type Page struct {
	_         struct{} `cbor:",toarray"`
	Network   string
	From      uint64
	To        uint64
	Records   []Record
	Entries   []Entry
	Authors   []Author
	Last      bool
	Hash      []byte // of the log at To
	Checksum  []byte // of the peer's class at To
	Count     uint64 // living records of the peer's class at To
	Head      uint64 // for progress
	Remaining uint64 // records still to come after this page, about; for progress
	Packed    []byte // more records, as acopio/shared/columns packs them; only where the client asked for it
	Swept     uint64 // Grant's: above From, what the client has of the network may lack deletions
}

// Record is a record on the wire; Body is record.EncodeBody's form.
type Record struct {
	_          struct{} `cbor:",toarray"`
	Collection uint16
	ID         record.ID
	Seq        uint64
	Body       []byte
}

// Entry is record.Entry on the wire.
type Entry struct {
	_          struct{} `cbor:",toarray"`
	Collection uint16
	ID         record.ID
	Seq        uint64
	Version    uint64
	Op         record.OpID
	Kind       record.Kind
	Status     record.Status
	Device     uint32
	User       string
	Name       string
	At         clock.Millis
	Edited     clock.Millis
	Changes    []byte
}

// Author names a device number that occurs in stamps.
type Author struct {
	_      struct{} `cbor:",toarray"`
	Number uint32
	Device string
	User   string
}

// Poke says that a network has moved and the peer should pull.
type Poke struct {
	_       struct{} `cbor:",toarray"`
	Network string
	Head    uint64
}

// Report tells the office how much a device still has to send.
type Report struct {
	_       struct{} `cbor:",toarray"`
	Pending uint32
}

// AskHistory asks for all entries of one record. Query pairs the answer with it.
type AskHistory struct {
	_          struct{} `cbor:",toarray"`
	Query      uint32
	Network    string
	Collection uint16
	ID         record.ID
}

// History answers AskHistory.
type History struct {
	_       struct{} `cbor:",toarray"`
	Query   uint32
	Entries []Entry
}

// Goodbye is the server's last frame, where it has something to say.
type Goodbye struct {
	_    struct{} `cbor:",toarray"`
	Code fault.Code
	Args map[string]string
}

// Keep answers a welcome with a ticket.
type Keep struct {
	_      struct{} `cbor:",toarray"`
	Ticket []byte
	Renew  bool // instead: give me an identity of my own, the server's last op of my number is not mine
}

// Identity ends a conversation with a copy of a device: it comes back as another one.
type Identity struct {
	_      struct{} `cbor:",toarray"`
	ID     string
	Number uint32
	Name   string
	Token  string
}

// Errand hands in edits that the device may no longer send. Done says that these are the last. Obeyed, when it is not zero,
// is the id of the order that the device is about to obey.
type Errand struct {
	_         struct{} `cbor:",toarray"`
	Mutations []Mutation
	Done      bool
	Obeyed    record.ID
}

// Receipt answers an errand: an outcome per mutation, in its order, and the orders that wait for the device.
type Receipt struct {
	_        struct{} `cbor:",toarray"`
	Outcomes []Outcome
	Orders   []SignedOrder
}

// Outcome says what became of a mutation that was handed in: a proposal, unless it had been judged before or Code says
// why it was not taken.
type Outcome struct {
	_     struct{} `cbor:",toarray"`
	Op    record.OpID
	Known bool // it had arrived as an edit before
	Code  fault.Code
}
