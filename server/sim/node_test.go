package sim

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/desktop/outbox"
	"acopio/desktop/syncer"
	"acopio/server/auth"
	"acopio/server/hub"
	"acopio/server/service"
	"acopio/server/session"
	"acopio/shared/clock"
	"acopio/shared/protocol"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// server is the real server without its console, on the simulated network.
type server struct {
	t    *testing.T
	dir  string
	at   *exchange
	core *service.Core
	hub  *hub.Hub
	ears *session.Listener
	http *http.Server
	wg   sync.WaitGroup
}

func (s *server) start() {
	core, err := service.OpenCore(service.Config{DataDir: s.dir, Log: zerolog.Nop(), CheapPasswords: true})
	if err != nil {
		s.t.Fatalf("server: %v", err)
	}
	s.core = core
	s.hub = hub.New(core.Feed, core.Store, zerolog.Nop())
	core.Engine.OnCommit(s.hub.Publish)
	s.ears = session.NewListener(core.Auth, core.Engine, core.Feed, s.hub, schema.Registry(), clock.System{}, zerolog.Nop())
	mux := http.NewServeMux()
	mux.Handle(protocol.Path, s.ears)
	mux.HandleFunc("POST "+protocol.ErrandPath, s.ears.ServeErrand)
	s.http = &http.Server{Handler: mux}
	l := s.at.listen()
	s.wg.Go(func() { _ = s.http.Serve(l) })
}

func (s *server) stop() {
	s.at.mu.Lock()
	s.at.open = nil
	s.at.mu.Unlock()
	_ = s.http.Close()
	s.ears.Close()
	s.hub.Close()
	if err := s.core.Close(); err != nil {
		s.t.Errorf("closing the server: %v", err)
	}
	s.wg.Wait()
}

// skewed is a laptop's clock.
type skewed struct{ by time.Duration }

func (c skewed) Now() time.Time { return time.Now().UTC().Add(c.by) }

// laptop is the real replica, outbox and syncer of one device.
type laptop struct {
	t     *testing.T
	name  string
	dir   string
	token string
	line  *line
	clock skewed

	diary diary
	// schema is what the laptop's build knows; nil for all there is.
	schema *schema.Schema

	mu    sync.Mutex
	state device.State
	wiped []protocol.Order // it was told to obey
	rep   *replica.Replica
	out   *outbox.Outbox
	sync  *syncer.Syncer
	stopf context.CancelFunc
	wg    sync.WaitGroup
}

// enroll makes a laptop of a person.
func (s *server) enroll(name, email string, l *line, skew time.Duration) *laptop {
	ctx := context.Background()
	code, _, err := s.core.Auth.DeviceCode(ctx, auth.CommandLine, email, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	e, err := s.core.Auth.Enroll(ctx, auth.Enrollment{Code: code, Name: name, Address: "pipe"})
	if err != nil {
		s.t.Fatal(err)
	}
	d := &laptop{t: s.t, name: name, dir: s.t.TempDir(), token: e.Token, line: l, clock: skewed{skew}}
	d.state = device.State{Server: "http://acopio.example", ID: e.Device.ID, Number: e.Device.Number, Name: name, Role: e.User.Role, UserName: e.User.Name, Key: s.core.Auth.PublicKey()}
	return d
}

func (d *laptop) start() {
	var err error
	if d.rep, err = replica.Open(filepath.Join(d.dir, device.ReplicaFile), replica.Options{Clock: d.clock, Schema: d.schema}); err != nil {
		d.t.Fatalf("%s: %v", d.name, err)
	}
	if d.out, err = outbox.Open(d.rep); err != nil {
		d.t.Fatalf("%s: %v", d.name, err)
	}
	d.sync = syncer.New(syncer.Config{
		Replica: d.rep, Outbox: d.out, Token: d.token, Clock: d.clock, Log: zerolog.New(&d.diary), Changed: func() {}, NetDial: d.line.dial,
		Device: func() device.State {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.state
		},
		Update: func(change func(*device.State)) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			change(&d.state)
			return nil
		},
		PutToken: func(token string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.token = token
			return nil
		},
		BeginWipe: func(o protocol.Order) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.wiped = append(d.wiped, o)
			return nil
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	d.stopf = cancel
	d.wg.Go(func() { d.sync.Run(ctx) })
}

func (d *laptop) stop() {
	d.stopf()
	d.wg.Wait()
	if err := d.rep.Close(); err != nil {
		d.t.Errorf("%s: %v", d.name, err)
	}
}

// number is the device's, as conflicts name it.
func (d *laptop) number() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.Number
}

func (d *laptop) String() string { return fmt.Sprintf("%s(#%d)", d.name, d.number()) }
