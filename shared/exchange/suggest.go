package exchange

import (
	"regexp"
	"slices"
	"strings"

	"acopio/shared/schema"
)

// usualMarkers are what people write for “no value”.
var usualMarkers = []string{"Nsp", "N/a", "-", "--", "n.a.", "NA", "ND", "n/d", "S/D", "s/i", "#N/A", "null", "none", "ninguno", "ninguna", "sin dato", "sin datos", "no aplica", "ne sait pas", "aucun", "?"}

// Bounds of a suggestion.
const (
	fitSample     = 200 // values of a column that are tried
	maxTagValues  = 200 // a column with more different values is kept as notes rather than as tags
	maxTagText    = 60
	maxWordValues = 200
	leastScore    = 0.5
)

// Suggest proposes a mapping for a described file from the names of its columns and from what is in them. Every
// column of the file is in it.
func Suggest(s *schema.Schema, c *schema.Collection, network string, d Description) Mapping {
	g := &guess{schema: s, collection: c, network: network, d: d, taken: map[string]bool{}}
	g.mapping = Mapping{Empty: []string{}, Match: []string{}, Defaults: map[string]any{}, Sheet: d.Sheet, HeaderRow: d.HeaderRow}
	g.findMarkers()
	for _, col := range d.Columns {
		g.columns = append(g.columns, g.look(col))
	}
	g.takeID()
	g.takeCalculated()
	g.takePoints()
	g.takePlaces()
	g.takeByHeader()
	g.takeByValues()
	g.dropIncomplete()
	g.takeRest()
	g.addDefaults()
	g.addMatches()
	for _, col := range g.columns {
		g.mapping.Columns = append(g.mapping.Columns, col.ColumnMapping)
	}
	return g.mapping
}

// guess is a mapping in the making.
type guess struct {
	schema     *schema.Schema
	collection *schema.Collection
	network    string
	d          Description
	columns    []*guessColumn
	taken      map[string]bool // targets
	mapping    Mapping
}

// guessColumn is a column that is being looked at.
type guessColumn struct {
	ColumnMapping
	Column
	header header
	values []string // without markers
	arrays float64  // share of values that are arrays
	done   bool
	child  *schema.Collection
}

func (g *guess) isMarker(v string) bool {
	return slices.ContainsFunc(g.mapping.Empty, func(m string) bool { return strings.EqualFold(m, v) })
}

// findMarkers keeps the most usual ones, and others where the file has them.
func (g *guess) findMarkers() {
	seen := map[string]bool{}
	for _, c := range g.d.Columns {
		for _, v := range c.values {
			seen[strings.ToLower(v)] = true
		}
	}
	for i, m := range usualMarkers {
		ambiguous := m == "NA" && g.hasValue("NAM") // the code of Namibia among others
		if (i < 3 || seen[strings.ToLower(m)]) && !ambiguous {
			g.mapping.Empty = append(g.mapping.Empty, m)
		}
	}
}

func (g *guess) hasValue(v string) bool {
	return slices.ContainsFunc(g.d.Columns, func(c Column) bool { return slices.Contains(c.values, v) })
}

func (g *guess) look(col Column) *guessColumn {
	out := &guessColumn{Column: col, header: headerOf(col.Name)}
	out.ColumnMapping = ColumnMapping{Column: col.Name}
	arrays := 0
	for _, v := range col.values {
		if g.isMarker(v) {
			continue
		}
		if isArray(v) {
			arrays++
		}
		out.values = append(out.values, v)
	}
	if len(out.values) > 0 {
		out.arrays = float64(arrays) / float64(len(out.values))
	}
	return out
}

// put gives a column its meaning.
func (g *guess) put(col *guessColumn, to string, as As) {
	col.To, col.As, col.done = to, as, true
	if to != "" {
		g.taken[to] = true
	}
}

// takeID finds the column of an export of ours that holds the records' ids.
func (g *guess) takeID() {
	for _, col := range g.columns {
		if col.header.text == "id" && len(col.values) > 0 && share(col.values, schema.IsUUID) == 1 {
			g.put(col, MatchID, AsText)
			return
		}
	}
}

func share(values []string, is func(string) bool) float64 {
	if len(values) == 0 {
		return 0
	}
	n := 0
	tried := values[:min(len(values), fitSample)]
	for _, v := range tried {
		if is(v) {
			n++
		}
	}
	return float64(n) / float64(len(tried))
}

// takePoints finds the column with positions as WKT.
func (g *guess) takePoints() {
	lat := "site.lat"
	if _, ok := g.collection.Field("lat"); ok {
		lat = "lat"
	} else if !slices.ContainsFunc(g.schema.Children(g.collection.Name), func(c *schema.Collection) bool { return c.Name == "site" }) {
		return
	}
	for _, col := range g.columns {
		if !col.done && share(col.values, wktPoint.MatchString) >= 0.8 {
			g.put(col, lat, AsWKTPoint)
			g.taken[strings.Replace(lat, "lat", "lon", 1)] = true
			return
		}
	}
}

// takePlaces gives the divisions of the country, coarsest first, to the levels that the collection has.
func (g *guess) takePlaces() {
	if _, ok := g.collection.Field("admin1"); !ok {
		return
	}
	var coarse []*guessColumn
	var locality *guessColumn
	ranks := map[*guessColumn]int{}
	for _, col := range g.columns {
		rank := placeRank(col.Column.Name)
		if col.done || rank == 0 || col.arrays > 0.2 || share(col.values, isNumeric) > 0.5 || g.isStatus(col) {
			continue
		}
		ranks[col] = rank
		switch {
		case rank < finestPlaces:
			coarse = append(coarse, col)
		case locality == nil || rank == 7 && ranks[locality] != 7:
			locality = col
		}
	}
	slices.SortStableFunc(coarse, func(a, b *guessColumn) int { return ranks[a] - ranks[b] })
	levels := []string{"admin1", "admin2", "locality"}
	if len(coarse) == 1 && ranks[coarse[0]] >= 4 {
		levels = levels[1:]
	}
	if locality != nil {
		g.put(locality, "locality", AsText)
		levels = levels[:len(levels)-1]
	}
	for i, col := range coarse[:min(len(coarse), len(levels))] {
		g.put(col, levels[i], AsText)
	}
}

var numeric = regexp.MustCompile(`^[-+]?[\d.,\s]+$`)

func isNumeric(v string) bool { return numeric.MatchString(v) }

// isStatus tells “estado” the situation from “estado” the state.
func (g *guess) isStatus(col *guessColumn) bool {
	f, ok := g.collection.Field("status")
	return ok && f.Type == schema.Choice && g.fit(col, f) >= 0.6
}

// fit is the share of a column's values that a field can hold.
func (g *guess) fit(col *guessColumn, f *schema.Field) float64 {
	if len(col.values) == 0 {
		return 0
	}
	switch f.Type {
	case schema.Text, schema.LongText:
		if col.arrays > 0.2 {
			return 0
		}
		if f.Name == "name" {
			return 1 - share(col.values, isNumeric)
		}
		return 1
	case schema.Reference:
		return 1 // names and ids are looked up
	case schema.JSON:
		return 0
	case schema.Texts:
		return 1
	}
	r := &reader{field: f, dates: col.dates, empty: g.isMarker, numbers: numberStyle{typed: g.d.Format == XLSX, decimalComma: g.d.Separator == ";"}}
	if len(f.Options) > 0 {
		r.choices = choiceTable(f)
	}
	return share(col.values, func(v string) bool {
		got := r.read(v, g.network)
		return got.value != nil && got.fault == nil && got.left == ""
	})
}

// leastFit is the share that lets a header be believed.
func leastFit(f *schema.Field) float64 {
	switch f.Type {
	case schema.Choices:
		return 0.3
	case schema.Text:
		return 0.5
	default:
		return 0.6
	}
}
