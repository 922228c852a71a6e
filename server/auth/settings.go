package auth

import (
	"context"
	"strconv"

	"acopio/shared/draft"
	"acopio/shared/fault"
)

// The settings, by the names they are kept under.
const (
	settingLease     = "lease_days"
	settingDeletions = "most_deletions"
	settingKey       = "signing_seed"
)

// LeaseDays is how long a laptop may be out of contact unless the office sets something else; MostLeaseDays bounds what
// it sets.
const (
	LeaseDays     = 30
	MostLeaseDays = 3650
)

// MostDeletions bounds how many deletions a day the office lets pass without being asked.
const MostDeletions = 100_000

// Lease is after how many days without contact a laptop shows nothing until it has been in contact; 0: never.
func (a *Auth) Lease(ctx context.Context) (days int, err error) {
	return a.number(ctx, settingLease, LeaseDays)
}

// SetLease changes it. Laptops hear of it the next time they are in contact. Faults: OutOfRange.
func (a *Auth) SetLease(ctx context.Context, by Actor, days int) error {
	return a.setNumber(ctx, by, settingLease, actLease, days, MostLeaseDays)
}

// Deletions is how many records of others may be deleted from one computer within a day before the office is asked; 0: any
// number.
func (a *Auth) Deletions(ctx context.Context) (most int, err error) {
	return a.number(ctx, settingDeletions, draft.DeletionsADay)
}

// SetDeletions changes it at once. Faults: OutOfRange.
func (a *Auth) SetDeletions(ctx context.Context, by Actor, most int) error {
	return a.setNumber(ctx, by, settingDeletions, actDeletions, most, MostDeletions)
}

func (a *Auth) number(ctx context.Context, name string, unset int) (int, error) {
	text, ok, err := a.store.read(ctx).setting(name)
	if err != nil || !ok {
		return unset, err
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fault.Wrap(err, fault.Internal)
	}
	return n, nil
}

func (a *Auth) setNumber(ctx context.Context, by Actor, name, action string, n, most int) error {
	if n < 0 || n > most {
		return fault.New(fault.OutOfRange, "field", name, "got", strconv.Itoa(n), "range", "0–"+strconv.Itoa(most))
	}
	return a.store.write(ctx, func(t *tx) error {
		if err := t.putSetting(name, strconv.Itoa(n)); err != nil {
			return err
		}
		return t.note(by, action, subjectServer, "", "", strconv.Itoa(n))
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
