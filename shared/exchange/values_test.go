package exchange

import (
	"slices"
	"testing"

	"acopio/shared/schema"
)

func fieldOf(tb testing.TB, collection, name string) *schema.Field {
	tb.Helper()
	c, err := schema.Registry().Collection(collection)
	must(tb, err)
	f, ok := c.Field(name)
	if !ok {
		tb.Fatalf("no field %s.%s", collection, name)
	}
	return f
}

func TestNumbers(t *testing.T) {
	comma, semicolon, typed := numberStyle{}, numberStyle{decimalComma: true}, numberStyle{typed: true}
	for _, test := range []struct {
		style          numberStyle
		in             string
		whole, precise bool
		want           string
	}{
		{comma, "1234", true, false, "1234"},
		{comma, "1,234", true, false, "1234"},
		{comma, "1.234", true, false, "1234"},
		{typed, "1.234", true, false, "1.234"},
		{comma, "1 234", true, false, "1234"},
		{comma, "12'500", true, false, "12500"},
		{comma, "1,234.5", false, false, "1234.5"},
		{comma, "1.234,5", false, false, "1234.5"},
		{comma, "1,234,567", false, false, "1234567"},
		{comma, "1.234.567", false, false, "1234567"},
		{comma, "1,234", false, false, "1234"},
		{semicolon, "1,234", false, false, "1.234"},
		{semicolon, "1.234", false, false, "1234"},
		{comma, "1.234", false, false, "1.234"},
		{comma, "3,5", false, false, "3.5"},
		{comma, "-4,123", false, true, "-4.123"},
		{comma, "-79.123", false, true, "-79.123"},
		{comma, "0,125", false, false, "0.125"},
	} {
		if got := test.style.number(test.in, test.whole, test.precise); got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}

func TestDates(t *testing.T) {
	monthFirst := dateOrder{monthFirst: 1}
	for _, test := range []struct {
		order    dateOrder
		in, want string
	}{
		{dateOrder{}, "2021-04-03", "2021-04-03"},
		{dateOrder{}, "2021/4/3", "2021-04-03"},
		{dateOrder{}, "3/4/2021", "2021-04-03"},
		{dateOrder{}, "03.04.21", "2021-04-03"},
		{monthFirst, "3/4/2021", "2021-03-04"},
		{dateOrder{}, "2021-04-03 10:00:00", "2021-04-03"},
		{dateOrder{}, "31/02/2021", ""},
		{dateOrder{}, "2021", ""},
		{dateOrder{}, "1234567", ""},
	} {
		if got, _ := test.order.parse(test.in); got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
	var o dateOrder
	for _, v := range []string{"01/02/2020", "04/25/2020", "x", ""} {
		o.see(v)
	}
	if o.monthFirst != 1 || o.dayFirst != 0 {
		t.Errorf("counted %+v", o)
	}
}

func TestLists(t *testing.T) {
	for _, test := range []struct {
		in    string
		loose bool
		want  []string
	}{
		{"{a,b}", false, []string{"a", "b"}},
		{`{"a, b", c ,""}`, false, []string{"a, b", "c"}},
		{`{"say \"x\""}`, false, []string{`say "x"`}},
		{"{}", false, nil},
		{`["a; b","c"]`, false, []string{"a; b", "c"}},
		{"[a", false, []string{"[a"}},
		{"a; b;;c", false, []string{"a", "b", "c"}},
		{"a|b\nc", false, []string{"a", "b", "c"}},
		{"a, b", false, []string{"a, b"}},
		{"a, b/c", true, []string{"a", "b", "c"}},
	} {
		if got := splitArray(test.in, test.loose); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q", test.in, got)
		}
	}
	for _, set := range [][]string{{"a"}, {"a", "b"}, {"a; b", "c"}, {"{x}"}, {"[x"}, {"a, b"}, {`"q"`}, {"a|b"}} {
		if back := splitArray(joinList(set), false); !slices.Equal(back, set) {
			t.Errorf("%q written as %s is read as %q", set, joinList(set), back)
		}
	}
}

func TestProtect(t *testing.T) {
	for _, s := range []string{"", "a", "'", "=1", "'=1", "''=1", "+51", "-5", "@x", "\tx", "'a", "a=b"} {
		p := protect(s)
		if p != "" && startsFormula(p) {
			t.Errorf("%q is written as %q", s, p)
		}
		if back := unprotect(p); back != s {
			t.Errorf("%q is written as %q and read as %q", s, p, back)
		}
	}
}

func TestPhones(t *testing.T) {
	f := fieldOf(t, "organization", "phones")
	for _, test := range []struct{ in, region, want string }{
		{"+51 987 654 321", "", "+51987654321"},
		{"987654321", "PE", "+51987654321"},
		{"51987654321", "PE", "+51987654321"},
		{"0051987654321", "", "+51987654321"},
		{"51987654321", "", "+51987654321"},
		{"Cel: 987-654-321", "PE", "+51987654321"},
		{"(01) 426-5030", "PE", "+5114265030"},
		{"90 12 34 56", "TG", "+22890123456"},
		{"(809) 555-0123", "DO", "+18095550123"},
		{"12", "PE", ""},
		{"no tiene", "PE", ""},
		{"987654321", "", ""},
	} {
		got, err := phoneNumber(f, test.in, test.region)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%+v: got %q, %v", test, got, err)
		}
	}
}

func TestReadingValues(t *testing.T) {
	none := func(s string) bool { return s == "Nsp" }
	for _, test := range []struct {
		field, in string
		want      schema.Value
		left      string
		words     []string
	}{
		{"products", "{Café,Cacao,Nsp}", []string{"cocoa", "coffee"}, "", nil},
		{"products", "Café y cacao", []string{"cocoa", "coffee"}, "", nil},
		{"products", "Coton / Maïs", []string{"cereals", "cotton"}, "", nil},
		{"products", "Frutas y jugos", []string{"fruit_juices"}, "", nil},
		{"products", "Café orgánico; ámbar", []string{"coffee"}, "", []string{"Café orgánico", "ámbar"}},
		{"type", "Pequeños Productores", "small_producers", "", nil},
		{"type", "algo", nil, "algo", nil},
		{"country", "perú", "PE", "", nil},
		{"country", "Côte d'Ivoire", "CI", "", nil},
		{"country", "TGO", "TG", "", nil},
		{"country", "Narnia", nil, "Narnia", nil},
		{"flo_id", "FLO ID: 1234", "1234", "", nil},
		{"flo_id", "00123", "00123", "", nil},
		{"flo_id", "12x", nil, "12x", nil},
		{"emails", "a@b.pe, C@D.pe; x", []string{"a@b.pe", "c@d.pe"}, "x", nil},
		{"phones", "987654321 / 12", []string{"+51987654321"}, "12", nil},
		{"founded", "1998", int64(1998), "", nil},
		{"founded", "antes de 1990", nil, "antes de 1990", nil},
		{"website", "coop.pe", "https://coop.pe", "", nil},
		{"aliases", "La Unión, S.A.; Los Primos", []string{"La Unión, S.A.", "Los Primos"}, "", nil},
		{"name", "  Café \u00a0 Sol ", "Café Sol", "", nil},
		{"name", `"Sol"`, `"Sol"`, "", nil},
		{"name", "null", "null", "", nil},
		{"status", "Activa", "active", "", nil},
	} {
		f := fieldOf(t, "organization", test.field)
		r := &reader{field: f, empty: none}
		if len(f.Options) > 0 {
			r.choices = choiceTable(f)
		}
		got := r.read(test.in, "PE")
		if !schema.Equal(got.value, test.want) || got.left != test.left || !slices.Equal(got.words, test.words) || (got.left != "") != (got.fault != nil) {
			t.Errorf("%s of %q: got %+v", test.field, test.in, got)
		}
	}
}

func TestPoints(t *testing.T) {
	lat, lon := fieldOf(t, "site", "lat"), fieldOf(t, "site", "lon")
	for in, want := range map[string][2]float64{
		"POINT (1.6367383333333299 6.309665)": {6.309665, 1.6367383333333299},
		"point(-79.1 -4.5)":                   {-4.5, -79.1},
		"SRID=4326;POINT Z (1 2 300)":         {2, 1},
	} {
		y, x, err := point(lat, lon, in)
		if err != nil || y != want[0] || x != want[1] {
			t.Errorf("%s: %v %v %v", in, y, x, err)
		}
	}
	for _, in := range []string{"POINT (200 6)", "POINT EMPTY", "POLYGON ((1 2))", "1, 2", "POINT (1)", "POINT (. .)"} {
		if _, _, err := point(lat, lon, in); err == nil {
			t.Errorf("%s is accepted", in)
		}
	}
}

// Whatever language a label was exported in, it is read back as its option.
func TestLabelsAreReadBack(t *testing.T) {
	for _, c := range schema.Registry().Collections() {
		for i := range c.Fields {
			f := &c.Fields[i]
			table := choiceTable(f)
			for _, o := range f.Options {
				for _, lang := range []string{"es", "en", "pt", "fr"} {
					if got := table[fold(o.Label.In(lang))]; got != o.Code {
						t.Errorf("%s.%s: %q (%s) is read as %q, not %q", c.Name, f.Name, o.Label.In(lang), lang, got, o.Code)
					}
				}
			}
		}
	}
}

// What a country is called in a file is read as that country, in every language.
func TestEveryCountryIsWrittenByANameThatIsRead(t *testing.T) {
	named := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if !schema.IsCountry(code) {
				continue
			}
			for _, lang := range []string{"es", "en", "pt", "fr"} {
				name := countryName(code, lang)
				if countryCode(name) != code {
					t.Errorf("%s in %s is %q, which is read as %q", code, lang, name, countryCode(name))
				}
				if name != code {
					named++
				}
			}
		}
	}
	if named < 950 || countryName("PE", "") != "Perú" || countryName("BR", "fr") != "Brésil" {
		t.Errorf("only %d names; %q, %q", named, countryName("PE", ""), countryName("BR", "fr"))
	}
}
