package office

import (
	"errors"
	"os"
	"time"

	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/replica"
)

// The office replica can be made of the store at any time, and is, wherever it may not be what the store is: the file is of
// another build or another store, SQLite finds it damaged, or its rows are not what is said of them.

// openReplica opens the replica if it grew from the store as it is now, and makes a new one otherwise.
func (o *Office) openReplica() (*replica.Replica, error) {
	rep, err := replica.Open(o.path, o.opts)
	if err == nil {
		agrees, err := o.agrees(rep)
		if agrees {
			return rep, nil
		}
		err = errors.Join(usable(err), rep.Close())
		if err != nil {
			return nil, err
		}
	} else if err := usable(err); err != nil {
		return nil, err
	}
	o.log.Warn().Msg("the office replica is damaged, or of another store or build: making it anew")
	return o.anew()
}

// usable passes on what is no reason to make the replica anew: a disk that fails would fail again.
func usable(err error) error {
	if fault.Is(err, fault.ReplicaCorrupt) || fault.Is(err, fault.ReplicaNewer) {
		return nil
	}
	return err
}

// agrees reports whether a replica grew from the store, and notes how far it is.
func (o *Office) agrees(rep *replica.Replica) (bool, error) {
	states, err := rep.Networks(o.ctx)
	if err != nil {
		return false, err
	}
	applied := map[string]uint64{}
	for _, n := range states {
		ok, err := o.feed.Agrees(o.ctx, protocol.Cursor{Network: n.Code, Seq: n.Seq, Hash: n.Hash})
		if err != nil || !ok {
			return false, err
		}
		applied[n.Code] = n.Seq
	}
	o.applied = applied
	return true, nil
}

// anew makes an empty replica in place of whatever there is.
func (o *Office) anew() (*replica.Replica, error) {
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(o.path + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fault.Wrap(err, fault.DiskReadOnly)
		}
	}
	return replica.Open(o.path, o.opts)
}

// forget empties what is known of the replica.
func (o *Office) forget() {
	o.applied, o.swept, o.first, o.doubted = map[string]uint64{}, map[string]uint64{}, map[string]uint64{}, map[string]bool{}
}

// renew makes the replica anew where an error says that it is damaged. Whoever reads the old one at that moment gets an error,
// as they would have of the damage.
func (o *Office) renew(why error) {
	if !fault.Is(why, fault.ReplicaCorrupt) {
		return
	}
	o.log.Error().Err(why).Msg("the office replica is damaged: making it anew")
	if o.lost == nil {
		_ = o.Replica().Close() // nothing of it is needed
	}
	o.lost = why
	rep, err := o.anew()
	if err != nil {
		o.log.Error().Err(err).Msg("the office replica could not be made anew")
		time.AfterFunc(retryAfter, o.lookAround)
		return
	}
	o.lost = nil
	o.rep.Store(rep)
	o.step(o.forget)
	o.lookAround()
}

// damage is what an examination found of a replica.
type damage struct {
	of  *replica.Replica
	why error
}

// Examine has every row be held against what is said of it, soon: what happens on the disk moves no sum.
func (o *Office) Examine() {
	select {
	case o.due <- struct{}{}:
	default: // it is about to be
	}
}

// examine reads every row now and then, beside the following.
func (o *Office) examine() {
	daily := time.NewTicker(examineEvery)
	defer daily.Stop()
	for {
		select {
		case <-o.ctx.Done():
			return
		case <-daily.C:
		case <-o.due:
		}
		rep := o.Replica()
		audit, err := rep.Audit(o.ctx)
		if err == nil && (!audit.Sound() || audit.Edited() > 0) { // nobody edits here
			err = fault.Wrap(errors.New("rows are not what was written"), fault.ReplicaCorrupt)
		}
		if err == nil {
			continue
		}
		select {
		case o.damage <- damage{rep, err}:
		case <-o.ctx.Done():
		}
	}
}

// doubts reports whether a network differs from the store though it was filled anew for that: the store's own sum is wrong then, and
// filling it once more would change nothing.
func (o *Office) doubts(network string) bool {
	if o.doubted[network] {
		o.log.Error().Str("network", network).Msg("the store's records are not what its own checksum says")
		return true
	}
	o.doubted[network] = true
	return false
}
