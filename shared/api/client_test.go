package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"acopio/shared/api"
)

// client asks the API over a real connection, as one person.
type client struct {
	t    testing.TB
	url  string
	user string
	lang string
}

// serve starts the API of an office.
func serve(t testing.TB, o *office, change ...func(*api.Config)) *client {
	t.Helper()
	cfg := configOf(t, o)
	for _, f := range change {
		f(&cfg)
	}
	server := httptest.NewServer(api.New(cfg))
	t.Cleanup(server.Close)
	return &client{t: t, url: server.URL, user: "admin", lang: "en"}
}

// as is the same client as another person.
func (c *client) as(user string) *client {
	other := *c
	other.user = user
	return &other
}

func (c *client) request(method, path string, body io.Reader) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set(userHeader, c.user)
	r.Header.Set("Accept-Language", c.lang)
	if method != http.MethodGet {
		r.Header.Set(api.OriginHeader, "1")
	}
	return r
}

func (c *client) send(r *http.Request) (int, []byte) {
	c.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, b
}

// get asks and expects an answer.
func get[T any](c *client, path string) T {
	c.t.Helper()
	return call[T](c, http.MethodGet, path, nil)
}

// call sends JSON and expects an answer.
func call[T any](c *client, method, path string, body any) T {
	c.t.Helper()
	status, b := c.do(method, path, body)
	var out T
	if status != http.StatusOK {
		c.t.Fatalf("%s %s: %d %s", method, path, status, b)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, path, err, b)
	}
	return out
}

func (c *client) do(method, path string, body any) (int, []byte) {
	c.t.Helper()
	var in io.Reader
	switch x := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(x)
	default:
		b, err := json.Marshal(x)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	return c.send(c.request(method, path, in))
}

// refused expects a failure of a code and returns its sentence.
func (c *client) refused(method, path string, body any, status int, code string) string {
	c.t.Helper()
	got, b := c.do(method, path, body)
	var f api.FaultBody
	if err := json.Unmarshal(b, &f); err != nil {
		c.t.Fatalf("%s %s: %d %s", method, path, got, b)
	}
	if got != status || f.Code != code || f.Message == "" {
		c.t.Fatalf("%s %s: got %d %s, want %d %s", method, path, got, b, status, code)
	}
	return f.Message
}

func configOf(t testing.TB, o *office) api.Config {
	t.Helper()
	return api.Config{Replica: replicaOf(o), Host: o, Log: zerolog.New(zerolog.NewTestWriter(t)), UploadDir: t.TempDir(), Clock: o}
}

func decoded[T any](t testing.TB, b []byte) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return out
}
