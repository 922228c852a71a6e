package sim

import (
	"strings"
	"testing"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

func defining(number int, label string, more fields) draft.Edit {
	f := fields{"collection": "organization", "number": number, "type": "integer", "label_es": label}
	for k, v := range more {
		f[k] = v
	}
	return draft.Edit{Kind: draft.Create, Collection: schema.OwnFields, Network: network, Fields: f}
}

// A field is defined and filled in on a laptop without a connection; another laptop, that was offline meanwhile and has
// edits of its own waiting, learns of it; a viewer sees it unless it is sensitive; a new start knows it still.
func TestAFieldOfANetworksOwnReachesEverybody(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.FieldStaff, network)
		v := s.laptop("vera", schema.Viewer, network)
		s.settle(a, b, v)
		id := a.organization("Norte")
		s.settle(a, b, v)
		a.line.set(false, 0, -1)
		b.line.set(false, 0, -1)
		a.edit(defining(40_001, "Altitud", nil), defining(40_002, "Deuda", fields{"sensitive": true}))
		a.edit(updating(id, fields{"own_40001": 1200, "own_40002": 77}))
		b.edit(updating(id, fields{"acronym": "N"}))
		a.line.set(true, 0, -1)
		b.line.set(true, 0, -1)
		s.settle(a, b, v)
		for _, d := range []*laptop{a, b} {
			if d.has(id, "own_40001") != int64(1200) || d.has(id, "own_40002") != int64(77) || d.has(id, "acronym") != "N" {
				t.Errorf("%s shows %v, %v, %v", d, d.has(id, "own_40001"), d.has(id, "own_40002"), d.has(id, "acronym"))
			}
		}
		if v.has(id, "own_40001") != int64(1200) || v.has(id, "own_40002") != nil {
			t.Errorf("a viewer shows %v, %v", v.has(id, "own_40001"), v.has(id, "own_40002"))
		}
		b.restart()
		b.edit(updating(id, fields{"own_40001": 1300}))
		s.server.stop()
		s.server.start()
		s.settle(a, b, v)
		if a.has(id, "own_40001") != int64(1300) {
			t.Errorf("after new starts: %v", a.has(id, "own_40001"))
		}
		if _, err := b.try(updating(id, fields{"own_40001": "alto"})); err == nil {
			t.Error("text was taken for a number")
		}
		if _, err := b.try(defining(40_003, "Otra", nil)); !fault.Is(err, fault.NotAllowed) {
			t.Errorf("field staff define fields: %v", err)
		}
	})
}

// Two laptops draw the same number: the second's field is refused, visibly, and so are its values; nothing is overwritten.
func TestTwoFieldsOfOneNumber(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		s.settle(a, b)
		id := a.organization("Norte")
		s.settle(a, b)
		b.line.set(false, 0, -1)
		a.edit(defining(40_001, "Altitud", nil))
		a.edit(updating(id, fields{"own_40001": 1200}))
		s.settle(a)
		b.edit(defining(40_001, "Cuenca", fields{"type": "text"}))
		b.line.set(true, 0, -1)
		s.settle(a, b)
		if _, rejected := b.pending(); rejected != 1 {
			t.Errorf("%d edits of bea's are rejected", rejected)
		}
		c, _ := a.rep.Schema().Collection("organization")
		if f, ok := c.Field("own_40001"); !ok || f.Label.ES != "Altitud" || a.has(id, "own_40001") != int64(1200) {
			t.Errorf("%+v, %v", f, a.has(id, "own_40001"))
		}
	})
}

// Another network's laptops hear neither of the field nor of its values.
func TestAFieldStaysInItsNetwork(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, o := s.laptop("ana", schema.Coordinator, network), s.laptop("olga", schema.Coordinator, "BO")
		s.settle(a, o)
		a.edit(defining(40_001, "Zafiroblanco", nil))
		s.settle(a, o)
		if len(o.rep.Schema().Own()) != 0 {
			t.Errorf("%+v", o.rep.Schema().Own())
		}
		if where := o.inFiles(strings.ToLower("Zafiroblanco")); len(where) > 0 {
			t.Errorf("its name is in %v", where)
		}
		other := o.edit(draft.Edit{Kind: draft.Create, Collection: "organization", Network: "BO", Fields: fields{"name": "Sur"}})[0]
		if _, err := o.try(draft.Edit{Kind: draft.Update, Collection: "organization", Network: "BO", ID: other.ID.String(), Fields: fields{"own_40001": 1}}); !fault.Is(err, fault.UnknownField) {
			t.Errorf("it was filled in: %v", err)
		}
	})
}
