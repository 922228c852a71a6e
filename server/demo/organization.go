package demo

import (
	"fmt"
	"strconv"
	"strings"

	"acopio/shared/draft"
	"acopio/shared/record"
)

// book is one demo network being written.
type book struct {
	network string
	seed    uint64
	out     *sink
}

// centrals is how many of the first organizations are of second grade: others may belong to them.
const centrals = 10

// organization is one of them being made, with what its other records are made from.
type organization struct {
	*book
	*draw
	index      int
	id         string
	domain     string
	home       place
	products   []string
	founded    int
	size       int // members, about
	edit       draft.Edit
	contactIDs []string
}

// idOf names the nth record of a kind that belongs to something.
func (b *book) idOf(kind string, index, nth int) string {
	return record.DerivedID("demo", strconv.FormatUint(b.seed, 10), b.network, kind, strconv.Itoa(index), strconv.Itoa(nth)).String()
}

func (b *book) create(collection, id string, fields map[string]any) draft.Edit {
	return draft.Edit{Kind: draft.Create, Collection: collection, Network: b.network, ID: id, Fields: fields}
}

// organization makes the one of that index; it is the same whichever others are made.
func (b *book) organization(index int) *organization {
	d := newDraw(b.seed, uint64(index)) //nolint:gosec // an index is not negative
	where := pickRegion(d)
	o := &organization{
		book: b, draw: d, index: index, id: b.idOf("organization", index, 0),
		home: pick(d, placesOf()[where.state]), products: pick(d, where.products),
		founded: d.between(1968, 2021), size: 20 * d.between(1, 6) * d.between(1, 6),
	}
	f, grade := pick(d, forms), "first"
	if index < centrals {
		f, grade = pick(d, secondGrade), "second"
	}
	if f == coffeeForm && o.products[0] != "coffee" {
		f = forms[0]
	}
	fancy := fancies[index%len(fancies)]
	name := f.begins + " " + fancy + " de " + o.home.name
	o.domain = slug(fancy+" "+o.home.name) + ".example"
	o.edit = b.create("organization", o.id, o.fields(f, grade, name, fancy))
	return o
}

func (o *organization) fields(f form, grade, name, fancy string) map[string]any {
	street := fmt.Sprintf("%s %d", pick(o.draw, streets), o.between(1, 99)*10)
	fields := map[string]any{
		"name": name, "acronym": f.short + initials(fancy), "aliases": []string{fancy, fancy + " " + o.home.name},
		"flo_id": strconv.Itoa(9_000_000 + o.index%900_000), "type": "small_producers", "grade": grade,
		"legal_form": f.legal, "tax_id": fmt.Sprintf("20000%06d", o.index%1_000_000), "founded": o.founded, "country": Country,
		"admin1": o.home.state, "admin2": o.home.province, "locality": o.home.name,
		"products": o.products, "languages": o.languages(),
		"website": "https://" + o.domain, "emails": []string{"contacto@" + o.domain}, "phones": []string{o.phone(), o.phone()},
		"address": street + ", " + o.home.name, "notes": o.notes(), "status": "active", "tags": o.ownTags(),
	}
	if o.index >= centrals && o.chance(60) {
		fields["parent"] = o.idOf("organization", o.between(0, centrals-1), 0)
	}
	switch {
	case o.chance(4):
		fields["status"] = "inactive"
	case o.chance(3):
		fields["type"] = "contract_production"
	}
	return fields
}

func (o *organization) languages() []string {
	switch o.home.state {
	case "Cusco", "Apurímac", "Ayacucho", "Huánuco":
		return []string{"es", "qu"}
	case "Puno":
		return []string{"ay", "es", "qu"}
	default:
		return []string{"es"}
	}
}

func (o *organization) notes() string {
	first := o.between(0, len(remarks)-1)
	second := (first + o.between(1, len(remarks)-1)) % len(remarks)
	return remarks[first] + "\n" + remarks[second]
}

func (o *organization) ownTags() []string {
	out := []string{"demo"}
	for _, t := range tagNames {
		if o.chance(15) {
			out = append(out, t[0])
		}
	}
	return out
}

// phone is one that nobody can have: no number of Lima begins with a zero.
func (o *organization) phone() string { return fmt.Sprintf("+511000%04d", o.between(0, 9999)) }

func initials(words string) string {
	var b strings.Builder
	for _, w := range strings.Fields(words) {
		if r := []rune(w); len(r) > 2 {
			b.WriteString(strings.ToUpper(string(r[0])))
		}
	}
	return b.String()
}
