package schema

import "slices"

// Part is a part of what is known of an organization that goes out of date together, and how soon. A network may set
// both numbers for itself, in a record of shelf_life.
type Part struct {
	Code   string // an option of verification.field_group
	Months int    // how long it can be relied on after it was verified
	Weight int    // how much it matters, 1 to 5
}

// Parts lists the parts with the product's own numbers, in the order of verification.field_group.
func Parts() []Part {
	return []Part{
		{"profile", 24, 2},
		{"contacts", 6, 5},
		{"census", 12, 4},
		{"sites", 24, 1},
		{"certificates", 12, 3},
	}
}

// PartOf is the part that a field of an organization belongs to. What is only said about an organization, and not
// by it, belongs to none: changing a tag verifies nothing.
func PartOf(f *Field) string {
	switch {
	case f.System || slices.Contains([]string{"tags", "notes"}, f.Name):
		return ""
	case f.Type == Phones || f.Type == Emails:
		return "contacts"
	default:
		return "profile"
	}
}

var upkeepOptions = []Option{
	option("profile", label("Perfil", "Profile", "Perfil", "Profil")),
	option("contacts", label("Contactos", "Contacts", "Contatos", "Contacts")),
	option("census", label("Censo", "Census", "Censo", "Recensement")),
	option("sites", label("Sitios", "Sites", "Locais", "Lieux")),
	option("certificates", label("Certificados", "Certificates", "Certificados", "Certificats")),
}

var shelfLife = Collection{
	Number: 60, Name: "shelf_life", Title: "field_group", Write: Coordinator, Delete: Coordinator, Identity: []string{"field_group"},
	Label:  label("Plazo de vigencia", "Shelf life", "Prazo de validade", "Durée de validité"),
	Plural: label("Plazos de vigencia", "Shelf lives", "Prazos de validade", "Durées de validité"),
	Fields: []Field{
		choice(10, "field_group", label("Qué se verifica", "What is verified", "O que se verifica", "Ce qui est vérifié"), upkeepOptions...).required().fixed().grid(),
		field(11, "months", Integer, label("Meses", "Months", "Meses", "Mois")).required().from(1).upTo(120).grid(),
		field(12, "weight", Integer, label("Importancia", "Importance", "Importância", "Importance")).from(1).upTo(5).grid(),
	},
}
