package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

func TestCookies(t *testing.T) {
	for _, secure := range []bool{true, false} {
		o := newOffice(t, secure, nil)
		o.addUser("ana@demo.example", schema.Viewer, "PE")
		b := o.signedIn("ana@demo.example")
		if len(b.set) != 1 {
			t.Fatalf("%d cookies", len(b.set))
		}
		k := b.set[0]
		name := plainCookie
		if secure {
			name = secureCookie
		}
		if k.Name != name || k.Secure != secure || !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || k.Path != "/" || k.Domain != "" {
			t.Fatalf("cookie over TLS=%v: %+v", secure, k)
		}
		var s api.Session
		b.want(http.StatusOK, "GET", "/api/session", nil, &s)
		if s.State != api.StateReady || len(s.Networks) != 1 || s.Networks[0].Code != "PE" {
			t.Fatalf("%+v", s)
		}
		if secure { // a page on a subdomain could set the plain name
			other := o.browser()
			other.do("GET", "/api/session", nil, &s, "Cookie", plainCookie+"="+k.Value)
			if s.State == api.StateReady {
				t.Fatalf("the plain cookie was taken over TLS: %+v", s)
			}
		}
	}
}

func TestCookieBehindAProxy(t *testing.T) {
	o := newOffice(t, false, func(d *Deps) { d.BehindProxy = true })
	o.addUser("ana@demo.example", schema.Viewer, "PE")
	b := o.browser()
	in := map[string]any{"email": "ana@demo.example", "password": password}
	b.want(http.StatusOK, "POST", "/api/sign-in", in, nil, "X-Forwarded-Proto", "https")
	if b.set[0].Name != secureCookie || !b.set[0].Secure {
		t.Fatalf("%+v", b.set[0])
	}
	in["password"] = "una clave mala"
	for range 20 {
		in["email"] = time.Now().Format("150405.000000000") + "@demo.example"
		b.refused(fault.WrongPassword, "POST", "/api/sign-in", in, "X-Forwarded-For", "10.9.9.9, 192.0.2.7")
	}
	b.refused(fault.TooManyAttempts, "POST", "/api/sign-in", in, "X-Forwarded-For", "10.8.8.8, 192.0.2.7")
	b.refused(fault.WrongPassword, "POST", "/api/sign-in", in, "X-Forwarded-For", "192.0.2.7, 192.0.2.8")
}

func TestOtherPagesCannotActForAPerson(t *testing.T) {
	o := newOffice(t, false, nil)
	o.addUser("boss@demo.example", schema.Admin)
	b := o.signedIn("boss@demo.example")
	network := map[string]any{"code": "TG", "name": "Togo", "countries": []string{"TG"}}
	b.refused(fault.CrossOrigin, "POST", "/api/networks", network, "Sec-Fetch-Site", "cross-site")
	b.refused(fault.CrossOrigin, "POST", "/api/networks", network, "Sec-Fetch-Site", "same-site")
	b.refused(fault.CrossOrigin, "POST", "/api/networks", network, "Origin", "https://evil.example")
	b.refused(fault.CrossOrigin, "POST", "/api/sign-out", nil, "Origin", "null")
	b.refused(fault.CrossOrigin, "POST", "/api/networks", network, "X-Acopio", "")
	b.want(http.StatusNoContent, "POST", "/api/networks", network, nil, "Origin", o.server.URL, "Sec-Fetch-Site", "same-origin")
}

func TestRolesAtTheDoor(t *testing.T) {
	o := newOffice(t, false, nil)
	o.addUser("admin@demo.example", schema.Admin)
	o.addUser("office@demo.example", schema.Office)
	o.addUser("coord@demo.example", schema.Coordinator, "PE")
	nobody, admin, office, coord := o.browser(), o.signedIn("admin@demo.example"), o.signedIn("office@demo.example"), o.signedIn("coord@demo.example")
	for _, c := range []struct {
		method, path string
		least        schema.Role
	}{
		{"GET", "/api/users", schema.Admin},
		{"POST", "/api/users", schema.Admin},
		{"PATCH", "/api/users/x", schema.Admin},
		{"POST", "/api/networks", schema.Admin},
		{"GET", "/api/audit", schema.Admin},
		{"GET", "/api/devices", schema.Office},
		{"POST", "/api/devices/x/revoke", schema.Office},
		{"POST", "/api/devices/x/wipe", schema.Office},
		{"POST", "/api/device-codes", schema.Office},
		{"GET", "/api/settings", schema.Office},
		{"PATCH", "/api/settings", schema.Admin},
	} {
		nobody.refused(fault.SignInNeeded, c.method, c.path, nil)
		coord.refused(fault.NotAllowed, c.method, c.path, nil)
		if c.least == schema.Admin {
			office.refused(fault.NotAllowed, c.method, c.path, nil)
		} else if office.do(c.method, c.path, nil, nil) == http.StatusForbidden {
			t.Errorf("%s %s is shut to the office", c.method, c.path)
		}
		if admin.do(c.method, c.path, nil, nil) == http.StatusForbidden {
			t.Errorf("%s %s is shut to an administrator", c.method, c.path)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	for _, secure := range []bool{true, false} {
		b := newOffice(t, secure, nil).browser()
		b.do("GET", "/api/session", nil, nil)
		for name, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if got := b.header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s is %q", name, got)
			}
		}
		if got := b.header.Get("Strict-Transport-Security") != ""; got != secure {
			t.Errorf("Strict-Transport-Security over TLS=%v: %v", secure, got)
		}
	}
}
