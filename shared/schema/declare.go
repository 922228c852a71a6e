package schema

// The few words that declarations are written in: label(…) and field constructors whose methods add properties.

func label(es, en, pt, fr string) Label { return Label{ES: es, EN: en, PT: pt, FR: fr} }

func field(number uint16, name string, t Type, l Label) Field {
	f := Field{Number: number, Name: name, Type: t, Label: l, Rule: LastWriter, MaxLength: 500}
	switch {
	case t.IsSet():
		f.Rule = Union // and the length is each member's
	case t == LongText:
		f.Rule, f.MaxLength = Prose, 20_000
	case t == JSON:
		f.MaxLength = 20_000
	}
	return f
}

func choice(number uint16, name string, l Label, options ...Option) Field {
	f := field(number, name, Choice, l)
	f.Options = options
	return f
}

func reference(number uint16, name, target string, l Label) Field {
	f := field(number, name, Reference, l)
	f.Target, f.Indexed = target, true
	return f
}

func option(code string, l Label) Option { return Option{Code: code, Label: l} }

func (f Field) required() Field          { f.Required = true; return f }
func (f Field) sensitive() Field         { f.Sensitive = true; return f }
func (f Field) contested() Field         { f.Rule = Contested; return f }
func (f Field) fixed() Field             { f.Rule = Fixed; return f }
func (f Field) ladder() Field            { f.Rule = Ladder; return f }
func (f Field) restrictive() Field       { f.Rule = Restrictive; return f }
func (f Field) in(group string) Field    { f.Group = group; return f }
func (f Field) searched() Field          { f.Search = true; return f }
func (f Field) grid() Field              { f.Grid = true; return f }
func (f Field) indexed() Field           { f.Indexed = true; return f }
func (f Field) unit(u string) Field      { f.Unit = u; return f }
func (f Field) help(l Label) Field       { f.Help = l; return f }
func (f Field) with(o ...Option) Field   { f.Options = o; return f }
func (f Field) system() Field            { f.System = true; return f }
func (f Field) long(most int) Field      { f.MaxLength = most; return f }
func (f Field) from(least float64) Field { f.Min = &least; return f }
func (f Field) upTo(most float64) Field  { f.Max = &most; return f }
func (f Field) whole() Field             { return f.from(0).upTo(1e9) } // a count of people or things

// systemFields are in every collection. Numbers 1–9 are kept for them.
var systemFields = []Field{
	field(1, "created_at", Instant, label("Creado", "Created", "Criado", "Créé")).fixed().system(),
	field(2, "tags", Texts, label("Etiquetas", "Tags", "Etiquetas", "Étiquettes")).searched(),
	field(3, "imported_in", Text, label("Importado en", "Imported in", "Importado em", "Importé dans")).fixed().system().indexed(),
	// Set in a record that was retired: the record of the same collection that stands for it. Its target is each collection.
	field(MergedInto, "merged_into", Reference, label("Unido a", "Merged into", "Unido a", "Fusionné dans")).system(),
}

// MergedInto is the number of the field by which a retired record points to its survivor.
const MergedInto uint16 = 4
