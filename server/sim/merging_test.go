package sim

import (
	"context"
	"testing"
	"time"

	"acopio/shared/draft"
	"acopio/shared/merging"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// merge merges two organizations as a person of the laptop does, and returns what undoes it.
func (d *laptop) merge(loser, survivor record.ID) record.ID {
	d.t.Helper()
	ctx := context.Background()
	_, id, err := merging.Run(ctx, d.rep, d.editor(), merging.Order{Collection: "organization", Survivor: survivor, Loser: loser})
	if err != nil {
		d.t.Fatalf("%s: %v", d.name, err)
	}
	d.sync.Kick()
	return id
}

func (d *laptop) editor() func(context.Context, draft.Intent) (draft.Result, error) {
	return func(_ context.Context, i draft.Intent) (draft.Result, error) {
		d.mu.Lock()
		who := draft.Author{Role: d.state.Role, May: func(string) bool { return true }, Offset: d.state.Offset}
		d.mu.Unlock()
		return d.out.Edit(who, i)
	}
}

// under counts the living records of a collection that belong to an organization.
func (d *laptop) under(org record.ID, collection string) int {
	d.t.Helper()
	res, err := d.rep.Query(context.Background(), replica.Query{
		Collection: collection, Limit: -1, Where: []replica.Condition{{Field: "organization", Op: "=", Value: org.String()}},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return res.Total
}

// children gives an organization one of each kind that a merge treats in its own way.
func (d *laptop) children(org record.ID, members int) {
	d.t.Helper()
	id := org.String()
	d.edit(
		creating("site", fields{"organization": id, "kind": "office"}),
		creating("contact", fields{"organization": id, "name": "Rosa"}),
		creating("membership_event", fields{"organization": id, "body": "clac", "kind": "admitted", "date": "2026-01-01"}),
		creating("census", fields{"organization": id, "year": 2025, "source": "organization", "members_total": members}),
		creating("census", fields{"organization": id, "year": 2000 + members, "source": "network", "members_total": members}),
	)
}

func (d *laptop) wants(org record.ID, want map[string]int) {
	d.t.Helper()
	for collection, n := range want {
		if got := d.under(org, collection); got != n {
			d.t.Errorf("%s: %d %s, want %d", d.name, got, collection, n)
		}
	}
}

var (
	all  = map[string]int{"site": 2, "contact": 2, "membership_event": 2, "census": 3}
	own  = map[string]int{"site": 1, "contact": 1, "membership_event": 1, "census": 2}
	none = map[string]int{"site": 0, "contact": 0, "membership_event": 0, "census": 0}
)

// Two duplicates are merged without a connection, seen at once, sent as a whole, and taken back.
func TestAMergeMadeOfflineAndUndone(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		keep := s.first(a, b)
		dup := a.organization("Nrte")
		a.children(keep, 10)
		a.children(dup, 20)
		s.settle(a, b)
		a.line.set(false, 0, -1)
		undo := a.merge(dup, keep)
		a.wants(keep, all)
		a.wants(dup, none)
		a.line.set(true, 0, -1)
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			d.wants(keep, all)
			d.wants(dup, none)
			if d.has(dup, "name") != nil {
				t.Errorf("%s still shows the duplicate", d.name)
			}
		}
		_, _, err := merging.Undo(context.Background(), a.rep, a.editor(), undo)
		s.check(err)
		a.sync.Kick()
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			d.wants(keep, own)
			d.wants(dup, own)
			if d.has(dup, "name") != "Nrte" {
				t.Errorf("%s: %v", d.name, d.has(dup, "name"))
			}
		}
	})
}

// The other laptop edits the loser and gives it children, whichever of the two the server hears first.
func TestEditsOfARetiredRecordLandOnItsSurvivor(t *testing.T) {
	for name, mergeFirst := range map[string]bool{"the merge first": true, "the edits first": false} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(t *testing.T, s *stage) {
				a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
				keep := s.first(a, b)
				dup := a.organization("Nrte")
				s.settle(a, b)
				a.line.set(false, 0, -1)
				b.line.set(false, 0, -1)
				a.merge(dup, keep)
				b.edit(updating(dup, fields{"acronym": "CN", "products": []any{"coffee"}}))
				b.children(dup, 20)
				first, second := a, b
				if !mergeFirst {
					first, second = b, a
				}
				first.line.set(true, 0, -1)
				s.settle(first)
				time.Sleep(time.Minute)
				second.line.set(true, 0, -1)
				s.settle(a, b)
				for _, d := range []*laptop{a, b} {
					d.wants(keep, own)
					d.wants(dup, none)
					if d.has(keep, "acronym") != "CN" || d.has(dup, "name") != nil {
						t.Errorf("%s: %v %v", d.name, d.has(keep, "acronym"), d.has(dup, "name"))
					}
					if _, rejected := d.pending(); rejected != 0 {
						t.Errorf("%s: %d rejected", d.name, rejected)
					}
				}
			})
		})
	}
}

// Two people merge the same records the other way round, or into different ones: the first at the server wins.
func TestMergersThatMeet(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		x := s.first(a, b)
		y, z := a.organization("Nrte"), a.organization("Norte y Cía.")
		a.children(x, 10)
		a.children(y, 20)
		s.settle(a, b)
		b.line.set(false, 0, -1)
		a.merge(x, y)
		b.merge(y, x)
		s.settle(a)
		b.line.set(true, 0, -1)
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			d.wants(y, all)
			d.wants(x, none)
			if _, rejected := d.pending(); rejected != 0 || d.has(x, "name") != nil || d.has(y, "name") != "Nrte" {
				t.Errorf("%s: %d rejected, %v, %v", d.name, rejected, d.has(x, "name"), d.has(y, "name"))
			}
		}
		w := a.organization("Norte 2")
		s.settle(a, b)
		b.line.set(false, 0, -1)
		a.merge(w, y)
		b.merge(w, z)
		s.settle(a)
		b.line.set(true, 0, -1)
		s.settle(a, b)
		if _, rejected := b.pending(); rejected == 0 {
			t.Error("the second merge into another record is not shown as refused")
		}
		if a.has(z, "name") != "Norte y Cía." || a.has(y, "name") != "Nrte" || a.has(w, "name") != nil {
			t.Error("records were lost")
		}
	})
}

// A fact about the loser that was stated elsewhere meanwhile goes to the survivor, and comes back when the merge is undone.
func TestAFactStatedMeanwhileComesBackWithTheLoser(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.laptop("ana", schema.Coordinator, network), s.laptop("bea", schema.Coordinator, network)
		keep := s.first(a, b)
		dup := a.organization("Nrte")
		s.settle(a, b)
		b.line.set(false, 0, -1)
		undo := a.merge(dup, keep)
		b.children(dup, 20)
		s.settle(a)
		b.line.set(true, 0, -1)
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			d.wants(keep, own)
			d.wants(dup, none)
		}
		_, _, err := merging.Undo(context.Background(), a.rep, a.editor(), undo)
		s.check(err)
		a.sync.Kick()
		s.settle(a, b)
		for _, d := range []*laptop{a, b} {
			d.wants(keep, none)
			d.wants(dup, own)
		}
		b.edit(creating("census", fields{"organization": dup.String(), "year": 2031, "source": "network", "members_total": 5}))
		s.settle(a, b)
		if n := a.under(dup, "census"); n != 3 {
			t.Errorf("%d censuses", n)
		}
	})
}
