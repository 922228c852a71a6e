package session

import (
	"testing"

	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// deafLine takes all that it is told.
type deafLine struct{}

func (deafLine) Send([]byte) error { return nil }
func (deafLine) Offer([]byte) bool { return true }

// FuzzTalk sends anything to a real conversation, before and after its hello, and as an errand: what comes back is an answer,
// or a reason that is the device's affair, never that something broke inside.
func FuzzTalk(f *testing.F) {
	h := &house{t: f, dir: f.TempDir()}
	f.Cleanup(h.open())
	p := h.staff("a@pe.example")
	who, err := h.auth.Authenticate(f.Context(), p.token)
	h.check(err)
	org := organization("A")
	h.write("organization", "PE", org.Key.ID, map[string]any{"name": "A"})
	edit := protocol.FromMutation(schema.Registry(), organization("B"))
	all := record.Key{Network: "PE", Collection: org.Key.Collection, ID: org.Key.ID}
	for _, frame := range [][]byte{
		protocol.Encode(protocol.TypeHello, protocol.Hello{Protocol: 1, Keeps: true, Cursors: []protocol.Cursor{{Network: "PE", Seq: 2, Class: 1}}}),
		protocol.Encode(protocol.TypePush, protocol.Push{Mutations: []protocol.Mutation{edit, edit}}),
		protocol.Encode(protocol.TypePull, protocol.Pull{Network: "PE", First: 2, MaxBytes: 100, Packed: true, Held: 3, Sum: []byte{1}}),
		protocol.Encode(protocol.TypeReport, protocol.Report{Pending: 7}),
		protocol.Encode(protocol.TypeAskHistory, protocol.AskHistory{Query: 1, Network: all.Network, Collection: all.Collection, ID: all.ID}),
		protocol.Encode(protocol.TypeKeep, protocol.Keep{Ticket: []byte{1}}),
		protocol.Encode(protocol.TypeCompare, protocol.Compare{Network: "PE", Seq: 2, Ranges: []protocol.RangeSums{{Sums: make([]byte, 512)}}, Lists: []protocol.RangeList{{Bits: 6, Claims: make([]byte, 16)}}}),
		protocol.Encode(protocol.TypeErrand, protocol.Errand{Mutations: []protocol.Mutation{edit}, Done: true, Obeyed: record.NewID()}),
	} {
		for how := range uint8(3) {
			f.Add(how, frame)
		}
	}
	hello := protocol.Encode(protocol.TypeHello, protocol.Hello{Protocol: 1})
	f.Fuzz(func(t *testing.T, how uint8, frame []byte) {
		var err error
		switch how % 3 {
		case 0:
			talk := h.Talk(t.Context(), who, deafLine{})
			err = talk.Take(frame)
			talk.Leave()
		case 1:
			talk := h.Talk(t.Context(), who, deafLine{})
			if err := talk.Take(hello); err != nil {
				t.Fatal(err)
			}
			err = talk.Take(frame)
			talk.Leave()
		case 2:
			_, err = h.Errand(t.Context(), p.token, frame)
		}
		if f := fault.Of(err); f != nil && f.Code != fault.BadFrame && f.Code.Kind() == fault.Broken {
			t.Fatalf("%s: %v", f.Code, err)
		}
	})
}
