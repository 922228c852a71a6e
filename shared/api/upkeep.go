package api

import (
	"context"
	"net/http"
	"sort"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// ShelfLives are how long what is known of an organization can be relied on, by network.
type ShelfLives struct {
	Networks []NetworkShelfLives `json:"networks"`
}

// NetworkShelfLives are one network's. Those that it did not set itself are the product's.
type NetworkShelfLives struct {
	Network string      `json:"network"`
	Parts   []ShelfLife `json:"parts"`
}

// ShelfLife is that of one part of what is known of an organization.
type ShelfLife struct {
	Part   string `json:"part" doc:"an option of verification.field_group"`
	Months int    `json:"months"`
	Weight int    `json:"weight" doc:"1 to 5"`
	Usual  int    `json:"usual" doc:"the product's own months"`
}

// Calls are the organizations of which something is out of date, those first that need a call most.
type Calls struct {
	Total int    `json:"total"`
	Calls []Call `json:"calls"`
}

// Call is one of them.
type Call struct {
	Organization Row    `json:"organization"`
	Upkeep       Upkeep `json:"upkeep"`
}

// Upkeep is how current what is known of an organization is.
type Upkeep struct {
	Freshness int          `json:"freshness" doc:"0 to 100: the share, by weight, of the parts that are within their shelf life"`
	Unreached string       `json:"unreached,omitempty" doc:"day on which nobody was reached, when that was after the contacts were last verified"`
	Parts     []UpkeepPart `json:"parts"`
}

// UpkeepPart is one part of it.
type UpkeepPart struct {
	Part     string `json:"part"`
	Verified string `json:"verified,omitempty" doc:"day it was last verified; absent: never"`
	Due      string `json:"due,omitempty" doc:"day after which it is out of date; absent: it was never verified"`
	Fresh    bool   `json:"fresh"`
}

type callsInput struct {
	Networks []string `query:"network,explode" maxItems:"200" doc:"network codes; none: all that the person reaches"`
	Country  string   `query:"country" doc:"two letters"`
	Part     string   `query:"part" enum:"profile,contacts,census,sites,certificates" doc:"only those whose part is out of date"`
	Limit    int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Offset   int      `query:"offset" minimum:"0"`
}

type organizationInput struct {
	ID string `path:"id"`
}

func (s *service) upkeepRoutes() {
	handle(s, route{http.MethodGet, "/api/shelf-lives", "getShelfLives", "How long what is known can be relied on", false}, getShelfLives)
	handle(s, route{http.MethodGet, "/api/calls", "listCalls", "Organizations of which something is out of date, the most needed call first", false}, listCalls)
	handle(s, route{http.MethodGet, "/api/upkeep/{id}", "getUpkeep", "How current what is known of an organization is", false}, getUpkeep)
}

func getShelfLives(ctx context.Context, v *visit, _ *none) (ShelfLives, error) {
	out := ShelfLives{Networks: []NetworkShelfLives{}}
	own, err := v.rep.ShelfLives(ctx)
	if err != nil {
		return out, err
	}
	states, err := v.rep.Networks(ctx)
	if err != nil {
		return out, err
	}
	usual := schema.Parts()
	for _, n := range states {
		if !v.sight.reaches(n.Code) {
			continue
		}
		parts := own[n.Code]
		if parts == nil {
			parts = usual
		}
		lives := NetworkShelfLives{Network: n.Code, Parts: []ShelfLife{}}
		for i, p := range parts {
			lives.Parts = append(lives.Parts, ShelfLife{Part: p.Code, Months: p.Months, Weight: p.Weight, Usual: usual[i].Months})
		}
		out.Networks = append(out.Networks, lives)
	}
	sort.Slice(out.Networks, func(i, j int) bool { return out.Networks[i].Network < out.Networks[j].Network })
	return out, nil
}

func listCalls(ctx context.Context, v *visit, in *callsInput) (Calls, error) {
	out := Calls{Calls: []Call{}}
	networks, err := v.sight.networks(in.Networks)
	if err != nil {
		return out, err
	}
	q := replica.CallQuery{Networks: networks, Country: in.Country, Part: in.Part, Limit: in.Limit, Offset: in.Offset}
	total, calls, err := v.rep.Calls(ctx, q)
	if err != nil {
		return out, err
	}
	out.Total = total
	for _, c := range calls {
		if row, ok := v.sight.row(c.Row); ok {
			out.Calls = append(out.Calls, Call{Organization: row, Upkeep: upkeepView(c.Upkeep)})
		}
	}
	return out, nil
}

func getUpkeep(ctx context.Context, v *visit, in *organizationInput) (Upkeep, error) {
	_, row, err := v.find(ctx, &one{Collection: "organization", ID: in.ID})
	if err != nil {
		return Upkeep{}, err
	}
	if row.Record.Deleted {
		return Upkeep{}, fault.New(fault.NotFound, "what", "organization "+in.ID)
	}
	id, err := record.ParseID(in.ID)
	if err != nil {
		return Upkeep{}, err
	}
	found, err := v.rep.UpkeepOf(ctx, id)
	return upkeepView(found), err
}

func upkeepView(u replica.Upkeep) Upkeep {
	out := Upkeep{Freshness: u.Fresh, Unreached: u.Unreached, Parts: []UpkeepPart{}}
	for _, p := range u.Parts {
		out.Parts = append(out.Parts, UpkeepPart{Part: p.Code, Verified: p.Verified, Due: p.Due, Fresh: p.Fresh})
	}
	return out
}
