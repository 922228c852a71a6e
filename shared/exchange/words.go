package exchange

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"acopio/shared/schema"
)

// productWords are what people call products, besides the labels of the schema: folded, singular or plural, in
// Spanish, Portuguese, French and English.
var productWords = wordTable(map[string]string{
	"coffee":       "cafe, cafes, coffee, arabica, robusta, conilon, cafeto, cafe verde, cafe pergamino, green coffee",
	"cocoa":        "cacao, cacau, cocoa, cacaos, chocolate, cacao en grano, feves de cacao",
	"banana":       "banano, bananos, banana, bananas, banane, bananes, platano, platanos, guineo, plantain, plantains",
	"sugar":        "azucar, acucar, sucre, sugar, cana, cana de azucar, canne a sucre, sugar cane, panela, piloncillo, rapadura, mascabo, muscovado",
	"fruit_juices": "fruta, frutas, jugo, jugos, suco, sucos, fruit, fruits, juice, juices, jus, mango, mangos, mangue, mangues, manga, pina, pinas, ananas, pineapple, pineapples, abacaxi, naranja, naranjas, laranja, orange, oranges, citricos, citrus, agrumes, aguacate, palta, avocado, avocat, abacate, maracuya, maracuja, passion fruit, uva, uvas, grapes, raisin, papaya, papaye, limon, lime, citron, guayaba, goiaba, mora, berries, arandano, fraises",
	"honey":        "miel, mel, honey, apicultura, apiculture, beekeeping, miels",
	"quinoa":       "quinua, quinoa, quinoas, kinua",
	"nuts":         "nueces, nuez, nut, nuts, noix, nozes, castana, castanas, castanha, castanhas, almendra, almendras, almond, mani, cacahuate, cacahuete, peanut, peanuts, groundnut, groundnuts, arachide, arachides, amendoim, maranon, anacardo, anacarde, cajou, caju, cashew, cashews, noix de cajou, karite, shea, macadamia, brazil nut, sacha inchi",
	"spices":       "especias, especiarias, spice, spices, epices, hierbas, ervas, herbs, herbes, te, tea, the, cha, vainilla, vanilla, vanille, baunilha, pimienta, pepper, poivre, pimenta, canela, cinnamon, jengibre, gingembre, ginger, gengibre, curcuma, turmeric, cardamomo, cardamom, achiote, moringa, hibiscus, stevia",
	"cotton":       "algodon, algodao, coton, cotton",
	"vegetables":   "hortalizas, hortalicas, verduras, legumes, vegetables, maraichage, maraicher, maraichers, maraicheres, cultures maraicheres, tomate, tomates, tomato, cebolla, oignon, oignons, onion, piment, chile, aji, papa, papas, batata, potato, pomme de terre, yuca, manioc, mandioca, cassava, igname, yam, gombo",
	"cereals":      "cereales, cereal, cereals, cereais, granos, graos, grains, maiz, milho, mais, maize, corn, arroz, riz, rice, trigo, ble, wheat, sorgo, sorgho, sorghum, mijo, millet, mil, frijol, frijoles, feijao, haricot, haricots, niebe, beans, soja, soya, soybean, soy, sesamo, sesame, gergelim, ajonjoli, amaranto, chia",
	"livestock":    "ganaderia, ganado, pecuaria, elevage, livestock, avicultura, aviculture, avicole, avicoles, poultry, volaille, leche, lait, leite, milk, queso, fromage, carne, viande, meat, porcino, porc, ovino, caprino, bovino, apacas, alpaca",
	"fish":         "pesca, peche, pesqueria, fish, fishing, pescado, poisson, poissons, pisciculture, piscicultura, acuicultura, aquaculture, camaron, crevettes, shrimp",
	"crafts":       "artesania, artesanias, artesanato, artisanat, craft, crafts, handicrafts, textil, textiles, tissage",
})

// genderWords and the like complete the labels of choices that files abbreviate.
var choiceWords = map[string]map[string]string{
	"gender": wordTable(map[string]string{"woman": "f, fem, femenino, feminino, feminin, female, mujer, femme, mulher", "man": "masc, masculino, masculin, male, hombre, homme, homem"}),
	"scheme": wordTable(map[string]string{"fairtrade": "flo, comercio justo, fair trade, fairtrade international, max havelaar, commerce equitable", "organic": "organico, bio, biologique, organica, usda, ecologico", "spp": "simbolo de pequenos productores, spp global", "rainforest": "ra, utz, rainforest"}),
	"type":   wordTable(map[string]string{"small_producers": "spo, opp, small producer organization, organizacion de pequenos productores, pequenos productores, opp fairtrade", "hired_labor": "hlo, hired labour, plantation, plantacion, trabajo contratado", "contract_production": "cp, contract production"}),
	"status": wordTable(map[string]string{"active": "activo, activa, actif, ativo, vigente", "inactive": "inactivo, inactif, inativo", "dissolved": "disuelto, dissoute, liquidada"}),
	"grade":  wordTable(map[string]string{"first": "1, 1er grado, primero, base, 1st", "second": "2, 2do grado, segundo, union, 2nd", "third": "3, 3er grado, tercero, federacion, 3rd"}),
}

func wordTable(lists map[string]string) map[string]string {
	out := map[string]string{}
	for code, words := range lists {
		for _, w := range strings.Split(words, ",") {
			out[strings.TrimSpace(w)] = code
		}
	}
	return out
}

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

// countryNames maps the names of countries in the languages of the product, folded, to their codes.
var countryNames = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	namers := []display.Namer{
		display.Regions(language.French), display.Regions(language.Portuguese),
		display.Regions(language.English), display.Regions(language.LatinAmericanSpanish), display.Regions(language.Spanish),
	}
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
	for name, code := range map[string]string{"eeuu": "US", "ee uu": "US", "usa": "US", "rep dominicana": "DO", "dominicana": "DO", "ivory coast": "CI", "cote d ivoire": "CI", "costa de marfil": "CI", "bolivia": "BO", "venezuela": "VE", "tanzania": "TZ", "vietnam": "VN", "congo": "CG", "rdc": "CD", "drc": "CD"} {
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
