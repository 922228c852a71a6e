package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/shared/api"
)

// operation is one route of the contract.
type operation struct{ method, path string }

// operations are all there are, in a fixed order: a seed names one by its number.
func operations(t testing.TB) (out []operation) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(api.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if m := strings.ToUpper(method); path != "/api/events" && slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, m) {
				out = append(out, operation{m, path})
			}
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	if len(out) < 30 {
		t.Fatalf("%d routes", len(out))
	}
	return out
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// FuzzRequests asks every route of the real router, over a real replica, for anything: the answer is one that was foreseen,
// never that something broke inside.
func FuzzRequests(f *testing.F) {
	g := newRegister(f)
	cfg := configOf(f, g.office)
	cfg.Log = zerolog.Nop()
	handler := api.New(cfg)
	all := operations(f)
	who := []string{"admin", "coord", "field", "viewer", "nobody", ""}
	change := `{"changes":[{"collection":"organization","id":"` + g.cocla + `","fields":{"name":"Otra","founded":1970}}]}`
	for i := range all {
		f.Add(uint8(i), uint8(0), "", "", []byte(`{}`))
	}
	for i, op := range all {
		if op.method != http.MethodGet {
			f.Add(uint8(i), uint8(1), g.cocla, "", []byte(change))
			f.Add(uint8(i), uint8(1), g.norte, "dry_run=true", []byte(`{"survivor":"`+g.cocla+`","loser":"`+g.norte+`","keep":1,"items":[null]}`))
			f.Add(uint8(i), uint8(2), "", "name=a.csv", []byte("name,flo_id\nSol,77\n"))
			continue
		}
		f.Add(uint8(i), uint8(3), g.contact, "network=PE&q=co&sort=-name&limit=1&fields=name", []byte(nil))
		f.Add(uint8(i), uint8(1), "organization", "filter=founded%3E1900&as_of=2025-01-01&after=x&format=csv", []byte(nil))
	}
	f.Fuzz(func(t *testing.T, route, user uint8, part, query string, body []byte) {
		op := all[int(route)%len(all)]
		n := 0
		path := parameter.ReplaceAllStringFunc(op.path, func(name string) string {
			n++
			if part != "" && (n > 1 || name != "{collection}" || strings.Count(op.path, "{") == 1) {
				return url.PathEscape(part)
			}
			if name == "{collection}" {
				return "organization"
			}
			return g.cocla
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, op.method, "/", bytes.NewReader(body))
		u, err := url.Parse(path)
		if err != nil {
			return
		}
		u.RawQuery = query
		r.URL = u
		r.Header.Set(userHeader, who[int(user)%len(who)])
		r.Header.Set(api.OriginHeader, "1")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %s?%s: %d %s", op.method, path, query, w.Code, w.Body)
		}
		if w.Code >= http.StatusBadRequest && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s %s?%s: %d without a reason: %s", op.method, path, query, w.Code, w.Body)
		}
	})
}
