package auth

import (
	"context"

	"acopio/shared/fault"
)

const selectDevice = `SELECT d.id, d.number, d.kind, d.user_id, d.name, d.platform, d.version, d.created_at, d.seen_at,
	d.pending, d.revoked_at, d.origin, d.handed_in_at, d.handed_in FROM auth_device d`

func scanDevice(row scanner) (d Device, err error) {
	var kind string
	var revokedAt int64
	err = row.Scan(&d.ID, &d.Number, &kind, &d.User, &d.Name, &d.Platform, &d.Version, &d.CreatedAt, &d.LastSeen,
		&d.Pending, &revokedAt, &d.Origin, &d.HandedIn, &d.Edits)
	d.Kind, d.Revoked = DeviceKind(kind), revokedAt != 0
	return d, err
}

func (t *tx) addDevice(d Device, tokenHash string) error {
	var token any // NULL for the console: it has none
	if tokenHash != "" {
		token = tokenHash
	}
	return t.exec(`INSERT INTO auth_device (id, number, kind, user_id, name, platform, version, token_hash, created_at,
		seen_at, pending, revoked_at, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)`,
		d.ID, int64(d.Number), string(d.Kind), d.User, d.Name, d.Platform, d.Version, token, d.CreatedAt, d.LastSeen, d.Origin)
}

// nextNumber is the next serial of the devices.
func (t *tx) nextNumber() (uint32, error) {
	n, err := t.highestNumber(1 << 32)
	return max(n+1, FirstDevice), err
}

// nextConsoleNumber is the next one of those kept for the console; once they are used up, a serial like any other.
func (t *tx) nextConsoleNumber() (uint32, error) {
	n, err := t.highestNumber(int64(FirstDevice))
	if err == nil && n+1 >= FirstDevice {
		return t.nextNumber()
	}
	return n + 1, err
}

func (t *tx) highestNumber(below int64) (n uint32, err error) {
	err = t.q.QueryRowContext(t.ctx, `SELECT COALESCE(MAX(number), 0) FROM auth_device WHERE number < ?`, below).Scan(&n)
	return n, dbFault(err)
}

// Authenticate recognizes a device by its token, or fails with fault.DeviceUnknown or fault.DeviceRevoked (also while
// its person is inactive).
func (a *Auth) Authenticate(ctx context.Context, token string) (Principal, error) {
	if token == "" {
		return Principal{}, fault.New(fault.DeviceUnknown)
	}
	r := a.store.read(ctx)
	d, ok, err := one(r, scanDevice, selectDevice+` WHERE d.token_hash = ?`, hashOf(token))
	return r.principal(d, ok, err)
}

// DevicePrincipal is Authenticate for a device that has shown its token before: what it may do now.
func (a *Auth) DevicePrincipal(ctx context.Context, deviceID string) (Principal, error) {
	r := a.store.read(ctx)
	d, ok, err := r.deviceByID(deviceID)
	return r.principal(d, ok, err)
}

func (r rows) deviceByID(id string) (Device, bool, error) {
	return one(r, scanDevice, selectDevice+` WHERE d.id = ?`, id)
}

func (r rows) principal(d Device, ok bool, err error) (Principal, error) {
	switch {
	case err != nil:
		return Principal{}, err
	case !ok:
		return Principal{}, fault.New(fault.DeviceUnknown)
	case d.Revoked:
		return Principal{}, fault.New(fault.DeviceRevoked)
	}
	u, ok, err := one(r, scanUser, selectOwner+` WHERE u.id = ?`, d.User)
	switch {
	case err != nil:
		return Principal{}, err
	case !ok || !u.Active:
		return Principal{}, fault.New(fault.DeviceRevoked)
	}
	return Principal{User: u, Device: d}, nil
}

// ConsoleAuthor is the pseudo-device that a person's edits in the console carry; it is made on first use. Faults:
// NotFound.
func (a *Auth) ConsoleAuthor(ctx context.Context, userID string) (Device, error) {
	d, ok, err := a.store.read(ctx).consoleOf(userID)
	if err != nil || ok {
		return d, err
	}
	err = a.store.write(ctx, func(t *tx) error {
		u, ok, err := t.userByID(userID)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound, "what", userID)
		}
		d, err = t.consoleAuthor(u)
		return err
	})
	return d, err
}

func (r rows) consoleOf(userID string) (Device, bool, error) {
	return one(r, scanDevice, selectDevice+` WHERE d.user_id = ? AND d.kind = ?`, userID, string(Console))
}

func (t *tx) consoleAuthor(u User) (Device, error) {
	d, ok, err := t.consoleOf(u.ID)
	if err != nil || ok {
		return d, err
	}
	d = Device{ID: t.ids.ID().String(), Kind: Console, User: u.ID, Name: "Consola", CreatedAt: t.now}
	if d.Number, err = t.nextConsoleNumber(); err != nil {
		return d, err
	}
	return d, t.addDevice(d, "")
}

// Devices lists the enrolled computers, revoked ones too, with their owners, by number.
func (a *Auth) Devices(ctx context.Context) ([]DeviceOf, error) {
	all, err := a.Authors(ctx)
	out := make([]DeviceOf, 0, len(all))
	for _, d := range all {
		if d = a.withSight(d); d.Kind == Laptop && d.listed() {
			out = append(out, d)
		}
	}
	return out, err
}

// Authors lists every device number there is, those of the console too: who is behind a stamp.
func (a *Auth) Authors(ctx context.Context) ([]DeviceOf, error) {
	r := a.store.read(ctx)
	users, err := list(r, scanUser, selectUser)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]User, len(users))
	for _, u := range users {
		byID[u.ID] = u
	}
	devices, err := list(r, scanDevice, selectDevice+` ORDER BY d.number`)
	if err != nil {
		return nil, err
	}
	out := make([]DeviceOf, len(devices))
	for i, d := range devices {
		out[i] = DeviceOf{Device: d, Owner: byID[d.User]}
	}
	return out, nil
}

// Revoke withdraws a device for good, and identities given to copies of it that were never used. Revoking twice is fine.
// Faults: NotFound.
func (a *Auth) Revoke(ctx context.Context, by Actor, deviceID string) error {
	err := a.store.write(ctx, func(t *tx) error {
		_, err := t.revoke(by, deviceID)
		return err
	})
	if err != nil {
		return err
	}
	a.shut(deviceID)
	return nil
}

// shut tells everybody that a device was shut out.
func (a *Auth) shut(deviceID string) {
	a.changed()
	a.callRevokeHooks([]string{deviceID})
}

func (t *tx) revoke(by Actor, deviceID string) (Device, error) {
	d, ok, err := t.deviceByID(deviceID)
	if err != nil {
		return d, err
	}
	if !ok || d.Kind != Laptop {
		return d, fault.New(fault.NotFound, "what", clip(deviceID))
	}
	if d.Revoked {
		return d, nil
	}
	if err := t.exec(`UPDATE auth_device SET revoked_at = ? WHERE id = ? OR (origin = ? AND seen_at = 0)`, t.now, deviceID, deviceID); err != nil {
		return d, err
	}
	return d, t.note(by, actRevoked, subjectDevice, d.ID, d.Name, "")
}
