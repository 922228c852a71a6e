// Package syncer keeps a laptop's replica and the server in step over one websocket: it connects by itself, pushes what
// waits in the outbox, pulls what others changed, and backs off while there is no way to the server.
package syncer

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/desktop/outbox"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Waits between attempts. A device that was sent away for good asks again now and then: the office may relent.
const (
	firstWait   = time.Second
	longestWait = time.Minute
	revokedWait = 10 * time.Minute
	dialTimeout = 30 * time.Second
	// examineEvery is how often every row is held against its checksum.
	examineEvery = 24 * time.Hour
)

// Config is what a syncer works with.
type Config struct {
	Replica *replica.Replica
	Outbox  *outbox.Outbox
	Device  func() device.State
	Update  func(func(*device.State)) error // changes the device's state durably
	Token   string                          // at the start: a copy is given another
	Clock   clock.Clock
	Log     zerolog.Logger
	// NetDial opens the connection under the websocket; nil is the network's own way. Tests put faults there.
	NetDial func(ctx context.Context, network, addr string) (net.Conn, error)
	// PutToken keeps another token durably; nil: it is another's care.
	PutToken func(token string) error
	// BeginWipe puts an order to wipe on the disk; nil: orders are not obeyed.
	BeginWipe func(protocol.Order) error
	// Post takes an errand's frame to the server and its answer back; nil is over HTTP. The simulator owns it.
	Post func(ctx context.Context, frame []byte) ([]byte, error)
	// Changed is called whenever Progress may have changed. It must not block.
	Changed func()
	// Jitter draws a duration below the one given; nil is chance. The simulator owns it.
	Jitter func(below time.Duration) time.Duration
}

// Syncer is safe for concurrent use. Run or Once is called once at a time.
type Syncer struct {
	Config
	kick chan struct{} // something to send, or somebody who does not want to wait
	wait time.Duration // before the next attempt, about; only Run's goroutine touches it
	half *half         // of a page; only the conversation's goroutine touches it

	mu       sync.Mutex
	progress Progress
	asks     chan historyAsk
	token    string
}

// Progress is what people are shown of the work under way.
type Progress struct {
	Connected bool
	Settled   bool  // nothing to send, nothing to fetch
	Sent      int   // of this connection
	Fetched   int   // records, of a first fetch
	ToFetch   int   // about
	First     bool  // a network is being fetched for the first time
	Err       error // why the last attempt failed; nil while connected
}

// New makes a syncer.
func New(cfg Config) *Syncer {
	if cfg.Jitter == nil {
		cfg.Jitter = rand.N[time.Duration]
	}
	return &Syncer{Config: cfg, kick: make(chan struct{}, 1), asks: make(chan historyAsk), token: cfg.Token}
}

// Kick makes the syncer look at the outbox, and connect now if it is waiting to.
func (s *Syncer) Kick() {
	select {
	case s.kick <- struct{}{}:
	default: // it has been kicked already
	}
}

// Progress is the state of the work now.
func (s *Syncer) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress
}

// secret is the token by which the server knows this device.
func (s *Syncer) secret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

func (s *Syncer) note(change func(*Progress)) {
	s.mu.Lock()
	change(&s.progress)
	s.mu.Unlock()
	s.Changed()
}

// Run stays in step until ctx ends, or this device is to be wiped: fault.DeviceWiped.
func (s *Syncer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		began := s.Clock.Now()
		err := s.connect(ctx, false)
		if ctx.Err() != nil {
			break
		}
		if fault.Is(err, fault.DeviceWiped) {
			return err
		}
		select {
		case <-ctx.Done():
		case <-s.kick:
			s.Hurry()
		case <-time.After(s.Failed(err, s.Clock.Now().Sub(began))):
		}
	}
	return nil
}

// Failed notes why a conversation ended and says how long to wait before the next: longer after each failure, unless it
// had lasted for a while, and never the same, so that a thousand laptops do not come back at once.
func (s *Syncer) Failed(err error, lasted time.Duration) time.Duration {
	s.failed(err)
	if s.wait == 0 || lasted > longestWait {
		s.wait = firstWait
	}
	pause := s.wait/2 + s.Jitter(s.wait)
	s.wait = min(2*s.wait, longestWait)
	if fault.KindOf(err) == fault.Unenrolled {
		return revokedWait
	}
	return pause
}

// Hurry forgets earlier failures: somebody does not want to wait.
func (s *Syncer) Hurry() { s.wait = 0 }

// Once syncs until nothing is left to send or fetch. It fails with the fault of the last attempt, having tried again
// while ctx allows.
func (s *Syncer) Once(ctx context.Context) error {
	wait := firstWait / 4
	for {
		err := s.connect(ctx, true)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			s.failed(err)
		}
		if !fault.Temporary(err) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
			wait = min(2*wait, 5*time.Second)
		}
	}
}

func (s *Syncer) failed(err error) {
	f := fault.Of(err)
	s.Log.Info().Str("code", string(f.Code)).AnErr("cause", f.Cause).Msg("not in contact with the server")
	s.note(func(p *Progress) { *p = Progress{Err: f} })
	now := clock.MillisOf(s.Clock.Now())
	s.update(func(d *device.State) {
		d.Tried(now, &device.LastError{Code: f.Code, Args: f.Args})
		if f.Code == fault.DeviceRevoked || f.Code == fault.DeviceUnknown {
			d.Revoked = true
		}
	})
}

// update changes the device's state; a disk that does not take it is no reason to stop syncing.
func (s *Syncer) update(change func(*device.State)) {
	if err := s.Update(change); err != nil {
		s.Log.Warn().Err(err).Msg("the device's state was not written")
	}
}

type historyAsk struct {
	key   record.Key
	reply chan historyAnswer
}

type historyAnswer struct {
	entries []record.Entry
	err     error
}

// History asks the server for all that happened to a record. It fails with fault.ServerUnreachable while there is no
// connection.
func (s *Syncer) History(ctx context.Context, key record.Key) ([]record.Entry, error) {
	if !s.Progress().Connected {
		return nil, fault.New(fault.ServerUnreachable)
	}
	ask := historyAsk{key: key, reply: make(chan historyAnswer, 1)}
	select {
	case s.asks <- ask:
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.ServerTimeout)
	}
	select {
	case a := <-ask.reply:
		return a.entries, a.err
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.ServerTimeout)
	}
}
