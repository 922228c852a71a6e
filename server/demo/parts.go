package demo

import (
	"math"
	"strings"
)

// holder is somebody a network can name.
type holder struct{ contact, organization string }

// person makes a name, with the code of its gender.
func (o *organization) person() (name, gender string) {
	given, gender := menNames, "man"
	if o.chance(45) {
		given, gender = womenNames, "woman"
	}
	first, second := pick(o.draw, surnames), pick(o.draw, surnames)
	for second == first {
		second = pick(o.draw, surnames)
	}
	return pick(o.draw, given) + " " + first + " " + second, gender
}

// contacts makes one to three people, and the mandate of the first.
func (o *organization) contacts() {
	for i := range o.between(1, 3) {
		id := o.idOf("contact", o.index, i)
		o.contactIDs = append(o.contactIDs, id)
		name, gender := o.person()
		fields := map[string]any{
			"organization": o.id, "name": name, "gender": gender, "position": positions[min(i*2+o.between(0, 1), len(positions)-1)],
			"phones": []string{o.phone()}, "language": "es",
			"channel":      pick(o.draw, []string{"whatsapp", "whatsapp", "phone", "email", "visit"}),
			"birth_band":   pick(o.draw, []string{"under_35", "35_to_60", "35_to_60", "over_60"}),
			"consent":      pick(o.draw, []string{"network", "network", "network", "public", "internal", "none"}),
			"consent_date": o.daysAround(-900, -30),
		}
		if o.chance(70) {
			fields["emails"] = []string{strings.ReplaceAll(slug(name), "-", ".") + "@" + o.domain}
		}
		if o.chance(60) {
			fields["consent_evidence"] = "Ficha firmada"
		}
		o.out.put(o.create("contact", id, fields))
	}
	from := o.between(-700, -60)
	o.out.put(o.create("mandate", o.idOf("mandate", o.index, 0), map[string]any{
		"organization": o.id, "contact": o.contactIDs[0], "body": "Consejo de Administración", "role": "Presidencia",
		"valid_from": day(from), "valid_to": day(from + 730),
	}))
}

// sites makes the office, and for most a collection center in a place of the same province.
func (o *organization) sites() {
	o.site(0, office, o.home, "map", 20)
	if !o.chance(55) {
		return
	}
	var near []place
	for _, p := range placesOf()[o.home.state] {
		if p.province == o.home.province {
			near = append(near, p)
		}
	}
	o.site(1, pick(o.draw, facilities), pick(o.draw, near), "gps", 8)
}

// site puts one near the middle of a place, never farther than about 600 m.
func (o *organization) site(nth int, what facility, at place, source string, accuracy int) {
	o.out.put(o.create("site", o.idOf("site", o.index, nth), map[string]any{
		"organization": o.id, "kind": what.kind, "name": what.begins + " " + at.name, "locality": at.name,
		"address":         pick(o.draw, streets) + " s/n",
		"lat":             degrees(at.lat, o.between(-40, 40)),
		"lon":             degrees(at.lon, o.between(-40, 40)),
		"accuracy":        float64(accuracy),
		"position_source": source,
	}))
}

// degrees moves a coordinate by ten-thousandths and keeps five decimals: about a meter.
func degrees(x float64, tenThousandths int) float64 {
	return math.Round((x+float64(tenThousandths)/10_000)*100_000) / 100_000
}
