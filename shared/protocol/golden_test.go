package protocol

import (
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

var update = flag.Bool("update", false, "write the golden frames anew: the wire has changed")

type goldenFrame struct {
	name    string
	t       Type
	payload any
}

func fixed(b byte) (out [16]byte) {
	for i := range out {
		out[i] = b
	}
	return out
}

// golden has each frame once, every field set to something.
func golden() []goldenFrame {
	org, _ := schema.Registry().Collection("organization")
	changes := record.EncodeChanges(org, []record.Change{{Field: 10, Old: "Norte", New: "Sur"}, {Field: 27, New: record.ID(fixed(9)).String()}, {Field: record.DeletedField, Old: true, New: false}})
	body := record.EncodeBody(org, &record.Record{
		Version: 3, Fields: map[uint16]schema.Value{10: "Sur", 18: int64(1998), 23: []string{"cocoa", "coffee"}},
		Stamps: map[uint16]record.Stamp{10: {Version: 3, Device: 1001, Edited: 1767268800000}, 18: {Version: 1, Device: 1, Edited: 7}, 23: {Version: 1, Device: 1, Edited: 7}},
	})
	entry := Entry{
		Collection: 2, ID: fixed(2), Seq: 8, Version: 3, Op: fixed(1), Kind: record.Update, Status: record.Merged, Device: 1001,
		User: "Ana", Name: "laptop", At: 1767268800001, Edited: 1767268800000, Changes: changes,
	}
	return []goldenFrame{
		{"hello", TypeHello, Hello{
			Protocol: 1, App: "1.0", Platform: "linux/amd64", Epoch: []byte{1, 2}, Now: 1767268800000, Pending: 4,
			Cursors: []Cursor{{Network: "PE", Seq: 7, Hash: []byte{3}, Class: record.Everything}},
			Keeps:   true, Ticket: []byte{6, 7}, Terms: []byte{13},
		}},
		{"welcome", TypeWelcome, Welcome{
			Protocol: 1, App: "1.1", Epoch: []byte{1, 2}, Now: 1767268800005, Device: 1001, Email: "ana@pe.example", Name: "Ana", Role: "field",
			Grants: []Grant{{Network: "PE", Class: record.PublicOnly, Head: 9, Known: true}},
			Ticket: []byte{8}, Last: []byte{9}, DeviceID: "d1", DeviceName: "laptop", Lease: 30, Key: []byte{10}, Compares: true, Same: true,
		}},
		{"push", TypePush, Push{Mutations: []Mutation{
			{Op: fixed(1), Network: "PE", Collection: 2, ID: fixed(2), Kind: record.Update, Base: 3, Edited: 1767268800000, Offset: -5, Changes: changes},
			{Op: fixed(3), Group: []byte{7}, Index: 1, Size: 2, Network: "PE", Collection: 2, ID: fixed(2), Kind: record.Delete, Changes: []byte{0x80}},
		}}},
		{"ack", TypeAck, Ack{Verdicts: []Verdict{
			{Op: fixed(1), Status: record.Applied, Version: 4, Seq: 10},
			{Op: fixed(3), Status: record.Rejected, Code: fault.MissingField, Args: map[string]string{"field": "name"}},
		}}},
		{"pull", TypePull, Pull{Network: "PE", After: 7, First: 9, MaxBytes: 32768, Packed: true, Held: 5, Sum: []byte{12}}},
		{"page", TypePage, Page{
			Network: "PE", From: 7, To: 9, Records: []Record{{Collection: 2, ID: fixed(2), Seq: 8, Body: body}}, Entries: []Entry{entry},
			Authors: []Author{{Number: 1001, Device: "laptop", User: "Ana"}}, Last: true, Hash: []byte{4}, Checksum: []byte{5}, Count: 6, Head: 9, Remaining: 1,
		}},
		{"poke", TypePoke, Poke{Network: "PE", Head: 9}},
		{"report", TypeReport, Report{Pending: 3}},
		{"ask_history", TypeAskHistory, AskHistory{Query: 1, Network: "PE", Collection: 2, ID: fixed(2)}},
		{"history", TypeHistory, History{Query: 1, Entries: []Entry{entry}}},
		{"goodbye", TypeGoodbye, Goodbye{Code: fault.DeviceRevoked, Args: map[string]string{"a": "b"}}},
		{"keep", TypeKeep, Keep{Ticket: []byte{8}, Renew: true}},
		{"identity", TypeIdentity, Identity{ID: "d2", Number: 1002, Name: "laptop (2)", Token: "secret"}},
		{"errand", TypeErrand, Errand{
			Mutations: []Mutation{{Op: fixed(1), Network: "PE", Collection: 2, ID: fixed(2), Kind: record.Update, Base: 3, Edited: 1767268800000, Offset: -5, Changes: changes}},
			Done:      true, Obeyed: fixed(4),
		}},
		{"receipt", TypeReceipt, Receipt{
			Outcomes: []Outcome{{Op: fixed(1)}, {Op: fixed(3), Known: true, Code: fault.UnknownNetwork}},
			Orders:   []SignedOrder{{Order: Canonical(Order{Device: "d1", ID: fixed(4), At: 1767268800000, AtOnce: true}), Signature: []byte{11}}},
		}},
		{"compare", TypeCompare, Compare{
			Network: "PE", Seq: 9, Ranges: []RangeSums{{First: 1 << 58, Bits: 6, Sums: []byte{1, 2}}}, Lists: []RangeList{{First: 1 << 52, Bits: 12, Claims: []byte{3, 4}}},
		}},
		{"differ", TypeDiffer, Differ{
			Network: "PE", Seq: 9, Refused: true, Moved: true, Head: 10, Parts: []uint64{1 << 63, 5}, Listed: 1,
			Records: []Record{{Collection: 2, ID: fixed(2), Seq: 8, Body: body}}, Unknown: []uint64{1 << 52},
		}},
	}
}

// A change of a frame shows here, and in the review of the file it changes. Clients a year old speak the frames of then:
// a change that this test notices needs a new protocol version, or must be one that old peers can read.
func TestGoldenFrames(t *testing.T) {
	seen := map[Type]bool{}
	for _, g := range golden() {
		seen[g.t] = true
		t.Run(g.name, func(t *testing.T) {
			file := filepath.Join("testdata", "golden", g.name+".hex")
			frame := append([]byte{byte(g.t), 0}, Canonical(g.payload)...)
			if *update {
				writeGolden(t, file, frame)
			}
			want := readGolden(t, file)
			if string(want) != string(frame) {
				t.Errorf("the frame is now\n%x\nit was\n%x", frame, want)
			}
			kind, payload, err := Split(want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := openBare(kind, payload)
			if err != nil {
				t.Fatal(err)
			}
			if kind != g.t || !reflect.DeepEqual(got, g.payload) {
				t.Errorf("it reads as type %d\n%+v\nwant\n%+v", kind, got, g.payload)
			}
		})
	}
	for n := TypeHello; n <= TypeDiffer; n++ {
		if !seen[n] && (n <= TypeGoodbye || n >= TypeKeep && n <= TypeReceipt || n >= TypeCompare) {
			t.Errorf("frame type %d has no golden file", n)
		}
	}
}

// openBare is open without looking inside of what a frame carries.
func openBare(t Type, payload []byte) (any, error) {
	switch t {
	case TypePush:
		return Decode[Push](payload)
	case TypePage:
		return Decode[Page](payload)
	case TypeErrand:
		return Decode[Errand](payload)
	case TypeDiffer:
		return Decode[Differ](payload)
	default:
		return open(t, payload)
	}
}

// A golden file holds the frame's bytes; lines that begin with # are the payload for people to read.
func writeGolden(t *testing.T, file string, frame []byte) {
	t.Helper()
	text, err := cbor.Diagnose(frame[2:])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# " + text + "\n")
	for digits := hex.EncodeToString(frame); digits != ""; {
		n := min(100, len(digits))
		b.WriteString(digits[:n] + "\n")
		digits = digits[n:]
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readGolden(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			digits.WriteString(strings.TrimSpace(line))
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A frame that another build compressed is read, whatever its compressor did.
func TestACompressedFrameIsRead(t *testing.T) {
	file := filepath.Join("testdata", "golden", "compressed_poke.hex")
	want := Poke{Network: strings.Repeat("PE", 200), Head: 9}
	if *update {
		writeCompressed(t, file, Encode(TypePoke, want))
	}
	kind, payload, err := Split(readGolden(t, file))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode[Poke](payload); err != nil || kind != TypePoke || got != want {
		t.Errorf("%v %v", got, err)
	}
}

func writeCompressed(t *testing.T, file string, frame []byte) {
	t.Helper()
	if frame[1] != flagZstd {
		t.Fatal("it is not compressed")
	}
	if err := os.WriteFile(file, []byte("# a poke of 200 times PE, compressed\n"+hex.EncodeToString(frame)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}
