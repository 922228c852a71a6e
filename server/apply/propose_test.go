package apply

import (
	"context"
	"slices"
	"testing"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func (r *rig) handIn(a Author, closed bool, ms ...record.Mutation) (out []protocol.Outcome, added int) {
	r.t.Helper()
	h := &Handover{Reason: "device", Closed: closed}
	if err := r.Propose(context.Background(), a, h, ms); err != nil {
		r.t.Fatal(err)
	}
	return h.Outcomes, h.Added
}

// proposals are the ones in a network, by the op they were.
func (r *rig) proposal(network string, op record.OpID) map[string]schema.Value {
	r.t.Helper()
	c, _ := schema.Registry().Collection("proposal")
	got := r.record(record.Key{Network: network, Collection: c.Number, ID: record.DerivedID("proposal", op.String())})
	if got == nil {
		return nil
	}
	return got.Named(c)
}

func TestWhatIsHandedInBecomesAProposalOnce(t *testing.T) {
	r := newRig(t)
	norte := create("Norte")
	r.applied(staff(1000), norte)
	edit := mutation("organization", record.Update, "PE", norte.Key.ID, 1, values{"acronym": "N"})
	arrived := mutation("organization", record.Update, "PE", norte.Key.ID, 1, values{"website": "https://norte.example"})
	r.applied(staff(1000), arrived)
	elsewhere := mutation("organization", record.Create, "BO", record.NewID(), 0, values{"name": "Ajena"})
	for range 2 { // the receipt was lost
		out, _ := r.handIn(who(1000, schema.Coordinator, "PE"), false, edit, arrived, elsewhere)
		if out[0] != (protocol.Outcome{Op: edit.Op}) || !out[1].Known || out[2].Code != fault.UnknownNetwork {
			t.Fatalf("%+v", out)
		}
	}
	p := r.proposal("PE", edit.Op)
	if p["record"] != norte.Key.ID.String() || p["collection"] != "organization" || p["status"] != "open" || p["title"] != "Norte" ||
		p["changes"] != `{"acronym":{"from":null,"to":"N"}}` || p["device"] != int64(1000) || p["reason"] != "device" || p["kind"] != "update" {
		t.Errorf("%+v", p)
	}
	if r.proposal("PE", arrived.Op) != nil || r.proposal("BO", elsewhere.Op) != nil {
		t.Error("what had arrived, or is not theirs, is proposed")
	}
	if _, added := r.handIn(staff(1000), true, edit); added != 0 {
		t.Error("it is added again")
	}
	late := mutation("organization", record.Update, "PE", norte.Key.ID, 1, values{"acronym": "X"})
	if out, added := r.handIn(staff(1000), true, edit, late); added != 0 || out[0].Code != "" || out[1].Code != fault.DeviceRevoked {
		t.Errorf("a device hands in more after its last: %+v", out)
	}
	if got := r.record(norte.Key); got.Version != 2 {
		t.Errorf("a proposal changed the record: %+v", got)
	}
}

// An edit that was refused, and then handed in, is proposed: the office may want it all the same.
func TestARefusedEditIsProposed(t *testing.T) {
	r := newRig(t)
	norte := create("Norte")
	r.applied(staff(1000), norte)
	gone := mutation("organization", record.Delete, "PE", norte.Key.ID, 1, nil)
	if v := r.submit(who(1001, schema.FieldStaff, "PE"), gone)[0]; v.Code != fault.NotAllowed {
		t.Fatalf("%+v", v)
	}
	if out, added := r.handIn(staff(1001), false, gone); added != 1 || out[0].Known {
		t.Errorf("%+v", out)
	}
	if p := r.proposal("PE", gone.Op); p["kind"] != "delete" {
		t.Errorf("%+v", p)
	}
}

func TestNobodyMakesOrRewritesProposals(t *testing.T) {
	r := newRig(t)
	edit := create("Norte")
	r.handIn(staff(1000), false, edit)
	c, _ := schema.Registry().Collection("proposal")
	id := record.DerivedID("proposal", edit.Op.String())
	office := who(1100, schema.Office)
	for name, k := range map[string]struct {
		author Author
		m      record.Mutation
		want   fault.Code
	}{
		"made by hand":   {office, mutation("proposal", record.Create, "PE", record.NewID(), 0, values{"status": "open"}), fault.ReadOnly},
		"rewritten":      {office, mutation("proposal", record.Update, "PE", id, 1, values{"changes": "{}"}), fault.ReadOnly},
		"decided by ana": {who(1000, schema.Coordinator, "PE"), mutation("proposal", record.Update, "PE", id, 1, values{"status": "accepted"}), fault.NotAllowed},
	} {
		if v := r.submit(k.author, k.m)[0]; v.Code != k.want {
			t.Errorf("%s: %+v", name, v)
		}
	}
	decided := mutation("proposal", record.Update, "PE", id, 1, values{"status": "dismissed"})
	r.applied(office, decided)
	if got := r.record(record.Key{Network: "PE", Collection: c.Number, ID: id}); got.Version != 2 {
		t.Errorf("%+v", got)
	}
}

// History names whose proposal it was where the office accepts one, and only in the record that it is about.
func TestAnAcceptedProposalNamesWhoseItWas(t *testing.T) {
	r := newRig(t)
	norte, sur := create("Norte"), create("Sur")
	r.applied(staff(1000), norte)
	r.applied(staff(1000), sur)
	ana := staff(1001)
	ana.UserName, ana.DeviceName = "Ana", "Portátil de Ana"
	edit := mutation("organization", record.Update, "PE", norte.Key.ID, 1, values{"acronym": "N"})
	r.handIn(ana, false, edit)
	office := who(1100, schema.Office)
	office.UserName, office.DeviceName = "Olga", "Consola"
	id := record.DerivedID("proposal", edit.Op.String())
	group := grouped(
		mutation("organization", record.Update, "PE", norte.Key.ID, 1, values{"acronym": "N"}),
		mutation("proposal", record.Update, "PE", id, 1, values{"status": "accepted"}),
		mutation("organization", record.Update, "PE", sur.Key.ID, 1, values{"acronym": "S"}),
	)
	r.applied(office, group...)
	r.applied(office, mutation("organization", record.Update, "PE", norte.Key.ID, 2, values{"website": "https://norte.example"}))
	for _, c := range []struct {
		key  record.Key
		want []string
	}{
		{norte.Key, []string{"Olga, Ana · Portátil de Ana", "Olga, Consola"}},
		{sur.Key, []string{"Olga, Consola"}},
	} {
		var got []string
		r.view(func(rd store.Reader) error {
			entries, err := rd.History(c.key)
			for _, e := range entries[1:] {
				got = append(got, e.User+", "+e.Name)
			}
			return err
		})
		if !slices.Equal(got, c.want) {
			t.Errorf("history says %q, want %q", got, c.want)
		}
	}
}

func TestTheNewestOpOfADevice(t *testing.T) {
	r := newRig(t)
	one, two := create("Uno"), create("Dos")
	refused := mutation("organization", record.Delete, "PE", one.Key.ID, 1, nil)
	r.applied(staff(1000), one)
	r.applied(staff(1001), two)
	r.submit(staff(1000), refused)
	r.submit(staff(1000), one) // sent again: it is not the newest
	for device, want := range map[uint32]record.OpID{1000: refused.Op, 1001: two.Op, 1002: {}} {
		r.view(func(rd store.Reader) error {
			got, _, err := rd.Last(device)
			if got != want {
				t.Errorf("%d: %s, want %s", device, got, want)
			}
			return err
		})
	}
}

// answering is the mutation by which somebody gives an open proposal of an edit another status.
func answering(op record.OpID, base uint64, status string) record.Mutation {
	m := mutation("proposal", record.Update, "PE", record.ProposalOf(op), base, values{"status": status})
	m.Changes[0].Old = "open"
	return m
}

// Who gave up an edit that the office was asked about takes the question back: their own, while it is one, and nothing else.
func TestAProposalIsTakenBackByWhoMadeIt(t *testing.T) {
	r := newRig(t)
	r.MostDeletions = func() int { return 1 }
	ana, luis, namesake := staff(1001), staff(1002), staff(1003)
	luis.UserName, ana.User, luis.User, namesake.User = "Luis", "u-ana", "u-luis", "u-another-ana"
	copied := staff(1009) // a copy of Ana's laptop, which got a number of its own
	copied.User = ana.User
	gone := r.stock(luis, 6)
	r.applied(ana, gone[0])
	for _, m := range gone[1:5] {
		r.want(r.submit(ana, m)[0], record.Rejected, fault.DeletionsHeld)
	}
	r.want(r.submit(luis, answering(gone[1].Op, 1, "withdrawn"))[0], record.Rejected, fault.NotAllowed)
	r.want(r.submit(namesake, answering(gone[1].Op, 1, "withdrawn"))[0], record.Rejected, fault.NotAllowed)
	r.want(r.submit(ana, answering(gone[1].Op, 1, "accepted"))[0], record.Rejected, fault.NotAllowed)
	r.applied(ana, answering(gone[1].Op, 1, "withdrawn"))
	r.want(r.submit(copied, answering(gone[2].Op, 0, "withdrawn"))[0], record.Merged, "") // it was not told of the proposal
	for _, m := range gone[1:3] {
		if p := r.proposal("PE", m.Op); p["status"] != "withdrawn" {
			t.Errorf("%v", p)
		}
	}
	// What the office decided meanwhile stands, and no conflict is made of it.
	office := who(1004, schema.Office)
	for i, status := range []string{"accepted", "dismissed"} {
		r.applied(office, answering(gone[3+i].Op, 1, status))
		r.applied(ana, answering(gone[3+i].Op, 1, "withdrawn"))
		if p := r.proposal("PE", gone[3+i].Op); p["status"] != status {
			t.Errorf("%s became %v", status, p["status"])
		}
	}
	if n := len(r.living("PE", "conflict")); n != 0 {
		t.Errorf("%d conflicts", n)
	}
	r.applied(ana, answering(gone[5].Op, 1, "withdrawn")) // a restored server was never asked
	if r.proposal("PE", gone[5].Op) != nil {
		t.Error("a proposal came from nowhere")
	}
	r.sound("PE")
}
