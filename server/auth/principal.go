package auth

import (
	"context"
	"slices"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// Principal is who is asking: a person, through one device.
type Principal struct {
	User   User
	Device Device
}

// Role is what the person may do.
func (p Principal) Role() schema.Role { return p.User.Role }

// Networks picks the networks that the person reaches among all there are, sorted.
func (p Principal) Networks(all []string) []string {
	out := []string{}
	for _, code := range all {
		if p.May(code) {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return out
}

// May reports whether the person reaches the network.
func (p Principal) May(network string) bool {
	return p.User.Active && (p.User.Role.AllNetworks() || slices.Contains(p.User.Networks, network))
}

// Class says which fields of a network the person is given; 0 when they do not reach it.
func (p Principal) Class(network string) record.Class {
	switch {
	case !p.May(network):
		return 0
	case p.User.Role.SeesSensitive():
		return record.Everything
	default:
		return record.PublicOnly
	}
}

// Actor is the principal in the audit.
func (p Principal) Actor() Actor { return Actor{User: p.User.ID, Name: p.User.Name} }

type principalKey struct{}

// With puts the principal of a request into its context.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From is the principal of a request; ok is false when nobody has been recognized.
func From(ctx context.Context) (p Principal, ok bool) {
	p, ok = ctx.Value(principalKey{}).(Principal)
	return p, ok
}
