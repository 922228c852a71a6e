package api

import (
	"sort"
	"sync"
	"time"

	"acopio/shared/replica"
)

// eventInterval is the least time between two bursts of events: a synchronization commits many times a second.
const eventInterval = 100 * time.Millisecond

// replicaCheckInterval is how soon a rebuilt replica is noticed.
var replicaCheckInterval = 2 * time.Second // shorter in a test

// The names of events.
const (
	EventChanged = "changed"
	EventStatus  = "status"
)

// Changed says which collections of a network changed: whoever shows them reads them again.
type Changed struct {
	Network     string   `json:"network"`
	Collections []string `json:"collections"`
}

// Watch calls emit with each event until stopped, from one goroutine and in order: Changed and Status values, at most
// one burst per 100 ms. The window forwards them to its page; the office's browsers get theirs from /api/events.
func Watch(cfg Config, emit func(name string, data any)) (stop func()) {
	w := newWatcher(cfg)
	w.follow(true) // before Watch returns: nothing from here on is missed
	unlisten := func() {}
	if cfg.OnStatus != nil {
		unlisten = cfg.OnStatus(w.noteStatus)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run(emit)
	}()
	return sync.OnceFunc(func() {
		unlisten()
		close(w.quit)
		<-done
	})
}

// watcher gathers what happens between two bursts.
type watcher struct {
	cfg  Config
	wake chan struct{} // holds one token while there is something to say
	quit chan struct{}

	mu      sync.Mutex
	changed map[string]map[string]bool // collections by network
	status  *Status

	rep    *replica.Replica
	cancel func() // the subscription to rep
}

func newWatcher(cfg Config) *watcher {
	return &watcher{
		cfg: cfg, wake: make(chan struct{}, 1), quit: make(chan struct{}), changed: map[string]map[string]bool{}, cancel: func() {},
	}
}

func (w *watcher) run(emit func(name string, data any)) {
	defer func() { w.cancel() }()
	check := time.NewTicker(replicaCheckInterval)
	defer check.Stop()
	for {
		select {
		case <-w.quit:
			return
		case <-check.C:
			w.follow(false)
		case <-w.wake:
			w.flush(emit)
			select { // whatever happens meanwhile is one burst
			case <-w.quit:
				return
			case <-time.After(eventInterval):
			}
		}
	}
}

// follow subscribes to the replica there is now. One that appears later is a change of everything: a Changed of all
// collections, without a network.
func (w *watcher) follow(first bool) {
	rep := w.cfg.Replica()
	if rep == w.rep {
		return
	}
	w.cancel()
	w.cancel = func() {}
	if w.rep = rep; rep == nil {
		return
	}
	w.cancel = rep.Subscribe(w.noteChange)
	if first {
		return
	}
	all := []string{}
	for _, c := range rep.Schema().Collections() {
		all = append(all, c.Name)
	}
	w.noteChange(replica.Change{Networks: map[string][]string{"": all}})
}

func (w *watcher) noteChange(ch replica.Change) {
	w.mu.Lock()
	for network, collections := range ch.Networks {
		if w.changed[network] == nil {
			w.changed[network] = map[string]bool{}
		}
		for _, c := range collections {
			w.changed[network][c] = true
		}
	}
	w.mu.Unlock()
	w.rouse()
}

func (w *watcher) noteStatus(st Status) {
	w.mu.Lock()
	w.status = &st
	w.mu.Unlock()
	w.rouse()
}

func (w *watcher) rouse() {
	select {
	case w.wake <- struct{}{}:
	default: // it is awake
	}
}

func (w *watcher) flush(emit func(name string, data any)) {
	w.mu.Lock()
	changed, status := w.changed, w.status
	w.changed, w.status = map[string]map[string]bool{}, nil
	w.mu.Unlock()
	for _, network := range sortedKeys(changed) {
		emit(EventChanged, Changed{Network: network, Collections: sortedKeys(changed[network])})
	}
	if status != nil {
		lang := "es"
		if w.cfg.Lang != nil {
			lang = w.cfg.Lang()
		}
		emit(EventStatus, status.in(lang))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
