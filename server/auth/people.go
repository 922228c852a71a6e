package auth

import (
	"context"
	"encoding/json"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// AddUser adds a person. Faults: BadEmail, UserExists, WeakPassword, UnknownChoice (of role).
func (a *Auth) AddUser(ctx context.Context, by Actor, n NewUser) (User, error) {
	u, hash, err := a.prepareUser(ctx, n)
	if err != nil {
		return User{}, err
	}
	err = a.store.write(ctx, func(t *tx) error {
		u.CreatedAt = t.now
		return t.addUser(by, u, hash)
	})
	return u, err
}

// prepareUser checks and hashes outside of any transaction: hashing takes its time.
func (a *Auth) prepareUser(ctx context.Context, n NewUser) (u User, hash string, err error) {
	u = User{ID: a.store.ids.ID().String(), Role: n.Role, Networks: networksFor(n.Role, n.Networks), Active: true}
	if u.Email, err = cleanEmail(n.Email); err != nil {
		return u, "", err
	}
	if u.Name, err = cleanName("name", n.Name); err != nil {
		return u, "", err
	}
	if u.Name == "" {
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
	if err = checkRole(n.Role); err != nil {
		return u, "", err
	}
	if err = checkPassword(n.Password); err != nil {
		return u, "", err
	}
	hash, err = a.hasher.hash(ctx, n.Password)
	return u, hash, err
}

func (t *tx) addUser(by Actor, u User, hash string) error {
	if _, exists, err := t.userByEmail(u.Email); err != nil {
		return err
	} else if exists {
		return fault.New(fault.UserExists, "email", u.Email)
	}
	err := t.exec(`INSERT INTO auth_user (id, email, name, role, networks, active, password, created_at, seen_at)
		VALUES (?, ?, ?, ?, ?, 1, ?, ?, 0)`, u.ID, u.Email, u.Name, string(u.Role), networksText(u.Networks), hash, u.CreatedAt)
	if err != nil {
		return err
	}
	return t.note(by, actUserAdded, subjectUser, u.ID, u.Name, describe(u))
}

// describe is what the audit says about an account.
func describe(u User) string {
	state := "active"
	if !u.Active {
		state = "inactive"
	}
	return strings.Join([]string{string(u.Role), "[" + strings.Join(u.Networks, " ") + "]", state}, " ")
}

// SetPassword is UpdateUser for the password alone.
func (a *Auth) SetPassword(ctx context.Context, by Actor, id, password string) error {
	_, err := a.UpdateUser(ctx, by, id, UserPatch{Password: &password})
	return err
}

// UpdateUser changes a person by id. A new password or a deactivation ends the person's console sessions; a
// deactivation also shuts out their devices, until they are active again. Faults: NotFound, WeakPassword,
// UnknownChoice, LastAdmin.
func (a *Auth) UpdateUser(ctx context.Context, by Actor, id string, p UserPatch) (User, error) {
	hash := ""
	if p.Password != nil {
		if err := checkPassword(*p.Password); err != nil {
			return User{}, err
		}
		var err error
		if hash, err = a.hasher.hash(ctx, *p.Password); err != nil {
			return User{}, err
		}
	}
	var before, after User
	err := a.store.write(ctx, func(t *tx) error {
		var ok bool
		var err error
		if before, ok, err = t.userByID(id); err != nil {
			return err
		} else if !ok {
			return fault.New(fault.NotFound, "what", id)
		}
		if after, err = p.apply(before); err != nil {
			return err
		}
		return t.updateUser(by, before, after, hash)
	})
	if err != nil {
		return User{}, err
	}
	a.changed()
	if before.Active && !after.Active {
		a.revokeHooksOf(ctx, id)
	}
	return after, nil
}

// apply is the person after the patch.
func (p UserPatch) apply(u User) (User, error) {
	var err error
	if p.Name != nil {
		if u.Name, err = cleanName("name", *p.Name); err != nil {
			return u, err
		}
		if u.Name == "" {
			return u, fault.New(fault.MissingField, "field", "name")
		}
	}
	if p.Role != nil {
		u.Role = *p.Role
	}
	if p.Networks != nil {
		u.Networks = *p.Networks
	}
	u.Networks = networksFor(u.Role, u.Networks)
	if p.Active != nil {
		u.Active = *p.Active
	}
	return u, checkRole(u.Role)
}

func (t *tx) updateUser(by Actor, before, after User, hash string) error {
	if isAdmin(before) && !isAdmin(after) {
		if n, err := t.countAdmins(); err != nil {
			return err
		} else if n <= 1 {
			return fault.New(fault.LastAdmin)
		}
	}
	if err := t.exec(`UPDATE auth_user SET name = ?, role = ?, networks = ?, active = ? WHERE id = ?`,
		after.Name, string(after.Role), networksText(after.Networks), flag(after.Active), after.ID); err != nil {
		return err
	}
	if err := t.rememberWithdrawn(before, after); err != nil {
		return err
	}
	if before.Name != after.Name || describe(before) != describe(after) {
		if err := t.note(by, actUserChanged, subjectUser, after.ID, after.Name, describe(before)+" → "+describe(after)); err != nil {
			return err
		}
	}
	if hash != "" {
		if err := t.exec(`UPDATE auth_user SET password = ? WHERE id = ?`, hash, after.ID); err != nil {
			return err
		}
		if err := t.note(by, actPassword, subjectUser, after.ID, after.Name, ""); err != nil {
			return err
		}
	}
	if hash != "" || !after.Active {
		return t.shutOut(after)
	}
	return nil
}

// shutOut ends a person's sessions; unused codes of somebody inactive expire.
func (t *tx) shutOut(u User) error {
	if err := t.exec(`DELETE FROM auth_session WHERE user_id = ?`, u.ID); err != nil || u.Active {
		return err
	}
	return t.exec(`UPDATE auth_code SET expires_at = ? WHERE user_id = ? AND used_at = 0 AND expires_at > ?`, t.now, u.ID, t.now)
}

// Users lists everybody, by name.
func (a *Auth) Users(ctx context.Context) ([]User, error) {
	return list(a.store.read(ctx), scanUser, selectUser+` ORDER BY u.name, u.email`)
}

// User finds a person by id, or fails with fault.NotFound.
func (a *Auth) User(ctx context.Context, id string) (User, error) {
	u, ok, err := a.store.read(ctx).userByID(id)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "what", id)
	}
	return u, err
}

// UserByEmail finds a person, or fails with fault.UserUnknown.
func (a *Auth) UserByEmail(ctx context.Context, email string) (User, error) {
	u, ok, err := a.store.read(ctx).userByEmail(foldEmail(email))
	if err == nil && !ok {
		err = fault.New(fault.UserUnknown, "email", email)
	}
	return u, err
}

const (
	userColumns = `SELECT u.id, u.email, u.name, u.role, u.networks, u.active, u.created_at, u.seen_at, `
	selectUser  = userColumns + `COALESCE((SELECT MAX(d.seen_at) FROM auth_device d WHERE d.user_id = u.id), 0) FROM auth_user u`
	// selectOwner does not ask when the person's devices were seen last: at the door nobody wants to know.
	selectOwner = userColumns + `0 FROM auth_user u`
)

func scanUser(row scanner) (u User, err error) {
	var role, networks string
	var active int
	device := u.LastSeen
	err = row.Scan(&u.ID, &u.Email, &u.Name, &role, &networks, &active, &u.CreatedAt, &u.LastSeen, &device)
	if err != nil {
		return u, err
	}
	u.Role, u.Active, u.LastSeen = schema.Role(role), active != 0, max(u.LastSeen, device)
	return u, json.Unmarshal([]byte(networks), &u.Networks)
}

func (r rows) userByID(id string) (User, bool, error) {
	return one(r, scanUser, selectUser+` WHERE u.id = ?`, id)
}

func (r rows) userByEmail(email string) (User, bool, error) {
	return one(r, scanUser, selectUser+` WHERE u.email = ?`, email)
}

func (r rows) passwordOf(id string) (hash string, err error) {
	err = r.q.QueryRowContext(r.ctx, `SELECT password FROM auth_user WHERE id = ?`, id).Scan(&hash)
	return hash, dbFault(err)
}

func (r rows) countAdmins() (n int, err error) {
	err = r.q.QueryRowContext(r.ctx, `SELECT COUNT(*) FROM auth_user WHERE role = ? AND active = 1`, string(schema.Admin)).Scan(&n)
	return n, dbFault(err)
}

func isAdmin(u User) bool { return u.Active && u.Role == schema.Admin }

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
