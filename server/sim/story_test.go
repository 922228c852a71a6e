package sim

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"acopio/server/auth"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

func TestAnEditReachesAnotherLaptopByItself(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		s.settle(a, b)
		id := a.organization("Norte")
		s.await("it did not arrive", 2*time.Second, func() bool { return b.has(id, "name") == "Norte" })
		s.settle(a, b)
	})
}

// The server commits and the line is cut before the answer: the edit is there once, whatever was cut.
func TestVerdictsLostAfterTheCommit(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		s.settle(a)
		cuts := 0
		s.server.core.Engine.OnCommit(func([]string) {
			if cuts++; cuts <= 5 {
				a.line.set(false, 0, -1) // in the committing goroutine: the ack is not sent yet
			}
		})
		var ids []record.ID
		for i := range 5 {
			ids = append(ids, a.organization(fmt.Sprint("Norte ", i)))
			a.edit(updating(ids[i], fields{"acronym": fmt.Sprint("N", i)}))
			time.Sleep(2 * time.Second)
			a.line.set(true, 0, -1)
			time.Sleep(3 * time.Minute)
		}
		s.settle(a)
		if cuts < 5 {
			t.Errorf("the line was cut %d times", cuts)
		}
		for _, id := range ids {
			entries := s.history(id)
			if len(entries) != 2 || entries[0].Kind != record.Create || entries[1].Version != 2 {
				t.Errorf("its history is %+v", entries)
			}
		}
	})
}

// A line that carries six kilobytes before it breaks, which is less than a page, still brings a network of many times that.
func TestTheFirstFetchOverALineThatKeepsBreaking(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		s.settle(a)
		rng := rand.NewChaCha8([32]byte{1})
		for i := range 100 {
			notes := make([]byte, 1000)
			_, _ = rng.Read(notes) // never fails
			a.edit(creating("organization", fields{"name": fmt.Sprint("Organización ", i), "notes": hex.EncodeToString(notes)}))
		}
		s.settle(a)
		b := s.enrolled("bea", schema.Coordinator, network)
		b.line.wears(6_000)
		b.start()
		s.await("the first fetch", 3*time.Hour, func() bool { return s.settled(b) })
	})
}

// While a replica is being filled, rows are deleted and moved: it ends right, without fetching anything twice.
func TestTheFirstFetchWhileOthersWork(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		s.settle(a)
		var ids []record.ID
		for i := range 300 {
			r := a.edit(creating("organization", fields{"name": fmt.Sprint(i), "notes": strings.Repeat(fmt.Sprint(i*7919, " "), 100)}))
			ids = append(ids, r[0].ID)
		}
		s.settle(a)
		b := s.enrolled("bea", schema.Coordinator, network)
		b.line.set(true, 300*time.Millisecond, -1)
		b.start()
		for i, id := range ids {
			if i%3 == 0 {
				a.edit(draft.Edit{Kind: draft.Delete, Collection: "organization", Network: network, ID: id.String()})
			}
			time.Sleep(50 * time.Millisecond)
		}
		s.settle(a, b)
		if n := b.resets(); n != 0 {
			t.Errorf("it fetched everything anew %d times", n)
		}
	})
}

// A replica whose checksum is wrong, for whatever reason, notices at the next checkpoint, has it be that of its rows again and
// keeps what was not sent. repair_test.go has it be the rows that are wrong.
func TestAWrongChecksumHeals(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		id := s.first(a, b)
		b.line.set(false, 0, -1)
		mine := b.organization("Sin enviar")
		b.edit(updating(id, fields{"acronym": "MÍA"}))
		s.check(b.rep.Write(func(tx *replica.Tx) error {
			_, err := tx.Exec(`UPDATE network_state SET public = randomblob(16) WHERE code = ?`, network)
			return err
		}))
		a.edit(updating(id, fields{"name": "Sur"}))
		b.restart()
		b.line.set(true, 0, -1)
		s.settle(a, b)
		if b.resets() != 0 {
			t.Errorf("it fetched anew %d times", b.resets())
		}
		if a.has(mine, "name") != "Sin enviar" || b.has(id, "acronym") != "MÍA" || b.has(id, "name") != "Sur" {
			t.Errorf("%v %v %v", a.has(mine, "name"), b.has(id, "acronym"), b.has(id, "name"))
		}
	})
}

// first has one laptop make an organization, and both settle.
func (s *stage) first(a, b *laptop) record.ID {
	s.t.Helper()
	s.settle(a, b)
	id := a.organization("Norte")
	s.settle(a, b)
	return id
}

// A network that somebody is no longer granted leaves the laptop, to the last byte.
func TestAWithdrawnNetworkLeavesNoTrace(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		ctx := context.Background()
		b := s.laptop("bea", schema.Coordinator, network, "BO")
		s.settle(b)
		b.edit(draft.Edit{Kind: draft.Create, Collection: "organization", Network: "BO", Fields: fields{"name": "canario de Bolivia"}})
		b.organization("Se queda")
		s.settle(b)
		if where := b.inFiles("canario"); where == nil {
			t.Error("the search finds nothing where there is something")
		}
		u, err := s.server.core.Auth.UserByEmail(ctx, "bea@sim.example")
		s.check(err)
		only := []string{network}
		_, err = s.server.core.Auth.UpdateUser(ctx, auth.CommandLine, u.ID, auth.UserPatch{Networks: &only})
		s.check(err)
		s.await("the network is still there", time.Minute, func() bool {
			codes, _ := b.networks()
			return len(codes) == 1 && codes[0] == network
		})
		s.settle(b)
		b.stop()
		b.stopf = nil
		if where := b.inFiles("canario"); where != nil {
			t.Errorf("still in %v", where)
		}
	})
}

// Nothing sensitive is in any byte of a viewer's files, also after having been more than a viewer.
func TestAViewersFilesHoldNothingSensitive(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		ctx := context.Background()
		a, v := s.laptop("ana", schema.Coordinator, network), s.laptop("vera", schema.Viewer, network)
		s.settle(a, v)
		org := a.organization("Pública")
		for i := range 30 {
			a.edit(creating("contact", fields{"name": fmt.Sprint("canario ", i), "organization": org.String(), "notes": "canario"}))
		}
		a.edit(creating("interaction", fields{"kind": "visit", "date": "2026-01-01", "participants": []any{"canario"}}))
		s.settle(a, v)
		if v.has(org, "name") != "Pública" {
			t.Error("it has nothing at all")
		}
		if where := v.inFiles("canario"); where != nil {
			t.Errorf("in %v", where)
		}
		if where := a.inFiles("canario"); where == nil {
			t.Error("the search finds nothing where there is something")
		}
		_ = ctx
	})
}

func TestRightsThatChange(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		ctx := context.Background()
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.FieldStaff, network)
		s.first(a, b)
		contact := a.edit(creating("contact", fields{"name": "canario"}))[0].ID
		s.settle(a, b)
		u, err := s.server.core.Auth.UserByEmail(ctx, "bea@sim.example")
		s.check(err)
		become := func(role schema.Role) {
			_, err = s.server.core.Auth.UpdateUser(ctx, auth.CommandLine, u.ID, auth.UserPatch{Role: &role})
			s.check(err)
			time.Sleep(time.Minute)
			s.settle(b)
		}
		seen := func() bool {
			_, err := b.rep.Get(ctx, "contact", contact)
			return err == nil
		}
		become(schema.Viewer)
		if _, states := b.networks(); states[network].Class != record.PublicOnly || seen() {
			t.Errorf("a viewer: %+v, sees the contact: %v", states[network], seen())
		}
		if _, err := b.try(creating("organization", fields{"name": "A"})); !fault.Is(err, fault.NotAllowed) {
			t.Errorf("a viewer edits: %v", err)
		}
		become(schema.FieldStaff)
		if _, states := b.networks(); states[network].Class != record.Everything || !seen() {
			t.Errorf("staff again: %+v, sees the contact: %v", states[network], seen())
		}
	})
}

// A laptop that does not know yet what it may no longer do: what is refused parks, the rest goes on.
func TestARefusedEditHoldsUpNothing(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.FieldStaff, network)
		id := s.first(a, b)
		b.line.set(false, 0, -1)
		b.mu.Lock()
		b.state.Role = schema.Coordinator // so it believes
		b.mu.Unlock()
		before := b.organization("Antes")
		b.edit(draft.Edit{Kind: draft.Delete, Collection: "organization", Network: network, ID: id.String()})
		after := b.organization("Después")
		b.line.set(true, 0, -1)
		s.settle(a, b)
		if a.has(before, "name") != "Antes" || a.has(after, "name") != "Después" || a.has(id, "name") != "Norte" {
			t.Error("what was not refused did not arrive")
		}
		if _, rejected := b.pending(); rejected != 1 {
			t.Errorf("%d rejected", rejected)
		}
		items, err := b.out.List(context.Background())
		s.check(err)
		s.check(b.out.Discard(items[0].Mutation.Op))
		s.settle(b)
		if b.has(id, "name") != "Norte" {
			t.Error("a discarded deletion still hides the record")
		}
	})
}

// An action of more edits than a push takes travels whole.
func TestALargeGroupTravelsWhole(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		s.settle(a)
		var edits []draft.Edit
		for i := range 1300 {
			edits = append(edits, creating("organization", fields{"name": fmt.Sprint("Grupo ", i)}))
		}
		a.edit(creating("organization", fields{"name": "Primera"}))
		a.edit(edits...)
		s.settle(a)
		if _, rejected := a.pending(); rejected != 0 {
			t.Errorf("%d rejected", rejected)
		}
		head, _, err := s.server.core.Feed.Head(context.Background(), network)
		if err != nil || head.Records != 1302 {
			t.Errorf("%d records, %v", head.Records, err)
		}
	})
}

// The server goes and comes back in the middle of a long exchange, again and again.
func TestTheServerIsRestartedInTheMiddle(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		s.settle(a, b)
		for i := range 400 {
			a.edit(creating("organization", fields{"name": fmt.Sprint(i), "notes": strings.Repeat("texto ", 50)}))
			if i%40 == 0 {
				s.server.stop()
				time.Sleep(time.Second)
				s.server.start()
			}
		}
		s.settle(a, b)
		head, _, err := s.server.core.Feed.Head(context.Background(), network)
		if err != nil || head.Seq != 401 {
			t.Errorf("%d changes in the log, %v", head.Seq, err)
		}
	})
}

// A line over which nothing comes any more, without being closed, is noticed.
func TestASilentServerIsNoticed(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		s.settle(a)
		time.Sleep(5 * time.Hour)
		if !a.sync.Progress().Connected {
			t.Error("a quiet line was given up")
		}
		a.line.swallow(true)
		s.await("it believes that it is connected", 3*time.Minute, func() bool { return !a.sync.Progress().Connected })
		a.line.swallow(false)
		id := a.organization("Norte")
		s.settle(a)
		if len(s.history(id)) != 1 {
			t.Errorf("%v", s.history(id))
		}
	})
}

func TestHistoryIsAskedFor(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		s.settle(a)
		id := a.organization("Uno")
		a.edit(updating(id, fields{"name": "Dos"}))
		s.settle(a)
		b := s.laptop("bea", schema.Coordinator, network)
		s.settle(b)
		c, _ := schema.Registry().Collection("organization")
		key := record.Key{Network: network, Collection: c.Number, ID: id}
		if own, err := b.rep.History(context.Background(), "organization", id); err != nil || len(own) != 0 {
			t.Errorf("a new replica has %d entries, %v", len(own), err)
		}
		entries, err := b.sync.History(context.Background(), key)
		if err != nil || len(entries) != 2 || entries[0].User != "ana" {
			t.Errorf("%+v %v", entries, err)
		}
		b.line.set(false, 0, -1)
		s.await("it believes that it is connected", time.Minute, func() bool { return !b.sync.Progress().Connected })
		if _, err := b.sync.History(context.Background(), key); !fault.Is(err, fault.ServerUnreachable) {
			t.Errorf("offline: %v", err)
		}
	})
}

// Once is done when both sides have everything, and says so when it cannot.
func TestOnce(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		id := s.first(a, b)
		b.pause()
		a.edit(updating(id, fields{"acronym": "A"}))
		b.edit(updating(id, fields{"address": "Calle 1"}))
		s.settle(a)
		s.check(b.sync.Once(context.Background()))
		if waiting, _ := b.pending(); waiting != 0 || b.has(id, "acronym") != "A" {
			t.Errorf("%d waiting, %v", waiting, b.has(id, "acronym"))
		}
		b.line.set(false, 0, -1)
		b.edit(updating(id, fields{"address": "Calle 2"}))
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		began := time.Now()
		if err := b.sync.Once(ctx); fault.KindOf(err) != fault.Unreachable || time.Since(began) < 29*time.Second {
			t.Errorf("offline: %v after %v", err, time.Since(began))
		}
	})
}
