package auth

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

func TestEnrollment(t *testing.T) {
	a, c, _ := openTest(t)
	u := addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	code, expires, err := a.DeviceCode(t.Context(), CommandLine, u.Email, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$`).MatchString(code) {
		t.Fatalf("code is %q", code)
	}
	if want := clock.MillisOf(c.Now().Add(24 * time.Hour)); expires != want {
		t.Fatalf("expires at %d, want %d", expires, want)
	}
	typed := " " + strings.ToLower(strings.NewReplacer("0", "o", "1", "l", "-", " ").Replace(code))
	e := must[Enrolled](t)(a.Enroll(t.Context(), Enrollment{Code: typed, Name: "  Portátil de  Ana ", Platform: "windows", Version: "0.1"}))
	d := e.Device
	if d.Number != FirstDevice || d.Name != "Portátil de Ana" || d.Kind != Laptop || d.User != u.ID || len(e.Token) != 43 {
		t.Fatalf("%+v", e)
	}
	p := must[Principal](t)(a.Authenticate(t.Context(), e.Token))
	if p.User.ID != u.ID || p.Device != d {
		t.Fatalf("%+v, want %+v", p.Device, d)
	}
	if second := enroll(t, a, u.Email); second.Device.Number != FirstDevice+1 {
		t.Fatalf("the second number is %d", second.Device.Number)
	}
}

func TestBadCodesAreToldApart(t *testing.T) {
	a, c, _ := openTest(t)
	addUser(t, a, "boss@demo.example", schema.Admin)
	u := addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	try := func(code string) error {
		_, err := a.Enroll(t.Context(), Enrollment{Code: code, Address: "192.0.2.1"})
		return err
	}
	code := func(life time.Duration) string {
		code, _, err := a.DeviceCode(t.Context(), CommandLine, u.Email, life)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	used, late, closed := code(0), code(time.Hour), code(0)
	if err := try(used); err != nil {
		t.Fatal(err)
	}
	wants(t, try(used), fault.CodeUsed)
	wants(t, try("00000-00000"), fault.CodeWrong)
	wants(t, try("short"), fault.CodeWrong)
	wants(t, try(strings.Repeat("0", 5000)), fault.CodeWrong)
	c.advance(time.Hour)
	wants(t, try(late), fault.CodeExpired)
	no := false
	must[User](t)(a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Active: &no}))
	wants(t, try(closed), fault.CodeExpired)
	_, _, err := a.DeviceCode(t.Context(), CommandLine, u.Email, 0)
	wants(t, err, fault.UserUnknown)
	_, _, err = a.DeviceCode(t.Context(), CommandLine, "who@demo.example", 0)
	wants(t, err, fault.UserUnknown)
	_, err = a.Enroll(t.Context(), Enrollment{Code: used, Name: "\x00"})
	wants(t, err, fault.WrongType)
}

func TestEnrollmentWhoseAnswerWasLost(t *testing.T) {
	a, c, _ := openTest(t)
	addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	code, _, err := a.DeviceCode(t.Context(), CommandLine, "ana@demo.example", 0)
	if err != nil {
		t.Fatal(err)
	}
	try := func(request string) (Enrolled, error) {
		return a.Enroll(t.Context(), Enrollment{Code: code, Name: "Portátil", Request: request})
	}
	lost := must[Enrolled](t)(try("one laptop"))
	again := must[Enrolled](t)(try("one laptop"))
	if again.Device.ID != lost.Device.ID || again.Token == lost.Token {
		t.Fatalf("%+v, then %+v", lost.Device, again.Device)
	}
	must[Principal](t)(a.Authenticate(t.Context(), again.Token))
	_, err = a.Authenticate(t.Context(), lost.Token)
	wants(t, err, fault.DeviceUnknown)
	for _, other := range []string{"", "another laptop"} {
		_, err = try(other)
		wants(t, err, fault.CodeUsed)
	}
	if all := must[[]DeviceOf](t)(a.Devices(t.Context())); len(all) != 1 {
		t.Fatalf("%d devices", len(all))
	}
	c.advance(CodeLife)
	_, err = try("one laptop")
	wants(t, err, fault.CodeUsed)
}

func TestGuessingCodesGetsSlower(t *testing.T) {
	a, c, _ := openTest(t)
	try := func() error {
		_, err := a.Enroll(t.Context(), Enrollment{Code: "00000-00000", Address: "192.0.2.1"})
		return err
	}
	for range 10 {
		wants(t, try(), fault.CodeWrong)
	}
	wants(t, try(), fault.TooManyAttempts)
	c.advance(time.Second)
	wants(t, try(), fault.CodeWrong)
	wants(t, try(), fault.TooManyAttempts)
}

func TestOneCodeOneDevice(t *testing.T) {
	a, c, path := openTest(t)
	other := openAt(t, path, c) // as another process would
	addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	code, _, err := a.DeviceCode(t.Context(), CommandLine, "ana@demo.example", 0)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for i := range 8 {
		door := []*Auth{a, other}[i%2]
		wg.Go(func() {
			_, err := door.Enroll(t.Context(), Enrollment{Code: code})
			if err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			} else if !fault.Is(err, fault.CodeUsed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Fatalf("one code made %d devices", won)
	}
}

func TestRevoke(t *testing.T) {
	a, _, _ := openTest(t)
	addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	e := enroll(t, a, "ana@demo.example")
	var told []string
	a.OnRevoke(func(id string) { told = append(told, id) })
	for range 2 {
		if err := a.Revoke(t.Context(), CommandLine, e.Device.ID); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) == 0 || told[0] != e.Device.ID {
		t.Fatalf("told of %v", told)
	}
	_, err := a.Authenticate(t.Context(), e.Token)
	wants(t, err, fault.DeviceRevoked)
	_, err = a.DevicePrincipal(t.Context(), e.Device.ID)
	wants(t, err, fault.DeviceRevoked)
	_, err = a.Authenticate(t.Context(), "wrong")
	wants(t, err, fault.DeviceUnknown)
	_, err = a.Authenticate(t.Context(), "")
	wants(t, err, fault.DeviceUnknown)
	wants(t, a.Revoke(t.Context(), CommandLine, "none"), fault.NotFound)
	all := must[[]DeviceOf](t)(a.Devices(t.Context()))
	if len(all) != 1 || !all[0].Revoked || all[0].Owner.Email != "ana@demo.example" {
		t.Fatalf("%+v", all)
	}
	if next := enroll(t, a, "ana@demo.example"); next.Device.Number != e.Device.Number+1 {
		t.Fatal("the number of a revoked device was given again")
	}
}

func TestDeactivationShutsDevicesOutUntilItEnds(t *testing.T) {
	a, _, _ := openTest(t)
	addUser(t, a, "boss@demo.example", schema.Admin)
	u := addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	e := enroll(t, a, u.Email)
	var told []string
	a.OnRevoke(func(id string) { told = append(told, id) })
	yes, no := true, false
	must[User](t)(a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Active: &no}))
	_, err := a.Authenticate(t.Context(), e.Token)
	wants(t, err, fault.DeviceRevoked)
	if len(told) != 1 || told[0] != e.Device.ID {
		t.Fatalf("told of %v", told)
	}
	must[User](t)(a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Active: &yes}))
	must[Principal](t)(a.Authenticate(t.Context(), e.Token))
}

func TestConsoleAuthors(t *testing.T) {
	a, _, _ := openTest(t)
	ana, beto := addUser(t, a, "ana@demo.example", schema.Office), addUser(t, a, "beto@demo.example", schema.Office)
	first := must[Device](t)(a.ConsoleAuthor(t.Context(), ana.ID))
	again := must[Device](t)(a.ConsoleAuthor(t.Context(), ana.ID))
	second := must[Device](t)(a.ConsoleAuthor(t.Context(), beto.ID))
	if first != again || first.Number != 2 || second.Number != 3 {
		t.Fatalf("%+v, %+v, %+v", first, again, second)
	}
	_, err := a.ConsoleAuthor(t.Context(), "nobody")
	wants(t, err, fault.NotFound)
	laptop := enroll(t, a, ana.Email)
	names := map[uint32]string{}
	for _, d := range must[[]DeviceOf](t)(a.Authors(t.Context())) {
		names[d.Number] = d.Owner.Name
	}
	if len(names) != 4 || names[2] != "ana" || names[3] != "beto" || names[laptop.Device.Number] != "ana" || names[ServerNumber] != "" {
		t.Fatalf("%v", names)
	}
	wants(t, a.Revoke(t.Context(), CommandLine, first.ID), fault.NotFound)
	if _, err := a.store.db.Exec(`UPDATE auth_device SET number = 999 WHERE number = 3`); err != nil {
		t.Fatal(err)
	}
	carla := addUser(t, a, "carla@demo.example", schema.Office)
	if d := must[Device](t)(a.ConsoleAuthor(t.Context(), carla.ID)); d.Number != laptop.Device.Number+1 {
		t.Fatalf("number %d once those of the console are used up", d.Number)
	}
}

func TestSeenIsCheapAndTrue(t *testing.T) {
	a, c, path := openTest(t)
	other := openAt(t, path, c)
	addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	e := enroll(t, a, "ana@demo.example")
	see := func(pending int64) {
		if err := a.Seen(t.Context(), e.Device.ID, "0.2", pending, clock.MillisOf(c.Now())); err != nil {
			t.Fatal(err)
		}
	}
	pendingOf := func(a *Auth) int64 { return must[[]DeviceOf](t)(a.Devices(t.Context()))[0].Pending }
	see(7)
	c.advance(time.Second)
	see(3)
	if pendingOf(a) != 3 || pendingOf(other) != 7 {
		t.Fatalf("here %d pending, written %d", pendingOf(a), pendingOf(other))
	}
	c.advance(10 * time.Second)
	see(2)
	if pendingOf(other) != 2 {
		t.Fatalf("written %d pending after ten seconds", pendingOf(other))
	}
	c.advance(time.Second)
	see(0)
	if err := a.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := must[[]DeviceOf](t)(other.Devices(t.Context()))[0]
	if d.Pending != 0 || d.Version != "0.2" || d.LastSeen != clock.MillisOf(c.Now()) || d.Owner.LastSeen != d.LastSeen {
		t.Fatalf("after a flush: %+v", d)
	}
}
