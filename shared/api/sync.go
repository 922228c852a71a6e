package api

import (
	"context"
	"net/http"

	"acopio/shared/record"
)

// mostPending is how many edits are listed at once.
const mostPending = 1000

// PendingEdits are this device's edits that the server has not accepted: first those that it refused, then those that wait, the
// oldest first, and how many there are of each in all.
type PendingEdits struct {
	Edits    []PendingEdit `json:"edits"`
	Waiting  int           `json:"waiting"`
	Rejected int           `json:"rejected"`
}

type pendingInput struct {
	Limit      int    `query:"limit" default:"300" minimum:"1" maximum:"1000" doc:"at most so many that were refused, and so many that wait"`
	Collection string `query:"collection" doc:"with record: only the edits of this record, all of them"`
	Record     string `query:"record"`
}

type enrollInput struct {
	Body struct {
		Server string `json:"server" doc:"its address"`
		Code   string `json:"code" doc:"one-time code from the office"`
		Name   string `json:"name,omitempty" doc:"of this computer"`
	} `nameHint:"EnrollRequest"`
}

type opInput struct {
	Op string `path:"op"`
}

// Done answers an operation that has nothing else to say.
type Done struct {
	OK bool `json:"ok"`
}

// syncRoutes are the desktop's own. They are not the office's to serve, but the contract describes both.
func (s *service) syncRoutes() {
	if s.cfg.Sync == nil {
		return
	}
	sync := s.cfg.Sync
	handle(s, route{http.MethodPost, "/api/enroll", "enroll", "Desktop: make this computer a device of a server", true},
		func(ctx context.Context, v *visit, in *enrollInput) (Session, error) {
			if err := sync.Enroll(ctx, in.Body.Server, in.Body.Code, in.Body.Name); err != nil {
				return Session{}, err
			}
			session, err := s.cfg.Host.Session(callOf(ctx).r)
			return shownSession(session), err
		})
	handle(s, route{http.MethodGet, "/api/sync", "getSync", "Desktop: state of the synchronization", true},
		func(ctx context.Context, v *visit, _ *none) (Status, error) {
			st, err := sync.Status(ctx)
			return st.in(v.lang), err
		})
	handle(s, route{http.MethodPost, "/api/sync", "syncNow", "Desktop: synchronize now; answers at once", true},
		func(ctx context.Context, v *visit, _ *none) (Status, error) {
			st, err := sync.Now(ctx)
			return st.in(v.lang), err
		})
	s.deskRoutes()
	handle(s, route{http.MethodGet, "/api/pending", "listPending", "Desktop: edits not yet accepted by the server", false},
		func(ctx context.Context, v *visit, in *pendingInput) (PendingEdits, error) {
			out, err := v.pending(ctx, in)
			for i := range out.Edits {
				out.Edits[i].Reason = out.Edits[i].Reason.in(v.lang)
			}
			return out, err
		})
	onRejected := func(action func(context.Context, record.OpID) error) func(context.Context, *visit, *opInput) (Done, error) {
		return func(ctx context.Context, _ *visit, in *opInput) (Done, error) {
			op, err := record.ParseOpID(in.Op)
			if err != nil {
				return Done{}, err
			}
			return Done{OK: true}, action(context.WithoutCancel(ctx), op)
		}
	}
	handle(s, route{http.MethodPost, "/api/pending/{op}/retry", "retryPending", "Desktop: send a rejected edit again", false}, onRejected(sync.Retry))
	handle(s, route{http.MethodPost, "/api/pending/{op}/discard", "discardPending", "Desktop: give a rejected edit up", false}, onRejected(sync.Discard))
}

// in is the status with its sentence in a language, and empty lists where the host left none.
func (st Status) in(lang string) Status {
	st.LastError = st.LastError.in(lang)
	if st.Networks == nil {
		st.Networks = []NetworkStatus{}
	}
	return st
}

// pending lists this device's edits, or those of one record.
func (v *visit) pending(ctx context.Context, in *pendingInput) (PendingEdits, error) {
	if in.Record == "" {
		out, err := v.cfg.Sync.Pending(ctx, in.Limit)
		out.Edits = append([]PendingEdit{}, out.Edits...) // never null
		return out, err
	}
	id, err := record.ParseID(in.Record)
	if err != nil {
		return PendingEdits{}, err
	}
	c, err := v.sight.collection(in.Collection)
	if err != nil {
		return PendingEdits{}, err
	}
	edits, err := v.pendingOf(ctx, record.Key{Collection: c.Number, ID: id})
	out := PendingEdits{Edits: []PendingEdit{}}
	for _, e := range edits {
		if e.Collection != c.Name || e.ID != id.String() {
			continue
		}
		out.Edits = append(out.Edits, e)
		if e.Status == "rejected" {
			out.Rejected++
		} else {
			out.Waiting++
		}
	}
	return out, err
}
