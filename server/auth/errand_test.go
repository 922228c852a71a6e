package auth

import (
	"slices"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

func TestErrands(t *testing.T) {
	a, _, _ := openTest(t)
	ana := enrolled(t, a, "ana@demo.example", "Laptop de Ana")
	errand := func() Errand {
		t.Helper()
		e, err := a.Errand(t.Context(), ana.Token)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	if e := errand(); e.Reason != ReasonNetwork || !e.MayHandIn("PE") || e.MayHandIn("BO") || e.Order != nil {
		t.Errorf("%+v", e)
	}
	for _, stranger := range []string{"", "guess"} {
		if _, err := a.Errand(t.Context(), stranger); !fault.Is(err, fault.DeviceUnknown) {
			t.Errorf("%q: %v", stranger, err)
		}
	}
	none, off := []string{}, false
	if _, err := a.UpdateUser(t.Context(), CommandLine, ana.User.ID, UserPatch{Networks: &none}); err != nil {
		t.Fatal(err)
	}
	if e := errand(); !e.MayHandIn("PE") || e.MayHandIn("BO") {
		t.Errorf("%+v", e)
	}
	if _, err := a.UpdateUser(t.Context(), CommandLine, ana.User.ID, UserPatch{Active: &off}); err != nil {
		t.Fatal(err)
	}
	if e := errand(); e.Reason != ReasonPerson || !e.MayHandIn("PE") || e.Closed() {
		t.Errorf("%+v", e)
	}
	if err := a.Revoke(t.Context(), CommandLine, ana.Device.ID); err != nil {
		t.Fatal(err)
	}
	e := errand()
	if e.Reason != ReasonDevice || !e.MayHandIn("PE") {
		t.Errorf("%+v", e)
	}
	if err := a.HandIn(t.Context(), e, 3, false); err != nil || errand().Closed() {
		t.Fatal(err)
	}
	if err := a.HandIn(t.Context(), e, 2, true); err != nil {
		t.Fatal(err)
	}
	if e := errand(); !e.Closed() || e.Device.Edits != 5 {
		t.Errorf("a device hands in more than once: %+v", e)
	}
}

func TestWhoReachedEverythingMayHandInEverything(t *testing.T) {
	a, _, _ := openTest(t)
	addUser(t, a, "jefa@demo.example", schema.Admin)
	ana := enrolled(t, a, "ana@demo.example", "Laptop de Ana")
	office, field := schema.Office, schema.FieldStaff
	for _, role := range []*schema.Role{&office, &field} {
		if _, err := a.UpdateUser(t.Context(), CommandLine, ana.User.ID, UserPatch{Role: role}); err != nil {
			t.Fatal(err)
		}
	}
	if e, err := a.Errand(t.Context(), ana.Token); err != nil || !e.MayHandIn("BO") {
		t.Errorf("%+v %v", e, err)
	}
}

func TestWipes(t *testing.T) {
	a, c, path := openTest(t)
	ana := enrolled(t, a, "ana@demo.example", "Laptop de Ana")
	var shut []string
	a.OnRevoke(func(id string) { shut = append(shut, id) })
	if err := a.OrderWipe(t.Context(), CommandLine, "nobody", false); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := a.OrderWipe(t.Context(), CommandLine, ana.Device.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Authenticate(t.Context(), ana.Token); !fault.Is(err, fault.DeviceRevoked) || !slices.Equal(shut, []string{ana.Device.ID}) {
		t.Errorf("it is let in until it is wiped: %v, %v", err, shut)
	}
	a = openAt(t, path, c) // the key is kept
	e, err := a.Errand(t.Context(), ana.Token)
	if err != nil || e.Reason != ReasonWipe || e.Order == nil {
		t.Fatalf("%+v %v", e, err)
	}
	order, err := e.Order.Open(a.PublicKey())
	if err != nil || order.Device != ana.Device.ID || order.AtOnce || order.ID.IsZero() {
		t.Errorf("%+v %v", order, err)
	}
	if err := a.OrderWipe(t.Context(), CommandLine, ana.Device.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := a.OrderWipe(t.Context(), CommandLine, ana.Device.ID, false); err != nil {
		t.Fatal(err)
	}
	if e, err = a.Errand(t.Context(), ana.Token); err != nil {
		t.Fatal(err)
	}
	harder, err := e.Order.Open(a.PublicKey())
	if err != nil || !harder.AtOnce || harder.ID == order.ID {
		t.Errorf("%+v %v", harder, err)
	}
	if err := a.Obeyed(t.Context(), e.Principal, order.ID.String()); !fault.Is(err, fault.NotFound) {
		t.Errorf("an order that was replaced is obeyed: %v", err)
	}
	if err := a.Obeyed(t.Context(), e.Principal, harder.ID.String()); err != nil {
		t.Fatal(err)
	}
	wipes, err := a.Wipes(t.Context())
	if w := wipes[ana.Device.ID]; err != nil || w.Obeyed == 0 || !w.AtOnce {
		t.Errorf("%+v %v", w, err)
	}
}

func TestLease(t *testing.T) {
	a, _, _ := openTest(t)
	if days, err := a.Lease(t.Context()); err != nil || days != LeaseDays {
		t.Errorf("%d %v", days, err)
	}
	for _, days := range []int{0, 45} {
		if err := a.SetLease(t.Context(), CommandLine, days); err != nil {
			t.Fatal(err)
		}
		if got, err := a.Lease(t.Context()); err != nil || got != days {
			t.Errorf("%d %v", got, err)
		}
	}
	for _, days := range []int{-1, MostLeaseDays + 1} {
		if err := a.SetLease(t.Context(), CommandLine, days); !fault.Is(err, fault.OutOfRange) {
			t.Errorf("%d: %v", days, err)
		}
	}
}
