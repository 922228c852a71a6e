package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

const (
	// answerTimeout bounds how long an answer takes to make and to write; an import of a million rows needs some of it.
	answerTimeout = 15 * time.Minute
	// stallTimeout is how long a peer may send or take nothing in the middle of something long.
	stallTimeout = time.Minute
)

// OriginHeader must come with every request that changes something: a page of another origin cannot add it.
const OriginHeader = "X-Acopio"

// Guard is what every route of a host goes through: the request's logger, an answer in our form should the handler
// panic, no caching, and refusal of changes that another origin's page could have sent.
func Guard(log zerolog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(log.WithContext(r.Context()))
		defer answerPanic(w, r)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if changes(r.Method) && r.Header.Get(OriginHeader) == "" {
			WriteFault(w, r, fault.New(fault.CrossOrigin))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

func answerPanic(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // it is compared by identity, as net/http does
		panic(p)
	}
	zerolog.Ctx(r.Context()).Error().Bytes("stack", debug.Stack()).Str("route", routeOf(r)).Msg("handler panicked")
	WriteFault(w, r, fault.Wrap(fmt.Errorf("panic: %v", p), fault.Internal))
}

// guardedMux registers every route of the API behind Guard, on a mux that the host may share with routes of its own.
type guardedMux struct {
	mux *http.ServeMux
	log zerolog.Logger
}

func (g guardedMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	g.mux.Handle(pattern, Guard(g.log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h(w, r.WithContext(context.WithValue(r.Context(), callKey{}, call{w, r})))
	})))
}

func (g guardedMux) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// call is the request being served and its answer, for handlers that the router library gives only a context.
type call struct {
	w http.ResponseWriter
	r *http.Request
}

type callKey struct{}

func callOf(ctx context.Context) call {
	x, _ := ctx.Value(callKey{}).(call)
	return x
}

// allow gives an answer some time to be made and written. The body has been read: a read deadline that passes now
// would cancel the request.
func (x call) allow(d time.Duration) {
	c := http.NewResponseController(x.w)
	_ = c.SetReadDeadline(time.Time{})                  // in the window there is no connection
	_ = c.SetWriteDeadline(clock.System{}.Now().Add(d)) // nor here
}

// patient reads a long body for as long as some of it keeps coming.
type patient struct {
	io.ReadCloser
	c *http.ResponseController
}

func (p patient) Read(b []byte) (int, error) {
	_ = p.c.SetReadDeadline(clock.System{}.Now().Add(stallTimeout)) // where there is a connection
	return p.ReadCloser.Read(b)
}
