package fault

// kinds are the types of fields as a sentence says what it expects, in Spanish and English.
var kinds = map[string][2]string{
	"text":      {"un texto", "a text"},
	"long_text": {"un texto", "a text"},
	"integer":   {"un número entero", "a whole number"},
	"decimal":   {"un número", "a number"},
	"boolean":   {"sí o no", "yes or no"},
	"date":      {"una fecha", "a date"},
	"instant":   {"una fecha y hora", "a date and time"},
	"choice":    {"una de sus opciones", "one of its choices"},
	"choices":   {"una lista de sus opciones", "a list of its choices"},
	"reference": {"otro registro", "another record"},
	"country":   {"un país", "a country"},
	"countries": {"una lista de países", "a list of countries"},
	"texts":     {"una lista de textos", "a list of texts"},
	"emails":    {"una lista de correos electrónicos", "a list of e-mail addresses"},
	"phones":    {"una lista de teléfonos", "a list of phone numbers"},
	"url":       {"una dirección web", "a web address"},
	"flo_id":    {"un FLO ID", "a FLO ID"},
	"json":      {"un texto JSON", "a JSON text"},
}

// worded is an argument as its sentence says it.
func (e *Error) worded(name string, english bool) string {
	kind, ok := kinds[e.Args[name]]
	switch {
	case !ok || e.Code != WrongType || name != "want":
		return e.Args[name]
	case english:
		return kind[1]
	default:
		return kind[0]
	}
}
