package auth

import (
	"context"
	"time"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
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
	code = newCode()
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
		if err := t.exec(`INSERT INTO auth_code (code_hash, user_id, created_at, expires_at, used_at, device_id)
			VALUES (?, ?, ?, ?, 0, '')`, hashOf(cleanCode(code)), u.ID, t.now, expires); err != nil {
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
	out := Enrolled{Token: newToken()}
	err = a.store.write(ctx, func(t *tx) error {
		u, err := t.useCode(code)
		if err != nil {
			return err
		}
		d := Device{
			ID: record.NewID().String(), Kind: Laptop, User: u.ID, Name: name, Platform: platform, Version: version,
			CreatedAt: t.now, LastSeen: t.now,
		}
		if d.Number, err = t.nextNumber(); err != nil {
			return err
		}
		if err := t.addDevice(d, hashOf(out.Token)); err != nil {
			return err
		}
		if err := t.exec(`UPDATE auth_code SET used_at = ?, device_id = ? WHERE code_hash = ?`, t.now, d.ID, hashOf(code)); err != nil {
			return err
		}
		out.Principal = Principal{User: u, Device: d}
		return t.note(out.Actor(), actEnrolled, subjectDevice, d.ID, d.Name, platform+" "+version)
	})
	if err != nil {
		return Enrolled{}, err
	}
	a.codes.undo(place)
	return out, nil
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
}

func scanCode(row scanner) (c codeRow, err error) {
	err = row.Scan(&c.user, &c.expires, &c.used)
	return c, err
}

// useCode finds the person a code is for, or says why it is not good.
func (t *tx) useCode(code string) (User, error) {
	c, ok, err := one(t.rows, scanCode, `SELECT user_id, expires_at, used_at FROM auth_code WHERE code_hash = ?`, hashOf(code))
	switch {
	case err != nil:
		return User{}, err
	case !ok:
		return User{}, fault.New(fault.CodeWrong)
	case c.used != 0:
		return User{}, fault.New(fault.CodeUsed)
	case c.expires <= t.now:
		return User{}, fault.New(fault.CodeExpired)
	}
	u, ok, err := t.userByID(c.user)
	if err == nil && (!ok || !u.Active) {
		err = fault.New(fault.CodeExpired)
	}
	return u, err
}
