package admin

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"acopio/shared/protocol"
	"acopio/shared/schema"
)

// FuzzBodies posts anything to every route of the console that takes a body, as a stranger and as an administrator.
func FuzzBodies(f *testing.F) {
	o := newOffice(f, false, nil)
	o.addUser("boss@demo.example", schema.Admin)
	ana := o.addUser("ana@demo.example", schema.FieldStaff, "PE")
	boss, _, err := o.auth.SignIn(f.Context(), "boss@demo.example", password, "127.0.0.1")
	if err != nil {
		f.Fatal(err)
	}
	routes := []struct{ method, path, sample string }{
		{"POST", "/api/sign-in", `{"email":"boss@demo.example","password":"x"}`},
		{"POST", "/api/setup", `{"token":"x","email":"a@b.example","name":"A","password":"una clave larga"}`},
		{"POST", "/api/users", `{"email":"b@demo.example","name":"B","role":"field","networks":["PE"],"password":"una clave larga"}`},
		{"PATCH", "/api/users/" + ana.ID, `{"active":false,"role":"viewer","networks":["BO"],"name":null}`},
		{"POST", "/api/networks", `{"code":"EC","name":"Ecuador","countries":["EC"]}`},
		{"PATCH", "/api/settings", `{"lease_days":30}`},
		{"POST", "/api/device-codes", `{"email":"ana@demo.example"}`},
		{"POST", "/api/devices/x/wipe", `{"at_once":true}`},
		{"POST", protocol.EnrollPath, `{"code":"AAAAA-AAAAA","name":"Portátil","platform":"linux"}`},
	}
	for i, r := range routes {
		f.Add(uint8(i), true, []byte(r.sample))
		f.Add(uint8(i), false, []byte(r.sample))
	}
	f.Add(uint8(2), true, []byte(`{"email":[[[{"a":1e999}]]],"\u0000":"\ud800"} {}`))
	f.Fuzz(func(t *testing.T, route uint8, known bool, body []byte) {
		r := routes[int(route)%len(routes)]
		req := httptest.NewRequest(r.method, r.path, bytes.NewReader(body))
		req.Header.Set("X-Acopio", "1")
		if known {
			req.AddCookie(&http.Cookie{Name: plainCookie, Value: boss})
		}
		w := httptest.NewRecorder()
		o.server.Config.Handler.ServeHTTP(w, req)
		if w.Code == http.StatusInternalServerError || w.Code >= http.StatusBadRequest && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s %s: %d %s", r.method, r.path, w.Code, w.Body)
		}
	})
}
