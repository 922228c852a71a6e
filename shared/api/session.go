package api

import (
	"context"
	"net/http"

	"acopio/shared/schema"
)

// none is the input of an operation without parameters.
type none struct{}

// SchemaView is the declared registry, for the program that draws forms and grids from it.
type SchemaView struct {
	Collections []*schema.Collection `json:"collections"`
}

func (s *service) sessionRoutes() {
	handle(s, route{http.MethodGet, "/api/session", "getSession", "Who is asking, and what state the host is in", true},
		func(_ context.Context, v *visit, _ *none) (Session, error) {
			return shownSession(v.session), nil
		})
	handle(s, route{http.MethodGet, "/api/schema", "getSchema", "The declared collections and fields", true},
		func(_ context.Context, v *visit, _ *none) (SchemaView, error) {
			declared := schema.Registry()
			if v.rep != nil {
				declared = v.rep.Schema()
			}
			out := SchemaView{Collections: []*schema.Collection{}}
			for _, c := range declared.Collections() {
				if !c.Unsynced {
					out.Collections = append(out.Collections, v.sight.declared(c))
				}
			}
			return out, nil
		})
}

// shownSession has empty lists where the host left none.
func shownSession(in Session) Session {
	out := in
	out.Networks = make([]NetworkView, 0, len(in.Networks))
	for _, n := range in.Networks {
		if n.Countries == nil {
			n.Countries = []string{}
		}
		out.Networks = append(out.Networks, n)
	}
	return out
}
