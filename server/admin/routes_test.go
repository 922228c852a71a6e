package admin

import (
	"net/http"
	"strings"
	"testing"

	"acopio/server/auth"
	"acopio/shared/api"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/schema"
)

func TestSetupThenSignInAndOut(t *testing.T) {
	o := newOffice(t, false, nil)
	b := o.browser()
	var s api.Session
	b.want(http.StatusOK, "GET", "/api/session", nil, &s)
	if s.State != api.StateSetup || s.Host != api.HostOffice || s.Lang != "en" || s.Version != "0.1" {
		t.Fatalf("%+v", s)
	}
	token, err := o.auth.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]any{"token": "wrong", "email": "boss@demo.example", "name": "Jefa Ficticia", "password": password}
	b.refused(fault.SetupLinkOld, "POST", "/api/setup", first)
	first["token"] = token
	s = api.Session{}
	b.want(http.StatusOK, "POST", "/api/setup", first, &s)
	if s.State != api.StateReady || s.User.Role != schema.Admin || len(s.Networks) != 2 || s.Device.Number != 2 {
		t.Fatalf("%+v", s)
	}
	b.refused(fault.SetupDone, "POST", "/api/setup", first)
	b.want(http.StatusOK, "GET", "/api/session", nil, &s)
	b.want(http.StatusNoContent, "POST", "/api/sign-out", nil, nil)
	s = api.Session{}
	b.want(http.StatusOK, "GET", "/api/session", nil, &s)
	if s.State != api.StateSignIn || s.User != nil || s.Networks == nil {
		t.Fatalf("%+v", s)
	}
	b.refused(fault.WrongPassword, "POST", "/api/sign-in", map[string]any{"email": "boss@demo.example", "password": "wrong"})
	if log := o.log.String(); strings.Contains(log, password) || strings.Contains(log, token) {
		t.Fatalf("a secret is in the log: %s", log)
	}
}

func TestPeopleAndNetworks(t *testing.T) {
	o := newOffice(t, false, nil)
	boss := o.addUser("boss@demo.example", schema.Admin)
	b := o.signedIn("boss@demo.example")
	ana := map[string]any{"email": "Ana@demo.example", "name": "Ana Ficticia", "role": "field", "networks": []string{"XX"}, "password": password}
	b.refused(fault.UnknownNetwork, "POST", "/api/users", ana)
	ana["networks"] = []string{"PE"}
	var u auth.User
	b.want(http.StatusOK, "POST", "/api/users", ana, &u)
	b.refused(fault.UserExists, "POST", "/api/users", ana)
	var all struct{ Users []map[string]any }
	b.want(http.StatusOK, "GET", "/api/users", nil, &all)
	if len(all.Users) != 2 || all.Users[0]["email"] != "ana@demo.example" || all.Users[0]["active"] != true || all.Users[0]["password"] != nil {
		t.Fatalf("%+v", all)
	}
	b.want(http.StatusOK, "PATCH", "/api/users/"+u.ID, map[string]any{"role": "viewer", "networks": []string{"BO"}, "active": false}, &u)
	if u.Role != schema.Viewer || u.Networks[0] != "BO" || u.Active || u.Name != "Ana Ficticia" {
		t.Fatalf("%+v", u)
	}
	b.refused(fault.UnknownNetwork, "PATCH", "/api/users/"+u.ID, map[string]any{"networks": []string{"XX"}})
	b.refused(fault.BadRequest, "PATCH", "/api/users/"+u.ID, map[string]any{"email": "new@demo.example"})
	b.refused(fault.NotFound, "PATCH", "/api/users/none", map[string]any{"name": "A"})
	b.refused(fault.LastAdmin, "PATCH", "/api/users/"+boss.ID, map[string]any{"active": false})

	b.want(http.StatusNoContent, "POST", "/api/networks", map[string]any{"code": "TG", "name": "Togo", "countries": []string{"TG"}}, nil)
	b.refused(fault.NetworkExists, "POST", "/api/networks", map[string]any{"code": "TG", "name": "Togo"})
	if o.networks.by.User.ID != boss.ID || o.networks.by.Device.Number == 0 {
		t.Fatalf("the network was made by %+v", o.networks.by)
	}
	var audit struct{ Entries []auth.AuditEntry }
	b.want(http.StatusOK, "GET", "/api/audit?limit=1", nil, &audit)
	if len(audit.Entries) != 1 || audit.Entries[0].Actor.User != boss.ID || audit.Entries[0].Subject != u.ID {
		t.Fatalf("%+v", audit)
	}
}

func TestBadBodies(t *testing.T) {
	o := newOffice(t, false, nil)
	b := o.browser()
	b.refused(fault.BadRequest, "POST", "/api/sign-in", "")
	b.refused(fault.BadRequest, "POST", "/api/sign-in", "<html>")
	b.refused(fault.BadRequest, "POST", "/api/sign-in", `{"email":"a","password":1}`)
	b.refused(fault.BadRequest, "POST", "/api/sign-in", `{"email":"a","password":"b"} {}`)
	b.refused(fault.BadRequest, "POST", "/api/sign-in", `{"mail":"a"}`)
	b.refused(fault.FileTooLarge, "POST", "/api/sign-in", `{"email":"`+strings.Repeat("a", 2<<20)+`"}`)
}

func TestDevices(t *testing.T) {
	online := ""
	o := newOffice(t, false, func(d *Deps) { d.Online = func(id string) bool { return id == online } })
	o.addUser("boss@demo.example", schema.Admin)
	o.addUser("office@demo.example", schema.Office)
	o.addUser("ana@demo.example", schema.FieldStaff, "PE", "ZZ")
	b := o.signedIn("office@demo.example")
	b.refused(fault.UserUnknown, "POST", "/api/device-codes", map[string]any{"user": "who@demo.example"})
	b.refused(fault.NotAllowed, "POST", "/api/device-codes", map[string]any{"user": "boss@demo.example"})
	var code codeView
	b.want(http.StatusOK, "POST", "/api/device-codes", map[string]any{"user": "ana@demo.example"}, &code)

	laptop := o.browser()
	in := map[string]any{"code": code.Code, "name": "Portátil", "platform": "linux", "version": "0.1", "a_newer_member": 1, "request": "r"}
	var e enrolledView
	laptop.want(http.StatusOK, "POST", protocol.EnrollPath, in, &e, "X-Acopio", "") // it is no browser
	if e.Device.Number != auth.FirstDevice || e.Server != "Acopio" || e.User.Email != "ana@demo.example" || len(e.Networks) != 1 ||
		e.Networks[0].Name != "Perú" || e.ServerTime == 0 || string(e.Key) != string(o.auth.PublicKey()) || laptop.header.Get(protocol.Header) != "1" {
		t.Fatalf("%+v", e)
	}
	first := e
	laptop.want(http.StatusOK, "POST", protocol.EnrollPath, in, &e) // as if the answer had been lost
	if e.Device.ID != first.Device.ID || e.Token == first.Token {
		t.Fatalf("%+v, then %+v", first, e)
	}
	delete(in, "request")
	laptop.refused(fault.CodeUsed, "POST", protocol.EnrollPath, in)
	if laptop.header.Get(protocol.Header) != "1" {
		t.Fatal("a refusal does not tell that it comes from an Acopio server")
	}
	in["code"] = "00000-00000"
	laptop.refused(fault.CodeWrong, "POST", protocol.EnrollPath, in)

	online = e.Device.ID
	var all struct{ Devices []deviceView }
	b.want(http.StatusOK, "GET", "/api/devices", nil, &all)
	if len(all.Devices) != 1 {
		t.Fatalf("%+v", all)
	}
	d := all.Devices[0]
	if d.ID != e.Device.ID || !d.Online || d.Revoked || d.User != "ana@demo.example" || d.UserName != "ana" || strings.Join(d.Networks, "") != "PE" {
		t.Fatalf("%+v", d)
	}
	laptop.want(http.StatusOK, "GET", "/device", nil, nil, "Authorization", "Bearer "+e.Token)
	laptop.refused(fault.DeviceUnknown, "GET", "/device", nil, "Authorization", "Bearer no")
	laptop.refused(fault.DeviceUnknown, "GET", "/device", nil)
	b.want(http.StatusNoContent, "POST", "/api/devices/"+d.ID+"/revoke", nil, nil)
	laptop.refused(fault.DeviceRevoked, "GET", "/device", nil, "Authorization", "Bearer "+e.Token)
	b.refused(fault.NotFound, "POST", "/api/devices/none/revoke", nil)
	b.want(http.StatusOK, "GET", "/api/devices", nil, &all)
	if !all.Devices[0].Revoked {
		t.Fatal("the console does not show that the device is revoked")
	}
	if strings.Contains(o.log.String(), e.Token) || strings.Contains(o.log.String(), code.Code) {
		t.Fatal("a secret is in the log")
	}
}

func TestWipingADevice(t *testing.T) {
	o := newOffice(t, false, nil)
	o.addUser("boss@demo.example", schema.Admin)
	o.addUser("office@demo.example", schema.Office)
	o.addUser("ana@demo.example", schema.FieldStaff, "PE")
	b := o.signedIn("office@demo.example")
	enroll := func(email, name string) auth.Enrolled {
		t.Helper()
		code, _, err := o.auth.DeviceCode(t.Context(), auth.CommandLine, email, 0)
		if err != nil {
			t.Fatal(err)
		}
		e, err := o.auth.Enroll(t.Context(), auth.Enrollment{Code: code, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	ana, boss := enroll("ana@demo.example", "Portátil"), enroll("boss@demo.example", "De la jefa")
	shown := func(id string) deviceView {
		t.Helper()
		var all struct{ Devices []deviceView }
		b.want(http.StatusOK, "GET", "/api/devices", nil, &all)
		for _, d := range all.Devices {
			if d.ID == id {
				return d
			}
		}
		t.Fatalf("%s is not listed", id)
		return deviceView{}
	}
	path := "/api/devices/" + ana.Device.ID + "/wipe"
	b.refused(fault.NotFound, "POST", "/api/devices/none/wipe", map[string]any{"name": "Portátil"})
	b.refused(fault.BadRequest, "POST", path, map[string]any{"name": "Otro"})
	b.refused(fault.BadRequest, "POST", path, nil)
	b.refused(fault.NotAllowed, "POST", "/api/devices/"+boss.Device.ID+"/wipe", map[string]any{"name": "De la jefa"})
	if d := shown(ana.Device.ID); d.Revoked || d.Wipe != nil {
		t.Fatalf("a refusal did something: %+v", d)
	}
	b.want(http.StatusNoContent, "POST", path, map[string]any{"name": "Portátil"}, nil)
	if d := shown(ana.Device.ID); !d.Revoked || d.Wipe == nil || d.Wipe.AtOnce || d.Wipe.At == 0 || d.Wipe.Obeyed != 0 {
		t.Fatalf("%+v %+v", d, d.Wipe)
	}
	b.want(http.StatusNoContent, "POST", path, map[string]any{"name": "Portátil", "at_once": true}, nil)
	e, err := o.auth.Errand(t.Context(), ana.Token)
	if err != nil || e.Order == nil {
		t.Fatalf("%+v %v", e, err)
	}
	order, err := e.Order.Open(o.auth.PublicKey())
	if err != nil || !order.AtOnce || order.Device != ana.Device.ID {
		t.Fatalf("%+v %v", order, err)
	}
	if err := o.auth.HandIn(t.Context(), e, 2, true); err != nil {
		t.Fatal(err)
	}
	if err := o.auth.Obeyed(t.Context(), e.Principal, order.ID.String()); err != nil {
		t.Fatal(err)
	}
	if d := shown(ana.Device.ID); d.Wipe == nil || !d.Wipe.AtOnce || d.Wipe.Obeyed == 0 || d.HandedIn == 0 || d.Proposals != 2 {
		t.Fatalf("%+v %+v", d, d.Wipe)
	}
}

func TestSettings(t *testing.T) {
	o := newOffice(t, false, nil)
	o.addUser("boss@demo.example", schema.Admin)
	b := o.signedIn("boss@demo.example")
	lease := func(want int) {
		t.Helper()
		var s settingsView
		b.want(http.StatusOK, "GET", "/api/settings", nil, &s)
		if s.LeaseDays != want || s.MostLeaseDays != auth.MostLeaseDays {
			t.Errorf("%+v, want %d", s, want)
		}
	}
	lease(auth.LeaseDays)
	for _, days := range []int{7, 0, auth.MostLeaseDays} {
		b.want(http.StatusOK, "PATCH", "/api/settings", map[string]any{"lease_days": days}, nil)
		lease(days)
	}
	for _, days := range []int{-1, auth.MostLeaseDays + 1} {
		b.refused(fault.OutOfRange, "PATCH", "/api/settings", map[string]any{"lease_days": days})
	}
	b.refused(fault.BadRequest, "PATCH", "/api/settings", map[string]any{"lease_days": "a"})
	for _, most := range []int{draft.DeletionsADay, 0, auth.MostDeletions} {
		var s settingsView
		if most != draft.DeletionsADay { // which it is before anybody sets it
			b.want(http.StatusOK, "PATCH", "/api/settings", map[string]any{"deletions": most}, nil)
		}
		b.want(http.StatusOK, "GET", "/api/settings", nil, &s)
		if s.Deletions != most || s.MostDeletions != auth.MostDeletions {
			t.Errorf("%+v, want %d", s, most)
		}
	}
	b.refused(fault.OutOfRange, "PATCH", "/api/settings", map[string]any{"deletions": auth.MostDeletions + 1})
	lease(auth.MostLeaseDays)
	b.want(http.StatusOK, "PATCH", "/api/settings", map[string]any{}, nil)
	lease(auth.MostLeaseDays)
}
