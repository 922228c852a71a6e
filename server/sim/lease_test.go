package sim

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/desktop/station"
	"acopio/server/auth"
	"acopio/server/service"
	"acopio/shared/api"
	"acopio/shared/draft"
	"acopio/shared/fault"
)

// shiftedClock is the machine's clock, put forward or back.
type shiftedClock struct {
	mu    sync.Mutex
	shift time.Duration
}

func (c *shiftedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.shift)
}

func (c *shiftedClock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift += by
}

const aDay = 24 * time.Hour

// away is a laptop of Ana's whose clock the test moves.
type away struct {
	*station.Station
	t      *testing.T
	dir    string
	clock  *shiftedClock
	server *service.Server
}

func newAway(t *testing.T, server *service.Server) *away {
	t.Helper()
	a := &away{t: t, dir: t.TempDir(), clock: &shiftedClock{}, server: server}
	a.open()
	a.enroll()
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func (a *away) open() {
	a.t.Helper()
	st, err := station.Open(station.Config{DataDir: a.dir, Log: zerolog.Nop(), Clock: a.clock, Manual: true})
	if err != nil {
		a.t.Fatal(err)
	}
	a.Station = st
}

func (a *away) enroll() {
	a.t.Helper()
	code, _, err := a.server.Auth.DeviceCode(context.Background(), auth.CommandLine, "ana@red.example", 0)
	if err == nil {
		err = a.Enroll(context.Background(), a.server.URL(), code, "Laptop", "")
	}
	if err != nil {
		a.t.Fatal(err)
	}
	syncNow(a.t, a.Station)
}

// restart is the program closed and opened again.
func (a *away) restart() {
	a.t.Helper()
	closeStation(a.t, a.Station)
	a.open()
}

func (a *away) session() api.Session {
	a.t.Helper()
	var v api.Session
	if err := json.Unmarshal([]byte(call(a.t, a.Station, http.MethodGet, "/api/session", "")), &v); err != nil {
		a.t.Fatal(err)
	}
	return v
}

func (a *away) status() api.Status {
	a.t.Helper()
	st, err := a.Status(context.Background())
	if err != nil {
		a.t.Fatal(err)
	}
	return st
}

// refuses demands that everything that shows or changes the register answers with one fault, and that nothing of the
// canary is in any answer.
func (a *away) refuses(code fault.Code, canary string) {
	a.t.Helper()
	for _, route := range []string{
		"GET /api/records/organization", "GET /api/find?q=canario", "GET /api/overview", "GET /api/conflicts", "GET /api/pending", "GET /api/batches",
		"GET /api/export/organization?format=csv", "GET /api/events", "GET /api/sync/log", "GET /api/drafts", "PUT /api/drafts", "POST /api/imports", "POST /api/edits",
	} {
		method, path, _ := strings.Cut(route, " ")
		r := httptest.NewRequest(method, path, strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Acopio", "1")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		var f api.FaultBody
		if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || f.Code != string(code) || strings.Contains(w.Body.String(), canary) {
			a.t.Errorf("%s answered %d %s", route, w.Code, w.Body)
		}
	}
	if _, err := a.Edit(context.Background(), draft.Intent{}); !fault.Is(err, code) {
		a.t.Errorf("an edit: %v", err)
	}
	for _, route := range []string{"/api/session", "/api/sync", "/api/schema", "/api/sync/handed-in"} {
		if body := call(a.t, a.Station, http.MethodGet, route, ""); strings.Contains(body, canary) {
			a.t.Errorf("%s tells %s", route, body)
		}
	}
}

// A laptop stays away for longer than the office lets it: it warns, then shows and takes nothing, whatever is done to its
// clock, until it has been in contact; and what was not sent is there, and is sent.
func TestTheLease(t *testing.T) {
	t.Setenv("ACOPIO_KEYRING", "off")
	server := serveWith(t, nil)
	a := newAway(t, server)
	create(t, a.Station, `{"edits":[{"kind":"create","collection":"organization","network":"PE","fields":{"name":"canario sin enviar"}}]}`)
	if st := a.status(); st.Lease == nil || st.Lease.Days != 30 || st.Lease.Near || st.Pending != 1 {
		t.Fatalf("%+v %+v", st, st.Lease)
	}
	a.clock.move(25 * aDay)
	if st := a.status(); st.Lease == nil || !st.Lease.Near || st.Pending != 1 {
		t.Errorf("nobody is warned: %+v", st.Lease)
	}
	a.clock.move(-20 * aDay) // somebody puts the clock back
	a.restart()
	a.clock.move(5 * aDay)
	a.restart()
	if s := a.session(); s.State != api.StateLocked || s.User == nil || len(s.Networks) != 0 {
		t.Errorf("%+v", s)
	}
	if st := a.status(); st.State != api.SyncLocked || st.Pending != 1 {
		t.Errorf("%+v", st)
	}
	a.refuses(fault.LeaseExpired, "canario")
	a.clock.move(-40 * aDay)
	a.refuses(fault.LeaseExpired, "canario")

	syncNow(t, a.Station)
	if s := a.session(); s.State != api.StateReady || len(s.Networks) != 1 {
		t.Errorf("%+v", s)
	}
	if body := call(t, a.Station, http.MethodGet, "/api/records/organization", ""); !strings.Contains(body, "canario sin enviar") {
		t.Errorf("got %s", body)
	}
	if st := a.status(); st.Pending != 0 || st.Lease.Near {
		t.Errorf("%+v", st)
	}
	checkSums(t, server, a.Station)

	if err := server.Auth.SetLease(context.Background(), auth.CommandLine, 0); err != nil {
		t.Fatal(err)
	}
	syncNow(t, a.Station)
	a.clock.move(1000 * aDay)
	if s, st := a.session(), a.status(); s.State != api.StateReady || st.Lease != nil {
		t.Errorf("without a lease: %+v %+v", s, st.Lease)
	}
}

// The office orders a laptop to be wiped: what was not sent is handed in, everything goes, also while the program runs on,
// and the computer can be enrolled anew.
func TestAWipedComputerIsAsNew(t *testing.T) {
	t.Setenv("ACOPIO_KEYRING", "off")
	server := serveWith(t, nil)
	a := newAway(t, server)
	create(t, a.Station, `{"edits":[{"kind":"create","collection":"organization","network":"PE","fields":{"name":"canario enviado"}}]}`)
	syncNow(t, a.Station)
	create(t, a.Station, `{"edits":[{"kind":"create","collection":"organization","network":"PE","fields":{"name":"canario sin enviar"}}]}`)
	if err := server.Auth.OrderWipe(context.Background(), auth.CommandLine, a.Device().ID, false); err != nil {
		t.Fatal(err)
	}
	if err := a.Sync(context.Background()); !fault.Is(err, fault.DeviceWiped) {
		t.Fatalf("%v", err)
	}
	for range 2 { // the same when the program is opened again
		s := a.session()
		if s.State != api.StateWiped || s.Wiped == nil || s.Wiped.HandedIn != 1 || !s.Wiped.Done || s.User != nil {
			t.Errorf("%+v %+v", s, s.Wiped)
		}
		a.refuses(fault.DeviceWiped, "canario")
		if err := a.Sync(context.Background()); !fault.Is(err, fault.DeviceWiped) {
			t.Errorf("%v", err)
		}
		if _, err := device.Token(a.dir); !fault.Is(err, fault.NotEnrolled) {
			t.Errorf("the token: %v", err)
		}
		a.restart()
	}
	a.holdsNone("canario")
	wipes, err := server.Auth.Wipes(context.Background())
	if err != nil || len(wipes) != 1 {
		t.Fatalf("%v %v", wipes, err)
	}
	for _, w := range wipes {
		if w.Obeyed == 0 {
			t.Error("the office does not know that it was obeyed")
		}
	}
	a.enroll()
	if s := a.session(); s.State != api.StateReady || s.Wiped != nil {
		t.Errorf("%+v", s)
	}
	if body := call(t, a.Station, http.MethodGet, "/api/records/organization", ""); !strings.Contains(body, "canario enviado") || strings.Contains(body, "sin enviar") {
		t.Errorf("got %s", body)
	}
	a.restart()
	if s := a.session(); s.State != api.StateReady {
		t.Errorf("%+v", s)
	}
}

// A laptop whose access is withdrawn hands in what it had not sent, says so, and shows nothing more.
func TestAWithdrawnComputerSaysWhatBecameOfItsEdits(t *testing.T) {
	t.Setenv("ACOPIO_KEYRING", "off")
	server := serveWith(t, nil)
	a := newAway(t, server)
	create(t, a.Station, `{"edits":[{"kind":"create","collection":"organization","network":"PE","fields":{"name":"canario sin enviar"}}]}`)
	if err := server.Auth.Revoke(context.Background(), auth.CommandLine, a.Device().ID); err != nil {
		t.Fatal(err)
	}
	if err := a.Sync(context.Background()); !fault.Is(err, fault.DeviceRevoked) {
		t.Fatalf("%v", err)
	}
	if s := a.session(); s.State != api.StateWithdrawn || s.Device == nil || s.Server == "" {
		t.Errorf("%+v", s)
	}
	a.refuses(fault.DeviceRevoked, "canario")
	var got api.HandIns
	if err := json.Unmarshal([]byte(call(t, a.Station, http.MethodGet, "/api/sync/handed-in", "")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.HandIns) != 1 || got.HandIns[0].Proposals != 1 || got.HandIns[0].Network != "PE" || got.HandIns[0].At == 0 {
		t.Errorf("%+v", got)
	}
	a.enroll()
	if s := a.session(); s.State != api.StateReady {
		t.Errorf("%+v", s)
	}
}

// holdsNone demands that no file of the laptop holds a text.
func (a *away) holdsNone(canary string) {
	a.t.Helper()
	var names []string
	err := filepath.WalkDir(a.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		names = append(names, e.Name())
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), canary) {
			a.t.Errorf("%s is still in %s", canary, path)
		}
		return err
	})
	if err != nil || slices.Contains(names, "device.json") || !slices.Contains(names, "wiped.json") {
		a.t.Errorf("%v %v", names, err)
	}
}
