package auth

import (
	"context"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// setupActor is who adds the first administrator.
var setupActor = Actor{Name: "setup"}

// NeedsSetup reports whether there is no administrator yet.
func (a *Auth) NeedsSetup(ctx context.Context) (bool, error) {
	n, err := a.store.read(ctx).countAdmins()
	return n == 0 && err == nil, err
}

// SetupLink makes a new one-time token for the first administrator, and voids the one before; "" when there is one.
func (a *Auth) SetupLink(ctx context.Context) (token string, err error) {
	err = a.store.write(ctx, func(t *tx) error {
		if err := t.exec(`DELETE FROM auth_setup`); err != nil {
			return err
		}
		n, err := t.countAdmins()
		if err != nil || n > 0 {
			return err
		}
		token = newToken(a.chance)
		return t.exec(`INSERT INTO auth_setup (token_hash, created_at) VALUES (?, ?)`, hashOf(token), t.now)
	})
	return token, err
}

// Setup adds the first administrator. Faults: SetupDone (there is one), SetupLinkOld (the token is not the newest),
// those of AddUser.
func (a *Auth) Setup(ctx context.Context, token, email, name, password string) (User, error) {
	if err := a.store.read(ctx).checkSetup(token); err != nil {
		return User{}, err // before hashing anything for a stranger
	}
	u, hash, err := a.prepareUser(ctx, NewUser{Email: email, Name: name, Role: schema.Admin, Password: password})
	if err != nil {
		return User{}, err
	}
	err = a.store.write(ctx, func(t *tx) error {
		if err := t.checkSetup(token); err != nil {
			return err
		}
		if err := t.exec(`DELETE FROM auth_setup`); err != nil {
			return err
		}
		u.CreatedAt = t.now
		return t.addUser(setupActor, u, hash)
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// checkSetup reads both counts in one statement: between two of them somebody else could finish.
func (r rows) checkSetup(token string) error {
	var admins, links int
	err := r.q.QueryRowContext(r.ctx, `SELECT (SELECT COUNT(*) FROM auth_user WHERE role = ? AND active = 1),
		(SELECT COUNT(*) FROM auth_setup WHERE token_hash = ?)`, string(schema.Admin), hashOf(token)).Scan(&admins, &links)
	switch {
	case err != nil:
		return dbFault(err)
	case admins > 0:
		return fault.New(fault.SetupDone)
	case links == 0:
		return fault.New(fault.SetupLinkOld)
	default:
		return nil
	}
}
