package syncer

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// stranger is a syncer with nothing to sync: for what happens before the first frame.
type stranger struct {
	*Syncer
	mu    sync.Mutex
	state device.State
}

func newStranger(server, ca string) *stranger {
	s := &stranger{state: device.State{Server: server, CA: ca}}
	s.Syncer = New(Config{
		Token: "secret", Clock: clock.System{}, Log: zerolog.Nop(), Changed: func() {},
		Device: func() device.State {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.state
		},
		Update: func(change func(*device.State)) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			change(&s.state)
			return nil
		},
	})
	return s
}

// attempt tries once, for a while, and says why it failed.
func (s *stranger) attempt(t *testing.T, within time.Duration) fault.Code {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	err := s.connect(ctx, true)
	if err == nil {
		t.Fatal("it succeeded")
	}
	s.failed(err)
	return fault.Of(err).Code
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func listen(t *testing.T, treat func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go treat(c)
		}
	}()
	return "http://" + l.Addr().String()
}

func answering(status int, acopio bool, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if acopio {
			w.Header().Set(protocol.Header, "1")
		}
		w.Header().Set("Location", "https://portal.example/")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Whatever is between a laptop and its server, the people are told what it is.
func TestWhatStandsInTheWay(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + gone.Addr().String()
	_ = gone.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	for name, c := range map[string]struct {
		server string
		code   fault.Code
	}{
		"a portal's page":           {serve(t, answering(200, false, "<html>Bienvenido</html>")), fault.ServerNotAcopio},
		"a portal's redirect":       {serve(t, answering(302, false, "")), fault.ServerRedirects},
		"a portal by the book":      {serve(t, answering(511, false, "<html>")), fault.ProxyRequired},
		"a proxy wants a password":  {serve(t, answering(407, false, "")), fault.ProxyRequired},
		"a page wants a password":   {serve(t, answering(401, false, "")), fault.ServerNotAcopio},
		"behind a proxy, down":      {serve(t, answering(502, false, "")), fault.ServerRefused},
		"revoked":                   {serve(t, answering(403, true, `{"code":"device_revoked"}`)), fault.DeviceRevoked},
		"unknown to the server":     {serve(t, answering(403, true, `{"code":"device_unknown"}`)), fault.DeviceUnknown},
		"busy":                      {serve(t, answering(503, true, `{"code":"server_busy"}`)), fault.ServerBusy},
		"not trusted":               {secure.URL, fault.ServerCertificate},
		"spoken to in the clear":    {strings.Replace(secure.URL, "https", "http", 1), fault.ServerNotAcopio},
		"not encrypted":             {strings.Replace(serve(t, echo), "http", "https", 1), fault.ServerPlain},
		"another's websocket":       {serve(t, echo), fault.ServerNotAcopio},
		"refused":                   {refused, fault.ServerRefused},
		"reset":                     {listen(t, reset), fault.ServerReset},
		"closed in the handshake":   {listen(t, func(c net.Conn) { _ = c.Close() }), fault.ServerReset},
		"silent":                    {listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), fault.ServerTimeout},
		"an address that is no URL": {"http://[::1", fault.BadURL},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStranger(c.server, "")
			if got := s.attempt(t, time.Second); got != c.code {
				t.Errorf("%s, want %s", got, c.code)
			}
			d := s.Device()
			if d.LastError == nil || d.LastError.Code != c.code || d.Revoked != (c.code == fault.DeviceRevoked || c.code == fault.DeviceUnknown) {
				t.Errorf("the device remembers %+v", d)
			}
			if p := s.Progress(); p.Connected || fault.Of(p.Err).Code != c.code {
				t.Errorf("people are shown %+v", p)
			}
		})
	}
}

func reset(c net.Conn) {
	_, _ = c.Read(make([]byte, 10))
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// echo is a websocket that is not Acopio's.
func echo(w http.ResponseWriter, r *http.Request) {
	u := websocket.Upgrader{}
	if conn, err := u.Upgrade(w, r, nil); err == nil {
		_ = conn.Close()
	}
}

// The token goes to the server and nowhere else.
func TestTheTokenIsNotCarriedOn(t *testing.T) {
	var mu sync.Mutex
	var elsewhere []string
	portal := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		elsewhere = append(elsewhere, r.Header.Get("Authorization"))
	})
	var given string
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		given = r.Header.Get("Authorization")
		http.Redirect(w, r, portal, http.StatusTemporaryRedirect)
	})
	if got := newStranger(server, "").attempt(t, time.Second); got != fault.ServerRedirects {
		t.Errorf("%s", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if given != "Bearer secret" || len(elsewhere) != 0 {
		t.Errorf("the server got %q, another %v", given, elsewhere)
	}
}

// Faults that trying again can mend are tried again while there is time; others are told at once.
func TestOnceTriesAgainWhereThatCanHelp(t *testing.T) {
	for status, body := range map[int]string{503: `{"code":"server_busy"}`, 403: `{"code":"device_revoked"}`} {
		var mu sync.Mutex
		tries := 0
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			tries++
			mu.Unlock()
			answering(status, true, body)(w, r)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		began := time.Now()
		err := newStranger(server, "").Once(ctx)
		cancel()
		mu.Lock()
		n := tries
		mu.Unlock()
		if status == 503 && (!fault.Is(err, fault.ServerBusy) || n < 3) {
			t.Errorf("busy: %d tries, %v", n, err)
		}
		if status == 403 && (!fault.Is(err, fault.DeviceRevoked) || n != 1 || time.Since(began) > time.Second) {
			t.Errorf("revoked: %d tries, %v", n, err)
		}
	}
}
