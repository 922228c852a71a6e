package auth

import (
	"context"
	"testing"
	"time"

	"acopio/shared/schema"
)

func next(t *testing.T, changes <-chan Change) Change {
	t.Helper()
	select {
	case c := <-changes:
		return c
	case <-time.After(5 * time.Second): // the bound on closing a revoked device's sockets
		t.Fatal("no change was told within 5 s")
		return Change{}
	}
}

func TestChangesOfThisAndOfAnotherProcess(t *testing.T) {
	a, c, path := openTest(t)
	cli := openAt(t, path, c)
	u := addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	first, second := enroll(t, a, u.Email), enroll(t, a, u.Email)

	ctx, cancel := context.WithCancel(t.Context())
	changes := a.Changes(ctx)
	if err := a.Revoke(t.Context(), CommandLine, first.Device.ID); err != nil {
		t.Fatal(err)
	}
	if got := next(t, changes); got != (Change{Kind: DeviceRevoked, Device: first.Device.ID}) {
		t.Fatalf("%+v", got)
	}
	networks := []string{"BO"}
	must[User](t)(cli.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Networks: &networks}))
	if err := cli.Revoke(t.Context(), CommandLine, second.Device.ID); err != nil {
		t.Fatal(err)
	}
	if got := next(t, changes); got != (Change{Kind: UserChanged, User: u.ID}) {
		t.Fatalf("%+v", got)
	}
	if got := next(t, changes); got != (Change{Kind: DeviceRevoked, Device: second.Device.ID}) {
		t.Fatalf("%+v", got)
	}
	cancel()
	for range changes {
		t.Fatal("a change that nobody made")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.wake) != 0 {
		t.Fatal("a reader that is gone is still woken")
	}
}

func TestChangesToASlowReader(t *testing.T) {
	a, _, _ := openTest(t)
	u := addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	changes := a.Changes(t.Context())
	for i := range 20 {
		networks := []string{string(rune('A' + i))}
		must[User](t)(a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Networks: &networks}))
	}
	for range 20 {
		if got := next(t, changes); got.User != u.ID {
			t.Fatalf("%+v", got)
		}
	}
}
