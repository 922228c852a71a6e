package main

import "net/http"

// station is what the window needs of a running desktop: its HTTP API in this process, its live events, and
// an end that flushes everything to disk.
type station interface {
	// Handler serves /api/…; requests may arrive on many goroutines.
	Handler() http.Handler
	// Events calls back, on any goroutine, for each live event until stop is called.
	Events(func(name string, data any)) (stop func())
	// Close stops syncing, flushes and releases the replica's lock.
	Close() error
}
