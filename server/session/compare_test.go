package session

import (
	"bytes"
	"fmt"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
	"acopio/shared/survey"
)

// nothing claims to have nothing at all.
func nothing(network string, seq uint64) protocol.Compare {
	return protocol.Compare{Network: network, Seq: seq, Lists: []protocol.RangeList{{}}}
}

func (c *client) compare(q protocol.Compare) protocol.Differ {
	c.t.Helper()
	c.tell(protocol.TypeCompare, q)
	return expect[protocol.Differ](c, protocol.TypeDiffer)
}

func TestWhoHasNothingIsGivenWhatTheyMaySee(t *testing.T) {
	h := newHouse(t)
	staff, _ := h.greeted(h.staff("a@pe.example"))
	org := organization("Norte")
	staff.push(org, mutation("contact", "PE", record.NewID(), map[string]any{"name": "canario", "organization": org.Key.ID.String()}))
	viewer, w := h.greeted(h.person("v@pe.example", schema.Viewer, "PE"))
	if !w.Compares {
		t.Error("the welcome does not say that it compares")
	}
	all, some := staff.compare(nothing("PE", 3)), viewer.compare(nothing("PE", 3))
	if len(all.Records) != 3 || all.Listed != 1 || all.Moved || all.Refused {
		t.Errorf("staff: %+v", all)
	}
	if len(some.Records) != 2 || bytes.Contains(viewer.heard.Bytes(), []byte("canario")) {
		t.Errorf("a viewer: %+v", some)
	}
	for _, d := range []protocol.Differ{all, some} {
		sum := record.Sum{}
		for _, r := range d.Records {
			s := record.SumOfBody(record.Key{Network: "PE", Collection: r.Collection, ID: r.ID}, r.Body)
			sum = sum.Add(s)
		}
		class := record.Everything
		if len(d.Records) == 2 {
			class = record.PublicOnly
		}
		head, _, err := h.Feed.Head(t.Context(), "PE")
		if err != nil || head.Checksum(class) != sum {
			t.Errorf("class %d: they come to %s, the checksum is %s, %v", class, sum, head.Checksum(class), err)
		}
	}
}

func TestAQuestionAboutAnotherMomentIsNotAnswered(t *testing.T) {
	h := newHouse(t)
	c, _ := h.greeted(h.staff("a@pe.example"))
	c.push(organization("Norte"))
	if d := c.compare(nothing("PE", 1)); !d.Moved || d.Head != 2 || len(d.Records) != 0 {
		t.Errorf("of the past: %+v", d)
	}
	if d := c.compare(protocol.Compare{Network: "PE", Seq: 1}); !d.Moved || d.Head != 2 {
		t.Errorf("to get ready for the past: %+v", d)
	}
	if d := c.compare(protocol.Compare{Network: "PE", Seq: 2}); d.Moved || d.Refused {
		t.Errorf("to get ready: %+v", d)
	}
	c.push(organization("Sur"))
	if d := c.compare(nothing("PE", 2)); d.Moved || len(d.Records) != 2 {
		t.Errorf("a comparison that has begun goes on: %+v", d)
	}
	id := record.NewID()
	c.push(mutation("organization", "PE", id, map[string]any{"name": "Este"}))
	c.compare(protocol.Compare{Network: "PE", Seq: 4})
	m := mutation("organization", "PE", id, map[string]any{"name": "Oeste"})
	m.Kind, m.Base = record.Update, 1
	c.push(m)
	if d := c.compare(nothing("PE", 4)); !d.Moved || d.Head != 5 {
		t.Errorf("what moved meanwhile comes with the feed: %+v", d)
	}
}

func TestATombstoneThatIsTakenForLiving(t *testing.T) {
	h := newHouse(t)
	c, _ := h.greeted(h.staff("a@pe.example"))
	m := organization("Norte")
	c.push(m)
	gone := record.Mutation{Op: record.NewOpID(), Kind: record.Delete, Base: 1, Key: m.Key, Edited: m.Edited}
	c.push(gone)
	head, _, err := h.Feed.Head(t.Context(), "PE")
	h.check(err)
	alive := survey.At(m.Key.Collection, m.Key.ID, record.Sum{Lo: 7})
	unknown := survey.At(m.Key.Collection, record.NewID(), record.Sum{Lo: 8})
	claims := survey.PutClaims([]survey.Claim{{Place: alive.Place, Mark: 7}, {Place: unknown.Place, Mark: 8}})
	d := c.compare(protocol.Compare{Network: "PE", Seq: head.Seq, Lists: []protocol.RangeList{{Claims: claims}}})
	if len(d.Unknown) != 1 || d.Unknown[0] != unknown.Place {
		t.Errorf("unknown: %x, not %x", d.Unknown, unknown.Place)
	}
	found := false
	for _, w := range d.Records {
		r, _, err := w.Record(schema.Registry(), "PE")
		h.check(err)
		found = found || w.ID == m.Key.ID && r.Deleted
	}
	if !found {
		t.Errorf("the tombstone is not sent: %+v", d)
	}
}

// Nobody compares what they may not have, nor asks more than a repair needs.
func TestComparisonsOfStrangers(t *testing.T) {
	h := newHouse(t)
	p := h.staff("a@pe.example")
	c, _ := h.greeted(p)
	c.tell(protocol.TypeCompare, nothing("BO", 1))
	if why, _ := c.farewell(); why != fault.UnknownNetwork {
		t.Errorf("of another network: %s", why)
	}
	for name, q := range map[string]protocol.Compare{
		"too many ranges":          {Lists: make([]protocol.RangeList, 1025)},
		"a range that is none":     {Lists: []protocol.RangeList{{First: 1, Bits: 6}}},
		"a part of a claim":        {Lists: []protocol.RangeList{{Claims: make([]byte, 7)}}},
		"sums of half a range":     {Ranges: []protocol.RangeSums{{Sums: make([]byte, 256)}}},
		"a range without parts":    {Ranges: []protocol.RangeSums{{Bits: 60, Sums: make([]byte, 512)}}},
		"more bits than there are": {Ranges: []protocol.RangeSums{{Bits: 255, Sums: make([]byte, 512)}}},
	} {
		c, _ := h.greeted(p)
		q.Network, q.Seq = "PE", 1
		c.tell(protocol.TypeCompare, q)
		if why, _ := c.farewell(); why != fault.BadFrame {
			t.Errorf("%s: %s", name, why)
		}
	}
	h.serves(p)
}

// An answer is a frame of bounded size: what does not fit is asked about again; what lacks too much is told to fetch.
func TestAnswersAreBounded(t *testing.T) {
	h := newHouse(t)
	text := noise(9000)
	for i := range 300 {
		h.write("organization", "PE", record.NewID(), map[string]any{"name": fmt.Sprint(i), "notes": text()})
	}
	c, _ := h.greeted(h.staff("a@pe.example"))
	head, _, err := h.Feed.Head(t.Context(), "PE")
	h.check(err)
	q := protocol.Compare{Network: "PE", Seq: head.Seq}
	for i := range survey.Parts {
		part := survey.Range{}.Part(i)
		q.Lists = append(q.Lists, protocol.RangeList{First: part.First, Bits: part.Bits})
	}
	got := 0
	for rounds := 1; len(q.Lists) > 0; rounds++ {
		d := c.compare(q)
		if d.Listed == 0 || d.Refused || rounds > 10 {
			t.Fatalf("round %d: %d listed, refused: %v", rounds, d.Listed, d.Refused)
		}
		got, q.Lists = got+len(d.Records), q.Lists[d.Listed:]
		if rounds == 1 && len(q.Lists) == 0 {
			t.Error("three megabytes in one answer")
		}
	}
	if uint64(got) != head.Records {
		t.Errorf("%d of %d records", got, head.Records)
	}
	for range 150 {
		h.write("organization", "PE", record.NewID(), map[string]any{"name": "más", "notes": text()})
	}
	head, _, err = h.Feed.Head(t.Context(), "PE")
	h.check(err)
	if d := c.compare(nothing("PE", head.Seq)); !d.Refused {
		t.Errorf("who lacks four megabytes is told of %d records", len(d.Records))
	}
}
