package api

import (
	"net/http"

	"github.com/rs/zerolog"

	"acopio/shared/clock"
	"acopio/shared/replica"
)

// Config is what a host gives the API.
type Config struct {
	// Replica is the replica to read now; it may become another one when it is rebuilt, and may be nil while nobody's
	// session is ready.
	Replica func() *replica.Replica
	Host    Host
	// Sync is the desktop's; nil in the office, which then has none of its routes.
	Sync Sync
	// OnStatus, if set, calls back with each change of the synchronization's status until canceled.
	OnStatus func(func(Status)) (cancel func())
	// Lang, if set, is the language of sentences in events, which answer no request; es when nil.
	Lang      func() string
	Log       zerolog.Logger
	UploadDir string      // for files being imported; made when missing
	Clock     clock.Clock // nil: clock.System
}

// New serves everything under /api/.
func New(cfg Config) http.Handler {
	mux := http.NewServeMux()
	Register(mux, cfg)
	return mux
}
