package exchange

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"acopio/shared/schema"
)

func suggestFor(tb testing.TB, collection, network, path string) (Mapping, Description) {
	tb.Helper()
	s := schema.Registry()
	c, err := s.Collection(collection)
	must(tb, err)
	src, err := Open(path)
	must(tb, err)
	d, err := src.Describe(context.Background(), "", 0)
	must(tb, err)
	return Suggest(s, c, network, d), d
}

// meaning is a mapping's columns as one line each.
func meaning(m Mapping) map[string]string {
	out := map[string]string{}
	for _, c := range m.Columns {
		out[c.Column] = strings.TrimSpace(c.To + " " + string(c.As))
	}
	return out
}

func expectMeaning(t *testing.T, m Mapping, want map[string]string) {
	t.Helper()
	got := meaning(m)
	for column, w := range want {
		if got[column] != w {
			t.Errorf("%s: got %q, want %q", column, got[column], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d columns: %v", len(got), got)
	}
}

func TestSuggestInFourLanguages(t *testing.T) {
	for name, test := range map[string]struct {
		csv  string
		want map[string]string
	}{
		"Spanish": {`N°,Código FLO,Razón social,Siglas,Tipo,Departamento,Provincia,Distrito,Producto,Presidente,Celular,Correo electrónico,Página web,RUC,N° de socios 2023,Mujeres,Vencimiento,Observaciones
1,1001,Cooperativa Sol,S,Pequeños productores,Piura,Ayabaca,Suyo,Café,Ana Ruiz,987654321,a@b.pe,sol.pe,20123456789,100,40,31/12/2026,ok
2,1002,Cooperativa Luna,L,SPO,Cusco,Calca,Lares,Cacao y café,Beto Paz,987654322,c@d.pe,luna.pe,20123456788,50,20,30/06/2025,
`, map[string]string{
			"N°": "note", "Código FLO": "flo_id text", "Razón social": "name text", "Siglas": "acronym text", "Tipo": "type text",
			"Departamento": "admin1 text", "Provincia": "admin2 text", "Distrito": "locality text", "Producto": "products text",
			"Presidente": "contact.name text", "Celular": "phones text", "Correo electrónico": "emails text", "Página web": "website text",
			"RUC": "tax_id text", "N° de socios 2023": "census.members_total text", "Mujeres": "census.members_women text",
			"Vencimiento": "certification.valid_to text", "Observaciones": "notes text",
		}},
		"French": {`nom_cooperative;region;prefecture;village;filiere;telephone;responsable;femmes;statut
Coop Espoir;Maritime;Zio;Gamé;{Café,Cacao};+22890123456;Kofi A;12;Actif
Coop Solim;Kara;Bassar;Bangeli;{Coton};+22890123457;Afi B;7;Inactif
`, map[string]string{
			"nom_cooperative": "name text", "region": "admin1 text", "prefecture": "admin2 text", "village": "locality text",
			"filiere": "products array", "telephone": "phones text", "responsable": "contact.name text", "femmes": "note", "statut": "status text",
		}},
		"English": {`Organization,FLO ID,Country,State,City,Crops,Phone,Email,Lat,Lng,Year founded
Sol,1001,Peru,Piura,Suyo,"Coffee, cocoa",+51987654321,a@b.pe,-4.5,-79.9,1998
Luna,1002,Bolivia,La Paz,Caranavi,Coffee,+59171234567,c@d.bo,-15.8,-67.5,2001
`, map[string]string{
			"Organization": "name text", "FLO ID": "flo_id text", "Country": "country text", "State": "admin1 text", "City": "locality text",
			"Crops": "products text", "Phone": "phones text", "Email": "emails text", "Lat": "site.lat text", "Lng": "site.lon text", "Year founded": "founded text",
		}},
		"Portuguese": {`Nome,Estado,Município,Produtos,Telefone,Situação,Latitude
Coop Sol,Bahia,Ilhéus,Cacau,+5573987654321,Ativa,-14.7
Coop Lua,Minas Gerais,Poço Fundo,Café,+5535987654321,Inativa,-21.7
`, map[string]string{
			"Nome": "name text", "Estado": "admin1 text", "Município": "admin2 text", "Produtos": "products text", "Telefone": "phones text",
			"Situação": "status text", "Latitude": "note",
		}},
		"values alone": {`a,b,c,d,e,f,g
x@y.pe,+51987654321,PE,POINT (-79 -4),Café,FLO 1001,https://a.pe
z@y.pe,+51987654322,EC,POINT (-78 -3),Cacao,FLO 1002,www.b.pe
`, map[string]string{
			"a": "emails text", "b": "phones text", "c": "country text", "d": "site.lat wkt_point", "e": "products text", "f": "flo_id text", "g": "website text",
		}},
		"state, not situation": {"Nombre,Estado\nSol,Activa\nLuna,Inactiva\n", map[string]string{"Nombre": "name text", "Estado": "status text"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := suggestFor(t, "organization", "PE", writeFile(t, "f.csv", []byte(test.csv)))
			expectMeaning(t, m, test.want)
		})
	}
}

func TestSuggestedDetails(t *testing.T) {
	csv := "Código,Nombre,Producto,Sello,Vencimiento,Socios 2022,Zona\n"
	for i := range 40 {
		csv += fmt.Sprintf("A-%d,Coop %d,%s,FLO,31/12/2026,100,%s\n", i, i, []string{"Café", "Miel de abeja", "S/D"}[i%3], []string{"Norte", "Sur"}[i%2])
	}
	m, _ := suggestFor(t, "organization", "PE", writeFile(t, "f.csv", []byte(csv)))
	if got := m.Columns[2].Values; !reflect.DeepEqual(got, map[string]string{"Café": "coffee"}) {
		t.Errorf("values %v", got)
	}
	if m.Columns[6].As != AsTag || m.Columns[0].As != AsNote {
		t.Errorf("rest: %+v", m.Columns)
	}
	if !slices.Contains(m.Empty, "S/D") || slices.Contains(m.Empty, "#N/A") || !slices.Contains(m.Empty, "Nsp") {
		t.Errorf("empty: %v", m.Empty)
	}
	if want := []string{"column:Código", "name+place"}; !slices.Equal(m.Match, want) {
		t.Errorf("match: %v", m.Match)
	}
	want := map[string]any{"country": "PE", "census.year": 2022, "census.source": "organization", "certification.status": "certified"}
	if !reflect.DeepEqual(m.Defaults, want) {
		t.Errorf("defaults: %v", m.Defaults)
	}
}

// Every field's name and labels, in any language, lead back to it.
func TestSuggestKnowsItsOwnHeaders(t *testing.T) {
	s := schema.Registry()
	for _, name := range []string{"organization", "site", "contact", "certification"} {
		c, err := s.Collection(name)
		must(t, err)
		targets := targetsOf(s, c, "PE")
		for _, lang := range []string{"", "es", "en", "pt", "fr"} {
			for i := range c.Fields {
				f := &c.Fields[i]
				if f.System {
					continue
				}
				header := f.Name
				if lang != "" {
					header = f.Label.In(lang)
				}
				best, bestScore := "", 0.0
				for _, x := range targets {
					if score := headerOf(header).score(x.names); score > bestScore {
						best, bestScore = x.to, score
					}
				}
				if best != f.Name {
					t.Errorf("%s: %q (%s) leads to %s", name, header, lang, best)
				}
			}
		}
	}
}

// The suggestion for a workbook is as good, titles above the table and all.
func TestSuggestForWorkbook(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	must(t, f.SetCellValue("Sheet1", "A1", "Padrón de organizaciones 2024"))
	must(t, f.SetSheetRow("Sheet1", "A3", &[]any{"Nombre", "FLO ID", "Teléfono"}))
	for i := range 30 {
		must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+4), &[]any{fmt.Sprintf("Coop %d", i), 1000 + i, 987654321 + i}))
	}
	path := filepath.Join(t.TempDir(), "f.xlsx")
	must(t, f.SaveAs(path))
	m, d := suggestFor(t, "organization", "PE", path)
	expectMeaning(t, m, map[string]string{"Nombre": "name text", "FLO ID": "flo_id text", "Teléfono": "phones text"})
	if d.HeaderRow != 3 || m.HeaderRow != 3 || d.Rows != 30 || m.Sheet != "Sheet1" {
		t.Errorf("described as %+v", d)
	}
}

// A word that stands for two things would mean one or the other by chance.
func TestVocabulariesAreUnambiguous(t *testing.T) {
	for _, name := range []string{"products.txt", "places.txt", "choices.txt", "countries.txt"} {
		seen := map[string]string{}
		for key, list := range vocabulary(name) {
			scope, _, _ := strings.Cut(key, ".")
			if name != "choices.txt" {
				scope = ""
			}
			for _, w := range strings.Split(list, ",") {
				word := strings.TrimSpace(w)
				if other := seen[scope+"|"+word]; other != "" || word == "" || fold(word) != word {
					t.Errorf("%s: %q stands for %s and %s, or is not folded", name, word, key, other)
				}
				seen[scope+"|"+word] = key
			}
		}
	}
	if len(headerWords) < 40 || productWords["cacao"] != "cocoa" || placeRanks["prefecture"] != 3 || choiceWords["gender"]["f"] != "woman" {
		t.Error("a vocabulary is missing")
	}
}

// Sheets seldom say of which year their figures are: it is asked for, and the columns are the census's all the same.
func TestSuggestsACensusWhoseYearIsAskedFor(t *testing.T) {
	csv := "Nombre,Socios,Mujeres\nSol,120,50\nLuna,80,41\n"
	m, _ := suggestFor(t, "organization", "PE", writeFile(t, "f.csv", []byte(csv)))
	expectMeaning(t, m, map[string]string{
		"Nombre": "name text", "Socios": "census.members_total text", "Mujeres": "census.members_women text",
	})
	if year, ok := m.Defaults["census.year"]; ok {
		t.Errorf("it is taken for %v", year)
	}
}
