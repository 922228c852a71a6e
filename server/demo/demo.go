// Package demo makes the register that a newcomer finds: one network of organizations with everything a real one has,
// in Spanish. The places are real; every person, organization, number and address is invented, and looks it. The
// same seed makes the same records, ids included, on every machine.
package demo

import (
	"iter"
	"time"

	"acopio/shared/draft"
	"acopio/shared/schema"
)

// The demo network, and how many organizations it has.
const (
	NetworkCode   = "PE"
	NetworkName   = "Red Demo Perú (ficticia)"
	Country       = "PE"
	Organizations = 300
	Seed          = 1
)

// Password is the same for all demo people: it protects nothing but invented records on this machine.
const Password = "acopio-demo-2026"

// Person is somebody who can sign in to the demo.
type Person struct {
	Email, Name string
	Role        schema.Role
	Networks    []string
}

// People has one person of each role.
var People = []Person{
	{"admin@demo.example", "Alba Quimera", schema.Admin, nil},
	{"office@demo.example", "Óscar Fábula", schema.Office, nil},
	{"coordinacion@demo.example", "Carmen Utopía", schema.Coordinator, []string{NetworkCode}},
	{"ana.campo@demo.example", "Ana Ensueño", schema.FieldStaff, []string{NetworkCode}},
	{"lectura@demo.example", "Lucio Leyenda", schema.Viewer, []string{NetworkCode}},
}

// anchor is the day the demo was "last kept": dates lie around it, so that the records do not depend on the clock.
var anchor = time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)

// Records makes a whole network of n organizations with all that belongs to them. A record comes after those it
// refers to. The network's own record is not among them: whoever adds the network makes it.
func Records(network string, n int, seed uint64) iter.Seq[draft.Edit] {
	return func(yield func(draft.Edit) bool) {
		b := &book{network: network, seed: seed}
		out := &sink{yield: func(e draft.Edit) bool {
			e.At = b.written(e)
			return yield(e)
		}}
		b.out = out
		b.tags()
		contacts := map[string]holder{} // by product: who may be its focal point
		for i := 0; i < n && !out.full; i++ {
			o := b.organization(i)
			out.put(o.edit)
			o.contacts()
			o.sites()
			o.censuses()
			o.certificates()
			o.membership()
			o.production()
			o.work()
			if main := o.products[0]; contacts[main].contact == "" {
				contacts[main] = holder{contact: o.contactIDs[0], organization: o.id}
			}
		}
		b.focalPoints(contacts)
	}
}

// OrganizationsOf makes n organizations alone, each with all its fields filled: about 700 bytes of JSON.
func OrganizationsOf(network string, n int, seed uint64) iter.Seq[draft.Edit] {
	return func(yield func(draft.Edit) bool) {
		b := &book{network: network, seed: seed}
		for i := range n {
			if !yield(b.organization(i).edit) {
				return
			}
		}
	}
}

// sink passes records on until their reader has had enough.
type sink struct {
	yield func(draft.Edit) bool
	full  bool
}

func (s *sink) put(e draft.Edit) {
	if !s.full && !s.yield(e) {
		s.full = true
	}
}
