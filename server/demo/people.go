package demo

import (
	"context"

	"acopio/server/auth"
	"acopio/shared/fault"
)

// AddPeople adds the demo people that are not there yet.
func AddPeople(ctx context.Context, a *auth.Auth) error {
	for _, p := range People {
		_, err := a.AddUser(ctx, auth.CommandLine, auth.NewUser{
			Email: p.Email, Name: p.Name, Role: p.Role, Networks: p.Networks, Password: Password,
		})
		if err != nil && !fault.Is(err, fault.UserExists) {
			return err
		}
	}
	return nil
}
