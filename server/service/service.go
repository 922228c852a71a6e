// Package service is a whole Acopio server as a value: store, engine, hub, accounts, office, and the HTTP server over
// them. The command starts one; tests start as many as they like, on port 0.
package service

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/rs/zerolog"

	"acopio/server/admin"
	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/feed"
	"acopio/server/gate"
	"acopio/server/hub"
	"acopio/server/office"
	"acopio/server/recovery"
	"acopio/server/session"
	"acopio/server/store"
	"acopio/server/store/sqlite"
	"acopio/server/sweeper"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/replica"
	"acopio/shared/schema"
	"acopio/shared/version"
)

// Config says where a server keeps its data and how it is reached.
type Config struct {
	DataDir string
	Store   string // "sqlite", the default
	Listen  string // host:port; port 0 takes a free one
	TLS     *tls.Config
	Log     zerolog.Logger
	Clock   clock.Clock    // nil: the machine's
	Schema  *schema.Schema // nil: the registry; tests give others
	// Retention is how long what was deleted is kept; 0: for ever.
	Retention time.Duration
	// BehindProxy trusts the forwarding headers of what stands in front.
	BehindProxy bool
	// CheapPasswords is for tests alone: password hashes cost next to nothing.
	CheapPasswords bool
}

// Core is what works on a data folder without serving it: commands use it beside a running server.
type Core struct {
	Store  store.Store
	Engine *apply.Engine
	Feed   *feed.Feed
	Auth   *auth.Auth

	schema *schema.Schema
	clock  clock.Clock
	log    zerolog.Logger
	db     *sql.DB
}

// OpenCore opens a data folder, making it when it is new. It fails with fault.StoreUnsupported, fault.ReplicaNewer.
func OpenCore(cfg Config) (*Core, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Schema == nil {
		cfg.Schema = schema.Registry()
	}
	cfg.Schema = schema.Live(cfg.Schema) // networks add fields of their own
	if cfg.Store != "" && cfg.Store != "sqlite" {
		kind, _, _ := strings.Cut(cfg.Store, ":")
		return nil, fault.New(fault.StoreUnsupported, "store", kind)
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fault.Wrap(err, fault.DiskReadOnly)
	}
	st, err := sqlite.Open(cfg.DataDir, cfg.Schema)
	if err != nil {
		return nil, err
	}
	c := &Core{Store: st, schema: cfg.Schema, clock: cfg.Clock, log: cfg.Log}
	c.db = sqlite.OpenBeside(filepath.Join(cfg.DataDir, sqlite.FileName), accountConnections)
	var options []auth.Option
	if cfg.CheapPasswords {
		options = append(options, auth.WithHashCost(8, 1))
	}
	if c.Auth, err = auth.Open(c.db, cfg.Clock, options...); err != nil {
		return nil, errors.Join(err, c.db.Close(), st.Close())
	}
	c.Engine = apply.New(st, cfg.Schema, cfg.Clock, cfg.Log)
	c.Engine.MostDeletions = c.mostDeletions
	c.Feed = feed.New(st, cfg.Schema)
	c.Engine.OnChanges(c.Feed.Note)
	if err := c.Engine.AdoptFields(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// accountConnections bounds how many at once look accounts up. Without a bound, a crowd that comes opens a connection each,
// and the memory of hundreds is not given back.
const accountConnections = 4

// mostDeletions is the office's setting, or the usual while that cannot be read.
func (c *Core) mostDeletions() int {
	most, err := c.Auth.Deletions(context.Background())
	if err != nil {
		c.log.Warn().Err(err).Msg("how many deletions pass without the office could not be read")
		return draft.DeletionsADay
	}
	return most
}

// Sweeper forgets what was deleted longer ago than a retention.
func (c *Core) Sweeper(retention time.Duration) *sweeper.Sweeper {
	return &sweeper.Sweeper{Store: c.Store, Clock: c.clock, Log: c.log, Retention: retention}
}

// Close ends everything in order.
func (c *Core) Close() error {
	c.Engine.Close()
	return errors.Join(c.Auth.Flush(context.Background()), c.db.Close(), c.Store.Close())
}

// Server is running from Open on; Serve answers requests.
type Server struct {
	*Core
	cfg      Config
	lock     *flock.Flock
	hub      *hub.Hub
	office   *office.Office
	devices  *session.Listener
	recovery *recovery.Recovery
	listener net.Listener
	http     *http.Server
	sweeping func() // ends it
}

// Open starts a server: it holds the data folder's lock, and its port. It fails with fault.ServerInUse.
func Open(cfg Config) (*Server, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Schema == nil {
		cfg.Schema = schema.Registry()
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fault.Wrap(err, fault.DiskReadOnly)
	}
	s := &Server{cfg: cfg, lock: flock.New(filepath.Join(cfg.DataDir, "server.lock"))}
	held, err := s.lock.TryLock()
	if err != nil {
		return nil, fault.Wrap(err, fault.DiskReadOnly)
	}
	if !held {
		return nil, fault.New(fault.ServerInUse)
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) open() error {
	var err error
	if s.Core, err = OpenCore(s.cfg); err != nil {
		return err
	}
	s.recovery = recovery.New(s.Store, s.clock)
	s.hub = hub.New(s.Feed, s.Store, s.cfg.Log)
	if s.office, err = office.Open(filepath.Join(s.cfg.DataDir, office.FileName), s.Feed, s.schema, s.clock, s.cfg.Log); err != nil {
		return err
	}
	s.hub.Watch(s.office.Moved)
	s.Engine.OnCommit(s.hub.Publish)
	s.devices = session.NewListener(s.Auth, s.Engine, s.Feed, s.hub, s.schema, s.clock, s.cfg.Log)
	if s.listener, err = net.Listen("tcp", s.cfg.Listen); err != nil {
		return fault.Wrap(err, fault.BadUsage, "detail", "--listen "+s.cfg.Listen)
	}
	if s.cfg.TLS != nil {
		s.listener = tls.NewListener(s.listener, s.cfg.TLS)
	}
	s.sweep()
	s.http = &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: quietLog(s.cfg.Log),
	}
	gate.New(s.cfg.BehindProxy).Guard(s.http)
	return nil
}

// sweep begins to forget what was deleted long ago.
func (s *Server) sweep() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { s.Sweeper(s.cfg.Retention).Run(ctx) })
	s.sweeping = func() {
		cancel()
		wg.Wait()
	}
}

// URL is where the server is reached.
func (s *Server) URL() string {
	scheme := "http://"
	if s.cfg.TLS != nil {
		scheme = "https://"
	}
	return scheme + s.listener.Addr().String()
}

// Serve answers requests until Close.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// closeTimeout bounds how long requests under way may take at the end.
const closeTimeout = 5 * time.Second

// Close sends everybody away, to come back later, and ends everything in order. What was acknowledged is on disk.
func (s *Server) Close() error {
	var errs []error
	if s.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := s.http.Shutdown(ctx); err != nil { // event streams do not end by themselves
			errs = append(errs, s.http.Close())
		}
	}
	if s.listener != nil {
		_ = s.listener.Close() // closed already where it was served
	}
	if s.sweeping != nil {
		s.sweeping()
	}
	if s.devices != nil {
		s.devices.Close()
	}
	if s.hub != nil {
		s.hub.Close()
	}
	if s.office != nil {
		errs = append(errs, s.office.Close())
	}
	if s.Core != nil {
		errs = append(errs, s.Core.Close())
	}
	return errors.Join(append(errs, s.lock.Unlock())...)
}

// deps is what the console's routes need.
func (s *Server) deps() admin.Deps {
	return admin.Deps{
		Networks: s.Core, Online: s.devices.Online, Recovery: s.recovery, Clock: s.clock, Log: s.cfg.Log, Version: version.Version, BehindProxy: s.cfg.BehindProxy,
	}
}

// apiConfig is the console's API over the office replica.
func (s *Server) apiConfig() api.Config {
	return api.Config{
		Replica: func() *replica.Replica { return s.office.Replica() },
		Host:    office.Host{Office: s.office, Engine: s.Engine, Auth: s.Auth, Deps: s.deps(), Clock: s.clock},
		Log:     s.cfg.Log, UploadDir: filepath.Join(s.cfg.DataDir, "uploads"), Clock: s.clock,
	}
}
