package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rs/zerolog"
)

func TestContentRoutes(t *testing.T) {
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/panic" {
			panic("on purpose")
		}
		_, _ = io.WriteString(w, "api "+r.URL.Path)
	})
	ui := fstest.MapFS{
		"index.html":       {Data: []byte("<html><head><title>Acopio</title></head></html>")},
		"assets/app-12.js": {Data: []byte("js")},
	}
	handler := content(api, files(ui), zerolog.Nop())
	for _, c := range []struct {
		path string
		code int
		want string
	}{
		{"/api/status", 200, "api /api/status"},
		{"/api/panic", 500, `"internal"`},
		{"/", 200, "<title>Acopio</title>"},
		{"/assets/app-12.js", 200, "js"},
		{"/assets/gone.js", 404, ""},
		{"/", 200, "/window/fetch.js"},
		{"/window/fetch.js", 200, "window.fetch"},
		{"/window/gtk.css", 200, "word-spacing"},
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, c.path, http.NoBody))
		if answer.Code != c.code || !strings.Contains(answer.Body.String(), c.want) {
			t.Errorf("%s: %d %q, want %d with %q", c.path, answer.Code, answer.Body, c.code, c.want)
		}
	}
}

func TestContentWithoutABuiltInterface(t *testing.T) {
	handler := content(http.NotFoundHandler(), files(fstest.MapFS{".gitkeep": {}}), zerolog.Nop())
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if !strings.Contains(answer.Body.String(), "make build") {
		t.Errorf("no hint: %q", answer.Body)
	}
}
