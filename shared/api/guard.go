package api

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/rs/zerolog"

	"acopio/shared/fault"
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
			WriteFault(w, r, fault.New(fault.BadRequest, "detail", OriginHeader+": 1"))
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
	g.mux.Handle(pattern, Guard(g.log, http.HandlerFunc(h)))
}

func (g guardedMux) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }
