package schema

// Two organizations that look like one and are not: what a person found out about a suggested duplicate. Its id is made
// of the two, the smaller id first, so that it holds for everybody whoever says it.
var distinctPair = Collection{
	Number: 70, Name: "distinct_pair", Title: "names", Write: FieldStaff, Delete: FieldStaff, Identity: []string{"first", "second"},
	Label:  label("No son la misma", "Not the same", "Não são a mesma", "Pas la même"),
	Plural: label("Pares que no son la misma", "Pairs that are not the same", "Pares que não são a mesma", "Paires qui ne sont pas la même"),
	Fields: []Field{
		reference(10, "first", "organization", label("Una", "One", "Uma", "L’une")).required().fixed(),
		reference(11, "second", "organization", label("Otra", "Another", "Outra", "L’autre")).required().fixed(),
		field(12, "names", Text, label("Nombres", "Names", "Nomes", "Noms")).grid(),
	},
}
