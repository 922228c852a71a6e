//go:build hotreload

package main

import (
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
)

// ui is Vite's own server while the interface is being worked on (`make dev`): only this build can load it.
// The page's socket to Vite goes there directly, past this proxy.
func ui() http.Handler {
	vite, err := url.Parse(os.Getenv("ACOPIO_UI_URL"))
	if err != nil || vite.Host == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "ACOPIO_UI_URL names no server: use make dev", http.StatusBadGateway)
		})
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(vite) },
		ModifyResponse: func(r *http.Response) error {
			if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
				return nil
			}
			page, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			r.Header.Del("Content-Length")
			r.ContentLength = -1
			r.Body = io.NopCloser(strings.NewReader(string(withAdditions(page))))
			return nil
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding") // the page is rewritten, so it has to come plain
		proxy.ServeHTTP(w, r)
	})
}
