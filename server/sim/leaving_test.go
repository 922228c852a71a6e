package sim

import (
	"context"
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"
	"time"

	"acopio/server/auth"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/proposal"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// proposals are the ones that a laptop of the office shows.
func (s *stage) proposals(office *laptop) []proposal.Item {
	s.t.Helper()
	s.settle(office)
	items, err := proposal.List(context.Background(), office.rep, proposal.Filter{})
	s.check(err)
	return items
}

// grant sets the networks of somebody.
func (s *stage) grant(name string, networks ...string) {
	s.t.Helper()
	u, err := s.server.core.Auth.UserByEmail(context.Background(), name+"@sim.example")
	s.check(err)
	_, err = s.server.core.Auth.UpdateUser(context.Background(), auth.CommandLine, u.ID, auth.UserPatch{Networks: &networks})
	s.check(err)
}

// gone waits until a laptop holds no network, and demands that nothing of the canary is in its files.
func (s *stage) gone(d *laptop, canary string) {
	s.t.Helper()
	s.await("its rows are still there", 30*time.Minute, func() bool {
		codes, _ := d.networks()
		return len(codes) == 0
	})
	if waiting, rejected := d.pending(); waiting+rejected != 0 {
		s.t.Errorf("%d waiting, %d rejected", waiting, rejected)
	}
	d.stop()
	d.stopf = nil
	if where := d.inFiles(canary); where != nil {
		s.t.Errorf("still in %v", where)
	}
}

// A network is withdrawn from somebody who had unsent edits in it: the office gets them as proposals, once, whatever was cut
// on the way; the rows go to the last byte; the rest goes on.
func TestUnsentEditsOfAWithdrawnNetwork(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		office, b := s.laptop("olga", schema.Office), s.laptop("bea", schema.Coordinator, network, "BO")
		s.settle(office, b)
		old := b.edit(draft.Edit{Kind: draft.Create, Collection: "organization", Network: "BO", Fields: fields{"name": "canario viejo"}})[0].ID
		stays := b.organization("Se queda")
		s.settle(office, b)
		b.line.set(false, 0, -1)
		b.edit(draft.Edit{Kind: draft.Update, Collection: "organization", Network: "BO", ID: old.String(), Fields: fields{"name": "canario nuevo"}})
		b.edit(
			draft.Edit{Kind: draft.Create, Collection: "organization", Network: "BO", Fields: fields{"name": "canario en grupo"}},
			draft.Edit{Kind: draft.Update, Collection: "organization", Network: "BO", ID: old.String(), Fields: fields{"acronym": "CANARIO"}},
		)
		b.edit(updating(stays, fields{"acronym": "QUEDA"}))
		s.grant("bea", network)
		cuts := 0
		s.server.core.Engine.OnCommit(func(networks []string) {
			if strings.Join(networks, "") == "BO" && cuts < 3 {
				cuts++
				b.line.set(false, 0, -1) // in the committing goroutine: the receipt is not sent yet
			}
		})
		for range 5 {
			b.line.set(true, 0, -1)
			time.Sleep(3 * time.Minute)
		}
		s.settle(b)
		if cuts == 0 {
			t.Error("no receipt was lost")
		}
		items := s.proposals(office)
		if len(items) != 3 {
			t.Fatalf("%d proposals: %+v", len(items), items)
		}
		for _, it := range items {
			if it.Network != "BO" || it.By != "bea" || it.Reason != "network" || it.Status != proposal.Open || len(it.Changes) == 0 {
				t.Errorf("%+v", it)
			}
		}
		if office.has(old, "name") != "canario viejo" || office.has(stays, "acronym") != "QUEDA" {
			t.Errorf("%v %v", office.has(old, "name"), office.has(stays, "acronym"))
		}
		receipts, err := b.out.Receipts(context.Background())
		if err != nil || len(receipts) != 1 || receipts[0].Proposals != 3 || receipts[0].Network != "BO" {
			t.Errorf("%+v %v", receipts, err)
		}
		b.stop()
		b.stopf = nil
		if where := b.inFiles("canario"); where != nil {
			t.Errorf("still in %v", where)
		}
		s.accept(office, items, old)
	})
}

// accept has the office accept everything, and demands that it was made.
func (s *stage) accept(office *laptop, items []proposal.Item, old record.ID) {
	s.t.Helper()
	done := map[string]bool{}
	for _, it := range items {
		if done[it.Group] && it.Group != "" {
			continue
		}
		done[it.Group] = true
		id, err := record.ParseID(it.ID)
		s.check(err)
		d, err := proposal.Decide(context.Background(), office.rep, id, proposal.Accept)
		s.check(err)
		office.edit(d.Edits...)
	}
	s.settle(office)
	if office.has(old, "name") != "canario nuevo" || office.has(old, "acronym") != "CANARIO" {
		s.t.Errorf("%v %v", office.has(old, "name"), office.has(old, "acronym"))
	}
	for _, it := range s.proposals(office) {
		if it.Status != proposal.Accepted || !it.Exists {
			s.t.Errorf("%+v", it)
		}
	}
}

// A laptop, or its person, is shut out: it hands in what it had not sent, and nothing of the register stays on it. It learns
// nothing in return.
func TestUnsentEditsOfALaptopThatIsShutOut(t *testing.T) {
	for _, why := range []string{"device", "person"} {
		t.Run(why, func(t *testing.T) {
			onStage(t, func(t *testing.T, s *stage) {
				ctx := context.Background()
				office, b := s.laptop("olga", schema.Office), s.laptop("bea", schema.Coordinator, network)
				id := s.first(office, b)
				b.line.set(false, 0, -1)
				b.edit(updating(id, fields{"name": "canario"}))
				b.organization("canario sin enviar")
				office.organization("canario que no le toca")
				s.settle(office)
				if why == "device" {
					s.check(s.server.core.Auth.Revoke(ctx, auth.CommandLine, b.state.ID))
				} else {
					u, err := s.server.core.Auth.UserByEmail(ctx, "bea@sim.example")
					s.check(err)
					off := false
					_, err = s.server.core.Auth.UpdateUser(ctx, auth.CommandLine, u.ID, auth.UserPatch{Active: &off})
					s.check(err)
				}
				b.line.set(true, 0, -1)
				s.gone(b, "canario")
				items := s.proposals(office)
				if len(items) != 2 || items[0].Reason != why || items[1].Reason != why {
					t.Errorf("%+v", items)
				}
				if office.has(id, "name") != "Norte" {
					t.Error("it was applied")
				}
				if !b.state.Revoked || !b.state.Parted {
					t.Errorf("%+v", b.state)
				}
				receipts := s.receipts(b)
				if len(receipts) != 1 || receipts[0] != 2 {
					t.Errorf("%v", receipts)
				}
			})
		})
	}
}

// receipts are how many proposals each of a stopped laptop's receipts counts.
func (s *stage) receipts(d *laptop) (proposals []int) {
	s.t.Helper()
	d.line.set(false, 0, -1)
	d.start()
	list, err := d.out.Receipts(context.Background())
	s.check(err)
	d.stop()
	d.stopf = nil
	for _, r := range list {
		proposals = append(proposals, r.Proposals)
	}
	return proposals
}

// The office that took back its decision gets the laptop back with a new code, and finds its proposals.
func TestAShutOutLaptopIsEnrolledAgain(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		ctx := context.Background()
		office, b := s.laptop("olga", schema.Office), s.laptop("bea", schema.Coordinator, network)
		id := s.first(office, b)
		s.check(s.server.core.Auth.Revoke(ctx, auth.CommandLine, b.state.ID))
		s.await("it does not know", 10*time.Second, func() bool {
			codes, _ := b.networks()
			return len(codes) == 0
		})
		code, _, err := s.server.core.Auth.DeviceCode(ctx, auth.CommandLine, "bea@sim.example", 0)
		s.check(err)
		e, err := s.server.core.Auth.Enroll(ctx, auth.Enrollment{Code: code, Name: "bea", Address: "pipe"})
		s.check(err)
		b.stop()
		b.token, b.state.ID, b.state.Number, b.state.Revoked, b.state.Parted = e.Token, e.Device.ID, e.Device.Number, false, false
		b.start()
		s.settle(office, b)
		if b.has(id, "name") != "Norte" || b.number() != e.Device.Number {
			t.Error("something is missing")
		}
	})
}

// A laptop is ordered to wipe itself while it is connected: it hands in what it had not sent, says that it obeys, and stops.
func TestAWipe(t *testing.T) {
	for name, atOnce := range map[string]bool{"lent": false, "stolen": true} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(t *testing.T, s *stage) {
				ctx := context.Background()
				office, b := s.laptop("olga", schema.Office), s.laptop("bea", schema.Coordinator, network)
				s.first(office, b)
				b.line.set(false, 0, -1)
				b.organization("Sin enviar")
				s.check(s.server.core.Auth.OrderWipe(ctx, auth.CommandLine, b.state.ID, atOnce))
				b.line.set(true, 0, -1)
				s.await("it does not obey", 2*time.Minute, func() bool { return len(b.orders()) == 1 })
				order := b.orders()[0]
				if order.Device != b.state.ID || order.AtOnce != atOnce {
					t.Errorf("%+v", order)
				}
				want := 1
				if atOnce {
					want = 0
				}
				if items := s.proposals(office); len(items) != want {
					t.Errorf("%d proposals", len(items))
				}
				s.await("the office does not know", time.Minute, func() bool {
					wipes, err := s.server.core.Auth.Wipes(ctx)
					s.check(err)
					return wipes[b.state.ID].Obeyed != 0
				})
				time.Sleep(time.Hour)
				if len(b.orders()) != 1 {
					t.Error("it obeys more than once")
				}
			})
		})
	}
}

// A connected laptop hears of an order within five seconds.
func TestAWipeComesAtOnce(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		b := s.laptop("bea", schema.Coordinator, network)
		s.settle(b)
		s.check(s.server.core.Auth.OrderWipe(context.Background(), auth.CommandLine, b.state.ID, false))
		s.await("it does not know", 5*time.Second, func() bool { return len(b.orders()) == 1 })
	})
}

// An order that is not signed by the server that the laptop was enrolled with, or is for another laptop, is not obeyed. The
// laptop is shut out all the same: that needs no signature.
func TestOrdersThatAreNotObeyed(t *testing.T) {
	for _, what := range []string{"another key", "another laptop"} {
		t.Run(what, func(t *testing.T) {
			onStage(t, func(t *testing.T, s *stage) {
				b := s.laptop("bea", schema.Coordinator, network)
				s.settle(b)
				id := b.state.ID
				b.mu.Lock()
				if what == "another key" {
					public, _, err := ed25519.GenerateKey(nil)
					s.check(err)
					b.state.Key = public
				} else {
					b.state.ID = record.NewID().String()
				}
				b.mu.Unlock()
				s.check(s.server.core.Auth.OrderWipe(context.Background(), auth.CommandLine, id, true))
				s.await("its rows are still there", time.Minute, func() bool {
					codes, _ := b.networks()
					return len(codes) == 0
				})
				if len(b.orders()) != 0 {
					t.Error("it obeys")
				}
				b.diary.mu.Lock()
				defer b.diary.mu.Unlock()
				if !strings.Contains(b.diary.text.String(), "refused") {
					t.Error("it says nothing")
				}
			})
		})
	}
}

// Who has no token hands in nothing, and who is let in hands in nothing of networks that were never theirs.
func TestErrandsOfStrangers(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		ctx := context.Background()
		office, b := s.laptop("olga", schema.Office), s.laptop("bea", schema.Coordinator, network, "BO")
		s.settle(office, b)
		b.line.set(false, 0, -1)
		b.edit(draft.Edit{Kind: draft.Create, Collection: "organization", Network: "BO", Fields: fields{"name": "canario"}})
		if _, err := s.server.ears.Errand(ctx, "guess", nil); !fault.Is(err, fault.DeviceUnknown) {
			t.Errorf("a stranger: %v", err)
		}
		c := s.laptop("carla", schema.Coordinator, network)
		s.settle(c)
		// Carla's laptop hands in Bea's edits, as a program that was tampered with might.
		batch, err := b.out.Unsent(ctx, nil, -1, 10, 1<<20)
		s.check(err)
		receipt := s.errand(c.token, batch.Mutations)
		if len(receipt.Outcomes) != 1 || receipt.Outcomes[0].Code != fault.UnknownNetwork {
			t.Errorf("%+v", receipt)
		}
		if items := s.proposals(office); len(items) != 0 {
			t.Errorf("%+v", items)
		}
	})
}

// errand is one exchange by hand.
func (s *stage) errand(token string, mutations []protocol.Mutation) protocol.Receipt {
	s.t.Helper()
	frame, err := s.server.ears.Errand(context.Background(), token, protocol.Encode(protocol.TypeErrand, protocol.Errand{Mutations: mutations}))
	s.check(err)
	_, payload, err := protocol.Split(frame)
	s.check(err)
	r, err := protocol.Decode[protocol.Receipt](payload)
	s.check(err)
	return r
}

// orders are the ones that a laptop was told to obey.
func (d *laptop) orders() []protocol.Order {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.wiped)
}
