package auth

import (
	"context"
	"strconv"

	"acopio/shared/fault"
)

// The settings, by the names they are kept under.
const (
	settingLease = "lease_days"
	settingKey   = "signing_seed"
)

// LeaseDays is how long a laptop may be out of contact unless the office sets something else; MostLeaseDays bounds what
// it sets.
const (
	LeaseDays     = 30
	MostLeaseDays = 3650
)

// Lease is after how many days without contact a laptop shows nothing until it has been in contact; 0: never.
func (a *Auth) Lease(ctx context.Context) (days int, err error) {
	text, ok, err := a.store.read(ctx).setting(settingLease)
	if err != nil || !ok {
		return LeaseDays, err
	}
	days, err = strconv.Atoi(text)
	if err != nil {
		return 0, fault.Wrap(err, fault.Internal)
	}
	return days, nil
}

// SetLease changes it. Laptops hear of it the next time they are in contact. Faults: OutOfRange.
func (a *Auth) SetLease(ctx context.Context, by Actor, days int) error {
	if days < 0 || days > MostLeaseDays {
		return fault.New(fault.OutOfRange, "field", settingLease, "got", strconv.Itoa(days), "range", "0–"+strconv.Itoa(MostLeaseDays))
	}
	return a.store.write(ctx, func(t *tx) error {
		if err := t.putSetting(settingLease, strconv.Itoa(days)); err != nil {
			return err
		}
		return t.note(by, actLease, subjectServer, "", "", strconv.Itoa(days))
	})
}

func (r rows) setting(name string) (value string, ok bool, err error) {
	return one(r, func(row scanner) (v string, err error) {
		err = row.Scan(&v)
		return v, err
	}, `SELECT value FROM auth_setting WHERE name = ?`, name)
}

func (t *tx) putSetting(name, value string) error {
	return t.exec(`INSERT INTO auth_setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
