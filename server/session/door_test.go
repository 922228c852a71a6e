package session

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"acopio/server/auth"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Who is let in, and for how long.

func TestStrangersAreRefusedInWords(t *testing.T) {
	h := newHouse(t)
	revoked := h.staff("r@pe.example")
	h.check(h.auth.Revoke(t.Context(), auth.CommandLine, revoked.device.ID))
	left := h.staff("l@pe.example")
	off := false
	_, err := h.auth.UpdateUser(t.Context(), auth.CommandLine, left.user.ID, auth.UserPatch{Active: &off})
	h.check(err)
	for name, c := range map[string]struct {
		who  person
		code fault.Code
	}{
		"no token":         {person{}, fault.DeviceUnknown},
		"a made-up token":  {person{token: "x"}, fault.DeviceUnknown},
		"a revoked laptop": {revoked, fault.DeviceRevoked},
		"one who left":     {left, fault.DeviceRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			_, res, err := h.try(c.who, nil)
			if err == nil || res == nil {
				t.Fatal("let in", err)
			}
			if res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusForbidden {
				t.Errorf("status %d", res.StatusCode)
			}
			if res.Header.Get(protocol.Header) == "" {
				t.Error("a laptop could not tell this answer from a captive portal's")
			}
			var body struct{ Code fault.Code }
			b, err := io.ReadAll(res.Body)
			if err != nil || json.Unmarshal(b, &body) != nil || body.Code != c.code {
				t.Errorf("%s (%v), want %s", b, err, c.code)
			}
		})
	}
	if n := h.Count(); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

func TestABrowsersPageIsRefused(t *testing.T) {
	h := newHouse(t)
	for _, origin := range []string{"https://evil.example", "http://127.0.0.1", "null"} {
		_, res, err := h.try(h.staff("p"+origin[:4]+origin[len(origin)-1:]+"@pe.example"), http.Header{"Origin": {origin}})
		if err == nil || res == nil || res.StatusCode != http.StatusForbidden {
			t.Errorf("from %s: %v", origin, err)
		}
	}
}

func TestPlainRequestsAreAnswered(t *testing.T) {
	h := newHouse(t)
	p := h.staff("p@pe.example")
	req, err := http.NewRequest(http.MethodGet, "http"+h.url[2:], nil)
	h.check(err)
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := http.DefaultClient.Do(req)
	h.check(err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d for a request that is no upgrade", res.StatusCode)
	}
}

func TestWelcomeSaysWhatThereIs(t *testing.T) {
	h := newHouse(t)
	h.write("organization", "PE", record.NewID(), map[string]any{"name": "A"})
	for _, c := range []struct {
		role   schema.Role
		grants []protocol.Grant
	}{
		{schema.Coordinator, []protocol.Grant{{Network: "PE", Class: record.Everything, Head: 2, Known: true}}},
		{schema.Viewer, []protocol.Grant{{Network: "PE", Class: record.PublicOnly, Head: 2, Known: true}}},
		{schema.Office, []protocol.Grant{{Network: "BO", Class: record.Everything, Head: 1, Known: true}, {Network: "PE", Class: record.Everything, Head: 2, Known: true}}},
	} {
		var networks []string
		if !c.role.AllNetworks() {
			networks = []string{"PE"}
		}
		p := h.person(string(c.role)+"@pe.example", c.role, networks...)
		conn, w := h.greeted(p)
		if w.Device != p.device.Number || w.Role != string(c.role) || w.Protocol != protocol.Version || string(w.Epoch) != string(h.Feed.Epoch()) {
			t.Errorf("%+v", w)
		}
		if d := time.Since(w.Now.Time()); d > time.Minute || d < -time.Minute {
			t.Errorf("the server's time is %v off", d)
		}
		if len(w.Grants) != len(c.grants) {
			t.Fatalf("%s: %+v", c.role, w.Grants)
		}
		for i := range w.Grants {
			if w.Grants[i] != c.grants[i] {
				t.Errorf("%s: %+v, want %+v", c.role, w.Grants[i], c.grants[i])
			}
		}
		_ = conn.Close()
	}
}

func TestCursorsOfAnotherLog(t *testing.T) {
	h := newHouse(t)
	p := h.staff("p@pe.example")
	head, _, err := h.Feed.Head(t.Context(), "PE")
	h.check(err)
	for name, c := range map[string]struct {
		cursor protocol.Cursor
		known  bool
	}{
		"this log's":           {protocol.Cursor{Network: "PE", Seq: 1, Hash: head.Hash, Class: record.Everything}, true},
		"nothing yet":          {protocol.Cursor{Network: "PE", Class: record.Everything}, true},
		"another hash":         {protocol.Cursor{Network: "PE", Seq: 1, Hash: []byte("x"), Class: record.Everything}, false},
		"beyond the head":      {protocol.Cursor{Network: "PE", Seq: 9, Hash: head.Hash, Class: record.Everything}, false},
		"with other rights":    {protocol.Cursor{Network: "PE", Seq: 1, Hash: head.Hash, Class: record.PublicOnly}, false},
		"a network not his":    {protocol.Cursor{Network: "BO", Seq: 1, Hash: head.Hash, Class: record.Everything}, true},
		"a network of nowhere": {protocol.Cursor{Network: "XX", Seq: 1, Hash: head.Hash, Class: record.Everything}, true},
	} {
		conn := h.connect(p)
		conn.tell(protocol.TypeHello, protocol.Hello{Protocol: 1, Cursors: []protocol.Cursor{c.cursor}})
		w := expect[protocol.Welcome](conn, protocol.TypeWelcome)
		if len(w.Grants) != 1 || w.Grants[0].Network != "PE" || w.Grants[0].Known != c.known {
			t.Errorf("%s: %+v", name, w.Grants)
		}
		_ = conn.Close()
	}
}

func TestProtocolVersions(t *testing.T) {
	h := newHouse(t)
	p := h.staff("p@pe.example")
	conn := h.connect(p)
	conn.tell(protocol.TypeHello, protocol.Hello{Protocol: protocol.MinVersion - 1})
	if why, _ := conn.farewell(); why != fault.ProtocolTooOld {
		t.Errorf("too old: %s", why)
	}
	conn = h.connect(p)
	conn.tell(protocol.TypeHello, protocol.Hello{Protocol: protocol.Version + 50})
	if w := expect[protocol.Welcome](conn, protocol.TypeWelcome); w.Protocol != protocol.Version {
		t.Errorf("with a newer client it speaks %d", w.Protocol)
	}
}

// A revoked laptop is out within five seconds, told why, and whatever it had not read.
func TestRevocationEndsTheConnection(t *testing.T) {
	h := newHouse(t)
	p, other := h.staff("p@pe.example"), h.staff("o@pe.example")
	c, _ := h.greeted(p)
	stays, _ := h.greeted(other)
	if !h.Online(p.device.ID) || h.Count() != 2 {
		t.Error("it does not count as online")
	}
	began := time.Now()
	h.check(h.auth.Revoke(t.Context(), auth.CommandLine, p.device.ID))
	why, _ := c.farewell()
	if why != fault.DeviceRevoked || time.Since(began) > 5*time.Second {
		t.Errorf("%s after %v", why, time.Since(began))
	}
	h.await("it still counts as online", 5*time.Second, func() bool { return !h.Online(p.device.ID) })
	if v := stays.push(organization("A"))[0]; v.Status != record.Applied {
		t.Errorf("another one's edit: %+v", v)
	}
}

// The command line revokes in a process of its own.
func TestRevocationByAnotherProcess(t *testing.T) {
	h := newHouse(t)
	p := h.staff("p@pe.example")
	c, _ := h.greeted(p)
	db := h.accountsDB()
	defer func() { _ = db.Close() }()
	elsewhere, err := auth.Open(db, h.Clock)
	h.check(err)
	began := time.Now()
	h.check(elsewhere.Revoke(t.Context(), auth.CommandLine, p.device.ID))
	if why, _ := c.farewell(); why != fault.DeviceRevoked || time.Since(began) > 5*time.Second {
		t.Errorf("%s after %v", why, time.Since(began))
	}
}

// A laptop that does not read must not hold its own connection open.
func TestRevocationOfOneThatDoesNotRead(t *testing.T) {
	h := newHouse(t)
	p := h.staff("p@pe.example")
	c, _ := h.greeted(p)
	h.clog(c)
	h.check(h.auth.Revoke(t.Context(), auth.CommandLine, p.device.ID))
	h.await("it still counts as online", 5*time.Second, func() bool { return !h.Online(p.device.ID) })
}

// clog makes the server's way to a client full: it asks for pages and reads none.
func (h *house) clog(c *client) {
	h.t.Helper()
	notes := noise(19_000)
	for range 60 {
		h.write("organization", "PE", record.NewID(), map[string]any{"name": "A", "notes": notes()})
	}
	for range 200 {
		c.tell(protocol.TypePull, protocol.Pull{Network: "PE", MaxBytes: 1 << 20})
	}
	time.Sleep(300 * time.Millisecond) // for the buffers to fill
}

// Between a laptop's token and its hello the office may have withdrawn it: nobody tells a session that is not there yet.
func TestRevocationBeforeTheHello(t *testing.T) {
	h := newHouse(t)
	p := h.staff("p@pe.example")
	late := lateNews{h.auth}
	h.accounts, h.Accounts = late, late
	c := h.connect(p)
	c.tell(protocol.TypeHello, protocol.Hello{Protocol: 1})
	if why, _ := c.farewell(); why != fault.DeviceRevoked {
		t.Errorf("%s", why)
	}
}

func TestNewRightsComeWithANewConnection(t *testing.T) {
	h := newHouse(t)
	p := h.staff("p@pe.example")
	c, w := h.greeted(p)
	if len(w.Grants) != 1 {
		t.Fatal(w.Grants)
	}
	viewer, both := schema.Viewer, []string{"BO", "PE"}
	_, err := h.auth.UpdateUser(t.Context(), auth.CommandLine, p.user.ID, auth.UserPatch{Role: &viewer, Networks: &both})
	h.check(err)
	if why, _ := c.farewell(); why != fault.ServerBusy {
		t.Errorf("%q: it must be one after which the laptop comes back at once", why)
	}
	c, w = h.greeted(p)
	if len(w.Grants) != 2 || w.Grants[0].Class != record.PublicOnly {
		t.Errorf("%+v", w.Grants)
	}
	if v := c.push(organization("A"))[0]; v.Code != fault.NotAllowed {
		t.Errorf("%+v", v)
	}
}

// A laptop that comes again at once, whose last conversation is still being ended, is taken for itself.
func TestALaptopThatComesAgainAtOnce(t *testing.T) {
	h := newHouse(t)
	p := h.staff("a@pe.example")
	var ticket []byte
	for range 60 {
		c := h.connect(p)
		c.tell(protocol.TypeHello, protocol.Hello{Protocol: protocol.Version, App: "test", Platform: "test", Keeps: true, Ticket: ticket})
		ticket = expect[protocol.Welcome](c, protocol.TypeWelcome).Ticket
		c.tell(protocol.TypeKeep, protocol.Keep{Ticket: ticket})
		_ = c.Close()
	}
}
