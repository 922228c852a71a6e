package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/rs/zerolog"

	"acopio/shared/fault"
)

// stubStation stands where acopio/desktop/station goes: a file lock and one route that echoes.
type stubStation struct{ lock *flock.Flock }

func openStation(dataDir string, _ zerolog.Logger) (station, error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dataDir, "replica.lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.ReplicaInUse)
	}
	return &stubStation{lock: lock}, nil
}

func (s *stubStation) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"method": r.Method, "type": r.Header.Get("Content-Type"), "bytes": len(body), "body": string(body[:min(len(body), 500)]),
		})
	})
	return mux
}

func (s *stubStation) Events(func(string, any)) func() { return func() {} }

func (s *stubStation) Close() error { return s.lock.Unlock() }
