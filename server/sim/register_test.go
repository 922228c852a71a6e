package sim

import (
	"slices"
	"sync"

	"acopio/shared/schema"
)

// The register of the simulated world is the product's own, cut down to the collections in which every merge rule, class
// and way of naming records occurs, and without search: what takes the time of a large register is not what syncing is
// about.
var registers = sync.OnceValue(func() [3]*schema.Schema {
	full := reduced(func(string, string) bool { return true })
	old := reduced(func(collection, field string) bool {
		return collection != "tag" && (collection != "organization" || field != "acronym" && field != "aliases")
	})
	ahead, err := schema.Extend(full, "organization", schema.Field{
		Number: 900, Name: "altitude", Type: schema.Text, Rule: schema.LastWriter, MaxLength: 100, Label: schema.Label{ES: "Altitud"},
	})
	if err != nil {
		panic(err)
	}
	return [3]*schema.Schema{full, old, ahead}
})

// The builds that machines run.
const (
	current  = 0
	yearOld  = 1 // of a year ago: lacks two fields and a collection
	tomorrow = 2 // of tomorrow: has a field that the server does not know
)

// kept are the collections of the simulated register; those that the server owns are all there.
var kept = []string{"network", "organization", "census", "contact", "membership_event", "tag", "import_batch"}

func reduced(keep func(collection, field string) bool) *schema.Schema {
	var out []schema.Collection
	for _, c := range schema.Registry().Collections() {
		if !slices.Contains(kept, c.Name) && (!c.ServerOwned || c.Unsynced) || !keep(c.Name, "") {
			continue
		}
		plain := schema.Collection{
			Number: c.Number, Name: c.Name, Label: c.Label, Plural: c.Plural, Title: c.Title, Parent: c.Parent, Identity: c.Identity,
			AppendOnly: c.AppendOnly, ServerOwned: c.ServerOwned, Editable: c.Editable, Unsynced: c.Unsynced, Sensitive: c.Sensitive,
			Write: c.Write, Delete: c.Delete, Checks: c.Checks,
		}
		for _, f := range c.Fields {
			if f.Number > 9 && keep(c.Name, f.Name) {
				f.Search, f.Grid, f.Indexed = false, false, false
				plain.Fields = append(plain.Fields, f)
			}
		}
		out = append(out, plain)
	}
	s, err := schema.New(out...)
	if err != nil {
		panic(err)
	}
	return s
}
