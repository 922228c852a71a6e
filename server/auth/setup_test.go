package auth

import (
	"sync"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

func TestSetup(t *testing.T) {
	a, c, path := openTest(t)
	if !must[bool](t)(a.NeedsSetup(t.Context())) {
		t.Fatal("a fresh server needs no setup")
	}
	old := must[string](t)(a.SetupLink(t.Context()))
	token := must[string](t)(openAt(t, path, c).SetupLink(t.Context())) // it started again
	for _, bad := range []string{"", "x", old} {
		_, err := a.Setup(t.Context(), bad, "boss@demo.example", "", goodPassword)
		wants(t, err, fault.SetupLinkOld)
	}
	_, err := a.Setup(t.Context(), token, "boss@demo.example", "", "corta")
	wants(t, err, fault.WeakPassword)
	u := must[User](t)(a.Setup(t.Context(), token, "boss@demo.example", "Jefa Ficticia", goodPassword))
	if u.Role != schema.Admin || u.Name != "Jefa Ficticia" {
		t.Fatalf("%+v", u)
	}
	_, err = a.Setup(t.Context(), token, "other@demo.example", "", goodPassword)
	wants(t, err, fault.SetupDone)
	if link := must[string](t)(a.SetupLink(t.Context())); link != "" || must[bool](t)(a.NeedsSetup(t.Context())) {
		t.Fatalf("link %q though there is an administrator", link)
	}
	signIn(t, a, u.Email)
}

func TestSetupMakesOneAdmin(t *testing.T) {
	a, _, _ := openTest(t)
	token := must[string](t)(a.SetupLink(t.Context()))
	var wg sync.WaitGroup
	for _, email := range []string{"a@demo.example", "b@demo.example", "c@demo.example", "d@demo.example"} {
		wg.Go(func() {
			_, err := a.Setup(t.Context(), token, email, "", goodPassword)
			if err != nil && !fault.Is(err, fault.SetupDone) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all := must[[]User](t)(a.Users(t.Context())); len(all) != 1 {
		t.Fatalf("%d first administrators", len(all))
	}
}
