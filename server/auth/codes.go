package auth

import (
	"context"
	"time"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// CodeLife is how long an enrollment code usually lasts; mostCodeLife is the longest that makes sense for something
// read over the phone.
const (
	CodeLife     = 24 * time.Hour
	mostCodeLife = 30 * 24 * time.Hour
)

// keepCodes is how long a code stays known after its end, so that a late laptop is told "expired", not "wrong".
const keepCodes = 90 * 24 * time.Hour

// DeviceCode makes a one-time enrollment code for a person; life 0 is CodeLife. Faults: UserUnknown (also for
// somebody inactive).
func (a *Auth) DeviceCode(ctx context.Context, by Actor, email string, life time.Duration) (code string, expires clock.Millis, err error) {
	if life <= 0 {
		life = CodeLife
	}
	code = newCode(a.chance)
	err = a.store.write(ctx, func(t *tx) error {
		u, ok, err := t.userByEmail(foldEmail(email))
		if err != nil {
			return err
		}
		if !ok || !u.Active {
			return fault.New(fault.UserUnknown, "email", clip(email))
		}
		expires = t.now + millis(min(life, mostCodeLife))
		if err := t.exec(`DELETE FROM auth_code WHERE expires_at < ?`, t.now-millis(keepCodes)); err != nil {
			return err
		}
		if err := t.exec(`INSERT INTO auth_code (code_hash, user_id, created_at, expires_at, used_at, device_id, request_hash)
			VALUES (?, ?, ?, ?, 0, '', '')`, hashOf(cleanCode(code)), u.ID, t.now, expires); err != nil {
			return err
		}
		return t.note(by, actCodeMade, subjectUser, u.ID, u.Name, "")
	})
	if err != nil {
		return "", 0, err
	}
	return code, expires, nil
}

// Enroll turns a code into a device. Faults: CodeWrong, CodeExpired, CodeUsed, TooManyAttempts, TooLong.
func (a *Auth) Enroll(ctx context.Context, e Enrollment) (Enrolled, error) {
	name, platform, version, err := e.clean()
	if err != nil {
		return Enrolled{}, err
	}
	place := addressKey(e.Address)
	if err := a.codes.take(place); err != nil {
		return Enrolled{}, err
	}
	code := cleanCode(e.Code)
	if code == "" {
		return Enrolled{}, fault.New(fault.CodeWrong)
	}
	e.Name, e.Platform, e.Version = name, platform, version
	out := Enrolled{Token: newToken(a.chance)}
	err = a.store.write(ctx, func(t *tx) (err error) {
		out.Principal, err = t.enroll(code, e, hashOf(out.Token))
		return err
	})
	if err != nil {
		return Enrolled{}, err
	}
	a.codes.undo(place)
	return out, nil
}

// enroll uses the code up, or repeats what it was used for.
func (t *tx) enroll(code string, e Enrollment, tokenHash string) (Principal, error) {
	c, err := t.findCode(code)
	if err != nil {
		return Principal{}, err
	}
	if c.used != 0 {
		return t.enrollAgain(c, e, tokenHash)
	}
	u, ok, err := t.userByID(c.user)
	switch {
	case err != nil:
		return Principal{}, err
	case c.expires <= t.now || !ok || !u.Active:
		return Principal{}, fault.New(fault.CodeExpired)
	}
	d := Device{
		ID: t.ids.ID().String(), Kind: Laptop, User: u.ID, Name: e.Name, Platform: e.Platform, Version: e.Version,
		CreatedAt: t.now, LastSeen: t.now,
	}
	if d.Number, err = t.nextNumber(); err != nil {
		return Principal{}, err
	}
	if err := t.addDevice(d, tokenHash); err != nil {
		return Principal{}, err
	}
	if err := t.exec(`UPDATE auth_code SET used_at = ?, device_id = ?, request_hash = ? WHERE code_hash = ?`,
		t.now, d.ID, e.requestHash(), hashOf(code)); err != nil {
		return Principal{}, err
	}
	p := Principal{User: u, Device: d}
	return p, t.note(p.Actor(), actEnrolled, subjectDevice, d.ID, d.Name, e.Platform+" "+e.Version)
}

// enrollAgain gives the laptop that used the code its device again, if it is the same laptop and the code has not
// expired. The token before was in the answer that was lost, and stops working.
func (t *tx) enrollAgain(c codeRow, e Enrollment, tokenHash string) (Principal, error) {
	if c.request == "" || c.request != e.requestHash() || c.expires <= t.now {
		return Principal{}, fault.New(fault.CodeUsed)
	}
	d, ok, err := t.deviceByID(c.device)
	p, err := t.principal(d, ok, err)
	if err != nil {
		return Principal{}, err
	}
	return p, t.exec(`UPDATE auth_device SET token_hash = ? WHERE id = ?`, tokenHash, d.ID)
}

func (e Enrollment) requestHash() string {
	if e.Request == "" {
		return ""
	}
	return hashOf(e.Request)
}

// clean checks what a laptop says about itself.
func (e Enrollment) clean() (name, platform, version string, err error) {
	if name, err = cleanName("name", e.Name); err != nil {
		return
	}
	if platform, err = cleanName("platform", e.Platform); err != nil {
		return
	}
	if version, err = cleanName("version", e.Version); err != nil {
		return
	}
	if name == "" {
		name = "Computadora"
	}
	return
}

type codeRow struct {
	user          string
	expires, used clock.Millis
	device        string
	request       string // hashed
}

func scanCode(row scanner) (c codeRow, err error) {
	err = row.Scan(&c.user, &c.expires, &c.used, &c.device, &c.request)
	return c, err
}

func (t *tx) findCode(code string) (codeRow, error) {
	c, ok, err := one(t.rows, scanCode, `SELECT user_id, expires_at, used_at, device_id, request_hash FROM auth_code
		WHERE code_hash = ?`, hashOf(code))
	if err == nil && !ok {
		err = fault.New(fault.CodeWrong)
	}
	return c, err
}
