package api

import (
	"context"
	"net/http"
	"sort"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// RecordHistory is what happened to a record: edits not yet accepted first, then newest first.
type RecordHistory struct {
	Complete bool               `json:"complete" doc:"false: there are older entries, on a server that cannot be reached"`
	Entries  []record.EntryView `json:"entries"`
}

func (s *service) historyRoutes() {
	handle(s, route{http.MethodGet, "/api/records/{collection}/{id}/history", "getHistory", "What happened to a record", false}, getHistory)
}

func getHistory(ctx context.Context, v *visit, in *one) (RecordHistory, error) {
	c, row, err := v.find(ctx, in)
	if err != nil {
		return RecordHistory{}, err
	}
	key := row.Record.Key
	entries, err := v.rep.History(ctx, c.Name, key.ID)
	if err != nil {
		return RecordHistory{}, err
	}
	complete, err := v.rep.HistoryComplete(ctx, c.Name, key.ID)
	if err != nil {
		return RecordHistory{}, err
	}
	if !complete {
		known, older, err := v.cfg.Host.History(ctx, c.Name, key.ID)
		if err != nil {
			return RecordHistory{}, err
		}
		complete = known
		entries = merged(entries, older, key)
	}
	out := RecordHistory{Complete: complete, Entries: []record.EntryView{}}
	if out.Entries, err = v.pendingEntries(ctx, c, key); err != nil {
		return RecordHistory{}, err
	}
	for _, e := range entries {
		out.Entries = append(out.Entries, v.sight.entry(c, e))
	}
	return out, nil
}

// merged joins what the replica and the server know of one record, newest first, each entry once.
func merged(have, more []record.Entry, key record.Key) []record.Entry {
	seen := map[record.OpID]bool{}
	out := make([]record.Entry, 0, len(have)+len(more))
	for _, list := range [][]record.Entry{have, more} {
		for _, e := range list {
			if e.Key == key && !seen[e.Op] {
				seen[e.Op] = true
				out = append(out, e)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Version > out[j].Version })
	return out
}

// pendingEntries are this device's own edits of the record that the server has not accepted, newest first.
func (v *visit) pendingEntries(ctx context.Context, c *schema.Collection, key record.Key) ([]record.EntryView, error) {
	out := []record.EntryView{}
	if v.cfg.Sync == nil {
		return out, nil
	}
	pending, err := v.pendingOf(ctx, key)
	if err != nil {
		return nil, err
	}
	id, device := key.ID.String(), ""
	if v.session.Device != nil {
		device = v.session.Device.Name
	}
	for i := len(pending) - 1; i >= 0; i-- {
		if p := pending[i]; p.Collection == c.Name && p.ID == id {
			out = append(out, record.EntryView{
				Collection: c.Name, ID: id, Kind: p.Kind, Status: p.Status, By: v.actor.Name, Device: device,
				At: p.At, Changes: p.Changes,
			})
		}
	}
	return out, nil
}

// pendingOf asks for the edits of one record where the host can say them; else it looks through all of them.
func (v *visit) pendingOf(ctx context.Context, key record.Key) ([]PendingEdit, error) {
	if s, ok := v.cfg.Sync.(RecordPending); ok {
		return s.PendingOf(ctx, key)
	}
	all, err := v.cfg.Sync.Pending(ctx, mostPending)
	return all.Edits, err
}
