package sim

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"acopio/server/store"
	"acopio/server/store/sqlite"
	"acopio/server/sweeper"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func deleting(id record.ID) draft.Edit {
	return draft.Edit{Kind: draft.Delete, Collection: "organization", Network: network, ID: id.String()}
}

// yearPasses lets a year go by while everything is closed; then the server forgets what was deleted before.
func (s *stage) yearPasses(away ...*laptop) {
	s.t.Helper()
	for _, d := range away {
		d.stop()
	}
	s.server.stop()
	time.Sleep(365 * 24 * time.Hour)
	s.server.start()
	s.sweep()
	for _, d := range away {
		d.start()
	}
}

func (s *stage) sweep() {
	s.t.Helper()
	_, err := s.server.core.Sweeper(sweeper.Retention).Sweep(context.Background())
	s.check(err)
}

// buried demands that nothing of an organization is in the store.
func (s *stage) buried(id record.ID) {
	s.t.Helper()
	c, _ := schema.Registry().Collection("organization")
	s.check(s.server.core.Store.View(context.Background(), func(r store.Reader) error {
		rec, err := r.Record(record.Key{Network: network, Collection: c.Number, ID: id})
		if rec != nil {
			s.t.Errorf("it is in the store: %+v", rec)
		}
		return err
	}))
	for _, e := range s.history(id) {
		if len(e.Changes) > 0 {
			s.t.Errorf("the log says of it %+v", e.Changes)
		}
	}
}

// A laptop comes back from a year in a drawer. What others deleted meanwhile goes from it, though nobody can tell it of those
// deletions any more; what was made on it arrives; what was typed into a record that is gone is not applied, and is kept for
// its person to see.
func TestALaptopOlderThanTheDeletionsThatAreKnown(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		gone, edited, stays := a.organization("Canario"), a.organization("Canario con cambios"), a.organization("Se queda")
		s.settle(a, b)
		b.line.set(false, 0, -1)
		fresh := b.organization("Nueva")
		b.edit(updating(edited, fields{"acronym": "TARDE"}))
		b.edit(updating(stays, fields{"acronym": "QUEDA"}))
		a.edit(deleting(gone))
		a.edit(deleting(edited))
		s.settle(a)
		s.yearPasses(a, b)
		s.buried(gone)
		before := b.resets()
		b.line.set(true, 0, -1)
		s.settle(a, b)
		if n := b.resets() - before; n != 1 {
			t.Errorf("the network was fetched anew %d times", n)
		}
		s.buried(gone)
		s.buried(edited)
		if b.has(gone, "name") != nil || a.has(fresh, "name") != "Nueva" || a.has(stays, "acronym") != "QUEDA" || a.has(edited, "name") != nil {
			t.Errorf("%v, %v, %v, %v", b.has(gone, "name"), a.has(fresh, "name"), a.has(stays, "acronym"), a.has(edited, "name"))
		}
		items, err := b.out.List(context.Background())
		s.check(err)
		if len(items) != 1 || !fault.Is(items[0].Reason, fault.DeletedLongAgo) || items[0].Mutation.Changes[0].New != "TARDE" {
			t.Fatalf("what was typed is not kept: %+v", items)
		}
		s.check(b.out.Retry(items[0].Mutation.Op))
		b.sync.Kick()
		s.settle(a, b)
		if _, rejected := b.pending(); rejected != 1 {
			t.Errorf("sent again, %d are refused", rejected)
		}
		items, err = b.out.List(context.Background())
		s.check(err)
		s.check(b.out.Discard(items[0].Mutation.Op))
		if b.has(edited, "acronym") != nil || a.has(edited, "acronym") != nil {
			t.Error("given up, it is still shown")
		}
	})
}

// A laptop that was only a while away hears of the deletion and fetches nothing anew; it forgets what the server has
// forgotten, to the history.
func TestALaptopForgetsWhatTheServerForgot(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		gone := a.organization("Canario")
		s.settle(a, b)
		a.edit(deleting(gone))
		s.settle(a, b)
		ctx := context.Background()
		if list, err := b.rep.History(ctx, "organization", gone); err != nil || len(list) == 0 {
			t.Fatalf("history: %+v %v", list, err)
		}
		before := b.resets()
		s.yearPasses(a, b)
		a.organization("Otra")
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			row, err := d.rep.Get(ctx, "organization", gone)
			list, _ := d.rep.History(ctx, "organization", gone)
			if !fault.Is(err, fault.NotFound) || len(list) != 0 {
				t.Errorf("%s still has %+v, %d entries, %v", d, row, len(list), err)
			}
		}
		if n := b.resets() - before; n != 0 {
			t.Errorf("fetched anew %d times", n)
		}
	})
}

// The first fetch is under way when the server forgets a deletion of what the laptop has got already: it begins again.
func TestDeletionsAreForgottenDuringTheFirstFetch(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.enrolled("bea", schema.Coordinator, network)
		s.settle(a)
		var first record.ID
		for i := range 300 {
			id := a.edit(creating("organization", fields{"name": fmt.Sprint(i), "notes": fmt.Sprintf("%x", strings.Repeat(fmt.Sprint(i*7919), 150))}))[0].ID
			if i == 0 {
				first = id
			}
		}
		s.settle(a)
		b.line.set(true, 300*time.Millisecond, -1)
		b.start()
		s.await("nothing is fetched", patience, func() bool { return b.has(first, "name") != nil })
		b.line.set(false, 0, -1)
		if _, states := b.networks(); states[network].Complete {
			t.Fatal("it is all there already")
		}
		b.line.set(false, 0, -1)
		a.edit(deleting(first))
		s.settle(a)
		s.yearPasses(a, b)
		b.line.set(true, 0, -1)
		s.settle(a, b)
		if b.has(first, "name") != nil {
			t.Error("it is still there")
		}
	})
}

// restore puts the server back to a backup.
func (s *stage) restore(file string) {
	s.t.Helper()
	s.server.stop()
	s.server.dir = filepath.Join(s.t.TempDir(), "restored")
	s.check(sqlite.Restore(context.Background(), file, s.server.dir))
	s.server.start()
}

// A server goes back to a backup, and a record is deleted there. A laptop that knows of neither gives back what it held, but
// not that record: not while the deletion is known, and not when it is forgotten.
func TestWhatARestoredServerDeletedIsNotGivenBack(t *testing.T) {
	for _, swept := range []bool{false, true} {
		onStage(t, func(t *testing.T, s *stage) {
			a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
			gone := a.organization("Canario")
			s.settle(a, b)
			file := filepath.Join(t.TempDir(), "backup")
			s.check(sqlite.Backup(context.Background(), s.server.dir, file))
			lost := a.organization("Perdida")
			s.settle(a, b)
			b.line.set(false, 0, -1)
			s.restore(file)
			s.settle(a)
			a.edit(deleting(gone))
			s.settle(a)
			if swept {
				s.yearPasses(a, b)
				s.buried(gone)
			}
			b.line.set(true, 0, -1)
			s.settle(a, b)
			for _, d := range []*laptop{a, b} {
				if d.has(gone, "name") != nil || d.has(lost, "name") != "Perdida" {
					t.Errorf("swept %v: %s shows %v, %v", swept, d, d.has(gone, "name"), d.has(lost, "name"))
				}
			}
		})
	}
}

// A laptop deletes another's record, which a restored server then knows nothing of, nor of its deletion. If the laptop comes before
// one that still holds the record, with an edit of it, it stays deleted and the edit is kept; afterwards the edit was there first, and
// the deletion had not seen it.
func TestADeletionThatARestoredServerLost(t *testing.T) {
	for _, deleterFirst := range []bool{true, false} {
		onStage(t, func(t *testing.T, s *stage) {
			a, b, c := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network), s.laptop("cruz", schema.Coordinator, network)
			s.settle(a, b, c)
			file := filepath.Join(t.TempDir(), "backup")
			s.check(sqlite.Backup(context.Background(), s.server.dir, file))
			gone, stays := c.organization("Canario"), c.organization("Se queda")
			s.settle(a, b, c)
			b.line.set(false, 0, -1)
			c.line.set(false, 0, -1)
			b.edit(updating(gone, fields{"acronym": "TARDE"}))
			a.edit(deleting(gone))
			s.settle(a)
			a.line.set(false, 0, -1)
			s.restore(file)
			first, second := a, b
			if !deleterFirst {
				first, second = b, a
			}
			first.line.set(true, 0, -1)
			s.settle(first)
			second.line.set(true, 0, -1)
			s.settle(a, b)
			items, err := b.out.List(context.Background())
			s.check(err)
			for _, it := range items { // it was refused, for the record is gone, and is given up
				s.check(b.out.Discard(it.Mutation.Op))
			}
			if deleterFirst != (len(items) == 1) {
				t.Errorf("deleter first %v: %d edits of what was deleted are kept", deleterFirst, len(items))
			}
			for _, d := range []*laptop{a, b} {
				if deleterFirst && d.has(gone, "name") != nil || d.has(stays, "name") != "Se queda" {
					t.Errorf("deleter first %v: %s shows %v, %v", deleterFirst, d, d.has(gone, "name"), d.has(stays, "name"))
				}
			}
		})
	}
}

// The laptop that deleted a record never comes back. One that had made the record, or edited it, and heard of the deletion sends its
// edits again to a restored server, and the deletion with them.
func TestADeletionIsGivenBackByWhoHeardOfIt(t *testing.T) {
	for _, kept := range []bool{false, true} { // whether the backup has the record
		onStage(t, func(t *testing.T, s *stage) {
			a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
			s.settle(a, b)
			file := filepath.Join(t.TempDir(), "backup")
			if !kept {
				s.check(sqlite.Backup(context.Background(), s.server.dir, file))
			}
			gone := b.organization("Canario")
			s.settle(a, b)
			if kept {
				s.check(sqlite.Backup(context.Background(), s.server.dir, file))
			}
			b.edit(updating(gone, fields{"acronym": "C"}))
			s.settle(a, b)
			a.edit(deleting(gone))
			s.settle(a, b)
			a.line.set(false, 0, -1)
			s.restore(file)
			s.settle(b)
			c := s.laptop("cruz", schema.Coordinator, network)
			s.settle(b, c)
			for _, d := range []*laptop{b, c} {
				if d.has(gone, "name") != nil {
					t.Errorf("the backup has it %v: it came back on %s", kept, d)
				}
			}
			if _, rejected := b.pending(); rejected > 0 {
				t.Errorf("the backup has it %v: %d edits are refused", kept, rejected)
			}
		})
	}
}

// Somebody edits another's record that a restored server has lost, on the only laptop that still has it: the record is given
// back first, and nothing is refused.
func TestAnEditOfARecordThatARestoredServerLost(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		s.settle(a, b)
		file := filepath.Join(t.TempDir(), "backup")
		s.check(sqlite.Backup(context.Background(), s.server.dir, file))
		lost := a.organization("Perdida")
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			d.line.set(false, 0, -1)
		}
		b.edit(updating(lost, fields{"acronym": "P"}))
		s.restore(file)
		b.line.set(true, 0, -1)
		s.settle(b)
		if _, rejected := b.pending(); rejected > 0 {
			t.Error("an edit is refused, since the record was not given back yet")
		}
		a.line.set(true, 0, -1)
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			if d.has(lost, "name") != "Perdida" || d.has(lost, "acronym") != "P" {
				t.Errorf("%s shows %v, %v", d, d.has(lost, "name"), d.has(lost, "acronym"))
			}
		}
	})
}

// A laptop has edited records that others made, and the server took it; then a backup is restored that has neither. What the
// laptop sends again, and what waits, is about records that it gives back itself: nothing is refused, and what others wrote
// last stays.
func TestConfirmedEditsOfRecordsThatARestoredServerLost(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		s.settle(a, b)
		file := filepath.Join(t.TempDir(), "backup")
		s.check(sqlite.Backup(context.Background(), s.server.dir, file))
		changed, revived, parent, waiting := a.organization("Cambiada"), a.organization("Rescatada"), a.organization("Matriz"), a.organization("Esperada")
		gone := a.organization("Borrada")
		sites := map[record.ID]record.ID{}
		for _, of := range []record.ID{parent, waiting} {
			sites[of] = a.edit(creating("site", fields{"organization": of.String(), "name": "Bodega", "kind": "warehouse"}))[0].ID
		}
		rename := func(of record.ID, name string) draft.Edit {
			return draft.Edit{Kind: draft.Update, Collection: "site", Network: network, ID: sites[of].String(), Fields: fields{"name": name}}
		}
		s.settle(a, b)
		b.edit(updating(changed, fields{"acronym": "B", "address": "Calle 1"}), updating(parent, fields{"acronym": "M"}))
		b.edit(rename(parent, "Almacén"))
		b.edit(deleting(revived))
		b.edit(deleting(gone))
		s.settle(a, b)
		a.edit(updating(changed, fields{"acronym": "A"}))
		a.edit(draft.Edit{Kind: draft.Restore, Collection: "organization", Network: network, ID: revived.String()})
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			d.line.set(false, 0, -1)
		}
		b.edit(updating(waiting, fields{"acronym": "E"}))
		b.edit(rename(waiting, "Depósito"))
		s.restore(file)
		b.line.set(true, 0, -1)
		s.settle(b)
		items, err := b.out.List(t.Context())
		s.check(err)
		for _, it := range items {
			t.Errorf("%v of %v is refused: %v", it.Mutation.Kind, it.Mutation.Key.ID, it.Reason)
		}
		if n := len(s.history(changed)); n < 2 {
			t.Errorf("the history of the record that was given back has %d entries", n)
		}
		shows := func(d *laptop) {
			t.Helper()
			got := []any{
				d.has(changed, "acronym"), d.has(changed, "address"), d.has(revived, "name"), d.has(parent, "acronym"), d.has(waiting, "acronym"),
				d.siteName(sites[parent]), d.siteName(sites[waiting]), d.has(gone, "name"),
			}
			if want := []any{"A", "Calle 1", "Rescatada", "M", "E", "Almacén", "Depósito", nil}; !slices.Equal(got, want) {
				t.Errorf("%s shows %v", d, got)
			}
		}
		shows(b) // before the other has sent anything again
		a.line.set(true, 0, -1)
		s.settle(a, b)
		shows(a)
		shows(b)
	})
}

func (d *laptop) siteName(id record.ID) any {
	d.t.Helper()
	row, err := d.rep.Get(context.Background(), "site", id)
	if err != nil {
		return err
	}
	c, _ := d.rep.Schema().Collection("site")
	return row.Record.Named(c)["name"]
}
