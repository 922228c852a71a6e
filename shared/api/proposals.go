package api

import (
	"context"
	"net/http"
	"strconv"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/proposal"
	"acopio/shared/record"
	"acopio/shared/schema"
)

type proposalsInput struct {
	Networks []string `query:"network,explode"`
	Status   string   `query:"status" enum:"open,accepted,dismissed,withdrawn" doc:"all when missing"`
}

// Proposals are edits that laptops handed in, newest first, at most 1000.
type Proposals struct {
	Proposals []proposal.Item `json:"proposals"`
}

type decideInput struct {
	ID   string `path:"id"`
	Body struct {
		Decision string `json:"decision" enum:"accept,dismiss,reopen"`
	} `nameHint:"DecideRequest"`
}

type decideManyInput struct {
	Body struct {
		IDs      []string `json:"ids" minItems:"1" maxItems:"1000" doc:"one of each group is enough"`
		Decision string   `json:"decision" enum:"accept,dismiss,reopen"`
	} `nameHint:"DecideManyRequest"`
}

// Decided says what became of a decision about many proposals: each of them, with its group, stands by itself.
type Decided struct {
	Decided int         `json:"decided" doc:"how many of them now are as was decided"`
	Refused []Undecided `json:"refused" doc:"those that are left as they were, and why"`
}

// Undecided is a proposal that could not be decided so.
type Undecided struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (s *service) proposalRoutes() {
	handle(s, route{http.MethodGet, "/api/proposals", "listProposals", "Edits that laptops could not send any more and handed in; for the office", false}, listProposals)
	handle(s, route{http.MethodPost, "/api/proposals/{id}/decide", "decideProposal", "Accept a proposal, and those of its group, or dismiss them, or take that back", false}, decideProposal)
	handle(s, route{http.MethodPost, "/api/proposals/decide", "decideProposals", "The same decision about many proposals; those that cannot be decided so are left, with the reason", false}, decideProposals)
}

// decides refuses whoever proposals are not for.
func (v *visit) decides() error {
	if v.actor.Role.AtLeast(schema.Office) {
		return nil
	}
	return fault.New(fault.NotAllowed, "what", "proposals")
}

func listProposals(ctx context.Context, v *visit, in *proposalsInput) (Proposals, error) {
	if err := v.decides(); err != nil {
		return Proposals{}, err
	}
	networks, err := v.sight.networks(in.Networks)
	if err != nil {
		return Proposals{}, err
	}
	items, err := proposal.List(ctx, v.rep, proposal.Filter{Networks: networks, Status: in.Status})
	return Proposals{Proposals: items}, err
}

func decideProposal(ctx context.Context, v *visit, in *decideInput) (Proposals, error) {
	if err := v.decides(); err != nil {
		return Proposals{}, err
	}
	id, err := v.decide(ctx, in.ID, in.Body.Decision)
	if err != nil {
		return Proposals{}, err
	}
	items, err := proposal.Group(context.WithoutCancel(ctx), v.rep, id)
	return Proposals{Proposals: items}, err
}

func decideProposals(ctx context.Context, v *visit, in *decideManyInput) (Decided, error) {
	out := Decided{Refused: []Undecided{}}
	if err := v.decides(); err != nil {
		return out, err
	}
	if n := len(in.Body.IDs); n == 0 || n > proposal.MaxItems {
		return out, fault.New(fault.BadRequest, "detail", "ids: 1 – "+strconv.Itoa(proposal.MaxItems))
	}
	for _, id := range in.Body.IDs {
		_, err := v.decide(ctx, id, in.Body.Decision)
		if err == nil {
			out.Decided++
			continue
		}
		f := fault.Of(err)
		if k := f.Code.Kind(); k == fault.Broken || k == fault.Busy || f.Code == fault.UnknownChoice {
			return out, err // of all of them
		}
		body := bodyOf(f, v.lang)
		out.Refused = append(out.Refused, Undecided{ID: id, Code: body.Code, Message: body.Message})
	}
	return out, nil
}

// decide saves a decision about a proposal and its group.
func (v *visit) decide(ctx context.Context, text, decision string) (record.ID, error) {
	id, err := record.ParseID(text)
	if err != nil {
		return id, err
	}
	d, err := proposal.Decide(ctx, v.rep, id, decision)
	if err != nil {
		return id, err
	}
	if !v.sight.reaches(d.Items[0].Network) {
		return id, fault.New(fault.NotFound, "what", "proposal "+text)
	}
	if len(d.Edits) > 0 {
		_, err = v.save(ctx, draft.Intent{Edits: d.Edits, Confirmed: len(d.Edits)})
	}
	return id, err
}
