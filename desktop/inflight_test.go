package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestQuietWaitsForTheLastSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		saves := &inflight{next: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) })}
		start := time.Now()
		go func() {
			time.Sleep(100 * time.Millisecond) // the blurred field posts a moment later
			saves.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/api/x", http.NoBody))
		}()
		if !saves.quiet(150*time.Millisecond, 3*time.Second) {
			t.Error("not quiet")
		}
		if waited := time.Since(start); waited < 1100*time.Millisecond {
			t.Errorf("closed %s after the save began", waited)
		}
	})
}

func TestQuietHasALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		saves := &inflight{next: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Minute) })}
		go saves.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/x", http.NoBody))
		start := time.Now()
		if saves.quiet(150*time.Millisecond, 3*time.Second) {
			t.Error("quiet although a request hangs")
		}
		if waited := time.Since(start); waited > 4*time.Second {
			t.Errorf("waited %s", waited)
		}
		time.Sleep(time.Minute) // the bubble must be empty in the end
	})
}
