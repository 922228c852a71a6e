package exchange

import (
	"regexp"
	"slices"
	"sort"
	"strings"

	"acopio/shared/schema"
)

// takeByHeader matches the names of columns, surest first.
func (g *guess) takeByHeader() {
	type pair struct {
		col   *guessColumn
		t     target
		score float64
	}
	var pairs []pair
	targets := targetsOf(g.schema, g.collection, g.network)
	for _, col := range g.columns {
		for _, t := range targets {
			if col.done {
				break
			}
			if score := col.header.score(t.names); score >= leastScore {
				pairs = append(pairs, pair{col, t, score})
			}
		}
	}
	sort.SliceStable(pairs, func(i, j int) bool { return pairs[i].score > pairs[j].score })
	for _, p := range pairs {
		if p.col.done || g.taken[p.t.to] || g.fit(p.col, p.t.field) < leastFit(p.t.field) {
			continue
		}
		g.putField(p.col, p.t)
	}
}

func (g *guess) putField(col *guessColumn, t target) {
	as := AsText
	if t.field.Type.IsSet() && (col.arrays > 0 || share(col.values, func(v string) bool { return strings.ContainsAny(v, ";|\n") }) > 0) {
		as = AsArray
	}
	g.put(col, t.to, as)
	col.child = t.child
	if t.field.Type == schema.Choices || t.field.Type == schema.Choice {
		col.ColumnMapping.Values = wordValues(col, t.field)
	}
}

// wordValues lists what the file calls the options of a field, where that is not their code.
func wordValues(col *guessColumn, f *schema.Field) map[string]string {
	table := choiceTable(f)
	r := &reader{field: f, empty: func(string) bool { return false }}
	out := map[string]string{}
	for _, v := range col.values {
		members := []string{v}
		if f.Type.IsSet() {
			members = r.members(v)
		}
		for _, m := range members {
			if code, ok := table[fold(m)]; ok && code != m && len(out) < maxWordValues {
				out[m] = code
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// takeByValues recognizes columns by what is in them.
func (g *guess) takeByValues() {
	looks := []struct {
		to string
		is func(string) bool
	}{
		{"emails", func(v string) bool { return strings.Contains(v, "@") && !strings.HasPrefix(v, "http") }},
		{"website", func(v string) bool { return strings.HasPrefix(v, "http") || strings.HasPrefix(v, "www.") }},
		{"flo_id", regexp.MustCompile(`(?i)^(flo|fto)\b.*\d+$`).MatchString},
		{"phones", regexp.MustCompile(`^\+[\d\s().-]{8,}$`).MatchString},
		{"country", func(v string) bool { return len(v) == 2 && schema.IsCountry(strings.ToUpper(v)) }},
	}
	for _, col := range g.columns {
		for _, l := range looks {
			f, ok := g.collection.Field(l.to)
			if ok && !col.done && !g.taken[l.to] && share(col.values, l.is) >= 0.6 && g.fit(col, f) >= 0.6 {
				g.putField(col, target{to: l.to, field: f})
			}
		}
		f, ok := g.collection.Field("products")
		if ok && !col.done && !g.taken["products"] && len(col.values) <= maxTagValues && g.fit(col, f) >= 0.6 {
			g.putField(col, target{to: "products", field: f})
		}
	}
}

// dropIncomplete takes back the columns of a child that could never stand: half a position, a phone of nobody.
func (g *guess) dropIncomplete() {
	for _, coordinate := range []string{"site.lat", "site.lon", "lat", "lon"} {
		other := strings.NewReplacer("lat", "lon", "lon", "lat").Replace(coordinate)
		if g.taken[coordinate] && !g.taken[other] {
			g.takeBack(func(col *guessColumn) bool { return col.To == coordinate })
		}
	}
	for _, child := range g.schema.Children(g.collection.Name) {
		if !g.complete(child) {
			g.takeBack(func(col *guessColumn) bool { return col.child == child })
		}
	}
}

func (g *guess) takeBack(which func(*guessColumn) bool) {
	for _, col := range g.columns {
		if !which(col) {
			continue
		}
		delete(g.taken, col.To)
		_, field, _ := strings.Cut(col.To, ".")
		col.To, col.As, col.done, col.child, col.ColumnMapping.Values = "", "", false, nil, nil
		if f, ok := g.collection.Field(field); ok && (field == "phones" || field == "emails") && !g.taken[field] {
			g.putField(col, target{to: field, field: f}) // the organization's own, then
		}
	}
}

// complete reports whether the columns and defaults, and the year of a census that a person is asked for, can make a
// record of a child collection.
func (g *guess) complete(child *schema.Collection) bool {
	for i := range child.Fields {
		f := &child.Fields[i]
		if !f.Required || f.Name == child.Parent || child.Name+"."+f.Name == askedFor || g.taken[child.Name+"."+f.Name] {
			continue
		}
		if g.childDefault(child, f) == nil && !slices.ContainsFunc(f.Options, func(o schema.Option) bool { return o.Code == "other" }) {
			return false
		}
	}
	return true
}

// askedFor is what sheets seldom say and whoever imports knows: of which year their figures are.
const askedFor = "census.year"

var yearInHeader = regexp.MustCompile(`\b(19|20)\d\d\b`)

// childDefault is what a field of a child is when no column says it.
func (g *guess) childDefault(child *schema.Collection, f *schema.Field) any {
	switch child.Name + "." + f.Name {
	case "certification.status":
		return "certified"
	case "certification.scheme":
		if g.taken["flo_id"] {
			return "fairtrade"
		}
	case "census.source":
		return "organization"
	case "census.year":
		for _, col := range g.columns {
			if year := yearInHeader.FindString(col.header.text); col.child == child && year != "" {
				return atoi(year)
			}
		}
	}
	return nil
}

// takeRest keeps every other column as tags or notes.
func (g *guess) takeRest() {
	_, hasNotes := g.collection.Field("notes")
	for _, col := range g.columns {
		if col.done {
			continue
		}
		filled := g.d.Rows - col.Empty
		few := col.Distinct <= maxTagValues && col.repeats && (col.Distinct*5 <= filled || col.Distinct <= 3)
		short := !slices.ContainsFunc(col.values, func(v string) bool { return len(v) > maxTagText && !isArray(v) })
		if few && short && share(col.values, isNumeric) < 0.5 || !hasNotes {
			g.put(col, "", AsTag)
		} else {
			g.put(col, "", AsNote)
		}
	}
}

func (g *guess) addDefaults() {
	if f, ok := g.collection.Field("country"); ok && f.Type == schema.Country && !g.taken["country"] && schema.IsCountry(g.network) {
		g.mapping.Defaults["country"] = g.network
	}
	for _, child := range g.schema.Children(g.collection.Name) {
		if !slices.ContainsFunc(g.columns, func(c *guessColumn) bool { return c.child == child }) {
			continue
		}
		for i := range child.Fields {
			to := child.Name + "." + child.Fields[i].Name
			if v := g.childDefault(child, &child.Fields[i]); v != nil && !g.taken[to] {
				g.mapping.Defaults[to] = v
			}
		}
	}
}

var idWords = wordSet("id fid gid uid oid objectid codigo code cod clave key ref referencia reference matricula registro")

// addMatches lists how rows can find their record: also by the column of ids that the file has of its own.
func (g *guess) addMatches() {
	if g.taken[MatchID] {
		g.mapping.Match = append(g.mapping.Match, MatchID)
	}
	if g.taken["flo_id"] {
		g.mapping.Match = append(g.mapping.Match, MatchFLOID)
	}
	for _, col := range g.columns {
		named := slices.ContainsFunc(col.header.all, func(w string) bool { return idWords[w] })
		if named && col.As == AsNote && !col.repeats && col.Empty == 0 && len(col.values) > 1 {
			g.mapping.Match = append(g.mapping.Match, MatchColumn+col.Column.Name)
			break
		}
	}
	g.mapping.Match = append(g.mapping.Match, MatchNamePlace)
}
