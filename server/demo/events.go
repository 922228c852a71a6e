package demo

import (
	"slices"

	"acopio/shared/schema"
)

// membership makes the dated facts from which standing is derived: applied and admitted, sometimes suspended or gone.
func (o *organization) membership() {
	n := 0
	event := func(body, kind string, at int, evidence string) {
		fields := map[string]any{"organization": o.id, "body": body, "kind": kind, "date": day(at)}
		if evidence != "" {
			fields["evidence"] = evidence
		}
		o.out.put(o.create("membership_event", o.idOf("membership_event", o.index, n), fields))
		n++
	}
	applied := o.between(-3600, -500)
	event("network", "applied", applied, "Carta de solicitud")
	if o.chance(5) {
		return // still waiting
	}
	event("network", "admitted", applied+o.between(20, 180), "Acta de asamblea")
	if o.chance(80) {
		event("clac", "admitted", applied+o.between(180, 400), "")
	}
	switch {
	case o.chance(6):
		event("network", "suspended", o.between(-95, -10), "Acuerdo de la junta")
	case o.chance(4):
		event("network", "suspended", -90, "Acuerdo de la junta")
		event("network", "reinstated", -20, "Acuerdo de la junta")
	case o.chance(3):
		event("network", "left", o.between(-80, -5), "Carta de retiro")
	}
}

// work makes what the network's own people did: verifications and visits, for some.
func (o *organization) work() {
	for i, part := range schema.Parts() {
		if o.chance(45) {
			o.verified(i, part.Code, pick(o.draw, []string{"confirmed", "confirmed", "confirmed", "changed"}), o.daysAround(-700, -1))
		}
	}
	if o.chance(8) {
		o.verified(len(schema.Parts()), "contacts", "unreachable", o.daysAround(-12, -1))
	}
	for i := range o.between(0, 2) {
		at := o.between(-500, -3)
		who, _ := o.person()
		fields := map[string]any{
			"organization": o.id, "kind": pick(o.draw, []string{"visit", "visit", "meeting", "call"}), "date": day(at),
			"subject": pick(o.draw, subjects), "participants": []string{who, People[3].Name}, "notes": pick(o.draw, remarks),
		}
		if o.chance(40) {
			fields["follow_up"], fields["follow_up_by"] = pick(o.draw, followUps), day(at+o.between(15, 120))
		}
		o.out.put(o.create("interaction", o.idOf("interaction", o.index, i), fields))
	}
}

func (o *organization) verified(nth int, part, outcome, date string) {
	o.out.put(o.create("verification", o.idOf("verification", o.index, nth), map[string]any{
		"organization": o.id, "field_group": part, "outcome": outcome,
		"method": pick(o.draw, []string{"call", "call", "visit", "message"}), "date": date, "by": People[3].Name,
	}))
}

// tags makes the vocabulary of the network.
func (b *book) tags() {
	for _, t := range append([][2]string{{"demo", "Registro inventado"}}, tagNames...) {
		b.out.put(b.create("tag", "", map[string]any{"name": t[0], "description": t[1]}))
	}
}

// focalPoints names, for each main product, the contact of the first organization that has it.
func (b *book) focalPoints(of map[string]holder) {
	var products []string
	for p := range of {
		products = append(products, p)
	}
	slices.Sort(products)
	for _, p := range products {
		b.out.put(b.create("focal_point", "", map[string]any{
			"product": p, "contact": of[p].contact, "organization": of[p].organization, "notes": "Contacto de la red de producto (demo).",
		}))
	}
}
