package auth

import (
	"strings"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func TestAddUserChecks(t *testing.T) {
	a, _, _ := openTest(t)
	addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	for name, c := range map[string]struct {
		n    NewUser
		code fault.Code
	}{
		"same e-mail":       {NewUser{Email: " Ana@Demo.example", Role: schema.Viewer, Password: goodPassword}, fault.UserExists},
		"no e-mail":         {NewUser{Role: schema.Viewer, Password: goodPassword}, fault.BadEmail},
		"bad e-mail":        {NewUser{Email: "ana", Role: schema.Viewer, Password: goodPassword}, fault.BadEmail},
		"name in e-mail":    {NewUser{Email: "Ana <ana@demo.example>", Role: schema.Viewer, Password: goodPassword}, fault.BadEmail},
		"endless e-mail":    {NewUser{Email: strings.Repeat("a", 300) + "@demo.example", Role: schema.Viewer, Password: goodPassword}, fault.BadEmail},
		"short password":    {NewUser{Email: "b@demo.example", Role: schema.Viewer, Password: "áéíóú1234"}, fault.WeakPassword},
		"endless password":  {NewUser{Email: "b@demo.example", Role: schema.Viewer, Password: strings.Repeat("x", 201)}, fault.TooLong},
		"unknown role":      {NewUser{Email: "b@demo.example", Role: "boss", Password: goodPassword}, fault.UnknownChoice},
		"nobody":            {NewUser{Email: "b@demo.example", Role: schema.Nobody, Password: goodPassword}, fault.UnknownChoice},
		"control character": {NewUser{Email: "b@demo.example", Name: "B\x1b[2J", Role: schema.Viewer, Password: goodPassword}, fault.WrongType},
		"endless name":      {NewUser{Email: "b@demo.example", Name: strings.Repeat("b", 121), Role: schema.Viewer, Password: goodPassword}, fault.TooLong},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.AddUser(t.Context(), CommandLine, c.n)
			wants(t, err, c.code)
		})
	}
	if all := must[[]User](t)(a.Users(t.Context())); len(all) != 1 {
		t.Fatalf("%d people, want the first alone", len(all))
	}
}

func TestAddUserTidiesUp(t *testing.T) {
	a, _, _ := openTest(t)
	u := must[User](t)(a.AddUser(t.Context(), CommandLine, NewUser{
		Email: "  ANA.Campo@Demo.Example ", Role: schema.Coordinator, Networks: []string{"PE", " BO", "PE", ""}, Password: goodPassword,
	}))
	if u.Email != "ana.campo@demo.example" || u.Name != "ana.campo" || strings.Join(u.Networks, " ") != "BO PE" {
		t.Fatalf("%+v", u)
	}
	office := addUser(t, a, "office@demo.example", schema.Office, "PE")
	if len(office.Networks) != 0 {
		t.Fatalf("the office was granted %v: it has every network", office.Networks)
	}
}

func TestPrincipalReach(t *testing.T) {
	all := []string{"PE", "BO", "TG"}
	for _, c := range []struct {
		user     User
		networks string
		pe, tg   record.Class
	}{
		{User{Role: schema.Viewer, Networks: []string{"PE", "XX"}, Active: true}, "PE", record.PublicOnly, 0},
		{User{Role: schema.FieldStaff, Networks: []string{"PE", "TG"}, Active: true}, "PE TG", record.Everything, record.Everything},
		{User{Role: schema.Office, Active: true}, "BO PE TG", record.Everything, record.Everything},
		{User{Role: schema.Admin, Active: true}, "BO PE TG", record.Everything, record.Everything},
		{User{Role: schema.Admin}, "", 0, 0},
	} {
		p := Principal{User: c.user}
		if got := strings.Join(p.Networks(all), " "); got != c.networks {
			t.Errorf("%s reaches %q, want %q", c.user.Role, got, c.networks)
		}
		if p.Class("PE") != c.pe || p.Class("TG") != c.tg {
			t.Errorf("%s is given class %d of PE and %d of TG", c.user.Role, p.Class("PE"), p.Class("TG"))
		}
	}
}

func TestUpdateUser(t *testing.T) {
	a, _, _ := openTest(t)
	u := addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	name, role, networks := "Ana Ficticia", schema.Viewer, []string{"BO"}
	got := must[User](t)(a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Name: &name, Role: &role, Networks: &networks}))
	read := must[User](t)(a.User(t.Context(), u.ID))
	for _, x := range []User{got, read} {
		if x.Name != name || x.Role != role || strings.Join(x.Networks, "") != "BO" || x.Email != u.Email {
			t.Fatalf("%+v", x)
		}
	}
	bad := schema.Role("boss")
	_, err := a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Role: &bad})
	wants(t, err, fault.UnknownChoice)
	_, err = a.UpdateUser(t.Context(), CommandLine, "nobody", UserPatch{Name: &name})
	wants(t, err, fault.NotFound)
	empty := " "
	_, err = a.UpdateUser(t.Context(), CommandLine, u.ID, UserPatch{Name: &empty})
	wants(t, err, fault.MissingField)
	_, err = a.UserByEmail(t.Context(), "who@demo.example")
	wants(t, err, fault.UserUnknown)
}

func TestLastAdminStays(t *testing.T) {
	a, _, _ := openTest(t)
	first := addUser(t, a, "a@demo.example", schema.Admin)
	no, office := false, schema.Office
	_, err := a.UpdateUser(t.Context(), CommandLine, first.ID, UserPatch{Active: &no})
	wants(t, err, fault.LastAdmin)
	_, err = a.UpdateUser(t.Context(), CommandLine, first.ID, UserPatch{Role: &office})
	wants(t, err, fault.LastAdmin)
	addUser(t, a, "b@demo.example", schema.Admin)
	must[User](t)(a.UpdateUser(t.Context(), CommandLine, first.ID, UserPatch{Active: &no}))
}

func TestAuditTellsWhoDidWhat(t *testing.T) {
	a, _, _ := openTest(t)
	boss := addUser(t, a, "boss@demo.example", schema.Admin)
	by := Principal{User: boss}.Actor()
	ana := must[User](t)(a.AddUser(t.Context(), by, NewUser{Email: "ana@demo.example", Role: schema.FieldStaff, Networks: []string{"PE"}, Password: goodPassword}))
	role, password := schema.Viewer, "otra clave larga"
	must[User](t)(a.UpdateUser(t.Context(), by, ana.ID, UserPatch{Role: &role, Password: &password}))
	e := enroll(t, a, ana.Email)
	if err := a.Revoke(t.Context(), by, e.Device.ID); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range must[[]AuditEntry](t)(a.Audit(t.Context(), 0, 100)) {
		got = append(got, e.Actor.Name+" "+e.Action+" "+e.Name+" "+e.Detail)
		for _, secret := range []string{goodPassword, password, "argon2"} {
			if strings.Contains(e.Detail+e.Name, secret) {
				t.Errorf("a secret is in the audit: %+v", e)
			}
		}
	}
	want := []string{
		"boss device_revoked Portátil ",
		"ana device_enrolled Portátil linux 0.1",
		"acopio-server code_made ana ",
		"boss password_changed ana ",
		"boss user_changed ana field [PE] active → viewer [PE] active",
		"boss user_added ana field [PE] active",
		"acopio-server user_added boss admin [] active",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("audit:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if next := must[[]AuditEntry](t)(a.Audit(t.Context(), 3, 1)); len(next) != 1 || next[0].N != 2 {
		t.Fatalf("the page before 3 is %+v", next)
	}
	for _, statement := range []string{`UPDATE auth_audit SET detail = ''`, `DELETE FROM auth_audit`} {
		if _, err := a.store.db.Exec(statement); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
}
