package auth

import (
	"context"
	"time"
)

// ChangeKind says what happened to an account.
type ChangeKind string

// The kinds of change that a running server acts on.
const (
	DeviceRevoked ChangeKind = actRevoked     // close its sockets
	UserChanged   ChangeKind = actUserChanged // name, role, networks or active: authorize their sockets again
)

// Change is something another part of the server must act on.
type Change struct {
	Kind   ChangeKind
	User   string // user id; empty for DeviceRevoked
	Device string // device id; empty for UserChanged
}

// pollEvery is how soon a change made by another process is noticed; mostAtOnce bounds one look.
const (
	pollEvery  = time.Second
	mostAtOnce = 500
)

// Changes tells what was changed from now on, by this process at once and by another one within about a second,
// until ctx ends; the channel is then closed. While the database cannot be read it waits.
func (a *Auth) Changes(ctx context.Context) <-chan Change {
	known, err := a.AuditHead(ctx)
	if err != nil {
		known = a.opened // tells again what is old rather than miss what is new
	}
	out := make(chan Change)
	wake := a.listen()
	go func() {
		defer close(out)
		defer a.unlisten(wake)
		tick := time.NewTicker(pollEvery)
		defer tick.Stop()
		for {
			more := a.tellChanges(ctx, &known, out)
			if more {
				continue
			}
			select {
			case <-ctx.Done():
				return
			case <-wake:
			case <-tick.C:
			}
		}
	}()
	return out
}

// tellChanges sends what came after known; more says that there may be further ones to read at once.
func (a *Auth) tellChanges(ctx context.Context, known *uint64, out chan<- Change) (more bool) {
	changes, last, err := a.ChangesAfter(ctx, *known)
	if err != nil {
		return false
	}
	for _, c := range changes {
		select {
		case out <- c:
		case <-ctx.Done():
			return false
		}
	}
	more = last >= *known+mostAtOnce
	*known = last
	return more
}

// ChangesAfter lists what was changed after an entry of the audit, a bounded number at once, and says up to which entry
// it has looked. The entry that a server begins with is AuditHead.
func (a *Auth) ChangesAfter(ctx context.Context, known uint64) (changes []Change, last uint64, err error) {
	entries, err := list(a.store.read(ctx), scanAudit, `SELECT n, at, actor, actor_name, action, kind, subject, name, detail
		FROM auth_audit WHERE n > ? ORDER BY n LIMIT ?`, int64(known), mostAtOnce)
	last = known
	for _, e := range entries {
		c := Change{Kind: ChangeKind(e.Action)}
		switch c.Kind {
		case DeviceRevoked:
			c.Device = e.Subject
			changes = append(changes, c)
		case UserChanged:
			c.User = e.Subject
			changes = append(changes, c)
		}
		last = e.N
	}
	return changes, last, err
}

// AuditHead is the number of the newest entry of the audit.
func (a *Auth) AuditHead(ctx context.Context) (uint64, error) { return a.store.read(ctx).auditHead() }

func (a *Auth) listen() chan struct{} {
	wake := make(chan struct{}, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wake = append(a.wake, wake)
	return wake
}

func (a *Auth) unlisten(wake chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, w := range a.wake {
		if w == wake {
			a.wake = append(a.wake[:i:i], a.wake[i+1:]...)
			return
		}
	}
}

// changed wakes the readers of Changes.
func (a *Auth) changed() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, wake := range a.wake {
		select {
		case wake <- struct{}{}:
		default: // it is awake already
		}
	}
}

// OnRevoke has f called when this process shuts out a device, before Revoke or UpdateUser returns. What another
// process does comes through Changes only.
func (a *Auth) OnRevoke(f func(deviceID string)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.onRevoke = append(a.onRevoke, f)
}

func (a *Auth) callRevokeHooks(deviceIDs []string) {
	a.mu.Lock()
	hooks := a.onRevoke[:len(a.onRevoke):len(a.onRevoke)]
	a.mu.Unlock()
	for _, id := range deviceIDs {
		for _, f := range hooks {
			f(id)
		}
	}
}

// revokeHooksOf calls the hooks for each device of somebody who was deactivated. A device missed here because the
// database cannot be read is reached through Changes.
func (a *Auth) revokeHooksOf(ctx context.Context, userID string) {
	ids, err := list(a.store.read(context.WithoutCancel(ctx)), func(row scanner) (id string, err error) {
		err = row.Scan(&id)
		return id, err
	}, `SELECT id FROM auth_device WHERE user_id = ? AND kind = ?`, userID, string(Laptop))
	if err == nil {
		a.callRevokeHooks(ids)
	}
}
