package session

import (
	"context"
	"testing"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// another is one more laptop of a person.
func (h *house) another(p person) person {
	h.t.Helper()
	ctx := context.Background()
	code, _, err := h.auth.DeviceCode(ctx, auth.CommandLine, p.user.Email, 0)
	h.check(err)
	e, err := h.auth.Enroll(ctx, auth.Enrollment{Code: code, Name: "laptop", Address: "127.0.0.1"})
	h.check(err)
	return person{user: p.user, device: e.Device, token: e.Token}
}

// Two people may have one name, and computers that are called alike: what the office was asked is taken back by who asked it.
func TestANamesakeTakesNothingBack(t *testing.T) {
	h := newHouse(t)
	h.Engine.(*apply.Engine).MostDeletions = func() int { return 1 }
	ana, namesake, luis := h.staff("ana@pe.example"), h.staff("otra@pe.example"), h.staff("luis@pe.example")
	for _, p := range []person{ana, namesake} {
		name := "Ana Quispe"
		_, err := h.auth.UpdateUser(context.Background(), auth.CommandLine, p.user.ID, auth.UserPatch{Name: &name})
		h.check(err)
	}
	made, _ := h.greeted(luis)
	var deletions []record.Mutation
	for range 3 {
		m := organization("Norte")
		made.push(m)
		deletions = append(deletions, record.Mutation{
			Op: record.NewOpID(), Key: m.Key, Kind: record.Delete, Base: 1, Edited: m.Edited,
		})
	}
	first, _ := h.greeted(ana)
	if v := first.push(deletions...); v[0].Status != record.Applied || v[1].Code != fault.DeletionsHeld || v[2].Code != fault.DeletionsHeld {
		t.Fatalf("%+v", v)
	}
	for i, c := range []struct {
		who  person
		want record.Status
	}{{namesake, record.Rejected}, {luis, record.Rejected}, {h.another(ana), record.Applied}, {namesake, record.Rejected}, {ana, record.Applied}} {
		m := mutation("proposal", "PE", record.ProposalOf(deletions[1+i/3].Op), map[string]any{"status": "withdrawn"})
		m.Kind, m.Base, m.Changes[0].Old = record.Update, 1, schema.Value("open")
		conn, _ := h.greeted(c.who)
		if v := conn.push(m)[0]; v.Status != c.want || c.want == record.Rejected && v.Code != fault.NotAllowed {
			t.Errorf("%d: %s takes it back: %+v", i, c.who.user.Email, v)
		}
	}
}
