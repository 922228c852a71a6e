package auth

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

func signIn(t *testing.T, a *Auth, email string) string {
	t.Helper()
	token, _, err := a.SignIn(t.Context(), email, goodPassword, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSignInAndOut(t *testing.T) {
	a, _, _ := openTest(t)
	u := addUser(t, a, "ana@demo.example", schema.Coordinator, "PE")
	token, p, err := a.SignIn(t.Context(), " ANA@demo.example", goodPassword, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if p.User.ID != u.ID || p.Device.Kind != Console || p.Device.Number != 2 {
		t.Fatalf("%+v", p)
	}
	got := must[Principal](t)(a.Session(t.Context(), token))
	if got.User.ID != u.ID || got.Device.ID != p.Device.ID || got.User.LastSeen == 0 {
		t.Fatalf("%+v", got)
	}
	var kept int
	if err := a.store.db.QueryRow(`SELECT COUNT(*) FROM auth_session WHERE token_hash = ?`, token).Scan(&kept); err != nil || kept != 0 {
		t.Fatalf("the token itself is in the database (%d, %v)", kept, err)
	}
	for range 2 {
		if err := a.SignOut(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	_, err = a.Session(t.Context(), token)
	wants(t, err, fault.SignInNeeded)
	_, err = a.Session(t.Context(), "")
	wants(t, err, fault.SignInNeeded)
}

func TestSignInAnswersAlike(t *testing.T) {
	a, _, _ := openTest(t)
	addUser(t, a, "boss@demo.example", schema.Admin)
	u := addUser(t, a, "ana@demo.example", schema.Viewer)
	gone := addUser(t, a, "gone@demo.example", schema.Viewer)
	no := false
	must[User](t)(a.UpdateUser(t.Context(), CommandLine, gone.ID, UserPatch{Active: &no}))
	var sentences []string
	for _, c := range [][2]string{
		{u.Email, "una clave mala"}, {"who@demo.example", goodPassword}, {"no address", goodPassword}, {gone.Email, goodPassword}, {u.Email, ""},
	} {
		_, _, err := a.SignIn(t.Context(), c[0], c[1], "192.0.2.1")
		sentences = append(sentences, wants(t, err, fault.WrongPassword).Text("es"))
	}
	for _, s := range sentences {
		if s != sentences[0] {
			t.Fatalf("%q differs from %q", s, sentences[0])
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	a, c, _ := openTest(t)
	addUser(t, a, "ana@demo.example", schema.Viewer)
	idle := signIn(t, a, "ana@demo.example")
	c.advance(12*time.Hour + time.Second)
	_, err := a.Session(t.Context(), idle)
	wants(t, err, fault.SignInNeeded)

	used := signIn(t, a, "ana@demo.example")
	for h := 0; h < 7*24; h += 8 {
		must[Principal](t)(a.Session(t.Context(), used))
		c.advance(8 * time.Hour)
	}
	c.advance(time.Second)
	_, err = a.Session(t.Context(), used)
	wants(t, err, fault.SignInNeeded)

	signIn(t, a, "ana@demo.example")
	var kept int
	if err := a.store.db.QueryRow(`SELECT COUNT(*) FROM auth_session`).Scan(&kept); err != nil || kept != 1 {
		t.Fatalf("%d sessions are kept, want the living one (%v)", kept, err)
	}
}

func TestPasswordAndDeactivationEndSessions(t *testing.T) {
	a, _, _ := openTest(t)
	addUser(t, a, "boss@demo.example", schema.Admin)
	u := addUser(t, a, "ana@demo.example", schema.Viewer)
	other := signIn(t, a, "boss@demo.example")
	token := signIn(t, a, u.Email)
	if err := a.SetPassword(t.Context(), CommandLine, u.ID, "otra clave larga"); err != nil {
		t.Fatal(err)
	}
	_, err := a.Session(t.Context(), token)
	wants(t, err, fault.SignInNeeded)
	_, _, err = a.SignIn(t.Context(), u.Email, goodPassword, "192.0.2.1")
	wants(t, err, fault.WrongPassword)

	token, _, err = a.SignIn(t.Context(), u.Email, "otra clave larga", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	no := false
	must[User](t)(a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Active: &no}))
	_, err = a.Session(t.Context(), token)
	wants(t, err, fault.SignInNeeded)
	must[Principal](t)(a.Session(t.Context(), other)) // nobody else's ended
}

func TestRoleChangesReachOpenSessions(t *testing.T) {
	a, _, _ := openTest(t)
	u := addUser(t, a, "ana@demo.example", schema.Office)
	token := signIn(t, a, u.Email)
	role := schema.Viewer
	must[User](t)(a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Role: &role}))
	if p := must[Principal](t)(a.Session(t.Context(), token)); p.Role() != schema.Viewer {
		t.Fatalf("the session still is %s", p.Role())
	}
}

func TestGuessingAnAccountGetsSlower(t *testing.T) {
	a, c, _ := openTest(t)
	addUser(t, a, "ana@demo.example", schema.Viewer)
	address := 0
	try := func(password string) error {
		address++ // from everywhere
		_, _, err := a.SignIn(t.Context(), "ana@demo.example", password, "192.0.2."+strconv.Itoa(address))
		return err
	}
	for range 5 {
		wants(t, try("una clave mala"), fault.WrongPassword)
	}
	var before time.Duration
	for range 12 {
		f := wants(t, try(goodPassword), fault.TooManyAttempts) // even the right one waits
		seconds, err := strconv.Atoi(f.Args["seconds"])
		wait := time.Duration(seconds) * time.Second
		if err != nil || wait < before || wait > 5*time.Minute+time.Second {
			t.Fatalf("wait of %q after %s", f.Args["seconds"], before)
		}
		before = wait
		c.advance(wait)
		wants(t, try("una clave mala"), fault.WrongPassword)
	}
	if before < 5*time.Minute {
		t.Fatalf("the wait grew to %s only", before)
	}
	c.advance(before)
	if err := try(goodPassword); err != nil {
		t.Fatal(err)
	}
	wants(t, try("una clave mala"), fault.WrongPassword) // success forgave the account
	if err := try(goodPassword); err != nil {
		t.Fatal(err)
	}
}

func TestGuessingFromAnAddressGetsSlower(t *testing.T) {
	a, c, _ := openTest(t)
	addUser(t, a, "ana@demo.example", schema.Viewer)
	for i := range 20 {
		_, _, err := a.SignIn(t.Context(), strconv.Itoa(i)+"@demo.example", goodPassword, "2001:db8::"+strconv.Itoa(i))
		wants(t, err, fault.WrongPassword)
	}
	_, _, err := a.SignIn(t.Context(), "ana@demo.example", goodPassword, "2001:db8::ffff") // the same /64
	wants(t, err, fault.TooManyAttempts)
	if _, _, err = a.SignIn(t.Context(), "ana@demo.example", goodPassword, "2001:db8:0:1::1"); err != nil {
		t.Fatal(err)
	}
	c.advance(time.Hour)
	signIn(t, a, "ana@demo.example")
}

func TestManyGuessesAtOnceGainNothing(t *testing.T) {
	a, _, _ := openTest(t)
	addUser(t, a, "ana@demo.example", schema.Viewer)
	var mu sync.Mutex
	checked := 0
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			_, _, err := a.SignIn(t.Context(), "ana@demo.example", "una clave mala", "192.0.2."+strconv.Itoa(i))
			if fault.Is(err, fault.WrongPassword) {
				mu.Lock()
				checked++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if checked > 5 {
		t.Fatalf("%d passwords were checked at once", checked)
	}
}

func TestLimiterStaysSmall(t *testing.T) {
	c := newClock()
	l := newLimiter(c, 5, time.Minute)
	for i := range maxLimitKeys + 500 {
		if err := l.take(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			c.advance(time.Second)
		}
	}
	if len(l.keys) > maxLimitKeys {
		t.Fatalf("%d keys", len(l.keys))
	}
	if l.keys[strconv.Itoa(maxLimitKeys+499)] == nil {
		t.Fatal("the newest key went first")
	}
}

func TestClockSetBackLocksNobodyOut(t *testing.T) {
	c := newClock()
	l := newLimiter(c, 1, time.Minute)
	if err := l.take("ana"); err != nil {
		t.Fatal(err)
	}
	c.advance(-100 * time.Hour)
	f := wants(t, l.take("ana"), fault.TooManyAttempts)
	if f.Args["seconds"] != "60" {
		t.Fatalf("wait of %s s", f.Args["seconds"])
	}
	c.advance(60 * time.Second)
	if err := l.take("ana"); err != nil {
		t.Fatal(err)
	}
}
