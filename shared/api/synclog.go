package api

import (
	"context"
	"net/http"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// maxSent is how many sent edits the log lists.
const maxSent = 100

// Logbook is a Sync that remembers what it tried and sent.
type Logbook interface {
	Attempts() []SyncAttempt
	// Repairs lists when rows were found to differ from the server's, the last one first.
	Repairs() []SyncRepair
	// Sent lists edits that the server confirmed, the last one first.
	Sent(ctx context.Context, limit int) ([]PendingEdit, error)
}

// Desk is a Sync that keeps what a person is typing, so that a power cut does not lose it.
type Desk interface {
	Drafts(ctx context.Context) (map[string]string, error)
	PutDraft(key, value string) error
}

// Leaver is a Sync that has handed edits in that it could not send any more.
type Leaver interface {
	HandedIn(ctx context.Context) ([]HandedIn, error)
}

// HandedIn is what became of the edits of a network that this device may no longer send.
type HandedIn struct {
	Network   string       `json:"network"`
	At        clock.Millis `json:"at"`
	Proposals int          `json:"proposals" doc:"the office has them as proposals"`
	Arrived   int          `json:"arrived" doc:"the office had them already"`
	Kept      int          `json:"kept" doc:"were not taken: they are still here, rejected"`
}

// HandIns are the receipts for what was handed in, newest first.
type HandIns struct {
	HandIns []HandedIn `json:"hand_ins"`
}

// SyncLog is what this device tried and sent lately, the last thing first.
type SyncLog struct {
	Attempts []SyncAttempt `json:"attempts"`
	Sent     []PendingEdit `json:"sent" doc:"confirmed by the server, at most 100"`
	Repairs  []SyncRepair  `json:"repairs" doc:"of what differed from the server"`
}

// SyncRepair is one time that a network's rows on this device were found to differ from the server's, and were made equal.
type SyncRepair struct {
	At      clock.Millis `json:"at"`
	Network string       `json:"network"`
	Records int          `json:"records" doc:"written or removed"`
	Whole   bool         `json:"whole" doc:"the network was fetched anew"`
}

// SyncAttempt is one or several attempts in a row that came to the same.
type SyncAttempt struct {
	From   clock.Millis `json:"from"`
	To     clock.Millis `json:"to"`
	Times  int          `json:"times"`
	Reason *Reason      `json:"reason" doc:"null: both sides had everything"`
}

// Drafts are what was typed on this device and not saved, by what it is for.
type Drafts struct {
	Drafts map[string]string `json:"drafts"`
}

type draftInput struct {
	Body struct {
		Key   string `json:"key"`
		Value string `json:"value" doc:"empty: forget it"`
	} `nameHint:"DraftRequest"`
}

func (s *service) deskRoutes() {
	handle(s, route{http.MethodGet, "/api/sync/log", "getSyncLog", "Desktop: what was tried and sent lately", false}, syncLog)
	handle(s, route{http.MethodGet, "/api/sync/handed-in", "listHandIns", "Desktop: what was handed in because it could not be sent any more", true}, handIns)
	handle(s, route{http.MethodGet, "/api/drafts", "listDrafts", "Desktop: what was typed and not saved", false}, listDrafts)
	handle(s, route{http.MethodPut, "/api/drafts", "putDraft", "Desktop: keep what is being typed", false}, putDraft)
}

func syncLog(ctx context.Context, v *visit, _ *none) (SyncLog, error) {
	out := SyncLog{Attempts: []SyncAttempt{}, Sent: []PendingEdit{}, Repairs: []SyncRepair{}}
	book, ok := v.cfg.Sync.(Logbook)
	if !ok {
		return out, nil
	}
	for _, a := range book.Attempts() {
		a.Reason = a.Reason.in(v.lang)
		out.Attempts = append(out.Attempts, a)
	}
	out.Repairs = append(out.Repairs, book.Repairs()...)
	sent, err := book.Sent(ctx, maxSent)
	out.Sent = append(out.Sent, sent...)
	return out, err
}

func handIns(ctx context.Context, v *visit, _ *none) (HandIns, error) {
	out := HandIns{HandIns: []HandedIn{}}
	leaver, ok := v.cfg.Sync.(Leaver)
	if !ok {
		return out, nil
	}
	list, err := leaver.HandedIn(ctx)
	out.HandIns = append(out.HandIns, list...)
	return out, err
}

func listDrafts(ctx context.Context, v *visit, _ *none) (Drafts, error) {
	desk, ok := v.cfg.Sync.(Desk)
	if !ok {
		return Drafts{Drafts: map[string]string{}}, nil
	}
	kept, err := desk.Drafts(ctx)
	return Drafts{Drafts: kept}, err
}

func putDraft(_ context.Context, v *visit, in *draftInput) (Done, error) {
	desk, ok := v.cfg.Sync.(Desk)
	if !ok {
		return Done{}, nil
	}
	if in.Body.Key == "" {
		return Done{}, fault.New(fault.MissingField, "field", "key")
	}
	return Done{OK: true}, desk.PutDraft(in.Body.Key, in.Body.Value)
}
