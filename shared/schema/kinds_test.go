package schema

import (
	"strings"
	"testing"

	"acopio/shared/fault"
)

// What a field expects is said to people, and people do not know the names of types.
func TestNoTypeIsCalledByItsName(t *testing.T) {
	for _, kind := range []Type{
		Text, LongText, Integer, Decimal, Boolean, Date, Instant, Choice, Choices, Reference, Country, Countries, Texts, Emails, Phones, URL, FLOID, JSON,
	} {
		f := field(1, "x", kind, Label{})
		err := fault.Of(f.wrongType("?"))
		for _, lang := range []string{"es", "en"} {
			sentence := err.Text(lang)
			want := map[string]string{"es": "espera " + string(kind) + ";", "en": "expects " + string(kind) + ";"}[lang]
			if strings.Contains(sentence, want) || strings.Contains(sentence, "_") {
				t.Errorf("%s", sentence)
			}
		}
	}
}
