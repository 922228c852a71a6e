// Package station is a running desktop without a window: the replica, the outbox, the syncer and the HTTP API over
// them. The window shows it, the command line scripts it, the tests drive it.
package station

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/desktop/outbox"
	"acopio/desktop/syncer"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// Config says where a station lives.
type Config struct {
	DataDir string
	Log     zerolog.Logger
	Clock   clock.Clock    // nil: the machine's
	Schema  *schema.Schema // nil: the registry; tests give others
	// Manual stations sync only when told to: scripts.
	Manual bool
	Lang   string // of sentences in events; es when empty
}

// Station is open. It is safe for concurrent use.
type Station struct {
	cfg     Config
	release func()

	mu        sync.Mutex
	rep       *replica.Replica // another one after a wipe
	out       *outbox.Outbox
	state     *device.Keeper
	wiped     *device.Wiped
	syncer    *syncer.Syncer // nil until enrolled
	stop      context.CancelFunc
	running   sync.WaitGroup
	listeners map[int]func()
	nextID    int

	handler   http.Handler
	apiConfig api.Config
}

// Open takes the data folder's lock and opens what is in it; a station that is enrolled begins to sync. It fails with
// fault.ReplicaInUse, or fault.ReplicaNewer with nothing touched. A damaged replica is set aside, what was not sent is
// salvaged from it, and the rest is fetched anew.
func Open(cfg Config) (*Station, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	release, err := device.Lock(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	s := &Station{cfg: cfg, release: release, listeners: map[int]func(){}}
	if err := s.open(); err != nil {
		release()
		return nil, err
	}
	return s, nil
}

func (s *Station) open() error {
	err := device.FinishWipe(s.cfg.DataDir) // one that was interrupted
	if err != nil {
		return err
	}
	if s.state, err = device.Keep(s.cfg.DataDir); err != nil {
		return err
	}
	w, was, err := device.LoadWiped(s.cfg.DataDir)
	if err != nil {
		return err
	}
	if was {
		s.wiped = &w
	}
	if err := s.openReplica(); err != nil {
		return err
	}
	s.apiConfig = api.Config{
		Replica: s.Replica, Host: host{s}, Sync: host{s}, OnStatus: s.onStatus,
		Lang: func() string { return s.cfg.Lang }, Log: s.cfg.Log, UploadDir: filepath.Join(s.cfg.DataDir, "uploads"), Clock: s.cfg.Clock,
	}
	s.handler = api.New(s.apiConfig)
	if !s.Device().Enrolled() {
		return nil
	}
	s.Lease() // the clock is looked at with each start
	return s.begin()
}

// salvage sets a damaged file aside and carries over what can be read of its outbox.
func (s *Station) salvage(path string, opts replica.Options) (*replica.Replica, *outbox.Outbox, error) {
	aside := path + ".damaged-" + s.cfg.Clock.Now().Format("20060102-150405")
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(path+end, aside+end); err != nil && !os.IsNotExist(err) {
			return nil, nil, fault.Wrap(err, fault.DiskReadOnly)
		}
	}
	rep, err := replica.Open(path, opts)
	if err != nil {
		return nil, nil, err
	}
	out, err := outbox.Open(rep)
	if err != nil {
		_ = rep.Close() // the first error counts
		return nil, nil, err
	}
	saved, lost, err := out.Salvage(aside)
	s.cfg.Log.Error().Int("edits_saved", saved).Int("edits_unreadable", lost).AnErr("cause", err).Str("set_aside", filepath.Base(aside)).
		Msg("the replica was damaged: it was set aside, and the register will be fetched anew")
	return rep, out, nil
}

// begin makes the syncer of an enrolled station, and lets it run unless the station is manual.
func (s *Station) begin() error {
	token, err := device.Token(s.cfg.DataDir)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.syncer = syncer.New(syncer.Config{
		Replica: s.rep, Outbox: s.out, Device: s.Device, Update: s.state.Update, Token: token,
		Clock: s.cfg.Clock, Log: s.cfg.Log, Changed: s.changed,
		PutToken:  func(token string) error { return device.PutToken(s.cfg.DataDir, token, s.cfg.Log) },
		BeginWipe: s.beginWipe,
	})
	if s.cfg.Manual {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	run := s.syncer
	s.running.Go(func() { _ = s.wipeAfter(run.Run(ctx)) })
	return nil
}

// Close ends the sync and closes the replica. Nothing waits to be written: an edit was on disk when it was answered.
func (s *Station) Close() error {
	s.mu.Lock()
	stop := s.stop
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
	s.running.Wait()
	err := errors.Join(s.state.Flush(), s.Replica().Close(), device.FinishWipe(s.cfg.DataDir))
	s.release()
	return err
}

// Handler serves the API under /api/.
func (s *Station) Handler() http.Handler { return s.handler }

// Events calls back with each live event until stopped.
func (s *Station) Events(emit func(name string, data any)) (stop func()) {
	return api.Watch(s.apiConfig, emit)
}

// Replica is the local replica, to read.
func (s *Station) Replica() *replica.Replica {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rep
}

// Outbox is what is not confirmed yet.
func (s *Station) Outbox() *outbox.Outbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out
}

// Device is what the device knows about itself.
func (s *Station) Device() device.State { return s.state.State() }

// Enroll makes this machine a device of a server. A machine that is enrolled already may be enrolled again at the same
// server, after its access was withdrawn: what it had not sent is kept and sent.
func (s *Station) Enroll(ctx context.Context, server, code, name, ca string) error {
	if w := s.Wiped(); w != nil && !w.Done {
		if err := s.finishWipe(); err != nil {
			return err
		}
	}
	before := s.Device()
	base, err := device.BaseURL(server)
	if err != nil {
		return err
	}
	if before.Enrolled() && !before.Revoked || before.Enrolled() && base != before.Server {
		return fault.New(fault.AlreadyEnrolled, "server", before.Server)
	}
	state, token, err := device.Enroll(ctx, base, code, name, ca, s.cfg.Clock)
	if err != nil {
		return err
	}
	if err := device.PutToken(s.cfg.DataDir, token, s.cfg.Log); err != nil {
		return err
	}
	state.Epoch, state.Examined, state.Unproven, state.Repairs = before.Epoch, before.Examined, before.Unproven, before.Repairs // the files are the same
	if err := device.ForgetWiped(s.cfg.DataDir); err != nil {
		return err
	}
	if err := s.state.Update(func(d *device.State) { *d = state }); err != nil {
		return err
	}
	s.mu.Lock()
	stop := s.stop
	s.wiped = nil
	s.mu.Unlock()
	if stop != nil {
		stop()
		s.running.Wait()
	}
	defer s.changed()
	return s.begin()
}

// Sync syncs once, until nothing is left to send or fetch, or ctx ends. It fails with fault.NotEnrolled or DeviceWiped.
func (s *Station) Sync(ctx context.Context) error {
	sy := s.sync()
	if sy == nil {
		return s.nobody()
	}
	return s.wipeAfter(sy.Once(ctx))
}

// Follow keeps a manual station in sync until ctx ends.
func (s *Station) Follow(ctx context.Context) error {
	sy := s.sync()
	if sy == nil {
		return s.nobody()
	}
	return s.wipeAfter(sy.Run(ctx))
}

// nobody is why there is no server to sync with.
func (s *Station) nobody() error {
	if s.Wiped() != nil {
		return fault.New(fault.DeviceWiped)
	}
	return fault.New(fault.NotEnrolled)
}

func (s *Station) sync() *syncer.Syncer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.syncer
}

// Edit saves an intent of the person this device belongs to, and wakes the sync. It fails with Refusal's faults.
func (s *Station) Edit(_ context.Context, intent draft.Intent) (draft.Result, error) {
	d := s.Device()
	if err := s.Refusal(); err != nil {
		return draft.Result{}, err
	}
	if !d.Enrolled() {
		return draft.Result{}, fault.New(fault.NotEnrolled)
	}
	res, err := s.Outbox().Edit(draft.Author{Role: d.Role, May: func(string) bool { return true }, Offset: d.Offset}, intent)
	if err != nil {
		return res, err
	}
	if sy := s.sync(); sy != nil {
		sy.Kick()
	}
	s.changed()
	return res, nil
}

// History is what the replica knows of a record's past, completed by the server when there is a connection.
func (s *Station) History(ctx context.Context, collection string, id record.ID) (complete bool, older []record.Entry, err error) {
	rep := s.Replica()
	row, err := rep.Get(ctx, collection, id)
	if err != nil {
		return false, nil, err
	}
	sy := s.sync()
	if sy == nil {
		return false, nil, nil
	}
	older, err = sy.History(ctx, row.Record.Key)
	if err != nil {
		return false, nil, nil // offline: what the replica has must do
	}
	err = rep.Write(func(tx *replica.Tx) error { return tx.AddEntries(older) })
	return err == nil, older, err
}
