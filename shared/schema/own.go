package schema

import (
	"encoding/json"
	"slices"
	"strconv"

	"acopio/shared/fault"
)

// A network adds fields of its own to what is declared, without a new build: each is a field_definition, a synced record
// like any other. Its number is drawn by whoever adds it and is on the wire and on disk as a declared field's is; the
// server refuses a number that the collection already has, in whatever network.

// The numbers of networks' own fields; declared ones stay below.
const (
	FirstOwnNumber = 10_000
	LastOwnNumber  = 65_535
)

// Bounds of what a network may add.
const (
	maxOwnOptions     = 200
	maxOwnOptionCode  = 40
	maxOwnOptionLabel = 120
)

var ownTypes = []Option{
	option(string(Text), label("Texto", "Text", "Texto", "Texte")),
	option(string(LongText), label("Texto largo", "Long text", "Texto longo", "Texte long")),
	option(string(Integer), label("Número entero", "Whole number", "Número inteiro", "Nombre entier")),
	option(string(Decimal), label("Número con decimales", "Number with decimals", "Número com decimais", "Nombre décimal")),
	option(string(Boolean), label("Sí o no", "Yes or no", "Sim ou não", "Oui ou non")),
	option(string(Date), label("Fecha", "Date", "Data", "Date")),
	option(string(Choice), label("Una opción", "One choice", "Uma opção", "Un choix")),
	option(string(Choices), label("Varias opciones", "Several choices", "Várias opções", "Plusieurs choix")),
	option(string(URL), label("Dirección web", "Web address", "Endereço web", "Adresse web")),
	option(string(Phones), label("Teléfonos", "Phones", "Telefones", "Téléphones")),
	option(string(Emails), label("Correos electrónicos", "E-mails", "E-mails", "Courriels")),
}

// OwnFields is the name of the collection of networks' own fields.
const OwnFields = "field_definition"

var fieldDefinition = Collection{
	Number: 80, Name: OwnFields, Title: "label_es", Write: Coordinator, Delete: Nobody,
	Label:  label("Campo propio", "Field of one’s own", "Campo próprio", "Champ propre"),
	Plural: label("Campos propios", "Fields of one’s own", "Campos próprios", "Champs propres"),
	Fields: []Field{
		field(10, "collection", Text, label("Tipo de registro", "Kind of record", "Tipo de registro", "Type de fiche")).required().fixed(),
		field(11, "number", Integer, label("Número", "Number", "Número", "Numéro")).required().fixed().from(FirstOwnNumber).upTo(LastOwnNumber),
		choice(12, "type", label("Tipo", "Type", "Tipo", "Type"), ownTypes...).required().fixed(),
		field(13, "label_es", Text, label("Nombre en español", "Name in Spanish", "Nome em espanhol", "Nom en espagnol")).required().contested().long(80),
		field(14, "label_en", Text, label("Nombre en inglés", "Name in English", "Nome em inglês", "Nom en anglais")).contested().long(80),
		field(15, "label_pt", Text, label("Nombre en portugués", "Name in Portuguese", "Nome em português", "Nom en portugais")).contested().long(80),
		field(16, "label_fr", Text, label("Nombre en francés", "Name in French", "Nome em francês", "Nom en français")).contested().long(80),
		field(17, "help", Text, label("Ayuda", "Help", "Ajuda", "Aide")).long(300),
		field(18, "options", JSON, label("Opciones", "Options", "Opções", "Options")).contested(),
		field(19, "unit", Text, label("Unidad", "Unit", "Unidade", "Unité")).long(20),
		field(20, "least", Decimal, label("Mínimo", "Least", "Mínimo", "Minimum")),
		field(21, "most", Decimal, label("Máximo", "Most", "Máximo", "Maximum")),
		field(22, "sensitive", Boolean, label("Dato reservado", "Sensitive", "Dado reservado", "Donnée réservée")).fixed(),
		field(23, "place", Decimal, label("Orden", "Order", "Ordem", "Ordre")),
		field(24, "retired", Boolean, label("Retirado", "Retired", "Retirado", "Retiré")),
		field(25, "column", Boolean, label("Columna de la lista", "Column of the list", "Coluna da lista", "Colonne de la liste")),
	},
	Checks: []Check{isOwnField},
}

// isOwnField refuses a definition that makes no field.
func isOwnField(values map[string]Value) *fault.Error {
	if values["type"] == nil || values["number"] == nil || values["collection"] == nil {
		return nil // what is missing is said elsewhere
	}
	_, _, err := OwnField("", values)
	return err
}

// OwnField makes the field that a definition of a network, its values by name, stands for, and names its collection. It
// fails with fault.OutOfRange, UnknownChoice or BadOptions.
func OwnField(network string, values map[string]Value) (collection string, f Field, err *fault.Error) {
	collection, _ = values["collection"].(string)
	n, _ := values["number"].(int64)
	if n < FirstOwnNumber || n > LastOwnNumber {
		return "", f, fault.New(fault.OutOfRange, "field", "number", "got", strconv.FormatInt(n, 10), "range", "10000 – 65535")
	}
	text := func(name string) string { s, _ := values[name].(string); return s }
	t := Type(text("type"))
	if !slices.ContainsFunc(ownTypes, func(o Option) bool { return o.Code == string(t) }) {
		return "", f, fault.New(fault.UnknownChoice, "field", "type", "got", string(t), "choices", "…")
	}
	f = field(uint16(n), OwnName(uint16(n)), t, Label{ES: text("label_es"), EN: text("label_en"), PT: text("label_pt"), FR: text("label_fr")})
	if text("help") != "" {
		f.Help = Label{ES: text("help"), EN: text("help"), PT: text("help"), FR: text("help")}
	}
	f.Network, f.Unit = network, text("unit")
	f.Sensitive, _ = values["sensitive"].(bool)
	f.Retired, _ = values["retired"].(bool)
	f.Grid = values["column"] == true && !f.Sensitive // what names a hit of a search is for everybody
	f.Place, _ = values["place"].(float64)
	if f.Type.IsNumber() {
		f.Min, f.Max = bound(values["least"]), bound(values["most"])
		if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
			return "", f, fault.New(fault.OutOfRange, "field", "most", "got", plain(*f.Max), "range", "≥ "+plain(*f.Min))
		}
	}
	if t == Choice || t == Choices {
		if f.Options, err = ownOptions(text("options")); err != nil {
			return "", f, err
		}
	}
	return collection, f, nil
}

// OwnName is the name that a network's own field has by its number: labels change, and two networks may use one word.
func OwnName(number uint16) string { return "own_" + strconv.Itoa(int(number)) }

func bound(v Value) *float64 {
	if n, ok := v.(float64); ok {
		return &n
	}
	return nil
}

// ownOptions reads the choices of a definition: JSON of [{"code", "label": {"es", …}}].
func ownOptions(text string) ([]Option, *fault.Error) {
	wrong := func(got string) *fault.Error {
		return fault.New(fault.BadOptions, "field", "options", "got", clip(got))
	}
	var out []Option
	if json.Unmarshal([]byte(text), &out) != nil || len(out) == 0 || len(out) > maxOwnOptions {
		return nil, wrong(text)
	}
	seen := map[string]bool{}
	for _, o := range out {
		if o.Code == "" || len(o.Code) > maxOwnOptionCode || seen[o.Code] || o.Label.ES == "" || len(o.Label.ES) > maxOwnOptionLabel {
			return nil, wrong(o.Code)
		}
		seen[o.Code] = true
	}
	return out, nil
}

// Own is one network's own field and where it belongs.
type Own struct {
	Collection string
	Field      Field
}

// Adopt makes the given fields, in addition to what is declared, the ones that the schema has; those given before and not
// now go. Fields of collections that this build does not have are left out, and so is one whose number is already taken.
// Registry itself adopts nothing: it is what Live copies.
func (s *Schema) Adopt(fields []Own) {
	declared := make([]Collection, 0, len(s.declared.collections))
	for _, c := range s.declared.collections {
		copied := *c
		copied.Fields = slices.Clone(c.Fields[len(systemFields):])
		for _, own := range fields {
			taken := slices.ContainsFunc(copied.Fields, func(f Field) bool { return f.Number == own.Field.Number })
			if own.Collection == c.Name && !taken && !c.ServerOwned && own.Field.verify() == nil {
				copied.Fields = append(copied.Fields, own.Field)
			}
		}
		declared = append(declared, copied)
	}
	next, err := newCatalog(declared)
	if err != nil {
		panic(err) // what is declared stood before, and each field was looked at
	}
	s.current.Store(next)
}

// Live is a schema of its own with what s declares, to adopt fields of its own.
func Live(s *Schema) *Schema {
	out := &Schema{declared: s.declared}
	out.current.Store(s.declared)
	return out
}

// Own lists the fields that were adopted, by number.
func (s *Schema) Own() []Own {
	var out []Own
	for _, c := range s.Collections() {
		for _, f := range c.Fields {
			if f.Network != "" {
				out = append(out, Own{c.Name, f})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Own) int { return int(a.Field.Number) - int(b.Field.Number) })
	return out
}

// Of reports whether records of a network have the field.
func (f *Field) Of(network string) bool { return f.Network == "" || f.Network == network }
