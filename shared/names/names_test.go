package names

import "testing"

func TestFolding(t *testing.T) {
	for in, want := range map[string]string{
		"  Coopérative  SCOOPS—Difa ": "cooperative scoops difa",
		"Œuvre d’Ægir":                "oeuvre d aegir",
		"ÑANDÚ 2":                     "nandu 2",
		"日本":                          "日本",
		"":                            "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	same := [][]string{
		{"Cooperativa Agraria Sol Naciente Ltda.", "COOP. AGRARIA SOL NACIENTE", "Agraria El Sol Naciente S.A.C."},
		{"Coopérative Scoops Difa", "SCOOPS DIFA", "Difa"},
		{"S.C.", "SC"},
		{"Coopérative N'tifafa", "NTIFAFA", "N’Tifafa"},
		{"Coopérative l'Espoir", "Espoir", "L’Espoir"},
		{"D'Água", "Agua"},
	}
	for _, group := range same {
		for _, n := range group[1:] {
			if FoldName(n) != FoldName(group[0]) {
				t.Errorf("%q is %q, %q is %q", group[0], FoldName(group[0]), n, FoldName(n))
			}
		}
	}
}

func TestLikeness(t *testing.T) {
	for _, test := range []struct {
		a, b     string
		from, to float64
	}{
		{"novissi", "novissi", 1, 1},
		{"novissi", "novisi", 0.8, 1},
		{"sol naciente", "naciente sol", 0.99, 1},
		{"sol naciente", "sol nacientes", 0.8, 1},
		{"novissi", "espoir", 0, 0.3},
		{"solim", "solidarite", 0, 0.5},
	} {
		if got := Likeness(GramsOf(test.a, Place{}), GramsOf(test.b, Place{})); got < test.from || got > test.to {
			t.Errorf("%s, %s: %.2f", test.a, test.b, got)
		}
	}
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "año", 3}, {"nubuke", "noubuke", 1}, {"pouwedeou", "bouwedeou", 1}, {"kitten", "sitting", 3}} {
		if got, back := Edits(test.a, test.b), Edits(test.b, test.a); got != test.want || back != got {
			t.Errorf("%s, %s: %d and %d", test.a, test.b, got, back)
		}
	}
	if Numerals("solim b") != "b" || Numerals("b solim") != "" || Numerals("solim 2 b") != "2 b" || Numerals("b") != "" {
		t.Error("letters that number")
	}
	if Numerals("union 2") == Numerals("union ii") || Numerals("union 1 2") != Numerals("2 union 1") {
		t.Error("numerals")
	}
	at := Place{"plateaux", "", "game lili"}
	if got := Likeness(GramsOf("groupement alognon game lili", at), GramsOf("alognon", Place{})); got != 1 {
		t.Errorf("own words: %.2f", got)
	}
	if got := GramsOf("groupement", at); len(got) == 0 {
		t.Error("nothing is left of the name")
	}
}
