package auth

import (
	"context"
	"time"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// A console session ends after idleLife without a request, and after fullLife in any case.
const (
	idleLife = 12 * time.Hour
	fullLife = 7 * 24 * time.Hour
	// touchEvery bounds how often a request writes that the session is in use.
	touchEvery = time.Minute
)

// SignIn checks a password and opens a console session; address is where the attempt comes from. Faults:
// WrongPassword (also for an unknown or inactive person), TooManyAttempts, ServerBusy.
func (a *Auth) SignIn(ctx context.Context, email, password, address string) (token string, p Principal, err error) {
	email = foldEmail(email)
	place := addressKey(address)
	if err := a.addresses.take(place); err != nil {
		return "", Principal{}, err
	}
	if err := a.accounts.take(email); err != nil {
		return "", Principal{}, err
	}
	u, hash, stale, err := a.checkSignIn(ctx, email, password)
	if err != nil {
		return "", Principal{}, err
	}
	a.accounts.forgive(email)
	a.addresses.undo(place)
	fresh := ""
	if stale {
		if fresh, err = a.hasher.hash(ctx, password); err != nil {
			return "", Principal{}, err
		}
	}
	token = newToken(a.chance)
	err = a.store.write(ctx, func(t *tx) (err error) {
		p, err = t.openSession(u.ID, hash, fresh, token)
		return err
	})
	return token, p, err
}

// checkSignIn finds the person whose password it is, taking the same time when there is none.
func (a *Auth) checkSignIn(ctx context.Context, email, password string) (u User, hash string, stale bool, err error) {
	r := a.store.read(ctx)
	u, known, err := r.userByEmail(email)
	if err != nil {
		return u, "", false, err
	}
	hash = a.hasher.decoy
	if known {
		if hash, err = r.passwordOf(u.ID); err != nil {
			return u, "", false, err
		}
	}
	ok, stale, err := a.hasher.matches(ctx, hash, password)
	if err != nil {
		return u, "", false, err
	}
	if !ok || !u.Active {
		return u, "", false, fault.New(fault.WrongPassword)
	}
	return u, hash, stale, nil
}

// openSession writes the session, unless the person was shut out while the password was checked.
func (t *tx) openSession(userID, hash, fresh, token string) (Principal, error) {
	u, ok, err := t.userByID(userID)
	if err != nil {
		return Principal{}, err
	}
	if now, err := t.passwordOf(userID); err != nil || !ok || !u.Active || now != hash {
		return Principal{}, fault.Wrap(err, fault.WrongPassword)
	}
	d, err := t.consoleAuthor(u)
	if err != nil {
		return Principal{}, err
	}
	if fresh != "" {
		if err := t.exec(`UPDATE auth_user SET password = ? WHERE id = ?`, fresh, userID); err != nil {
			return Principal{}, err
		}
	}
	if err := t.exec(`DELETE FROM auth_session WHERE seen_at < ? OR created_at < ?`, t.now-millis(idleLife), t.now-millis(fullLife)); err != nil {
		return Principal{}, err
	}
	if err := t.exec(`INSERT INTO auth_session (token_hash, user_id, created_at, seen_at) VALUES (?, ?, ?, ?)`,
		hashOf(token), userID, t.now, t.now); err != nil {
		return Principal{}, err
	}
	u.LastSeen = t.now
	return Principal{User: u, Device: d}, t.exec(`UPDATE auth_user SET seen_at = ? WHERE id = ?`, t.now, userID)
}

type session struct {
	user          string
	created, seen clock.Millis
}

func scanSession(row scanner) (s session, err error) {
	err = row.Scan(&s.user, &s.created, &s.seen)
	return s, err
}

// Session is the person behind a console session's token, with the device number of their edits in the console, or
// fault.SignInNeeded.
func (a *Auth) Session(ctx context.Context, token string) (Principal, error) {
	if token == "" {
		return Principal{}, fault.New(fault.SignInNeeded)
	}
	r := a.store.read(ctx)
	key := hashOf(token)
	s, ok, err := one(r, scanSession, `SELECT user_id, created_at, seen_at FROM auth_session WHERE token_hash = ?`, key)
	if err != nil {
		return Principal{}, err
	}
	now := clock.MillisOf(a.clock.Now())
	if !ok || now-s.seen > millis(idleLife) || now-s.created > millis(fullLife) {
		return Principal{}, fault.New(fault.SignInNeeded)
	}
	u, ok, err := r.userByID(s.user)
	if err != nil {
		return Principal{}, err
	}
	if !ok || !u.Active {
		return Principal{}, fault.New(fault.SignInNeeded)
	}
	d, err := a.ConsoleAuthor(ctx, u.ID)
	if err != nil {
		return Principal{}, err
	}
	if now-s.seen >= millis(touchEvery) {
		err = a.touch(ctx, key, u.ID)
	}
	return Principal{User: u, Device: d}, err
}

func (a *Auth) touch(ctx context.Context, key, userID string) error {
	return a.store.write(ctx, func(t *tx) error {
		if err := t.exec(`UPDATE auth_session SET seen_at = ? WHERE token_hash = ?`, t.now, key); err != nil {
			return err
		}
		return t.exec(`UPDATE auth_user SET seen_at = ? WHERE id = ?`, t.now, userID)
	})
}

// SignOut ends a session; one that is gone already is fine.
func (a *Auth) SignOut(ctx context.Context, token string) error {
	return a.store.write(ctx, func(t *tx) error {
		return t.exec(`DELETE FROM auth_session WHERE token_hash = ?`, hashOf(token))
	})
}

func millis(d time.Duration) clock.Millis { return clock.Millis(d.Milliseconds()) }
