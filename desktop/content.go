package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io/fs"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/rs/zerolog"
)

// contentPolicy lets the page load from the window's own origin and nowhere else: nothing is fetched from
// elsewhere at run time. Styles may be inline because Svelte and the map set them on elements; workers and
// images may be blobs because the map makes them.
const contentPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"worker-src 'self' blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'"

// fetchScript makes the page's requests safe for this window; see its own comment.
//
//go:embed fetch.js
var fetchScript []byte

// gtkStyle mends how words are set on Linux; see its own comment.
//
//go:embed gtk.css
var gtkStyle []byte

const (
	fetchScriptPath = "/window/fetch.js"
	gtkStylePath    = "/window/gtk.css"
)

// content is everything the window loads: /api/… from the station in this process, the rest from the
// interface, whose places are behind a # and so always in the one page.
func content(api, ui http.Handler, log zerolog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", api)
	mux.HandleFunc(fetchScriptPath, serve(fetchScript, "text/javascript; charset=utf-8"))
	mux.HandleFunc(gtkStylePath, serve(gtkStyle, "text/css; charset=utf-8"))
	addTestRoutes(mux)
	mux.Handle("/", ui)
	return survive(mux, log)
}

func serve(content []byte, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(content)
	}
}

// files serves a built interface, its page with what this window adds to it.
func files(ui fs.FS) http.Handler {
	server := http.FileServerFS(ui)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", contentPolicy)
		if r.URL.Path != "/" && r.URL.Path != "/index.html" {
			server.ServeHTTP(w, r)
			return
		}
		page, err := fs.ReadFile(ui, "index.html")
		if err != nil {
			page = []byte(notBuilt)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(withAdditions(page))
	})
}

// withAdditions puts the window's own script and style before everything else in the page's head.
func withAdditions(page []byte) []byte {
	head := `<head><script src="` + fetchScriptPath + `"></script>`
	if runtime.GOOS == "linux" {
		head += `<link rel="stylesheet" href="` + gtkStylePath + `">`
	}
	return bytes.Replace(page, []byte("<head>"), []byte(head), 1)
}

// notBuilt is shown by a window that was compiled before its interface was.
const notBuilt = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Acopio</title></head>
<body><h1>Acopio</h1><p>This window was built without its interface: run <code>make build</code>.</p></body></html>`

// survive turns a panic in a handler into a logged 500: in a server it would end one request, but here, where
// no server stands between, it would end the program and the unsaved field with it.
func survive(next http.Handler, log zerolog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if cause := recover(); cause != nil {
				log.Error().Str("path", r.URL.Path).Str("panic", fmt.Sprint(cause)).Bytes("stack", debug.Stack()).Msg("handler panicked")
				http.Error(w, `{"code":"internal"}`, http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
