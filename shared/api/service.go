package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/replica"
	"acopio/shared/version"
)

// maxBodyBytes bounds a JSON body.
const maxBodyBytes = 4 << 20

// maxObjects and maxValues bound what is in it: several times the most edits that are taken at once, with all their fields.
const (
	maxObjects = 25_000
	maxValues  = 250_000
)

// bodyReadTimeout is for links on which 4 MB take a while.
const bodyReadTimeout = time.Minute

// service is the API over one host.
type service struct {
	cfg     Config
	huma    huma.API
	mux     guardedMux
	uploads *uploads
	figures *figures
	finder  *finder
}

// Register adds the API's routes to a mux that the host may share with routes of its own, which must be more specific
// than /api/. Call it once per mux.
func Register(mux *http.ServeMux, cfg Config) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	s := newService(mux, cfg)
	s.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(Document())
	})
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		WriteFault(w, r, fault.New(fault.NotFound, "what", r.Method+" "+r.URL.Path))
	})
}

func newService(mux *http.ServeMux, cfg Config) *service {
	adopt()
	s := &service{cfg: cfg, mux: guardedMux{mux: mux, log: cfg.Log}, uploads: newUploads(cfg), figures: newFigures(), finder: newFinder()}
	s.huma = humago.New(s.mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", nameOf)},
			Info:       &huma.Info{Title: "Acopio", Version: version.Version, Description: "The register, as the window and the office's browser read and edit it. See docs/api.md."},
		},
		Formats:                      map[string]huma.Format{"application/json": {Marshal: encode, Unmarshal: decode}},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	})
	s.sessionRoutes()
	s.recordRoutes()
	s.placeRoutes()
	s.duplicateRoutes()
	s.historyRoutes()
	s.editRoutes()
	s.conflictRoutes()
	s.proposalRoutes()
	s.mergeRoutes()
	s.overviewRoutes()
	s.upkeepRoutes()
	s.dashboardRoutes()
	s.importRoutes()
	s.exportRoutes()
	s.eventRoutes()
	s.syncRoutes()
	return s
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// decode reads a request's body: numbers keep every digit, an unknown member is an error, and so is what follows.
func decode(data []byte, v any) error {
	if objects, values := count(data); objects > maxObjects || values > maxValues {
		return errors.New("more values than any request has")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// count is how many objects and values JSON has, about. In memory they take many times their length.
func count(data []byte) (objects, values int) {
	quoted := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			objects++
		case c == ',' || c == '[':
			values++
		}
	}
	return objects, values
}

// route describes an operation for the contract.
type route struct {
	method, path string
	id           string // names the operation in generated clients
	summary      string
	open         bool // also for people who are not (yet) ready: their session says what is missing
}

// answer is what an operation returns.
type answer[B any] struct{ Body B }

// handle registers an operation that takes I, a struct of parameters and perhaps a Body, and answers with a B.
func handle[I, B any](s *service, rt route, fn func(ctx context.Context, v *visit, in *I) (B, error)) {
	huma.Register(s.huma, huma.Operation{
		Method: rt.method, Path: rt.path, OperationID: rt.id, Summary: rt.summary,
		SkipValidateBody: true, MaxBodyBytes: maxBodyBytes + 1, BodyReadTimeout: bodyReadTimeout,
	}, func(ctx context.Context, in *I) (*answer[B], error) {
		callOf(ctx).allow(answerTimeout)
		v, err := s.visit(ctx, rt.open)
		if err != nil {
			return nil, err
		}
		body, err := fn(ctx, v, in)
		if err != nil {
			return nil, err
		}
		return &answer[B]{Body: body}, nil
	})
}

// visit is one request of one person.
type visit struct {
	*service
	session Session
	actor   Actor
	sight   sight
	rep     *replica.Replica // nil on an open route while nothing is ready
	lang    string
}

// visit finds out who asks. Unless the route is open, people whose session is not ready are told what is missing.
func (s *service) visit(ctx context.Context, open bool) (*visit, error) {
	r := callOf(ctx).r
	session, err := s.cfg.Host.Session(r)
	if err != nil {
		return nil, err
	}
	v := &visit{service: s, session: session, lang: Language(r.Header.Get("Accept-Language"))}
	if session.State == StateReady {
		if v.actor, v.rep = session.Actor, s.cfg.Replica(); v.rep == nil {
			return nil, fault.New(fault.ServerBusy)
		}
		v.sight = sightOf(v.rep.Schema(), v.actor)
		return v, nil
	}
	switch {
	case open:
		return v, nil
	case session.Refusal != nil:
		return nil, session.Refusal
	case session.State == StateEnroll:
		return nil, fault.New(fault.NotEnrolled)
	default:
		return nil, fault.New(fault.SignInNeeded)
	}
}
