package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/station"
	"acopio/server/auth"
	"acopio/server/service"
	"acopio/shared/schema"
)

// TestAddingAField declares one more field and finds it everywhere: in the table of a replica that was made before it,
// in what forms are drawn from, in the API, in an export, on the wire and in the office. Laptops of the older schema
// carry it along.
func TestAddingAField(t *testing.T) {
	t.Setenv("ACOPIO_KEYRING", "off")
	altitude := schema.Field{
		Number: 900, Name: "altitude", Type: schema.Integer, Rule: schema.LastWriter, Unit: "m",
		Label: schema.Label{ES: "Altitud", EN: "Altitude", PT: "Altitude", FR: "Altitude"},
	}
	wider, err := schema.Extend(schema.Registry(), "organization", altitude)
	if err != nil {
		t.Fatal(err)
	}
	server := serveWith(t, wider)
	dir := t.TempDir()
	before := stationOn(t, dir, server, nil) // the older schema makes the table
	id := create(t, before, `{"edits":[{"kind":"create","collection":"organization","network":"PE","fields":{"name":"Antes"}}]}`)
	syncNow(t, before)
	closeStation(t, before)

	after := stationOn(t, dir, server, wider)
	if body := call(t, after, http.MethodGet, "/api/schema", ""); !strings.Contains(body, `"altitude"`) || !strings.Contains(body, "Altitud") {
		t.Error("the schema that forms are drawn from lacks the field")
	}
	call(t, after, http.MethodPost, "/api/edits", `{"edits":[{"kind":"update","collection":"organization","network":"PE","id":"`+id+`","fields":{"altitude":"3400"}}]}`)
	if body := call(t, after, http.MethodGet, "/api/records/organization?where=altitude>=3000", ""); !strings.Contains(body, `"altitude":3400`) {
		t.Errorf("the API does not find it: %s", body)
	}
	if body := call(t, after, http.MethodGet, "/api/export/organization?format=csv", ""); !strings.Contains(body, "altitude") || !strings.Contains(body, "3400") {
		t.Errorf("the export lacks it: %s", body)
	}
	syncNow(t, after)
	closeStation(t, after)

	old := stationOn(t, t.TempDir(), server, nil)
	syncNow(t, old)
	call(t, old, http.MethodPost, "/api/edits", `{"edits":[{"kind":"update","collection":"organization","network":"PE","id":"`+id+`","fields":{"acronym":"ANT"}}]}`)
	syncNow(t, old)
	again := stationOn(t, t.TempDir(), server, wider)
	syncNow(t, again)
	body := call(t, again, http.MethodGet, "/api/records/organization/"+id, "")
	if !strings.Contains(body, `"altitude":3400`) || !strings.Contains(body, `"ANT"`) {
		t.Errorf("an edit by a laptop that does not know the field lost it: %s", body)
	}
	checkSums(t, server, old, again)
}

func serveWith(t *testing.T, s *schema.Schema) *service.Server {
	t.Helper()
	server, err := service.Open(service.Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0", Log: zerolog.Nop(), Schema: s, CheapPasswords: true})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve() }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx := context.Background()
	if err := server.CreateNetwork(ctx, "test", "PE", "Red", nil); err != nil {
		t.Fatal(err)
	}
	_, err = server.Auth.AddUser(ctx, auth.CommandLine, auth.NewUser{Email: "ana@red.example", Role: schema.FieldStaff, Networks: []string{"PE"}, Password: "una clave larga"})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// stationOn opens a laptop with a schema, enrolling it where it is new.
func stationOn(t *testing.T, dir string, server *service.Server, s *schema.Schema) *station.Station {
	t.Helper()
	st, err := station.Open(station.Config{DataDir: dir, Log: zerolog.Nop(), Schema: s, Manual: true})
	if err != nil {
		t.Fatal(err)
	}
	if !st.Device().Enrolled() {
		code, _, err := server.Auth.DeviceCode(context.Background(), auth.CommandLine, "ana@red.example", 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Enroll(context.Background(), server.URL(), code, "Laptop", ""); err != nil {
			t.Fatal(err)
		}
		syncNow(t, st)
	}
	t.Cleanup(func() { _ = st.Close() }) // closed already where the test has done so
	return st
}

func closeStation(t *testing.T, st *station.Station) {
	t.Helper()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

func syncNow(t *testing.T, st *station.Station) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := st.Sync(ctx); err != nil {
		t.Fatal(err)
	}
}

// call asks the station's API as its window does.
func call(t *testing.T, st *station.Station, method, path, body string) string {
	t.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader([]byte(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Acopio", "1")
	w := httptest.NewRecorder()
	st.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.String()
}

func create(t *testing.T, st *station.Station, body string) string {
	t.Helper()
	var v struct{ Records []struct{ ID string } }
	if err := json.Unmarshal([]byte(call(t, st, http.MethodPost, "/api/edits", body)), &v); err != nil || len(v.Records) == 0 {
		t.Fatalf("nothing was created: %v", err)
	}
	return v.Records[0].ID
}

func checkSums(t *testing.T, server *service.Server, stations ...*station.Station) {
	t.Helper()
	list, err := server.Summaries(context.Background())
	if err != nil || len(list) != 1 {
		t.Fatalf("networks: %v %v", list, err)
	}
	for _, st := range stations {
		status, err := st.Status(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if status.Networks[0].Checksum != list[0].Checksum {
			t.Errorf("a laptop's checksum is %s, the server's %s", status.Networks[0].Checksum, list[0].Checksum)
		}
	}
}
