package sim

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"acopio/server/auth"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

const network = "PE"

// patience bounds how long everything may take to arrive once every line is up.
const patience = 10 * time.Minute

// A stage is a server with a few people and their laptops, on which a test tells one story in virtual time.
type stage struct {
	t       *testing.T
	server  *server
	laptops []*laptop
}

func onStage(t *testing.T, story func(*testing.T, *stage)) {
	synctest.Test(t, func(t *testing.T) {
		today()
		s := &stage{t: t, server: &server{t: t, dir: t.TempDir(), at: &exchange{}}}
		s.server.start()
		for _, code := range []string{network, "BO"} {
			s.check(s.server.core.CreateNetwork(context.Background(), "sim", code, "Red "+code, nil))
		}
		defer s.end()
		story(t, s)
	})
}

func (s *stage) end() {
	for _, d := range s.laptops {
		if d.stopf != nil {
			d.stop()
		}
	}
	s.server.stop()
}

func (s *stage) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// laptop gives somebody an account and an enrolled laptop that runs.
func (s *stage) laptop(name string, role schema.Role, networks ...string) *laptop {
	s.t.Helper()
	d := s.enrolled(name, role, networks...)
	d.start()
	return d
}

func (s *stage) enrolled(name string, role schema.Role, networks ...string) *laptop {
	s.t.Helper()
	email := name + "@sim.example"
	_, err := s.server.core.Auth.AddUser(context.Background(), auth.CommandLine, auth.NewUser{
		Email: email, Name: name, Role: role, Networks: networks, Password: "una clave larga",
	})
	s.check(err)
	d := s.server.enroll(name, email, newLine(s.server.at, uint64(len(s.laptops))), 0)
	s.laptops = append(s.laptops, d)
	return d
}

func (d *laptop) try(edits ...draft.Edit) (draft.Result, error) {
	d.mu.Lock()
	who := draft.Author{Role: d.state.Role, May: func(string) bool { return true }, Offset: d.state.Offset}
	d.mu.Unlock()
	res, err := d.out.Edit(who, draft.Intent{Edits: edits})
	d.sync.Kick()
	return res, err
}

func (d *laptop) edit(edits ...draft.Edit) []*record.Record {
	d.t.Helper()
	res, err := d.try(edits...)
	if err != nil {
		d.t.Fatalf("%s: %v", d.name, err)
	}
	return res.Records
}

type fields = map[string]any

func creating(collection string, f fields) draft.Edit {
	return draft.Edit{Kind: draft.Create, Collection: collection, Network: network, Fields: f}
}

func updating(id record.ID, f fields) draft.Edit {
	return draft.Edit{Kind: draft.Update, Collection: "organization", Network: network, ID: id.String(), Fields: f}
}

// organization makes one and returns its id.
func (d *laptop) organization(name string) record.ID {
	d.t.Helper()
	return d.edit(creating("organization", fields{"name": name}))[0].ID
}

// has is a field of an organization as the laptop shows it; nil when there is no such record.
func (d *laptop) has(id record.ID, field string) any {
	d.t.Helper()
	row, err := d.rep.Get(context.Background(), "organization", id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		d.t.Fatal(err)
	}
	if row.Record.Deleted {
		return nil
	}
	c, _ := d.rep.Schema().Collection("organization")
	return row.Record.Named(c)[field]
}

func (d *laptop) pending() (waiting, rejected int) {
	d.t.Helper()
	c, err := d.out.Counts(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	return c.Waiting, c.Rejected
}

func (d *laptop) networks() (codes []string, states map[string]replica.NetworkState) {
	d.t.Helper()
	list, err := d.rep.Networks(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	states = map[string]replica.NetworkState{}
	for _, n := range list {
		codes, states[n.Code] = append(codes, n.Code), n
	}
	return codes, states
}

// await waits, in virtual time, for something that others do.
func (s *stage) await(what string, within time.Duration, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(within); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("after %v: %s", within, what)
		}
	}
}

// settle waits until the laptops have sent and fetched everything, and demands that they prove it.
func (s *stage) settle(laptops ...*laptop) {
	s.t.Helper()
	s.await("not everybody settles", patience, func() bool {
		for _, d := range laptops {
			if !s.settled(d) {
				return false
			}
		}
		return true
	})
	for _, d := range laptops {
		_, states := d.networks()
		for code, n := range states {
			head, _, err := s.server.core.Feed.Head(context.Background(), code)
			s.check(err)
			if n.Sums.Of(record.Everything) != head.Checksum(n.Class) || uint64(n.Records) != head.Count(n.Class) {
				s.t.Errorf("%s holds %s of %d in %s, the server %s of %d", d, n.Sums.Of(record.Everything), n.Records, code, head.Checksum(n.Class), head.Count(n.Class))
			}
		}
	}
}

func (s *stage) settled(d *laptop) bool {
	waiting, _ := d.pending()
	if waiting > 0 || !d.sync.Progress().Settled {
		return false
	}
	_, states := d.networks()
	for code, n := range states {
		head, _, err := s.server.core.Feed.Head(context.Background(), code)
		if err != nil || n.Seq != head.Seq || !n.Complete {
			return false
		}
	}
	return len(states) > 0
}

// history is the server's log of a record.
func (s *stage) history(id record.ID) []record.Entry {
	s.t.Helper()
	c, _ := schema.Registry().Collection("organization")
	var out []record.Entry
	wire, err := s.server.core.Feed.History(context.Background(), record.Key{Network: network, Collection: c.Number, ID: id}, record.Everything)
	s.check(err)
	for _, w := range wire {
		e, _, err := w.Entry(schema.Registry(), network)
		s.check(err)
		out = append(out, e)
	}
	return out
}

// inFiles reports whether a laptop's files hold a text anywhere, journals and free space included.
func (d *laptop) inFiles(text string) (where []string) {
	d.t.Helper()
	err := filepath.WalkDir(d.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(b), []byte(text)) {
			where = append(where, e.Name())
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return where
}

// diary is what a laptop's syncer has logged.
type diary struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(b)
}

// resets is how often the laptop has fetched a network anew.
func (d *laptop) resets() int {
	d.diary.mu.Lock()
	defer d.diary.mu.Unlock()
	return strings.Count(d.diary.text.String(), "fetching anew")
}

// restart is a new start of the program on the same files.
func (d *laptop) restart() {
	d.stop()
	d.start()
}

// pause ends the laptop's own syncing; what is called on it by hand goes on.
func (d *laptop) pause() {
	d.stopf()
	d.wg.Wait()
}
