package api

import (
	"context"
	"net/http"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/inbox"
	"acopio/shared/record"
)

type conflictsInput struct {
	Networks []string `query:"network,explode"`
	Status   string   `query:"status" enum:"open,resolved" doc:"both when missing"`
}

// Conflicts are the conflict inbox, newest first.
type Conflicts struct {
	Conflicts []inbox.Item `json:"conflicts"`
}

type resolveInput struct {
	ID   string `path:"id"`
	Body struct {
		Keep  string `json:"keep" enum:"mine,theirs,value,reopen"`
		Value any    `json:"value,omitempty" doc:"for value: the field's; for a group {field: value}; for a deletion {\"deleted\": bool}"`
	} `nameHint:"ResolveRequest"`
}

func (s *service) conflictRoutes() {
	handle(s, route{http.MethodGet, "/api/conflicts", "listConflicts", "The conflict inbox", false}, listConflicts)
	handle(s, route{http.MethodPost, "/api/conflicts/{id}/resolve", "resolveConflict", "Decide a conflict, or take a decision back", false}, resolveConflict)
}

func listConflicts(ctx context.Context, v *visit, in *conflictsInput) (Conflicts, error) {
	networks, err := v.sight.networks(in.Networks)
	if err != nil {
		return Conflicts{}, err
	}
	items, err := inbox.List(ctx, v.rep, v.actor.Device, inbox.Filter{Networks: networks, Status: in.Status})
	if err != nil {
		return Conflicts{}, err
	}
	out := Conflicts{Conflicts: make([]inbox.Item, 0, len(items))}
	for _, it := range items {
		if it, ok := v.sight.conflict(it); ok {
			out.Conflicts = append(out.Conflicts, it)
		}
	}
	return out, nil
}

// conflict is a conflict as the person sees it. The values it keeps are withheld from viewers as a whole, whatever the
// field: it is not theirs to decide.
func (s sight) conflict(it inbox.Item) (inbox.Item, bool) {
	c, err := s.schema.Collection(it.Collection)
	if !s.reaches(it.Network) || (!s.sensitive && (err != nil || c.Sensitive)) {
		return inbox.Item{}, false
	}
	if !s.sensitive {
		it.Before, it.Mine, it.Theirs, it.Current = nil, nil, nil, nil
		if !s.titled(c) {
			it.Title = ""
		}
	}
	return it, true
}

func resolveConflict(ctx context.Context, v *visit, in *resolveInput) (inbox.Item, error) {
	id, err := record.ParseID(in.ID)
	if err != nil {
		return inbox.Item{}, err
	}
	it, err := inbox.Get(ctx, v.rep, v.actor.Device, id)
	if err != nil {
		return inbox.Item{}, err
	}
	if _, ok := v.sight.conflict(it); !ok {
		return inbox.Item{}, fault.New(fault.NotFound, "what", "conflict "+in.ID)
	}
	edits, err := inbox.Resolve(ctx, v.rep, v.actor.Device, id, inbox.Decision{Keep: in.Body.Keep, Value: in.Body.Value})
	if err != nil {
		return inbox.Item{}, err
	}
	for _, e := range edits {
		if err := v.mayEdit(e); err != nil {
			return inbox.Item{}, err
		}
	}
	if _, err := v.save(ctx, draft.Intent{Edits: edits}); err != nil {
		return inbox.Item{}, err
	}
	return inbox.Get(context.WithoutCancel(ctx), v.rep, v.actor.Device, id)
}
