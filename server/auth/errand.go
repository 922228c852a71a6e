package auth

import (
	"context"
	"slices"
	"strconv"

	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// Why edits are handed in as proposals instead of being sent.
const (
	ReasonNetwork = "network" // the person no longer works in the network
	ReasonPerson  = "person"  // the person's account is closed
	ReasonDevice  = "device"  // the device was withdrawn
	ReasonWipe    = "wipe"    // it is to be wiped
)

// Errand is what may still be done with a device's token after its access, or its person's, or the person's to a network,
// was withdrawn: hand in what was not sent. Nothing but a receipt, and the order to wipe, comes back.
type Errand struct {
	Principal
	Reason string
	// Order is the order to wipe the device; nil when there is none.
	Order *protocol.SignedOrder
	// former are the networks that were withdrawn from the person; * for all.
	former []string
}

// everyNetwork stands for all networks among those withdrawn.
const everyNetwork = "*"

// Closed reports whether the device has handed in the last of its edits: it gets receipts for them again, and that is all.
func (e Errand) Closed() bool { return e.Reason != ReasonNetwork && e.Device.HandedIn != 0 }

// MayHandIn reports whether the person works, or once worked, in a network.
func (e Errand) MayHandIn(network string) bool {
	return e.User.Role.AllNetworks() || slices.Contains(e.User.Networks, network) ||
		slices.Contains(e.former, network) || slices.Contains(e.former, everyNetwork)
}

// Errand recognizes a device by its token, let in or not. Faults: DeviceUnknown.
func (a *Auth) Errand(ctx context.Context, token string) (Errand, error) {
	if token == "" {
		return Errand{}, fault.New(fault.DeviceUnknown)
	}
	r := a.store.read(ctx)
	d, ok, err := one(r, scanDevice, selectDevice+` WHERE d.token_hash = ?`, hashOf(token))
	if err != nil {
		return Errand{}, err
	}
	if !ok || !d.listed() {
		return Errand{}, fault.New(fault.DeviceUnknown)
	}
	u, ok, err := r.userByID(d.User)
	if err != nil {
		return Errand{}, err
	}
	if !ok {
		return Errand{}, fault.New(fault.DeviceUnknown)
	}
	e := Errand{Principal: Principal{User: u, Device: d}, Reason: ReasonNetwork}
	order, ordered, err := r.orderFor(d.ID)
	switch {
	case err != nil:
		return Errand{}, err
	case ordered:
		e.Reason, e.Order = ReasonWipe, &order
	case d.Revoked:
		e.Reason = ReasonDevice
	case !u.Active:
		e.Reason = ReasonPerson
	}
	e.former, err = r.withdrawnFrom(u.ID)
	return e, err
}

// MostHandedIn bounds the edits that one device may hand in.
const MostHandedIn = 50_000

// HandIn notes that edits of a device became proposals, and with done that these are the last.
func (a *Auth) HandIn(ctx context.Context, e Errand, edits int, done bool) error {
	done = done && e.Reason != ReasonNetwork && !e.Closed()
	if edits == 0 && !done {
		return nil
	}
	return a.store.write(ctx, func(t *tx) error {
		d, _, err := t.deviceByID(e.Device.ID)
		if err != nil {
			return err
		}
		if err := t.exec(`UPDATE auth_device SET handed_in = handed_in + ? WHERE id = ?`, edits, d.ID); err != nil || !done {
			return err
		}
		if err := t.exec(`UPDATE auth_device SET handed_in_at = ? WHERE id = ?`, t.now, d.ID); err != nil {
			return err
		}
		return t.note(e.Actor(), actHandedIn, subjectDevice, d.ID, d.Name, strconv.FormatInt(d.Edits+int64(edits), 10))
	})
}

// rememberWithdrawn notes which networks a person loses.
func (t *tx) rememberWithdrawn(before, after User) error {
	lost := []string{}
	switch {
	case after.Role.AllNetworks():
	case before.Role.AllNetworks():
		lost = append(lost, everyNetwork)
	default:
		for _, n := range before.Networks {
			if !slices.Contains(after.Networks, n) {
				lost = append(lost, n)
			}
		}
	}
	for _, n := range lost {
		if err := t.exec(`INSERT INTO auth_withdrawn (user_id, network, at) VALUES (?, ?, ?)
			ON CONFLICT (user_id, network) DO UPDATE SET at = excluded.at`, after.ID, n, t.now); err != nil {
			return err
		}
	}
	return nil
}

func (r rows) withdrawnFrom(userID string) ([]string, error) {
	return list(r, func(row scanner) (network string, err error) {
		err = row.Scan(&network)
		return network, err
	}, `SELECT network FROM auth_withdrawn WHERE user_id = ?`, userID)
}
