package service

import (
	"io/fs"
	"log"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/zerolog"

	"acopio/frontend"
	"acopio/server/admin"
	"acopio/shared/api"
	"acopio/shared/protocol"
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	admin.Routes(s.Auth, s.deps())(mux)
	api.Register(mux, s.apiConfig())
	mux.Handle("GET /healthz", http.HandlerFunc(s.healthz))
	mux.Handle("GET /readyz", http.HandlerFunc(s.readyz))
	mux.Handle("GET /metrics", s.metrics())
	mux.Handle("/", pages(frontend.Files()))
	console := named(admin.SecurityHeaders(admin.SameOrigin(compressed(s.attended(mux)))))
	all := http.NewServeMux()
	all.Handle(protocol.Path, s.devices) // a websocket is neither compressed nor a page
	all.Handle("POST "+protocol.ErrandPath, http.HandlerFunc(s.devices.ServeErrand))
	all.Handle("/", console)
	return all
}

// named lets a laptop tell this server from whatever else may answer at its address.
func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(protocol.Header, "1")
		next.ServeHTTP(w, r)
	})
}

// attended lets the office replica know who has the console open: its event stream lasts as long.
func (s *Server) attended(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == eventsPath {
			defer s.office.Attend()()
		}
		next.ServeHTTP(w, r)
	})
}

const eventsPath = "/api/events"

// compressed compresses answers, but not event streams, which must flow.
func compressed(next http.Handler) http.Handler {
	zipped := gzhttp.GzipHandler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == eventsPath {
			next.ServeHTTP(w, r)
			return
		}
		zipped.ServeHTTP(w, r)
	})
}

// pages serves the interface. Files under /assets/ carry a hash in their names and never change.
func pages(files fs.FS) http.Handler {
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		serve.ServeHTTP(w, r)
	})
}

// healthz says that the process lives.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") }

// readyz says that the store answers and the console shows what it has. Whoever asks is somebody who looks, for whom the
// office replica gathers no longer.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	s.office.Current(r.Context())
	ready, err := s.office.Ready(r.Context())
	switch {
	case err != nil:
		s.cfg.Log.Error().Err(err).Msg("not ready")
		answer(w, http.StatusServiceUnavailable, "the store does not answer")
	case !ready:
		answer(w, http.StatusServiceUnavailable, "the office replica is catching up")
	default:
		answer(w, http.StatusOK, "ready")
	}
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the client may be gone
}

// quietLog takes what net/http complains about: mostly strangers' handshakes.
func quietLog(l zerolog.Logger) *log.Logger { return log.New(debugLog{l}, "", 0) }

type debugLog struct{ zerolog.Logger }

func (d debugLog) Write(p []byte) (int, error) {
	d.Debug().Msg(strings.TrimSpace(string(p)))
	return len(p), nil
}
