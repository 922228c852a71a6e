package protocol

// The frames by which a replica that differs from the server finds out where. What ranges are says acopio/shared/survey.
const (
	TypeCompare Type = 30 // C: this is what I have of these ranges
	TypeDiffer  Type = 31 // S: here we differ
)

// Compare asks where a network differs from what the client holds at Seq. Without ranges and lists it says that
// questions will follow, so that the server can get ready.
type Compare struct {
	_       struct{} `cbor:",toarray"`
	Network string
	Seq     uint64
	Ranges  []RangeSums
	Lists   []RangeList
}

// RangeSums is a range with the sums of its parts: survey.PutSums' form.
type RangeSums struct {
	_     struct{} `cbor:",toarray"`
	First uint64
	Bits  uint8
	Sums  []byte
}

// RangeList is a range with all that the client has in it: survey.PutClaims' form.
type RangeList struct {
	_      struct{} `cbor:",toarray"`
	First  uint64
	Bits   uint8
	Claims []byte
}

// Differ answers Compare. Refused: more differs than is worth comparing, fetch the network. Moved: the server is not at
// Seq any more but at Head, pull and compare again.
type Differ struct {
	_       struct{} `cbor:",toarray"`
	Network string
	Seq     uint64
	Refused bool
	Moved   bool
	Head    uint64
	Parts   []uint64 // for each of Ranges, in its order: bit i says that part i differs
	Listed  uint32   // how many of Lists are answered, the first ones; the others are to be asked about again
	Records []Record // of them: what the client lacks or has otherwise, as the server has it
	Unknown []uint64 // of them: places of what the server does not have
}

// UnmarshalCBOR reads a frame that may grow.
func (v *Compare) UnmarshalCBOR(b []byte) error { return grown(b, (*plainCompare)(v), 4) }

// UnmarshalCBOR reads a frame that may grow.
func (v *Differ) UnmarshalCBOR(b []byte) error { return grown(b, (*plainDiffer)(v), 9) }

type (
	plainCompare Compare
	plainDiffer  Differ
)
