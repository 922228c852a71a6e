package main

import (
	"net/http"
	"sync"
	"time"
)

// inflight counts the requests that the page has under way, so that closing the window can wait for the last
// field to be saved.
type inflight struct {
	next http.Handler

	mu      sync.Mutex
	running int
	last    time.Time // when one last began or ended
}

func (f *inflight) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.count(+1)
	defer f.count(-1)
	f.next.ServeHTTP(w, r)
}

func (f *inflight) count(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running += n
	f.last = time.Now()
}

// quiet waits until no request has run for the given time, or until the limit: a page that never rests must
// not keep the window open.
func (f *inflight) quiet(rest, limit time.Duration) bool {
	start := time.Now()
	for time.Since(start) < limit {
		f.mu.Lock()
		since := f.last
		running := f.running
		f.mu.Unlock()
		if since.Before(start) {
			since = start
		}
		if running == 0 && time.Since(since) >= rest {
			return true
		}
		time.Sleep(rest / 10)
	}
	return false
}
