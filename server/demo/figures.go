package demo

import "math"

// The last year there are figures of.
const lastYear = 2025

// censuses makes three to seven years. Numbers move a little each year, down as well as up.
func (o *organization) censuses() {
	members := o.size
	years := o.between(3, 7)
	women, area := o.between(18, 52), float64(o.between(8, 35))/10
	if o.index < centrals {
		members *= 8
	}
	declared, _ := o.person()
	for year := lastYear - years + 1; year <= lastYear; year++ {
		w := members * women / 100
		other := o.between(0, 2)
		total := math.Round(float64(members)*area*10) / 10
		certified := math.Round(total*float64(o.between(55, 95))) / 100
		workers := o.share(members, 0, 12)
		o.out.put(o.create("census", "", map[string]any{
			"organization": o.id, "year": year, "source": "organization",
			"members_total": members, "members_women": w, "members_men": members - w - other, "members_other": other,
			"members_youth": o.share(members, 4, 22), "workers_total": workers, "workers_women": o.share(workers, 20, 70),
			"area_total": total, "area_certified": certified, "area_organic": math.Round(certified*float64(o.between(0, 90))) / 100,
			"method": "Padrón de socios", "declared_by": declared,
		}))
		members += o.share(members, -6, 8)
	}
}

// units are how each product is counted, and about how much of it one member brings.
var units = map[string]struct {
	unit      string
	perMember int
}{
	"coffee": {"qq", 18}, "cocoa": {"t", 1}, "banana": {"box", 420}, "sugar": {"t", 2}, "fruit_juices": {"t", 6}, "honey": {"kg", 260},
	"quinoa": {"t", 1}, "nuts": {"kg", 900}, "cotton": {"qq", 30}, "spices": {"kg", 310}, "cereals": {"t", 1}, "vegetables": {"t", 4},
}

// production makes the main product's years, for some.
func (o *organization) production() {
	u, known := units[o.products[0]]
	if !known || !o.chance(55) {
		return
	}
	for year := lastYear - o.between(0, 1); year <= lastYear; year++ {
		volume := float64(o.share(o.size*u.perMember, 70, 125))
		fair := math.Round(volume * float64(o.between(10, 85)) / 100)
		o.out.put(o.create("product_year", "", map[string]any{
			"organization": o.id, "product": o.products[0], "year": year, "volume": volume, "volume_unit": u.unit,
			"volume_fairtrade": fair, "premium": math.Round(fair * float64(o.between(3, 40)) / 2), "premium_currency": "USD",
		}))
	}
}

// certificates makes one to three. Their ends lie around the anchor: some are over, some soon will be.
func (o *organization) certificates() {
	o.certificate(0, "fairtrade")
	if o.chance(60) {
		o.certificate(1, "organic")
	}
	if o.chance(25) {
		o.certificate(2, pick(o.draw, []string{"spp", "rainforest"}))
	}
}

func (o *organization) certificate(nth int, scheme string) {
	end := o.between(-150, 900)
	fields := map[string]any{
		"organization": o.id, "scheme": scheme, "status": "certified", "valid_from": day(end - 1095), "valid_to": day(end),
		"certifier": pick(o.draw, certifiers), "products": some(o.draw, o.products, 3),
	}
	switch {
	case end < 0 && o.chance(70):
		fields["status"] = "expired"
	case o.chance(4):
		fields["status"] = "suspended"
	case o.chance(6):
		fields["status"] = "in_process"
		delete(fields, "valid_from")
		delete(fields, "valid_to")
	}
	o.out.put(o.create("certification", o.idOf("certification", o.index, nth), fields))
}
