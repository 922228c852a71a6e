package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// laptop is the desktop's part for tests.
type laptop struct {
	did   []string
	limit int // of edits that were asked for last
}

func (l *laptop) Status(context.Context) (api.Status, error) {
	return api.Status{State: api.SyncOffline, LastError: api.ReasonOf(fault.New(fault.ServerRefused))}, nil
}

func (l *laptop) Now(ctx context.Context) (api.Status, error) {
	l.did = append(l.did, "now")
	return l.Status(ctx)
}

func (l *laptop) Pending(_ context.Context, limit int) (api.PendingEdits, error) {
	l.limit = limit
	return api.PendingEdits{Rejected: 1, Waiting: 7, Edits: []api.PendingEdit{{
		Op: record.NewOpID().String(), Kind: "update", Collection: "organization", ID: "x", Status: "rejected",
		Reason: api.ReasonOf(fault.New(fault.BadFLOID, "got", "12x")),
	}}}, nil
}

func (l *laptop) Retry(_ context.Context, op record.OpID) error {
	l.did = append(l.did, "retry "+op.String())
	return nil
}

func (l *laptop) Discard(context.Context, record.OpID) error {
	return fault.New(fault.NotFound, "what", "op")
}

func (l *laptop) Enroll(_ context.Context, server, code, name string) error {
	l.did = append(l.did, strings.Join([]string{"enroll", server, code, name}, " "))
	return nil
}

func TestTheDesktopsOwnRoutes(t *testing.T) {
	l := &laptop{}
	c := serve(t, newRegister(t).office, func(cfg *api.Config) { cfg.Sync = l })
	st := get[api.Status](c, "/api/sync")
	if st.State != "offline" || st.LastError == nil || !strings.Contains(st.LastError.Message, "not accepting") {
		t.Errorf("got %+v", st)
	}
	if st = call[api.Status](c, http.MethodPost, "/api/sync", nil); st.State != "offline" {
		t.Errorf("got %+v", st)
	}
	all := get[api.PendingEdits](c, "/api/pending?limit=20")
	pending := all.Edits
	if all.Waiting != 7 || all.Rejected != 1 || l.limit != 20 {
		t.Errorf("got %+v, asked for %d", all, l.limit)
	}
	if len(pending) != 1 || !strings.Contains(pending[0].Reason.Message, "is not a valid FLO ID") {
		t.Errorf("got %+v", pending)
	}
	op := pending[0].Op
	call[api.Done](c, http.MethodPost, "/api/pending/"+op+"/retry", nil)
	c.refused(http.MethodPost, "/api/pending/"+op+"/discard", nil, http.StatusNotFound, "not_found")
	c.refused(http.MethodPost, "/api/pending/zebra/retry", nil, http.StatusUnprocessableEntity, "bad_id")
	if s := call[api.Session](c.as("stranger"), http.MethodPost, "/api/enroll", `{"server":"https://x","code":"AB","name":"mi laptop"}`); s.State != "sign_in" {
		t.Errorf("got %+v", s)
	}
	c.refused(http.MethodPost, "/api/enroll", `{"horn":1}`, http.StatusUnprocessableEntity, "bad_request")
	if got := strings.Join(l.did, ", "); got != "now, retry "+op+", enroll https://x AB mi laptop" {
		t.Errorf("got %s", got)
	}
}

func TestPendingEditsComeFirstInTheHistory(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office, func(cfg *api.Config) { cfg.Sync = waiting{&laptop{}, g.cocla} })
	entries := get[api.RecordHistory](c, "/api/records/organization/"+g.cocla+"/history").Entries
	if len(entries) != 2 || entries[0].Status != "pending" || entries[0].Version != 0 || entries[0].By != "Ana Admin" || entries[0].Changes["name"].To != "nuevo" {
		t.Errorf("got %+v", entries)
	}
	of := func(id string) api.PendingEdits {
		return get[api.PendingEdits](c, "/api/pending?collection=organization&record="+id)
	}
	if p := of(g.cocla); p.Waiting != 1 || len(p.Edits) != 1 || p.Edits[0].ID != g.cocla {
		t.Errorf("of the record: %+v", p)
	}
	if p := of(g.norte); p.Waiting != 0 || len(p.Edits) != 0 {
		t.Errorf("of another record: %+v", p)
	}
	c.refused(http.MethodGet, "/api/pending?collection=organization&record=zebra", nil, http.StatusUnprocessableEntity, "bad_id")
}

// waiting has one edit of a record to send.
type waiting struct {
	*laptop
	id string
}

func (w waiting) Pending(context.Context, int) (api.PendingEdits, error) {
	return api.PendingEdits{Waiting: 1, Edits: []api.PendingEdit{{
		Kind: "update", Collection: "organization", ID: w.id, Status: "pending",
		Changes: map[string]record.ChangeView{"name": {From: "viejo", To: "nuevo"}},
	}}}, nil
}
