package exchange

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"acopio/shared/schema"
)

// productWords are what people call products, besides the labels of the schema.
var productWords = wordTable(vocabulary("products.txt"))

// choiceWords are what people write for the options of other fields, by field.
var choiceWords = func() map[string]map[string]string {
	out := map[string]map[string]string{}
	for word, option := range wordTable(vocabulary("choices.txt")) {
		field, code, _ := strings.Cut(option, ".")
		if out[field] == nil {
			out[field] = map[string]string{}
		}
		out[field][word] = code
	}
	return out
}()

// choiceTable maps what people write for a field's options to their codes: the codes, the labels in every language,
// and well-known words.
func choiceTable(f *schema.Field) map[string]string {
	out := map[string]string{}
	codes := map[string]bool{}
	for _, o := range f.Options {
		codes[o.Code] = true
	}
	for word, code := range choiceWords[f.Name] {
		if codes[code] {
			out[word] = code
		}
	}
	if codes["coffee"] && codes["cocoa"] {
		for word, code := range productWords {
			if codes[code] {
				out[word] = code
			}
		}
	}
	for i := len(f.Options) - 1; i >= 0; i-- { // where two options share a label, the first has it
		o := f.Options[i]
		for _, l := range []string{o.Label.FR, o.Label.PT, o.Label.EN, o.Label.ES, o.Code} {
			out[fold(l)] = o.Code
		}
	}
	delete(out, "")
	return out
}

// regionNames are the names of countries in a language that files are written in.
func regionNames(lang string) display.Namer {
	switch lang {
	case "en":
		return display.Regions(language.English)
	case "pt":
		return display.Regions(language.Portuguese)
	case "fr":
		return display.Regions(language.French)
	default:
		return display.Regions(language.LatinAmericanSpanish)
	}
}

// countryName is what a country is called in a language; its code where the name would not be read as that country.
func countryName(code, lang string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := regionNames(lang).Name(region); countryCode(name) == code {
		return name
	}
	return code
}

// countryNames maps the names of countries in the languages of the product, folded, to their codes.
var countryNames = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	namers := []display.Namer{regionNames("fr"), regionNames("pt"), regionNames("en"), regionNames("es"), display.Regions(language.Spanish)}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			region, err := language.ParseRegion(code)
			if !schema.IsCountry(code) || err != nil {
				continue
			}
			for _, n := range namers {
				out[fold(n.Name(region))] = code
			}
			out[strings.ToLower(region.ISO3())] = code
		}
	}
	for name, code := range wordTable(vocabulary("countries.txt")) {
		out[name] = code
	}
	delete(out, "")
	delete(out, "zzz")
	return out
})

// countryCode reads a country by code or name; what it cannot read it returns as it is.
func countryCode(text string) string {
	text = strings.TrimSpace(text)
	if up := strings.ToUpper(text); len(up) == 2 && schema.IsCountry(up) {
		return up
	}
	if code, ok := countryNames()[fold(text)]; ok {
		return code
	}
	return text
}
