//go:build e2e

package main

import (
	"encoding/json"
	"io"
	"net/http"
)

// addTestRoutes gives the tests a route that says what reached it: the real API would judge the body as well.
func addTestRoutes(mux *http.ServeMux) {
	const maxShown = 4 << 10
	mux.HandleFunc("POST /window/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"type": r.Header.Get("Content-Type"), "bytes": len(body), "body": string(body[:min(len(body), maxShown)]),
		})
	})
}
