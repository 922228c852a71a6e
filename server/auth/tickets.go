package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"regexp"
	"strconv"

	"acopio/shared/fault"
)

// A ticket tells one laptop from a copy of it. The laptop keeps the newest it was given in the file of its replica and
// shows it the next time; whoever shows one that was replaced has older files than somebody who showed a newer one:
// they were copied, or put back from a backup.
//
// A ticket becomes the current one when the laptop says that it has kept it, or shows it the next time. Until then any
// number may have been given out on the current one, each lost on the way or not: all of them are accepted, because they
// are recognized by their seal, not remembered. The first that is kept ends the others.

// ticketHalf is the length of a ticket's two halves: what makes it unlike any other, and the seal.
const ticketHalf = 16

// mostCopies bounds how many devices come from one: each is made for whoever shows its token with an old ticket.
const mostCopies = 100

type ticketRow struct{ hash, epoch string }

func scanTicket(row scanner) (k ticketRow, err error) {
	err = row.Scan(&k.hash, &k.epoch)
	return k, err
}

// Show checks the ticket that a device shows (empty: it has none) and gives the next one, which counts once it is kept.
// copied says that it is not the newest: the files behind it are a copy, or older than they were.
func (a *Auth) Show(ctx context.Context, deviceID string, epoch, ticket []byte) (next []byte, copied bool, err error) {
	current, err := a.store.read(ctx).ticketOf(deviceID, epoch)
	if err != nil {
		return nil, false, err
	}
	switch {
	case current == "", hashOf(string(ticket)) == current:
	case a.follows(deviceID, epoch, current, ticket): // it was kept, and the line broke before that was said
		if err := a.keepOn(ctx, deviceID, epoch, current, ticket); err != nil {
			return nil, false, err
		}
		current = hashOf(string(ticket))
	default:
		return nil, true, nil
	}
	nonce := make([]byte, ticketHalf)
	_, _ = io.ReadFull(a.chance, nonce) // it does not fail
	return append(nonce, a.seal(deviceID, epoch, current, nonce)...), false, nil
}

// Keep makes a ticket that Show gave the current one: the laptop has it on its disk. shown is the one it showed before.
// Faults: ServerBusy when another copy of the laptop kept one in between: asked again, the answer is another.
func (a *Auth) Keep(ctx context.Context, deviceID string, epoch, shown, ticket []byte) error {
	return a.keepOn(ctx, deviceID, epoch, hashOf(string(shown)), ticket)
}

// keepOn makes a ticket the current one in place of the one that it was given out on.
func (a *Auth) keepOn(ctx context.Context, deviceID string, epoch []byte, before string, ticket []byte) error {
	return a.store.write(ctx, func(t *tx) error {
		current, err := t.ticketOf(deviceID, epoch)
		if err != nil {
			return err
		}
		switch {
		case current == hashOf(string(ticket)):
			return nil // kept already, by what was said before the line broke
		case current != "" && current != before:
			return fault.New(fault.ServerBusy)
		case !a.follows(deviceID, epoch, current, ticket):
			return fault.New(fault.BadFrame)
		}
		return t.exec(`UPDATE auth_device SET ticket = ?, ticket_epoch = ? WHERE id = ?`, hashOf(string(ticket)), hex.EncodeToString(epoch), deviceID)
	})
}

// ticketOf is the hash of the current ticket; empty when there is none, or only one of another epoch: a restored server
// does not know what was given out after its backup.
func (r rows) ticketOf(deviceID string, epoch []byte) (string, error) {
	k, ok, err := one(r, scanTicket, `SELECT ticket, ticket_epoch FROM auth_device WHERE id = ?`, deviceID)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "", fault.New(fault.DeviceUnknown)
	case k.epoch != hex.EncodeToString(epoch):
		return "", nil
	}
	return k.hash, nil
}

// follows reports whether a ticket was given out on the current one.
func (a *Auth) follows(deviceID string, epoch []byte, current string, ticket []byte) bool {
	return len(ticket) == 2*ticketHalf && hmac.Equal(ticket[ticketHalf:], a.seal(deviceID, epoch, current, ticket[:ticketHalf]))
}

func (a *Auth) seal(deviceID string, epoch []byte, current string, nonce []byte) []byte {
	h := hmac.New(sha256.New, a.key.Seed())
	for _, part := range [][]byte{[]byte("acopio ticket"), []byte(deviceID), epoch, []byte(current), nonce} {
		h.Write([]byte(strconv.Itoa(len(part)) + ":"))
		h.Write(part)
	}
	return h.Sum(nil)[:ticketHalf]
}

// Renew gives a copy of a device an identity of its own: a device of the same person with another number, name and
// token. An answer that is lost costs nothing: the copy asks again and gets another, and one that was never used is not
// listed. Faults: DeviceUnknown, DeviceRevoked, TooManyAttempts.
func (a *Auth) Renew(ctx context.Context, deviceID string) (Enrolled, error) {
	out := Enrolled{Token: newToken(a.chance)}
	err := a.store.write(ctx, func(t *tx) error {
		d, ok, err := t.deviceByID(deviceID)
		p, err := t.principal(d, ok, err)
		if err != nil {
			return err
		}
		name, err := t.nameOfCopy(d)
		if err != nil {
			return err
		}
		next := Device{
			ID: t.ids.ID().String(), Kind: Laptop, User: d.User, Name: name, Platform: d.Platform, Version: d.Version,
			CreatedAt: t.now, Origin: d.ID,
		}
		if next.Number, err = t.nextNumber(); err != nil {
			return err
		}
		if err := t.addDevice(next, hashOf(out.Token)); err != nil {
			return err
		}
		out.Principal = Principal{User: p.User, Device: next}
		return t.note(p.Actor(), actCopied, subjectDevice, next.ID, next.Name, d.Name+" #"+strconv.Itoa(int(d.Number)))
	})
	return out, err
}

// nameOfCopy finds a free name for another copy of a device: the name it has, and a number in parentheses.
func (t *tx) nameOfCopy(of Device) (string, error) {
	all, err := list(t.rows, scanDevice, selectDevice+` WHERE d.user_id = ?`, of.User)
	if err != nil {
		return "", err
	}
	taken, made := map[string]bool{}, 0
	for _, d := range all {
		if d.Origin == of.ID {
			made++
		}
		taken[d.Name] = taken[d.Name] || d.listed()
	}
	if made >= mostCopies {
		return "", fault.New(fault.TooManyAttempts, "seconds", "3600")
	}
	base := []rune(numbered.ReplaceAllString(of.Name, ""))
	base = base[:min(len(base), maxName-10)]
	for n := 2; ; n++ {
		if name := string(base) + " (" + strconv.Itoa(n) + ")"; !taken[name] {
			return name, nil
		}
	}
}

// numbered is the end of a copy's name.
var numbered = regexp.MustCompile(` \(\d+\)$`)
