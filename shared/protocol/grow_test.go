package protocol

import (
	"reflect"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// resized is a struct's encoding with more or fewer elements than this build's.
func resized(t *testing.T, v any, by int) []byte {
	t.Helper()
	var items []cbor.RawMessage
	if err := cbor.Unmarshal(Canonical(v), &items); err != nil {
		t.Fatal(err)
	}
	for range by {
		items = append(items, Canonical(map[string]any{"later": []int{1, 2}}))
	}
	if by < 0 {
		items = items[:len(items)+by]
	}
	return Canonical(items)
}

func TestALaterPeerSaysMore(t *testing.T) {
	want := Hello{Protocol: 1, App: "later", Now: 7, Cursors: []Cursor{{Network: "PE", Seq: 3, Class: 2}}}
	got, err := Decode[Hello](resized(t, want, 2))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	m := Mutation{Network: "PE", Collection: 2, Base: 9, Changes: []byte{0x80}}
	var push []any
	push = append(push, []cbor.RawMessage{resized(t, m, 1), Canonical(m)})
	p, err := Decode[Push](Canonical(push))
	if err != nil || len(p.Mutations) != 2 || !reflect.DeepEqual(p.Mutations[0], p.Mutations[1]) {
		t.Errorf("%+v, %v", p, err)
	}
}

// fruit stands for a frame that has had a field added.
type fruit struct {
	_      struct{} `cbor:",toarray"`
	Name   string
	Weight uint32
	Ripe   bool
}

func TestAnEarlierPeerSaysLess(t *testing.T) {
	b := resized(t, fruit{Name: "mango", Weight: 300, Ripe: true}, -1)
	var got fruit
	if err := grown(b, &got, 2); err != nil || got != (fruit{Name: "mango", Weight: 300}) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := grown(b, &got, 3); err == nil {
		t.Error("what every peer has said from the beginning may be missing")
	}
}

func TestTheBeginningsAreNotBeyondTheFrames(t *testing.T) {
	for _, v := range []any{Hello{}, Cursor{}, Welcome{}, Grant{}, Push{}, Mutation{}, Ack{}, Verdict{}, Pull{}, Page{}, Poke{}, Report{}, Goodbye{}, Keep{}, Identity{}, Errand{}, Receipt{}, Outcome{}, Compare{}, Differ{}} {
		into := reflect.New(reflect.TypeOf(v))
		if err := cbor.Unmarshal(Canonical(v), into.Interface()); err != nil {
			t.Errorf("%T: %v", v, err)
		}
	}
}

func TestWhatIsNoArrayIsNoFrame(t *testing.T) {
	for _, b := range [][]byte{{0xa0}, {0x00}, {0xf6}, {0x9f, 0xff}, {0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x98}, {0x80}, {}} {
		if got, err := Decode[Hello](b); err == nil {
			t.Errorf("% x: %+v", b, got)
		}
	}
}
