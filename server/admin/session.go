package admin

import (
	"context"
	"net/http"

	"acopio/server/auth"
	"acopio/shared/api"
	"acopio/shared/fault"
)

func (c *console) signIn(w http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct{ Email, Password string }](r)
	if err != nil {
		return nil, err
	}
	return c.open(w, r, in.Email, in.Password)
}

// open starts a session of the browser and answers with it.
func (c *console) open(w http.ResponseWriter, r *http.Request, email, password string) (any, error) {
	token, p, err := c.auth.SignIn(r.Context(), email, password, c.address(r))
	if err != nil {
		return nil, err
	}
	c.setCookie(w, r, token)
	return c.sessionOf(r, p)
}

func (c *console) signOut(w http.ResponseWriter, r *http.Request) (any, error) {
	if err := c.auth.SignOut(r.Context(), cookieOf(r)); err != nil {
		return nil, err
	}
	c.setCookie(w, r, "")
	return nil, nil
}

func (c *console) setup(w http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct{ Token, Email, Name, Password string }](r)
	if err != nil {
		return nil, err
	}
	if _, err := c.auth.Setup(r.Context(), in.Token, in.Email, in.Name, in.Password); err != nil {
		return nil, err
	}
	return c.open(w, r, in.Email, in.Password)
}

// Session is the console's answer to GET /api/session: who is asking and which networks they reach, or that somebody
// must sign in, or that there is no administrator yet.
func Session(a *auth.Auth, deps Deps, r *http.Request) (api.Session, error) {
	c := &console{Deps: deps, auth: a}
	p, err := Identify(a, r)
	if err == nil {
		return c.sessionOf(r, p)
	}
	if !fault.Is(err, fault.SignInNeeded) {
		return api.Session{}, err
	}
	fresh, err := a.NeedsSetup(r.Context())
	s := c.session(r, api.StateSignIn)
	if fresh {
		s.State = api.StateSetup
	}
	return s, err
}

func (c *console) session(r *http.Request, state string) api.Session {
	return api.Session{
		Host: api.HostOffice, Version: c.Version, State: state, Lang: api.Language(r.Header.Get("Accept-Language")),
		Networks: []api.NetworkView{},
	}
}

func (c *console) sessionOf(r *http.Request, p auth.Principal) (api.Session, error) {
	networks, err := c.networksOf(r.Context(), p)
	if err != nil {
		return api.Session{}, err
	}
	s := c.session(r, api.StateReady)
	s.User = &api.SessionUser{Name: p.User.Name, Email: p.User.Email, Role: p.Role()}
	s.Device = &api.SessionDevice{Name: p.Device.Name, Number: p.Device.Number}
	s.Networks = networks
	s.Actor = api.Actor{Email: p.User.Email, Name: p.User.Name, Role: p.Role(), Device: p.Device.Number}
	if !p.Role().AllNetworks() {
		s.Actor.Networks = codesOf(networks)
	}
	return s, nil
}

// networksOf are the networks that somebody reaches.
func (c *console) networksOf(ctx context.Context, p auth.Principal) ([]api.NetworkView, error) {
	all, err := c.Networks.Networks(ctx)
	out := []api.NetworkView{}
	for _, n := range all {
		if p.May(n.Code) {
			if n.Countries == nil {
				n.Countries = []string{}
			}
			out = append(out, n)
		}
	}
	return out, err
}

func codesOf(networks []api.NetworkView) []string {
	out := make([]string, len(networks))
	for i, n := range networks {
		out[i] = n.Code
	}
	return out
}
