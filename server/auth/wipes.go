package auth

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"io"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// Wipe is where the wiping of a device stands.
type Wipe struct {
	At     clock.Millis `json:"at"`      // when it was ordered
	AtOnce bool         `json:"at_once"` // nothing is handed in first
	Obeyed clock.Millis `json:"obeyed"`  // when the laptop said that it wipes itself; 0: not yet
}

// PublicKey is what laptops check the server's orders with. They are told it when they enroll.
func (a *Auth) PublicKey() []byte { return a.key.Public().(ed25519.PublicKey) }

// OrderWipe shuts a device out and signs the order to delete all it holds, which it gets the next time it is in contact.
// Once ordered it cannot be taken back; ordering it again can only make it at once. Faults: NotFound.
func (a *Auth) OrderWipe(ctx context.Context, by Actor, deviceID string, atOnce bool) error {
	err := a.store.write(ctx, func(t *tx) error {
		d, err := t.revoke(by, deviceID)
		if err != nil {
			return err
		}
		before, ordered, err := t.wipeOf(deviceID)
		if err != nil || (ordered && (before.AtOnce || !atOnce)) {
			return err
		}
		order := protocol.Order{Device: deviceID, ID: t.ids.ID(), At: t.now, AtOnce: atOnce}
		signed := order.Sign(a.key)
		if err := t.exec(`INSERT INTO auth_wipe (device_id, id, at, at_once, body, signature, obeyed_at) VALUES (?, ?, ?, ?, ?, ?, 0)
			ON CONFLICT (device_id) DO UPDATE SET id = excluded.id, at = excluded.at, at_once = excluded.at_once, body = excluded.body,
			signature = excluded.signature`, deviceID, order.ID.String(), t.now, flag(atOnce), hex.EncodeToString(signed.Order), hex.EncodeToString(signed.Signature)); err != nil {
			return err
		}
		detail := ""
		if atOnce {
			detail = "at once"
		}
		return t.note(by, actWipe, subjectDevice, d.ID, d.Name, detail)
	})
	if err != nil {
		return err
	}
	a.shut(deviceID)
	return nil
}

// Obeyed notes that a device said that it wipes itself, by the order's id. Faults: NotFound.
func (a *Auth) Obeyed(ctx context.Context, p Principal, orderID string) error {
	return a.store.write(ctx, func(t *tx) error {
		id, ok, err := one(t.rows, func(row scanner) (v string, err error) {
			err = row.Scan(&v)
			return v, err
		}, `SELECT id FROM auth_wipe WHERE device_id = ?`, p.Device.ID)
		if err != nil {
			return err
		}
		if !ok || id != orderID {
			return fault.New(fault.NotFound, "what", clip(orderID))
		}
		if err := t.exec(`UPDATE auth_wipe SET obeyed_at = ? WHERE device_id = ? AND obeyed_at = 0`, t.now, p.Device.ID); err != nil {
			return err
		}
		return t.note(p.Actor(), actObeyed, subjectDevice, p.Device.ID, p.Device.Name, "")
	})
}

// Wipes lists the devices that were ordered to be wiped, by id.
func (a *Auth) Wipes(ctx context.Context) (map[string]Wipe, error) {
	type row struct {
		id string
		Wipe
	}
	all, err := list(a.store.read(ctx), func(s scanner) (r row, err error) {
		err = s.Scan(&r.id, &r.At, &r.AtOnce, &r.Obeyed)
		return r, err
	}, `SELECT device_id, at, at_once, obeyed_at FROM auth_wipe`)
	out := make(map[string]Wipe, len(all))
	for _, r := range all {
		out[r.id] = r.Wipe
	}
	return out, err
}

func (r rows) wipeOf(deviceID string) (Wipe, bool, error) {
	return one(r, func(row scanner) (w Wipe, err error) {
		err = row.Scan(&w.At, &w.AtOnce, &w.Obeyed)
		return w, err
	}, `SELECT at, at_once, obeyed_at FROM auth_wipe WHERE device_id = ?`, deviceID)
}

// orderFor is the signed order to a device; ok is false when there is none.
func (r rows) orderFor(deviceID string) (o protocol.SignedOrder, ok bool, err error) {
	var body, signature string
	_, ok, err = one(r, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(&body, &signature) },
		`SELECT body, signature FROM auth_wipe WHERE device_id = ?`, deviceID)
	if err != nil || !ok {
		return o, false, err
	}
	if o.Order, err = hex.DecodeString(body); err == nil {
		o.Signature, err = hex.DecodeString(signature)
	}
	return o, err == nil, dbFault(err)
}

// signingKey reads the server's key, making it the first time.
func (s *store) signingKey(ctx context.Context) (key ed25519.PrivateKey, err error) {
	err = s.write(ctx, func(t *tx) error {
		text, ok, err := t.setting(settingKey)
		if err != nil {
			return err
		}
		if ok {
			seed, err := hex.DecodeString(text)
			if err != nil || len(seed) != ed25519.SeedSize {
				return fault.Wrap(err, fault.Internal)
			}
			key = ed25519.NewKeyFromSeed(seed)
			return nil
		}
		seed := make([]byte, ed25519.SeedSize)
		_, _ = io.ReadFull(s.chance, seed) // it does not fail
		key = ed25519.NewKeyFromSeed(seed)
		return t.putSetting(settingKey, hex.EncodeToString(key.Seed()))
	})
	return key, err
}
