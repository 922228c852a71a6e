package api

import (
	"context"
	"net/http"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/proposal"
	"acopio/shared/record"
	"acopio/shared/schema"
)

type proposalsInput struct {
	Networks []string `query:"network,explode"`
	Status   string   `query:"status" enum:"open,accepted,dismissed" doc:"all when missing"`
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

func (s *service) proposalRoutes() {
	handle(s, route{http.MethodGet, "/api/proposals", "listProposals", "Edits that laptops could not send any more and handed in; for the office", false}, listProposals)
	handle(s, route{http.MethodPost, "/api/proposals/{id}/decide", "decideProposal", "Accept a proposal, and those of its group, or dismiss them, or take that back", false}, decideProposal)
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
	id, err := record.ParseID(in.ID)
	if err != nil {
		return Proposals{}, err
	}
	d, err := proposal.Decide(ctx, v.rep, id, in.Body.Decision)
	if err != nil {
		return Proposals{}, err
	}
	if !v.sight.reaches(d.Items[0].Network) {
		return Proposals{}, fault.New(fault.NotFound, "what", "proposal "+in.ID)
	}
	if len(d.Edits) > 0 {
		if _, err := v.save(ctx, draft.Intent{Edits: d.Edits, Confirmed: len(d.Edits)}); err != nil {
			return Proposals{}, err
		}
	}
	items, err := proposal.Group(context.WithoutCancel(ctx), v.rep, id)
	return Proposals{Proposals: items}, err
}
