package auth

import (
	"context"
	"testing"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

// enrolled is a laptop of somebody new.
func enrolled(t *testing.T, a *Auth, email, name string) Enrolled {
	t.Helper()
	addUser(t, a, email, schema.Coordinator, "PE")
	code, _, err := a.DeviceCode(t.Context(), CommandLine, email, 0)
	if err != nil {
		t.Fatal(err)
	}
	e, err := a.Enroll(t.Context(), Enrollment{Code: code, Name: name, Address: "here"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// holder is a laptop's files, as far as tickets go: copied by assignment.
type holder struct {
	t      *testing.T
	a      *Auth
	id     string
	epoch  string
	ticket []byte
}

// show is a hello up to the welcome; the ticket that comes is not kept yet.
func (h *holder) show() (next []byte, copied bool) {
	h.t.Helper()
	next, copied, err := h.a.Show(context.Background(), h.id, []byte(h.epoch), h.ticket)
	if err != nil {
		h.t.Fatal(err)
	}
	return next, copied
}

// meet is a whole hello; it reports whether the laptop was taken for itself.
func (h *holder) meet() bool {
	h.t.Helper()
	next, copied := h.show()
	if copied {
		return false
	}
	shown := h.ticket
	h.ticket = next
	return h.a.Keep(context.Background(), h.id, []byte(h.epoch), shown, next) == nil
}

func TestTickets(t *testing.T) {
	a, _, path := openTest(t)
	h := holder{t: t, a: a, id: enrolled(t, a, "ana@demo.example", "Laptop de Ana").Device.ID, epoch: "e1"}
	first := h
	for range 3 {
		if !h.meet() {
			t.Fatal("a laptop that shows its newest ticket is taken for a copy")
		}
	}
	if first.meet() {
		t.Error("a copy from before the first contact is not noticed")
	}

	// Welcomes that are lost, crashes before keeping, and a keep that never arrives are no reason to doubt.
	for range 3 {
		if _, copied := h.show(); copied {
			t.Fatal("a lost welcome makes a copy of a laptop")
		}
	}
	late, _ := h.show()
	early, _ := h.show()
	h.ticket = late // the answer that was given first arrived; another was given after it
	_ = early
	if !h.meet() {
		t.Fatal("a keep that was lost makes a copy of a laptop")
	}

	// The server forgets nothing in between.
	h.a = openAt(t, path, newClock())
	if !h.meet() {
		t.Fatal("a restarted server takes a laptop for a copy")
	}

	// Put back from a backup, or copied: whoever comes second is told.
	old := h
	if !h.meet() || old.meet() {
		t.Error("files put back from a backup are not noticed")
	}
	copied := h
	if !copied.meet() || h.meet() {
		t.Error("of two copies with the same ticket the second is not noticed")
	}

	// A server restored from a backup begins anew.
	copied.epoch = "e2"
	for range 2 {
		if !copied.meet() {
			t.Error("a restored server takes laptops for copies")
		}
	}
}

func TestOfTwoCopiesAtOnceOneIsKept(t *testing.T) {
	a, _, _ := openTest(t)
	h := holder{t: t, a: a, id: enrolled(t, a, "ana@demo.example", "Laptop de Ana").Device.ID, epoch: "e1"}
	h.meet()
	one, two := h, h
	nextOne, _ := one.show()
	nextTwo, _ := two.show()
	if err := a.Keep(t.Context(), h.id, []byte("e1"), h.ticket, nextOne); err != nil {
		t.Fatal(err)
	}
	if err := a.Keep(t.Context(), h.id, []byte("e1"), h.ticket, nextTwo); !fault.Is(err, fault.ServerBusy) {
		t.Errorf("both were kept: %v", err)
	}
	two.ticket = nextTwo
	if _, copied := two.show(); !copied {
		t.Error("the second copy is not told")
	}
	if err := a.Keep(t.Context(), h.id, []byte("e1"), nextOne, []byte("made up")); !fault.Is(err, fault.BadFrame) {
		t.Errorf("a ticket that was made up is kept: %v", err)
	}
}

func TestACopyGetsAnIdentityOfItsOwn(t *testing.T) {
	a, _, _ := openTest(t)
	ana := enrolled(t, a, "ana@demo.example", "Laptop de Ana")
	lost, err := a.Renew(t.Context(), ana.Device.ID)
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Renew(t.Context(), ana.Device.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := got.Device; d.Name != "Laptop de Ana (2)" || d.Number == ana.Device.Number || d.Number == lost.Device.Number || d.Origin != ana.Device.ID {
		t.Errorf("%+v", d)
	}
	p, err := a.Authenticate(t.Context(), got.Token)
	if err != nil || p.User.ID != ana.User.ID {
		t.Fatalf("%+v %v", p, err)
	}
	listed := func() (names []string) {
		all, err := a.Devices(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			names = append(names, d.Name)
		}
		return names
	}
	if names := listed(); len(names) != 1 {
		t.Errorf("identities that were never used are listed: %v", names)
	}
	if err := a.Seen(t.Context(), got.Device.ID, "1", 0, clock.MillisOf(a.clock.Now())); err != nil {
		t.Fatal(err)
	}
	if err := a.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names := listed(); len(names) != 2 {
		t.Errorf("%v", names)
	}
	next, err := a.Renew(t.Context(), got.Device.ID)
	if err != nil || next.Device.Name != "Laptop de Ana (3)" {
		t.Errorf("%+v %v", next.Device, err)
	}
	// Whoever withdraws the laptop withdraws the identities that were given away unseen, and not those that are at work.
	if err := a.Revoke(t.Context(), CommandLine, ana.Device.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Authenticate(t.Context(), lost.Token); !fault.Is(err, fault.DeviceRevoked) {
		t.Errorf("an unused identity outlives its device: %v", err)
	}
	if _, err := a.Authenticate(t.Context(), got.Token); err != nil {
		t.Errorf("a copy goes with its original: %v", err)
	}
	if _, err := a.Renew(t.Context(), ana.Device.ID); !fault.Is(err, fault.DeviceRevoked) {
		t.Errorf("a revoked device makes others: %v", err)
	}
}

// A line may break any number of times just after the laptop has put its ticket on its disk.
func TestKeepsThatAreLost(t *testing.T) {
	a, _, _ := openTest(t)
	h := holder{t: t, a: a, id: enrolled(t, a, "ana@demo.example", "Laptop de Ana").Device.ID, epoch: "e1"}
	h.meet()
	old := h
	for range 4 {
		next, copied := h.show()
		if copied {
			t.Fatal("keeps that were lost make a copy of a laptop")
		}
		h.ticket = next
	}
	if !h.meet() {
		t.Error("a laptop whose keeps were lost is not let in")
	}
	if old.meet() {
		t.Error("a copy from before is not noticed")
	}
}
