package station

import (
	"context"
	"net/http"
	"os"
	"slices"

	"acopio/desktop/outbox"
	"acopio/shared/api"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/version"
)

// host is the station as the API sees it.
type host struct{ *Station }

var (
	_ api.Host = host{}
	_ api.Sync = host{}

	_ api.RecordPending = host{}
	_ api.Logbook       = host{}
	_ api.Desk          = host{}
	_ api.Leaver        = host{}
)

// Session implements api.Host: the person is whoever the device belongs to.
func (h host) Session(r *http.Request) (api.Session, error) {
	d := h.Device()
	out := api.Session{Host: api.HostDesktop, Version: version.Version, State: api.StateEnroll, Lang: h.cfg.Lang, Server: d.Server, Refusal: h.Refusal()}
	if w := h.Wiped(); w != nil {
		out.State, out.Wiped = api.StateWiped, &api.Wiped{At: w.At, HandedIn: w.HandedIn, AtOnce: w.AtOnce, Done: w.Done}
		return out, nil
	}
	if !d.Enrolled() {
		return out, nil
	}
	out.User = &api.SessionUser{Name: d.UserName, Email: d.Email, Role: d.Role}
	out.Device = &api.SessionDevice{Name: d.Name, Number: d.Number}
	switch {
	case fault.Is(out.Refusal, fault.DeviceRevoked):
		out.State = api.StateWithdrawn
		return out, nil
	case out.Refusal != nil:
		out.State = api.StateLocked
		return out, nil
	}
	codes, views, err := h.networks(r.Context())
	if err != nil {
		return out, err
	}
	out.State, out.Networks = api.StateReady, views
	out.Actor = api.Actor{Email: d.Email, Name: d.UserName, Role: d.Role, Networks: codes, Device: d.Number}
	return out, nil
}

// networks are those in the replica, with the names and countries of their own records.
func (h host) networks(ctx context.Context) (codes []string, views []api.NetworkView, err error) {
	states, err := h.Replica().Networks(ctx)
	if err != nil {
		return nil, nil, err
	}
	codes = []string{}
	for _, n := range states {
		v := api.NetworkView{Code: n.Code, Name: n.Code}
		row, err := h.Replica().Get(ctx, "network", draft.NetworkID(n.Code))
		if err == nil {
			c, _ := h.Replica().Schema().Collection("network")
			named := row.Record.Named(c)
			v.Name, _ = named["name"].(string)
			v.Countries, _ = named["countries"].([]string)
		} else if !fault.Is(err, fault.NotFound) {
			return nil, nil, err
		}
		codes, views = append(codes, n.Code), append(views, v)
	}
	return codes, views, nil
}

// Edit implements api.Host.
func (h host) Edit(ctx context.Context, _ api.Actor, intent draft.Intent) (draft.Result, error) {
	return h.Station.Edit(ctx, intent)
}

// Now implements api.Sync.
func (h host) Now(ctx context.Context) (api.Status, error) {
	sy := h.sync()
	if sy == nil {
		return api.Status{}, h.nobody()
	}
	sy.Kick()
	return h.Status(ctx)
}

// Pending implements api.Sync.
func (h host) Pending(ctx context.Context, limit int) (api.PendingEdits, error) {
	counts, err := h.Outbox().Counts(ctx)
	if err != nil {
		return api.PendingEdits{}, err
	}
	items, err := h.Outbox().First(ctx, limit)
	if err != nil {
		return api.PendingEdits{}, err
	}
	edits, err := h.pendingEdits(ctx, items)
	return api.PendingEdits{Edits: edits, Waiting: counts.Waiting, Rejected: counts.Rejected}, err
}

// PendingOf implements api.RecordPending.
func (h host) PendingOf(ctx context.Context, key record.Key) ([]api.PendingEdit, error) {
	items, err := h.Outbox().Of(ctx, key.Collection, key.ID)
	if err != nil {
		return nil, err
	}
	return h.pendingEdits(ctx, items)
}

// Sent implements api.Logbook.
func (h host) Sent(ctx context.Context, limit int) ([]api.PendingEdit, error) {
	items, err := h.Outbox().Confirmed(ctx, limit)
	if err != nil {
		return nil, err
	}
	edits, err := h.pendingEdits(ctx, items)
	for i := range edits {
		edits[i].Status = "sent"
	}
	return edits, err
}

// Attempts implements api.Logbook: the last one first.
func (h host) Attempts() []api.SyncAttempt {
	var out []api.SyncAttempt
	for _, a := range slices.Backward(h.Device().Attempts) {
		attempt := api.SyncAttempt{From: a.From, To: a.To, Times: a.Times}
		if f := a.Error.Fault(); f != nil {
			attempt.Reason = api.ReasonOf(f)
		}
		out = append(out, attempt)
	}
	return out
}

// Repairs implements api.Logbook: the last one first.
func (h host) Repairs() []api.SyncRepair {
	var out []api.SyncRepair
	for _, r := range slices.Backward(h.Device().Repairs) {
		out = append(out, api.SyncRepair(r))
	}
	return out
}

// HandedIn implements api.Leaver.
func (h host) HandedIn(ctx context.Context) ([]api.HandedIn, error) {
	receipts, err := h.Outbox().Receipts(ctx)
	out := make([]api.HandedIn, len(receipts))
	for i, r := range receipts {
		out[i] = api.HandedIn(r)
	}
	return out, err
}

// Drafts implements api.Desk.
func (h host) Drafts(ctx context.Context) (map[string]string, error) { return h.Outbox().Drafts(ctx) }

// PutDraft implements api.Desk.
func (h host) PutDraft(key, value string) error { return h.Outbox().PutDraft(key, value) }

func (h host) pendingEdits(ctx context.Context, items []outbox.Item) ([]api.PendingEdit, error) {
	out := make([]api.PendingEdit, 0, len(items))
	for _, it := range items {
		v, ok, err := h.pendingEdit(ctx, it)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, v)
		}
	}
	return out, nil
}

func (h host) pendingEdit(ctx context.Context, it outbox.Item) (api.PendingEdit, bool, error) {
	m := it.Mutation
	c, ok := h.Replica().Schema().CollectionByNumber(m.Key.Collection)
	if !ok {
		return api.PendingEdit{}, false, nil
	}
	v := api.PendingEdit{
		Op: m.Op.String(), Kind: m.Kind.String(), Collection: c.Name, ID: m.Key.ID.String(), Network: m.Key.Network, At: it.At,
		Status: pendingWord(it.State), Changes: record.ViewOfChanges(c, m.Changes),
	}
	if m.Group.Size > 0 {
		v.Group = m.Group.ID.String()
	}
	if it.Reason != nil {
		v.Reason = api.ReasonOf(it.Reason)
	}
	row, err := h.Replica().Get(ctx, c.Name, m.Key.ID)
	switch {
	case err == nil:
		v.Title = row.Title
	case !fault.Is(err, fault.NotFound):
		return v, false, err
	}
	return v, true, nil
}

func pendingWord(s outbox.State) string {
	switch s {
	case outbox.Rejected:
		return "rejected"
	case outbox.Acked:
		return "sent"
	default:
		return "pending"
	}
}

// Retry implements api.Sync.
func (h host) Retry(_ context.Context, op record.OpID) error {
	if err := h.Outbox().Retry(op); err != nil {
		return err
	}
	if sy := h.sync(); sy != nil {
		sy.Kick()
	}
	h.changed()
	return nil
}

// Discard implements api.Sync.
func (h host) Discard(_ context.Context, op record.OpID) error {
	err := h.Outbox().Discard(op)
	h.changed()
	return err
}

// Enroll implements api.Sync.
func (h host) Enroll(ctx context.Context, server, code, name string) error {
	if name == "" {
		name, _ = os.Hostname() // without one the server names it
	}
	return h.Station.Enroll(ctx, server, code, name, "")
}
