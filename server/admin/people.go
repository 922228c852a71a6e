package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"acopio/server/auth"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

// actorOf is who signed in; RequireConsole has put them there.
func actorOf(r *http.Request) auth.Principal {
	p, _ := auth.From(r.Context())
	return p
}

func (c *console) listUsers(_ http.ResponseWriter, r *http.Request) (any, error) {
	users, err := c.auth.Users(r.Context())
	if users == nil {
		users = []auth.User{}
	}
	return map[string]any{"users": users}, err
}

func (c *console) addUser(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		Email, Name, Password string
		Role                  schema.Role
		Networks              []string
	}](r)
	if err != nil {
		return nil, err
	}
	if err := c.knowNetworks(r.Context(), in.Networks); err != nil {
		return nil, err
	}
	return c.auth.AddUser(r.Context(), actorOf(r).Actor(), auth.NewUser{
		Email: in.Email, Name: in.Name, Role: in.Role, Networks: in.Networks, Password: in.Password,
	})
}

func (c *console) changeUser(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		Name, Password *string
		Role           *schema.Role
		Networks       *[]string
		Active         *bool
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Networks != nil {
		if err := c.knowNetworks(r.Context(), *in.Networks); err != nil {
			return nil, err
		}
	}
	return c.auth.UpdateUser(r.Context(), actorOf(r).Actor(), r.PathValue("id"), auth.UserPatch{
		Name: in.Name, Role: in.Role, Networks: in.Networks, Active: in.Active, Password: in.Password,
	})
}

// knowNetworks refuses to grant what does not exist: a misspelled code would show nothing, and say nothing.
func (c *console) knowNetworks(ctx context.Context, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	all, err := c.Networks.Networks(ctx)
	if err != nil {
		return err
	}
	known := codesOf(all)
	for _, code := range codes {
		if !slices.Contains(known, code) {
			return fault.New(fault.UnknownNetwork, "network", code)
		}
	}
	return nil
}

func (c *console) addNetwork(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		Code, Name string
		Countries  []string
	}](r)
	if err != nil {
		return nil, err
	}
	return nil, c.Networks.AddNetwork(r.Context(), actorOf(r), in.Code, in.Name, in.Countries)
}

func (c *console) listAudit(_ http.ResponseWriter, r *http.Request) (any, error) {
	before, _ := strconv.ParseUint(r.URL.Query().Get("before"), 10, 62) // none: from the newest
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil {
		limit = 100
	}
	entries, err := c.auth.Audit(r.Context(), before, limit)
	if entries == nil {
		entries = []auth.AuditEntry{}
	}
	return map[string]any{"entries": entries}, err
}
