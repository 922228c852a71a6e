package sim

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"acopio/desktop/device"
	"acopio/server/auth"
	"acopio/server/store/sqlite"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// filesThen is a laptop's files as they were.
type filesThen struct {
	token string
	state device.State
	files map[string][]byte
}

func (d *laptop) snapshot() filesThen {
	d.t.Helper()
	d.mu.Lock()
	shot := filesThen{token: d.token, state: d.state, files: map[string][]byte{}}
	d.mu.Unlock()
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) == ".db-shm" {
			return err
		}
		b, err := os.ReadFile(path)
		shot.files[filepath.Base(path)] = b
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return shot
}

// put makes a laptop's files those of a snapshot; the laptop is stopped.
func (d *laptop) put(shot filesThen) {
	d.t.Helper()
	if err := os.RemoveAll(d.dir); err != nil {
		d.t.Fatal(err)
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	for name, b := range shot.files {
		if err := os.WriteFile(filepath.Join(d.dir, name), b, 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	d.token, d.state = shot.token, shot.state
}

// copyOf is another machine with the files of a snapshot.
func (s *stage) copyOf(d *laptop, shot filesThen) *laptop {
	s.t.Helper()
	c := &laptop{t: s.t, name: d.name + "'", dir: s.t.TempDir(), line: newLine(s.server.at, uint64(100+len(s.laptops)))}
	c.put(shot)
	s.laptops = append(s.laptops, c)
	return c
}

// devices are the names in the office's list.
func (s *stage) devices() (names []string) {
	s.t.Helper()
	list, err := s.server.core.Auth.Devices(context.Background())
	s.check(err)
	for _, d := range list {
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return names
}

// conflicts counts the open ones that a laptop shows.
func (d *laptop) conflicts() int {
	d.t.Helper()
	n := 0
	err := d.rep.Each(context.Background(), replica.Query{Collection: "conflict"}, func(replica.Row) error { n++; return nil })
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// Files that live twice: the second to come gets an identity of its own, and what both had not sent arrives once.
func TestACopiedLaptop(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		id := s.first(a, b)
		b.line.set(false, 0, -1)
		both := b.organization("En las dos")
		b.edit(updating(id, fields{"acronym": "B"}))
		b.stop()
		c := s.copyOf(b, b.snapshot())
		b.start()
		c.start()
		mine, theirs := b.organization("De Bea"), c.organization("De la copia")
		b.line.set(true, 0, -1)
		s.settle(b)
		s.settle(a, b, c)
		if b.number() == c.number() || !slices.Equal(s.devices(), []string{"ana", "bea", "bea (2)"}) {
			t.Errorf("numbers %d and %d, devices %v", b.number(), c.number(), s.devices())
		}
		for _, d := range []*laptop{a, b, c} {
			if d.has(both, "name") != "En las dos" || d.has(mine, "name") != "De Bea" || d.has(theirs, "name") != "De la copia" || d.has(id, "acronym") != "B" {
				t.Errorf("%s: %v %v %v %v", d, d.has(both, "name"), d.has(mine, "name"), d.has(theirs, "name"), d.has(id, "acronym"))
			}
			if waiting, rejected := d.pending(); waiting+rejected > 0 {
				t.Errorf("%s: %d waiting, %d rejected", d, waiting, rejected)
			}
		}
		if n := len(s.history(both)); n != 1 {
			t.Errorf("what both had not sent arrived %d times", n)
		}
		// Both go on working, under their own names.
		b.edit(updating(id, fields{"address": "Calle 1"}))
		c.edit(updating(id, fields{"locality": "Cusco"}))
		s.settle(a, b, c)
		if a.has(id, "address") != "Calle 1" || a.has(id, "locality") != "Cusco" {
			t.Error("one of the two does not go on working")
		}
	})
}

// A copy made of a laptop at work has its newest ticket. That it is a copy shows in that it does not know what the other
// has sent since: it must not take that for its own edits, and write over them.
func TestACopyWithTheNewestTicket(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		id := s.first(a, b)
		time.Sleep(time.Minute)
		shot := b.snapshot() // of a file that nobody writes to
		b.edit(updating(id, fields{"name": "De Bea"}))
		s.settle(a, b)
		b.line.set(false, 0, -1)
		s.await("it believes that it is connected", time.Minute, func() bool { return !b.sync.Progress().Connected })
		c := s.copyOf(b, shot)
		c.line.set(false, 0, -1)
		c.start()
		c.edit(updating(id, fields{"name": "De la copia"}))
		c.line.set(true, 0, -1)
		s.settle(a, c)
		b.line.set(true, 0, -1)
		s.settle(a, b, c)
		if b.number() == c.number() {
			t.Error("both have one number")
		}
		if n := a.conflicts(); n != 1 {
			t.Errorf("%d conflicts: an edit was written over in silence", n)
		}
	})
}

// Two copies that both listen all day do not throw each other out for ever.
func TestTwoCopiesThatOnlyListen(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		id := s.first(a, b)
		time.Sleep(time.Minute)
		c := s.copyOf(b, b.snapshot())
		c.start()
		time.Sleep(10 * time.Minute)
		for range 60 {
			time.Sleep(10 * time.Second)
			if !b.sync.Progress().Connected || !c.sync.Progress().Connected {
				t.Fatal("one of them is not connected")
			}
		}
		a.edit(updating(id, fields{"acronym": "A"}))
		s.settle(a, b, c)
		if b.number() == c.number() || len(s.devices()) != 3 {
			t.Errorf("numbers %d and %d, devices %v", b.number(), c.number(), s.devices())
		}
	})
}

// Files put back from a backup: nothing that the server has is lost or written over, nothing unsent is lost, and nothing
// arrives twice.
func TestFilesPutBackFromABackup(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		id := s.first(a, b)
		b.line.set(false, 0, -1)
		waiting := b.organization("Esperaba")
		b.edit(updating(id, fields{"name": "Vieja", "acronym": "V"}))
		b.stop()
		old := b.snapshot()
		b.start()
		b.line.set(true, 0, -1)
		s.settle(a, b)
		b.edit(updating(id, fields{"name": "De la semana"}))
		s.settle(a, b)
		a.edit(updating(id, fields{"acronym": "NUEVA"}))
		s.settle(a, b)
		before, length := b.number(), len(s.history(id))

		b.stop()
		b.put(old)
		b.line.set(false, 0, -1)
		b.start()
		fresh := b.organization("Sin enviar")
		b.edit(updating(id, fields{"address": "Calle 1"}))
		b.line.set(true, 0, -1)
		s.settle(a, b)
		if b.number() == before {
			t.Error("it is who it was")
		}
		for _, d := range []*laptop{a, b} {
			if d.has(id, "name") != "De la semana" || d.has(id, "acronym") != "NUEVA" || d.has(id, "address") != "Calle 1" ||
				d.has(waiting, "name") != "Esperaba" || d.has(fresh, "name") != "Sin enviar" {
				t.Errorf("%s: %v %v %v", d, d.has(id, "name"), d.has(id, "acronym"), d.has(waiting, "name"))
			}
		}
		if n := len(s.history(waiting)); n != 1 {
			t.Errorf("what waited then arrived %d times", n)
		}
		if n := len(s.history(id)); n != length+1 {
			t.Errorf("%d entries, want %d", n, length+1)
		}
	})
}

// A crash or a broken line at any moment of a greeting is no reason to take a laptop for a copy.
func TestBrokenGreetingsMakeNoCopies(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		s.settle(a)
		number := a.number()
		for i := range 150 {
			a.line.set(true, 0, 40+i*12) // bytes until it breaks
			a.organization("Norte")
			time.Sleep(2 * time.Second)
			if i%10 == 0 {
				a.restart()
			}
			if i%25 == 0 {
				s.server.stop()
				s.server.start()
			}
		}
		a.line.set(true, 0, -1)
		s.settle(a)
		if a.number() != number || len(s.devices()) != 1 {
			t.Errorf("it was %d and is %d; devices %v", number, a.number(), s.devices())
		}
		audit, err := s.server.core.Auth.Audit(context.Background(), 0, 100)
		s.check(err)
		for _, e := range audit {
			if e.Action == "device_copied" {
				t.Errorf("%+v", e)
			}
		}
	})
}

// A server restored from a backup does not know the tickets of after it.
func TestARestoredServerMakesNoCopies(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		s.settle(a)
		number := a.number()
		backup := filepath.Join(t.TempDir(), "backup.db")
		s.check(sqlite.Backup(context.Background(), s.server.dir, backup))
		for range 3 {
			a.organization("Norte")
			s.settle(a)
			a.restart()
		}
		s.settle(a)
		s.server.stop()
		s.server.dir = filepath.Join(t.TempDir(), "restored")
		s.check(sqlite.Restore(context.Background(), backup, s.server.dir))
		s.server.start()
		s.settle(a)
		a.restart()
		s.settle(a)
		if a.number() != number {
			t.Errorf("it was %d and is %d", number, a.number())
		}
	})
}

// Whoever withdraws a laptop's access withdraws the identity that a copy was given and has never shown.
func TestNobodyKeepsAnIdentityInReserve(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		ctx := context.Background()
		b := s.laptop("bea", schema.Coordinator, network)
		s.settle(b)
		spare, err := s.server.core.Auth.Renew(ctx, b.state.ID)
		s.check(err)
		s.check(s.server.core.Auth.Revoke(ctx, auth.CommandLine, b.state.ID))
		if _, err := s.server.core.Auth.Authenticate(ctx, spare.Token); err == nil {
			t.Error("it is let in")
		}
	})
}
