// Package sweeper forgets what was deleted long ago: after a retention, the tombstones of deleted records leave the store
// with all that their history said. A network's Swept says up to where. It is raised in the transaction that removes
// tombstones, so that a device which may have missed a deletion is always told to fetch the network anew.
//
// A record that was merged into another is a signpost to it, not garbage, and stays: what still comes for it has to arrive.
package sweeper

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/fault"
)

// Retention is how long what was deleted is kept unless somebody says otherwise: longer than a laptop is away in the rains.
// LeastRetention is more than a laptop keeps what it has sent, to give it back to a restored server.
const (
	Retention      = 180 * day
	LeastRetention = 31 * day

	day = 24 * time.Hour
)

// Bounds of the work.
const (
	step  = 1000 // log entries that one transaction goes over
	every = time.Hour
	first = time.Minute // after the start, when everybody comes at once
)

// Sweeper is used by one goroutine at a time.
type Sweeper struct {
	Store     store.Store
	Clock     clock.Clock
	Log       zerolog.Logger
	Retention time.Duration // 0: nothing is ever forgotten
}

// Run sweeps now and then, until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	for wait := first; ; wait = every {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error().Err(err).Msg("what was deleted long ago could not be swept")
		}
	}
}

// Sweep forgets what was deleted longer ago than the retention, in transactions so small that edits do not wait, and says
// how many records that were. It fails with fault.OutOfRange for a retention below LeastRetention.
func (s *Sweeper) Sweep(ctx context.Context) (buried int, err error) {
	if s.Retention == 0 {
		return 0, nil
	}
	if s.Retention < LeastRetention {
		return 0, fault.New(fault.OutOfRange, "field", "retention", "got", s.Retention.String(), "range", LeastRetention.String()+" –")
	}
	var heads []store.Head
	if err := s.Store.View(ctx, func(r store.Reader) (err error) {
		heads, err = r.Heads()
		return err
	}); err != nil {
		return 0, err
	}
	for _, h := range heads {
		for more := true; more && ctx.Err() == nil; {
			var n int
			if n, more, err = s.Step(h.Network); err != nil {
				return buried, err
			}
			buried += n
		}
	}
	if buried > 0 {
		s.Log.Info().Int("records", buried).Msg("what was deleted long ago is forgotten")
	}
	return buried, ctx.Err()
}

// Step does one transaction's part of a network. more says that it may not have been all.
func (s *Sweeper) Step(network string) (buried int, more bool, err error) {
	before := clock.MillisOf(s.Clock.Now().Add(-s.Retention))
	err = s.Store.Update(func(tx store.Tx) error {
		buried, more = 0, false
		h, ok, err := tx.Head(network)
		if err != nil || !ok {
			return err
		}
		upTo, err := tx.Aged(network, h.Swept, before, step)
		if err != nil || upTo == h.Swept {
			return err
		}
		gone, err := tx.Tombstones(network, h.Swept, upTo)
		if err != nil {
			return err
		}
		for _, r := range gone {
			if _, merged := r.MergedInto(); merged {
				continue
			}
			if err := tx.Bury(r); err != nil {
				return err
			}
			buried++
		}
		more = upTo-h.Swept == step
		h.Swept = upTo
		return tx.PutHead(h)
	})
	return buried, more, err
}
