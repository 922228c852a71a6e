package auth

import (
	"context"
	"time"

	"acopio/shared/clock"
)

// seenEvery bounds how often sights are written: all of them together.
const seenEvery = 10 * time.Second

// sight is what a device last said about itself.
type sight struct {
	version string
	pending int64
	at      clock.Millis
	dirty   bool // not in the database yet
}

// Seen notes that a device is in contact, how many edits it has yet to send, and its version. It is cheap: the
// database is written at most every ten seconds, for all devices together; Devices knows at once.
func (a *Auth) Seen(ctx context.Context, deviceID, version string, pending int64, at clock.Millis) error {
	version, err := cleanName("version", version)
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.sights[deviceID] = &sight{version: version, pending: max(pending, 0), at: at, dirty: true}
	now := a.clock.Now()
	due := now.Sub(a.flushed) >= seenEvery || now.Before(a.flushed)
	if due {
		a.flushed = now
	}
	a.mu.Unlock()
	if !due {
		return nil
	}
	return a.Flush(ctx)
}

// Flush writes what Seen still holds: before closing.
func (a *Auth) Flush(ctx context.Context) error {
	a.mu.Lock()
	batch := map[string]*sight{}
	for id, s := range a.sights {
		if s.dirty {
			batch[id] = s
		}
	}
	a.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := a.store.write(ctx, func(t *tx) error {
		for id, s := range batch {
			if err := t.exec(`UPDATE auth_device SET version = ?, pending = ?, seen_at = ? WHERE id = ? AND seen_at <= ?`,
				s.version, s.pending, s.at, id, s.at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	for _, s := range batch {
		s.dirty = false
	}
	a.mu.Unlock()
	return nil
}

// withSight is the device as it was seen last, written or not.
func (a *Auth) withSight(d DeviceOf) DeviceOf {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.sights[d.ID]; s != nil && s.at >= d.LastSeen {
		d.Version, d.Pending, d.LastSeen = s.version, s.pending, s.at
	}
	return d
}
