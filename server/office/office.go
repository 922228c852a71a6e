// Package office is the server's own replica, fed by the same pages as the laptops', and the host of the console's API
// over it. It holds nothing that the store does not, but for what an import changed, to take it back: a replica that is damaged
// or outdated is made anew.
package office

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/feed"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/ingest"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// FileName is the office replica's file in the server's data folder.
const FileName = "office.db"

const (
	// catchUpTimeout bounds how long an edit waits to be seen in the office replica.
	catchUpTimeout = 15 * time.Second
	// gathering is how long nothing may come before the replica takes what came, and longest how long that may go on, unless
	// somebody waits: while laptops push, few large transactions leave the machine to them. What days offline have gathered
	// is pushed within that time. A commit of thousands of edits takes a quarter of a second.
	gathering = 500 * time.Millisecond
	longest   = 10 * time.Second
	// gatheringSeen and longestSeen are the same while somebody has the console open: what they see should be what there is.
	gatheringSeen = 50 * time.Millisecond
	longestSeen   = time.Second
	// currentTimeout bounds how long somebody who reads waits for what was just committed.
	currentTimeout = 500 * time.Millisecond
	// examineEvery is how often every row is read.
	examineEvery = 24 * time.Hour
	// retryAfter is the pause after what could not be followed: a disk that was full, say.
	retryAfter = 3 * time.Second
)

// Office follows the store. It is safe for concurrent use.
type Office struct {
	path   string
	opts   replica.Options
	rep    atomic.Pointer[replica.Replica] // another one once this one is damaged; only follow's goroutine replaces it
	feed   *feed.Feed
	schema *schema.Schema
	log    zerolog.Logger

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	dirty   map[string]bool   // networks that have moved
	moves   uint64            // of networks, as they were told
	taken   uint64            // how many of them the replica has
	applied map[string]uint64 // cursors
	swept   map[string]uint64 // up to where deletions were forgotten; this and first only follow's goroutine touches
	first   map[string]uint64 // where the head was when the filling began
	doubted map[string]bool   // networks that were filled anew since their sums differed, and differ all the same
	moved   chan struct{}     // closed and replaced at every step forward
	wake    chan struct{}
	due     chan struct{} // the file is to be examined
	damage  chan damage   // what an examination found
	lost    error         // why the replica has to be made anew, until it is; only follow's goroutine touches it
	urgent  chan struct{} // somebody waits
	seen    atomic.Int32  // how many have the console open
}

// Open opens the office replica at path and begins to follow. Wake it with Moved.
func Open(path string, f *feed.Feed, s *schema.Schema, c clock.Clock, log zerolog.Logger) (*Office, error) {
	o := &Office{
		path: path, opts: replica.Options{Schema: s, Clock: c}, feed: f, schema: s, log: log, dirty: map[string]bool{}, applied: map[string]uint64{},
		moved: make(chan struct{}), wake: make(chan struct{}, 1), due: make(chan struct{}, 1), damage: make(chan damage), urgent: make(chan struct{}, 1),
	}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	o.forget()
	rep, err := o.openReplica()
	if err != nil {
		return nil, err
	}
	o.rep.Store(rep)
	o.wg.Go(o.follow)
	o.wg.Go(o.examine)
	return o, nil
}

// Close ends the following and closes the replica.
func (o *Office) Close() error {
	o.cancel()
	o.wg.Wait()
	if o.lost != nil {
		return nil // it is closed
	}
	return o.Replica().Close()
}

// Replica is the office replica as of now, to read.
func (o *Office) Replica() *replica.Replica { return o.rep.Load() }

// Moved says that a network has new changes. It does not block.
func (o *Office) Moved(network string) {
	o.mu.Lock()
	o.dirty[network] = true
	o.moves++
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// follow keeps the replica at the store's heads.
func (o *Office) follow() {
	o.lookAround()
	for {
		select {
		case <-o.ctx.Done():
			return
		case d := <-o.damage:
			if d.of == o.Replica() {
				o.renew(d.why)
			}
			continue
		case <-o.wake:
			o.gather()
		}
		dirty, moves := o.takeDirty()
		o.renew(o.lost)
		for network := range dirty {
			if err := o.catchUp(network); err != nil && o.ctx.Err() == nil {
				o.log.Error().Err(err).Str("network", network).Msg("the office replica could not follow")
				o.renew(err)
				time.AfterFunc(retryAfter, func() { o.Moved(network) })
			}
		}
		o.step(func() { o.taken = moves })
	}
}

// lookAround has every network be looked at.
func (o *Office) lookAround() {
	heads, err := o.feed.Heads(o.ctx)
	if err != nil && o.ctx.Err() == nil {
		o.log.Error().Err(err).Msg("the heads could not be read")
		time.AfterFunc(retryAfter, o.lookAround)
	}
	for _, h := range heads {
		o.Moved(h.Network)
	}
}

// gather waits until no more comes, or somebody waits for what came.
func (o *Office) gather() {
	quiet, most := o.patience()
	for end := time.After(most); ; {
		select {
		case <-o.ctx.Done():
		case <-o.urgent:
		case <-end:
		case <-time.After(quiet):
		case <-o.wake:
			continue
		}
		return
	}
}

func (o *Office) patience() (quiet, most time.Duration) {
	if o.seen.Load() > 0 {
		return gatheringSeen, longestSeen
	}
	return gathering, longest
}

// Attend says that somebody has the console open, until they leave.
func (o *Office) Attend() (leave func()) {
	o.seen.Add(1)
	return sync.OnceFunc(func() { o.seen.Add(-1) })
}

func (o *Office) takeDirty() (dirty map[string]bool, moves uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	dirty, moves = o.dirty, o.moves
	o.dirty = map[string]bool{}
	return dirty, moves
}

// catchUp applies pages of a network until its checkpoint.
func (o *Office) catchUp(network string) error {
	for {
		o.mu.Lock()
		at := o.applied[network]
		o.mu.Unlock()
		ask := feed.Ask{Network: network, Class: record.Everything, After: at, MaxBytes: feed.MaxBytes}
		if at == 0 {
			ask.First = math.MaxUint64
		}
		p, err := o.feed.Page(o.ctx, ask)
		if err != nil {
			return err
		}
		if p.To == at && at > 0 {
			return nil
		}
		if at == 0 {
			o.first[network] = p.Head
		} else if max(at, o.first[network]) < p.Swept { // deletions that it lacks may be forgotten
			if err := o.startOver(network, "it is older than the deletions that are known"); err != nil {
				return err
			}
			continue
		}
		equal, err := o.apply(p)
		if err != nil {
			return err
		}
		o.stands(network, p.To)
		if !equal && !o.doubts(network) {
			if err := o.startOver(network, "its checksum differs from the store's"); err != nil {
				return err
			}
			continue
		}
		if p.Last {
			o.doubted[network] = !equal
			return nil
		}
	}
}

// stands notes how far the replica is.
func (o *Office) stands(network string, seq uint64) { o.step(func() { o.applied[network] = seq }) }

// step takes note of something and tells those who wait.
func (o *Office) step(note func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	note()
	close(o.moved)
	o.moved = make(chan struct{})
}

// startOver empties a network of the replica, to be filled anew.
func (o *Office) startOver(network, why string) error {
	o.log.Warn().Str("network", network).Str("why", why).Msg("a network of the office replica is filled anew")
	err := o.Replica().Write(func(tx *replica.Tx) error { return tx.ResetNetwork(network) })
	if err == nil {
		o.stands(network, 0)
	}
	return err
}

// apply takes a page. It reports whether the replica is what the store is, where the page ends with a checkpoint.
func (o *Office) apply(p protocol.Page) (equal bool, err error) {
	forget := p.Last && p.Swept > o.swept[p.Network]
	var state replica.NetworkState
	err = o.Replica().Write(func(tx *replica.Tx) (err error) {
		if err := ingest.Page(tx, o.schema, p, nil); err != nil {
			return err
		}
		if forget {
			if err := tx.ForgetDeleted(p.Network, p.Swept); err != nil {
				return err
			}
		}
		if err := tx.PutNetwork(replica.NetworkState{Code: p.Network, Class: record.Everything, Seq: p.To, Hash: p.Hash, Complete: p.Last}); err != nil {
			return err
		}
		state, err = tx.Network(p.Network)
		return err
	})
	if err == nil && forget {
		o.swept[p.Network] = p.Swept
	}
	sum := state.Sums.Of(record.Everything)
	return !p.Last || string(sum.Bytes()) == string(p.Checksum) && uint64(state.Records) == p.Count, err
}

// await waits until the replica has the changes of networks up to their seqs.
func (o *Office) await(ctx context.Context, seqs map[string]uint64) error {
	return o.until(ctx, catchUpTimeout, func() bool { return o.has(seqs) })
}

// has is called under the lock.
func (o *Office) has(seqs map[string]uint64) bool {
	for network, seq := range seqs {
		if o.applied[network] < seq {
			return false
		}
	}
	return true
}

// Current waits, for a moment, until the replica has what was committed until now: who opens the console after a laptop
// has synced finds there what it sent.
func (o *Office) Current(ctx context.Context) {
	o.mu.Lock()
	now := o.moves
	o.mu.Unlock()
	_ = o.until(ctx, currentTimeout, func() bool { return o.taken >= now }) // what is there must do
}

// until waits, and lets nothing gather meanwhile. done is asked under the lock.
func (o *Office) until(ctx context.Context, most time.Duration, done func() bool) error {
	timeout := time.After(most)
	for {
		o.mu.Lock()
		is, moved := done(), o.moved
		o.mu.Unlock()
		if is {
			return nil
		}
		select {
		case o.urgent <- struct{}{}:
		default: // it has been told
		}
		select {
		case <-moved:
		case <-timeout:
			return fault.New(fault.ServerBusy)
		case <-o.ctx.Done():
			return fault.New(fault.ServerBusy)
		case <-ctx.Done():
			return fault.Wrap(ctx.Err(), fault.ServerBusy)
		}
	}
}

// Ready reports whether the replica is at the store's heads.
func (o *Office) Ready(ctx context.Context) (bool, error) {
	heads, err := o.feed.Heads(ctx)
	if err != nil {
		return false, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, h := range heads {
		if o.applied[h.Network] < h.Seq {
			return false, nil
		}
	}
	return true, nil
}

// Context ends with the office.
func (o *Office) Context() context.Context { return o.ctx }
