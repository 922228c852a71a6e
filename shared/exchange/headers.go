package exchange

import (
	"strings"
	"unicode"

	"acopio/shared/schema"
)

// headerWords are what people call columns, besides the names and labels of the schema: folded, in Spanish,
// Portuguese, French and English. A word after = counts only when it is the whole header.
var headerWords = map[string]string{
	"name":                     "cooperative nom, nom cooperative, nombre organizacion, nombre de la organizacion, nombre cooperativa, razon social, raison sociale, nome da organizacao, organization name, denominacion, =organizacion, =cooperativa, =cooperative, =asociacion, =opp, =spo, =productor, =nom, =nombre, =name, =nome, =organization, =organisation",
	"acronym":                  "sigla, siglas, acronimo, sigle, acronym, abreviatura, nombre corto",
	"aliases":                  "otros nombres, alias, nombre comercial, autres noms, other names, aka",
	"flo_id":                   "flo, flo id, floid, id flo, codigo flo, fairtrade id, flocert id, flocert, fto",
	"type":                     "tipo de organizacion, type d organisation, organization type, producer setup, =tipo, =type",
	"grade":                    "grado, degre, nivel organizativo",
	"legal_form":               "forma juridica, tipo de cooperativa, type de cooperative, cooperative type, forme juridique, legal form, figura legal, personeria juridica, tipo de sociedad",
	"tax_id":                   "ruc, rut, nit, rfc, cnpj, rtn, cuit, rnc, identificacion fiscal, tax id, numero fiscal, nif",
	"founded":                  "fundacion, fundada, ano de fundacion, constitucion, fecha de constitucion, annee de creation, founded, ano fundacao",
	"country":                  "pais, pays, country, country code, codigo pais, iso2",
	"products":                 "producto, productos, product, products, produit, produits, produto, produtos, cultivo, cultivos, rubro, rubros, filiere, filieres, culture, cultures, crops, speculation, actividad productiva",
	"languages":                "idioma, idiomas, langue, langues, lengua, language",
	"website":                  "web, sitio web, pagina web, site web, website, url",
	"notes":                    "notas, nota, observaciones, observacion, comentarios, comentario, remarques, observations, comments, notes, observacoes, obs",
	"address":                  "direccion, adresse, domicilio, endereco, address",
	"phones":                   "telefono, telefonos, tel, telf, telephone, phone, phones, telefone, celular, celulares, movil, whatsapp, fono, gsm",
	"emails":                   "correo, correos, correo electronico, e mail, email, emails, mail, courriel",
	"status":                   "estado actual, situacion, statut, status, situacao, =estado, =estado de la organizacion, activa",
	"tags":                     "etiquetas, tags",
	"parent":                   "organizacion madre, pertenece a, union a la que pertenece, parent organization, organizacion de segundo grado",
	"contact.name":             "contacto, persona de contacto, nombre del contacto, nombre contacto, representante, representante legal, presidente, presidenta, gerente, responsable, personne de contact, contact name, contact person, contato, president, nom du responsable",
	"contact.position":         "cargo, puesto, cargo del contacto, fonction, poste, position",
	"contact.phones":           "telefono contacto, telefono del contacto, celular del contacto, contact phone, telephone du contact, telefono presidente, telefono representante",
	"contact.emails":           "correo contacto, correo del contacto, contact email, email contacto, email del contacto",
	"contact.gender":           "genero, sexo, genre, gender, sexe",
	"site.lat":                 "latitud, latitude, lat, coord y, =y, coordenada y",
	"site.lon":                 "longitud, longitude, lon, lng, long, coord x, =x, coordenada x",
	"certification.scheme":     "sello, certificacion, certificaciones, certification, scheme, label, certificado",
	"certification.status":     "estado del certificado, estado de certificacion, certification status, estado certificacion",
	"certification.valid_to":   "vencimiento, fecha de vencimiento, valido hasta, vigencia, vigente hasta, expiry, expira, valid until, valable jusqu au",
	"certification.valid_from": "valido desde, fecha de certificacion, certificada desde, certified since",
	"certification.certifier":  "certificadora, certificador, certifier, organisme certificateur",
	"census.year":              "ano del censo, ano censo, census year, annee du recensement",
	"census.members_total":     "socios, numero de socios, total socios, socios totales, asociados, miembros, total miembros, familias, productores, members, total members, membres, nombre de membres, effectif, total de socios, n socios, cantidad de socios",
	"census.members_women":     "mujeres, socias, socias mujeres, femmes, women, mulheres, female members, miembros mujeres",
	"census.members_men":       "hombres, socios hombres, hommes, men, homens, male members",
	"census.members_youth":     "jovenes, jeunes, youth, jovens",
	"census.workers_total":     "trabajadores, travailleurs, workers, empleados",
	"census.area_total":        "hectareas, area total, superficie, superficie totale, ha totales, total area, ha, area",
	"census.area_certified":    "area certificada, hectareas certificadas, certified area, superficie certifiee",
	"census.area_organic":      "area organica, hectareas organicas, organic area, superficie biologique",
}

// placeRanks order what people call the divisions of a country, coarsest first. Which of them are the first and the
// second level depends on which of them a file has.
var placeRanks = map[string]int{
	"region": 1, "macro region": 1,
	"departamento": 2, "estado": 2, "departement": 2, "state": 2, "department": 2, "admin1": 2, "adm1": 2,
	"provincia": 3, "province": 3, "prefecture": 3, "prefectura": 3, "cercle": 3,
	"municipio": 4, "municipality": 4, "municipalite": 4, "commune": 4, "comuna": 4, "admin2": 4, "adm2": 4, "county": 4,
	"distrito": 5, "district": 5, "canton": 5, "arrondissement": 5, "parroquia": 5, "corregimiento": 5, "sous prefecture": 5,
	"localidad": 7, "localite": 7, "locality": 7, "localidade": 7, "comunidad": 7, "village": 7, "caserio": 7, "aldea": 7, "vereda": 7,
	"poblado": 7, "centro poblado": 7, "ciudad": 6, "ville": 6, "city": 6, "town": 6, "cidade": 6, "pueblo": 7, "quartier": 8, "barrio": 8,
}

const finestPlaces = 6 // ranks from here on are localities

// fillerWords say nothing about a column.
var fillerWords = wordSet(`de del la el los las le les du des d l da do dos das of the bdd bd db no nro num numero n nom
	nombre name nome libelle code codigo cod id en por par`)

// headerWordsOf cuts a header into folded words: also at underscores and where capitals begin.
func headerWordsOf(header string) []string {
	var b strings.Builder
	var last rune
	for _, r := range header {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return strings.Fields(fold(strings.ReplaceAll(b.String(), "_", " ")))
}

// telling drops the filler words, unless nothing else is left.
func telling(words []string) []string {
	var out []string
	for _, w := range words {
		if !fillerWords[w] {
			out = append(out, w)
		}
	}
	if out == nil {
		return words
	}
	return out
}

// placeRank is the rank of a column that holds a division of the country; 0 for others.
func placeRank(header string) int {
	words := telling(headerWordsOf(header))
	for n := min(2, len(words)); n > 0; n-- {
		if rank := placeRanks[strings.Join(words[:n], " ")]; rank > 0 && len(words) <= n+1 {
			return rank
		}
	}
	return 0
}

// header is a column's name cut into words.
type header struct {
	all   []string
	words []string // without fillers
	text  string   // all, joined
	core  string   // words, joined
}

func headerOf(name string) header {
	all := headerWordsOf(name)
	words := telling(all)
	return header{all, words, strings.Join(all, " "), strings.Join(words, " ")}
}

// headerName is one of the names of a target.
type headerName struct {
	header
	whole bool // only counts when it is the whole header
}

func headerNameOf(name string) headerName {
	text, whole := strings.CutPrefix(name, "=")
	return headerName{headerOf(text), whole}
}

// score is how surely a header is one of the names of a target: from 0 to 1.
func (h header) score(names []headerName) float64 {
	best := 0.0
	for _, n := range names {
		switch {
		case n.text == "":
		case n.text == h.text:
			return 1
		case n.core == h.core && !fillerWords[n.words[0]]:
			best = max(best, 0.9)
		case !n.whole && containsAll(h.words, n.words):
			best = max(best, 0.3+0.5*float64(len(n.words))/float64(len(h.words)))
		}
	}
	return best
}

func containsAll(words, part []string) bool {
	for _, p := range part {
		found := false
		for _, w := range words {
			found = found || w == p
		}
		if !found {
			return false
		}
	}
	return len(part) > 0
}

// target is a field that a column may go to.
type target struct {
	to    string
	field *schema.Field
	child *schema.Collection // nil for a field of the record itself
	names []headerName
}

// targetsOf lists the fields of a collection and of its children, with all that they are called.
func targetsOf(s *schema.Schema, c *schema.Collection) []target {
	var out []target
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.System && f.Name != "tags" {
			continue
		}
		known := headerWords[c.Name+"."+f.Name]
		if c.Name == "organization" || f.System {
			known = headerWords[f.Name]
		}
		out = append(out, target{to: f.Name, field: f, names: namesOf(known, "", f)})
	}
	for _, child := range s.Children(c.Name) {
		if child.ServerOwned {
			continue
		}
		for i := range child.Fields {
			f := &child.Fields[i]
			if f.System || f.Name == child.Parent {
				continue
			}
			to := child.Name + "." + f.Name
			t := target{to: to, field: f, child: child}
			for _, of := range []string{child.Name, child.Label.ES, child.Label.EN, child.Label.PT, child.Label.FR} {
				t.names = append(t.names, namesOf(headerWords[to], of+" ", f)...)
			}
			out = append(out, t)
		}
	}
	return out
}

// namesOf are the known words, and the field's name and labels behind a prefix.
func namesOf(known, prefix string, f *schema.Field) []headerName {
	var out []headerName
	for _, w := range strings.Split(known, ",") {
		out = append(out, headerNameOf(strings.TrimSpace(w)))
	}
	for _, name := range []string{f.Name, f.Label.ES, f.Label.EN, f.Label.PT, f.Label.FR} {
		out = append(out, headerNameOf("="+prefix+name))
	}
	return out
}
