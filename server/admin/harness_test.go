package admin

import (
	"bytes"
	"context"
	"crypto/tls"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"
	"github.com/rs/zerolog"

	"acopio/server/auth"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

const password = "una clave larga"

// someNetworks stands for the part that the server's store has in networks.
type someNetworks struct {
	list []api.NetworkView
	by   auth.Principal
}

func (s *someNetworks) Networks(context.Context) ([]api.NetworkView, error) {
	return slices.Clone(s.list), nil
}

func (s *someNetworks) AddNetwork(_ context.Context, by auth.Principal, code, name string, countries []string) error {
	for _, n := range s.list {
		if n.Code == code {
			return fault.New(fault.NetworkExists, "network", code)
		}
	}
	s.list, s.by = append(s.list, api.NetworkView{Code: code, Name: name, Countries: countries}), by
	return nil
}

// office is a console under test.
type office struct {
	t        testing.TB
	auth     *auth.Auth
	networks *someNetworks
	server   *httptest.Server
	log      *bytes.Buffer
}

func newOffice(t testing.TB, secure bool, change func(*Deps)) *office {
	t.Helper()
	path := filepath.Join(t.TempDir(), "acopio.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	a, err := auth.Open(db, clock.System{}, auth.WithHashCost(64, 1))
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, auth: a, log: &bytes.Buffer{}}
	o.networks = &someNetworks{list: []api.NetworkView{{Code: "BO", Name: "Bolivia"}, {Code: "PE", Name: "Perú", Countries: []string{"PE"}}}}
	deps := Deps{Networks: o.networks, Clock: clock.System{}, Version: "0.1", Log: zerolog.New(zerolog.SyncWriter(o.log))}
	if change != nil {
		change(&deps)
	}
	mux := http.NewServeMux()
	Routes(a, deps)(mux)
	mux.Handle("GET /api/session", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := Session(a, deps, r)
		if err != nil {
			api.WriteFault(w, r, err)
			return
		}
		_ = json.NewEncoder(w).Encode(s)
	}))
	mux.Handle("GET /device", RequireDevice(a)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := auth.From(r.Context())
		_, _ = io.WriteString(w, p.Device.ID)
	})))
	if secure {
		o.server = httptest.NewTLSServer(SecurityHeaders(mux))
	} else {
		o.server = httptest.NewServer(SecurityHeaders(mux))
	}
	t.Cleanup(o.server.Close)
	return o
}

func (o *office) addUser(email string, role schema.Role, networks ...string) auth.User {
	o.t.Helper()
	u, err := o.auth.AddUser(o.t.Context(), auth.CommandLine, auth.NewUser{Email: email, Role: role, Networks: networks, Password: password})
	if err != nil {
		o.t.Fatal(err)
	}
	return u
}

// browser keeps cookies as a real one does.
type browser struct {
	*office
	client *http.Client
	set    []*http.Cookie // by the last answer
	header http.Header    // of the last answer
}

func (o *office) browser() *browser {
	jar, _ := cookiejar.New(nil) // it never fails without options
	return &browser{office: o, client: &http.Client{Jar: jar, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the test's own server
	}}}
}

func (o *office) signedIn(email string) *browser {
	o.t.Helper()
	b := o.browser()
	b.want(http.StatusOK, "POST", "/api/sign-in", map[string]any{"email": email, "password": password}, nil)
	return b
}

// do sends a request as our own page does; out takes a JSON answer.
func (b *browser) do(method, path string, in, out any, headers ...string) int {
	b.t.Helper()
	var body io.Reader
	switch v := in.(type) {
	case nil:
	case string:
		body = strings.NewReader(v)
	default:
		text, err := json.Marshal(in)
		if err != nil {
			b.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("X-Acopio", "1")
	r.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	b.set, b.header = answer.Cookies(), answer.Header
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			b.t.Fatalf("%s %s: %q: %v", method, path, text, err)
		}
	}
	return answer.StatusCode
}

// want is do for a status.
func (b *browser) want(status int, method, path string, in, out any, headers ...string) {
	b.t.Helper()
	if got := b.do(method, path, in, out, headers...); got != status {
		b.t.Fatalf("%s %s answered %d, want %d", method, path, got, status)
	}
}

// refused is do for a fault.
func (b *browser) refused(code fault.Code, method, path string, in any, headers ...string) {
	b.t.Helper()
	var f api.FaultBody
	status := b.do(method, path, in, &f, headers...)
	if f.Code != string(code) || status != code.HTTPStatus() {
		b.t.Fatalf("%s %s answered %d %s (%s), want %s", method, path, status, f.Code, f.Message, code)
	}
}
