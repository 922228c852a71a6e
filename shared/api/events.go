package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// keepAlive is how often a silent stream says that it is alive, and makes sure that its reader is still welcome.
var keepAlive = 20 * time.Second // shorter in a test

// maxQueuedEvents bounds what waits for a slow reader; one that is slower is cut and connects again.
const maxQueuedEvents = 256

func (s *service) eventRoutes() {
	s.document(huma.Operation{
		Method: http.MethodGet, Path: "/api/events", OperationID: "events",
		Summary: "Server-sent events: changed (Changed) and, on the desktop, status (Status)",
		Responses: map[string]*huma.Response{"200": {
			Description: "a stream without end", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	})
	s.mux.HandleFunc("GET /api/events", s.events)
}

type event struct {
	name string
	data any
}

func (s *service) events(w http.ResponseWriter, r *http.Request) {
	v, err := s.visit(r.Context(), false)
	if err != nil {
		WriteFault(w, r, err)
		return
	}
	queue := make(chan event, maxQueuedEvents)
	ctx, cut := context.WithCancel(r.Context())
	defer cut()
	defer Watch(s.cfg, func(name string, data any) {
		if v.sight.mayGrow(data) {
			cut()
			return
		}
		if e, ok := v.sight.event(name, data); ok {
			select {
			case queue <- e:
			default:
				cut()
			}
		}
	})()
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	if err := out.Flush(); errors.Is(err, http.ErrNotSupported) { // from here on the reader misses nothing
		WriteFault(w, r, fault.New(fault.NotFound, "what", "GET /api/events")) // the window has events of its own
		return
	}
	_ = out.SetReadDeadline(time.Time{})
	s.stream(ctx, w, v.actor, queue)
}

// mayGrow reports whether an event is of a network's own record, and the network is not one that the person reached
// when the stream began. It may be theirs by now, as on a laptop whose first synchronization has just named its
// networks: the stream ends, and the page that connects again is seen anew.
func (s sight) mayGrow(data any) bool {
	ch, ok := data.(Changed)
	return ok && ch.Network != "" && !s.reaches(ch.Network) && slices.Contains(ch.Collections, "network")
}

// event is an event as the person may see it.
func (s sight) event(name string, data any) (event, bool) {
	ch, ok := data.(Changed)
	if !ok {
		return event{name, data}, true
	}
	if ch.Network != "" && !s.reaches(ch.Network) {
		return event{}, false
	}
	shown := Changed{Network: ch.Network, Collections: []string{}}
	for _, c := range ch.Collections {
		if s.visible(c) {
			shown.Collections = append(shown.Collections, c)
		}
	}
	return event{name, shown}, len(shown.Collections) > 0
}

// stream sends events until the reader goes away, or is no longer who it was: signed out, or with other networks.
func (s *service) stream(ctx context.Context, w http.ResponseWriter, who Actor, queue <-chan event) {
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for {
		text := ": alive\n\n"
		select {
		case <-ctx.Done():
			return
		case <-alive.C:
			session, err := s.cfg.Host.Session(callOf(ctx).r)
			if err != nil || session.State != StateReady || !reflect.DeepEqual(session.Actor, who) {
				return
			}
		case e := <-queue:
			data, err := json.Marshal(e.data)
			if err != nil {
				return
			}
			text = fmt.Sprintf("event: %s\ndata: %s\n\n", e.name, data)
		}
		if err := send(w, text); err != nil {
			return
		}
	}
}

func send(w http.ResponseWriter, text string) error {
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(clock.System{}.Now().Add(stallTimeout)) // where there is a connection
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return out.Flush()
}
