package sim

import (
	"testing"
	"time"

	"acopio/shared/draft"
	"acopio/shared/schema"
)

// older is the registry as a build knew it before some fields (or a whole collection) were added: "organization.aliases",
// "tag".
func older(t *testing.T, without ...string) *schema.Schema {
	t.Helper()
	drop := map[string]bool{}
	for _, w := range without {
		drop[w] = true
	}
	var out []schema.Collection
	for _, c := range schema.Registry().Collections() {
		if drop[c.Name] {
			continue
		}
		plain := schema.Collection{
			Number: c.Number, Name: c.Name, Label: c.Label, Plural: c.Plural, Title: c.Title, Parent: c.Parent, Identity: c.Identity,
			AppendOnly: c.AppendOnly, ServerOwned: c.ServerOwned, Editable: c.Editable, Unsynced: c.Unsynced, Sensitive: c.Sensitive,
			Write: c.Write, Delete: c.Delete, Checks: c.Checks,
		}
		for _, f := range c.Fields {
			if f.Number > 9 && !drop[c.Name+"."+f.Name] {
				plain.Fields = append(plain.Fields, f)
			}
		}
		out = append(out, plain)
	}
	s, err := schema.New(out...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// oldLaptop runs a build of a year ago.
func (s *stage) oldLaptop(name string, role schema.Role, without ...string) *laptop {
	s.t.Helper()
	d := s.enrolled(name, role, network)
	d.schema = older(s.t, without...)
	d.start()
	return d
}

// A year-old build syncs: fields it does not know pass through it, its edits never blank them, and it finds its checksum
// equal.
func TestABuildThatDoesNotKnowAField(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		old := s.oldLaptop("olga", schema.Coordinator, "organization.aliases", "organization.status", "census.method")
		viewer := s.oldLaptop("vera", schema.Viewer, "organization.aliases", "organization.status")
		id := s.first(a, old)
		a.edit(updating(id, fields{"aliases": []any{"El Norte", "Coop Norte"}, "status": "active", "products": []any{"coffee"}}))
		s.settle(a, old, viewer)
		old.edit(updating(id, fields{"name": "Sur", "products": []any{"coffee", "honey"}}))
		s.settle(a, old, viewer)
		if a.has(id, "status") != "active" || len(a.has(id, "aliases").([]string)) != 2 || a.has(id, "name") != "Sur" {
			t.Errorf("%v %v %v", a.has(id, "name"), a.has(id, "aliases"), a.has(id, "status"))
		}
		if n := old.resets() + viewer.resets(); n != 0 {
			t.Errorf("they fetched anew %d times", n)
		}
		// The same laptop, updated: what it has held all along shows.
		old.stop()
		old.schema = nil
		old.start()
		s.settle(old)
		if old.has(id, "status") != "active" || len(old.has(id, "aliases").([]string)) != 2 {
			t.Errorf("after the update: %v %v", old.has(id, "aliases"), old.has(id, "status"))
		}
		old.edit(updating(id, fields{"status": "inactive"}))
		s.settle(a, old, viewer)
		if a.has(id, "status") != "inactive" || old.resets() != 0 {
			t.Errorf("%v", a.has(id, "status"))
		}
	})
}

// A year-old build that does not know a whole collection.
func TestABuildThatDoesNotKnowACollection(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a := s.laptop("ana", schema.Coordinator, network)
		old := s.oldLaptop("olga", schema.Coordinator, "tag")
		id := s.first(a, old)
		tag := a.edit(creating("tag", fields{"name": "norte", "color": "rojo"}))[0]
		s.settle(a)
		old.edit(updating(id, fields{"name": "Sur"}))
		time.Sleep(10 * time.Minute)
		s.settle(a, old)
		if n := old.resets(); n != 0 || a.has(id, "name") != "Sur" {
			t.Errorf("it fetched anew %d times; %v", n, a.has(id, "name"))
		}
		a.edit(draft.Edit{Kind: draft.Update, Collection: "tag", Network: network, ID: tag.ID.String(), Fields: fields{"color": "azul"}})
		a.edit(creating("tag", fields{"name": "sur"}))
		s.settle(a, old)
		old.stop()
		old.schema = nil
		old.start()
		s.settle(old)
		row, err := old.rep.Get(t.Context(), "tag", tag.ID)
		if err != nil || row.Record.Fields[11] != "azul" {
			t.Errorf("after the update: %+v %v", row, err)
		}
	})
}
