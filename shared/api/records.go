package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
	maxHits      = 20
)

// Filter is what selects records, the same for lists, facets and exports. It is exported because the router library
// reads the parameters of an embedded struct only then.
type Filter struct {
	Collection string   `path:"collection" doc:"a collection's name"`
	Networks   []string `query:"network,explode" maxItems:"200" doc:"network codes; none: all that the person reaches"`
	Search     string   `query:"q" doc:"words to find; accents and case do not matter" maxLength:"500"`
	Where      []string `query:"where,explode" maxItems:"50" doc:"field=value, field>=value, field<=value, field!=value, field~text (anywhere in it); field= for empty ones; all must hold, but of field|=value one for each field. reference.field is a field of the record referred to. Also updated_at, updated_by, state, network, id"`
	Deleted    bool     `query:"deleted" doc:"the deleted ones only"`
	Sort       string   `query:"sort" doc:"field or -field, also updated_at and title; several separated by commas"`
	AsOf       string   `query:"as_of" doc:"a day, YYYY-MM-DD: derived fields are of that day, and values too as far as history is here; conditions on fields go by today's values"`
}

type listInput struct {
	Filter
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Offset int    `query:"offset" minimum:"0"`
	Fields string `query:"fields" doc:"comma list: only these fields"`
}

// RecordPage is a page of a list.
type RecordPage struct {
	Total   int   `json:"total" doc:"how many there are in all"`
	Records []Row `json:"records"`
}

// one names a record.
type one struct {
	Collection string `path:"collection"`
	ID         string `path:"id"`
}

// RelatedRecords are the records that belong to another, by collection.
type RelatedRecords struct {
	Children map[string][]Row `json:"children"`
}

// Facets are the values of a field with how many records have each.
type Facets struct {
	Values []Facet `json:"values"`
}

// Facet is one of them. Records without a value are not counted.
type Facet struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

type facetInput struct {
	Filter
	Field string `query:"field" required:"true"`
}

type findInput struct {
	Search string `query:"q" maxLength:"500"`
}

// Hits are what the palette found.
type Hits struct {
	Hits []Hit `json:"hits"`
}

// Hit is a record that the palette found.
type Hit struct {
	Collection string `json:"collection"`
	ID         string `json:"id"`
	Network    string `json:"network"`
	Title      string `json:"title"`
	Detail     string `json:"detail"`
}

func (s *service) recordRoutes() {
	handle(s, route{http.MethodGet, "/api/records/{collection}", "listRecords", "Records of a collection, filtered and sorted", false}, listRecords)
	handle(s, route{http.MethodGet, "/api/records/{collection}/{id}", "getRecord", "One record", false}, getRecord)
	handle(s, route{http.MethodGet, "/api/records/{collection}/{id}/related", "getRelated", "Records that belong to a record", false}, getRelated)
	handle(s, route{http.MethodGet, "/api/facets/{collection}", "getFacets", "Values of a field, with counts", false}, getFacets)
	handle(s, route{http.MethodGet, "/api/find", "find", "Find anything", false}, find)
}

// query turns a filter into the replica's, refusing what the person may not see or select by.
func (v *visit) query(in Filter) (*schema.Collection, replica.Query, error) {
	c, err := v.sight.collection(in.Collection)
	if err != nil {
		return nil, replica.Query{}, err
	}
	q := replica.Query{Collection: c.Name, Search: strings.TrimSpace(in.Search), Deleted: in.Deleted, AsOf: in.AsOf}
	if q.Networks, err = v.sight.networks(in.Networks); err != nil {
		return nil, q, err
	}
	if q.Search != "" {
		if err := v.sight.searchable(c); err != nil {
			return nil, q, err
		}
	}
	for _, w := range in.Where {
		cond, err := replica.ParseWhere(w)
		if err != nil {
			return nil, q, err
		}
		if err := v.conditional(c, cond.Field); err != nil {
			return nil, q, err
		}
		q.Where = append(q.Where, cond)
	}
	q.Sort, err = v.order(c, in.Sort)
	return c, q, err
}

// conditional refuses a condition on what the person may not filter by, in the record or in one it refers to.
func (v *visit) conditional(c *schema.Collection, name string) error {
	via, rest, through := strings.Cut(name, ".")
	if !through {
		return v.selectable(c, name)
	}
	f, err := v.sight.field(c, via)
	if err != nil {
		return err
	}
	if f.Type != schema.Reference {
		return fault.New(fault.UnknownField, "collection", c.Name, "field", name)
	}
	target, err := v.sight.collection(f.Target)
	if err != nil {
		return err
	}
	return v.selectable(target, rest)
}

// selectable refuses a field that the person may not filter or sort by. Beside fields there is what every row has.
func (v *visit) selectable(c *schema.Collection, name string) error {
	switch name {
	case "updated_at", "updated_by", "state", "network", "id":
		if _, ok := c.Field(name); !ok {
			return nil
		}
	case "title":
		name = c.Title
	}
	if _, ok := c.DerivedField(name); ok {
		return nil // they are made of what everybody may see
	}
	_, err := v.sight.field(c, name)
	return err
}

func (v *visit) order(c *schema.Collection, sort string) ([]replica.Order, error) {
	var out []replica.Order
	for _, name := range commaList(sort) {
		o := replica.Order{Field: strings.TrimPrefix(name, "-"), Descending: strings.HasPrefix(name, "-")}
		if err := v.selectable(c, o.Field); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func commaList(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func listRecords(ctx context.Context, v *visit, in *listInput) (RecordPage, error) {
	c, q, err := v.query(in.Filter)
	if err != nil {
		return RecordPage{}, err
	}
	fields := commaList(in.Fields)
	for _, name := range fields {
		if _, err := v.sight.field(c, name); err != nil {
			return RecordPage{}, err
		}
	}
	q.Limit, q.Offset = in.Limit, in.Offset
	then, err := v.pastOf(c, in.AsOf)
	if err != nil {
		return RecordPage{}, err
	}
	result, err := v.rep.Query(ctx, q)
	if err != nil {
		return RecordPage{}, err
	}
	days, err := v.asOf(ctx, then, result.Rows)
	if err != nil {
		return RecordPage{}, err
	}
	page := RecordPage{Total: result.Total, Records: v.sight.rowsOf(result.Rows, days)}
	if len(fields) > 0 {
		for _, row := range page.Records {
			for name := range row.Fields {
				if !slices.Contains(fields, name) {
					delete(row.Fields, name)
				}
			}
		}
	}
	return page, nil
}

// find reads the record that a request names; one out of sight does not exist.
func (v *visit) find(ctx context.Context, in *one) (*schema.Collection, *replica.Row, error) {
	c, err := v.sight.collection(in.Collection)
	if err != nil {
		return nil, nil, err
	}
	id, err := record.ParseID(in.ID)
	if err != nil {
		return nil, nil, err
	}
	row, err := v.rep.Get(ctx, c.Name, id)
	if err != nil {
		return nil, nil, err
	}
	if row == nil || !v.sight.reaches(row.Record.Network) {
		return nil, nil, fault.New(fault.NotFound, "what", c.Name+" "+in.ID)
	}
	return c, row, nil
}

func getRecord(ctx context.Context, v *visit, in *one) (Row, error) {
	_, row, err := v.find(ctx, in)
	if err != nil {
		return Row{}, err
	}
	out, _ := v.sight.row(*row)
	return out, nil
}

func getRelated(ctx context.Context, v *visit, in *one) (RelatedRecords, error) {
	c, row, err := v.find(ctx, in)
	if err != nil {
		return RelatedRecords{}, err
	}
	children, err := v.rep.Related(ctx, c.Name, row.Record.ID)
	if err != nil {
		return RelatedRecords{}, err
	}
	out := RelatedRecords{Children: map[string][]Row{}}
	for name, rows := range children {
		if v.sight.visible(name) {
			out.Children[name] = v.sight.rows(rows)
		}
	}
	return out, nil
}

func getFacets(ctx context.Context, v *visit, in *facetInput) (Facets, error) {
	c, q, err := v.query(in.Filter)
	if err != nil {
		return Facets{}, err
	}
	if err := v.countable(c, in.Field); err != nil {
		return Facets{}, err
	}
	values, err := v.rep.Facets(ctx, q, in.Field)
	if err != nil {
		return Facets{}, err
	}
	out := Facets{Values: make([]Facet, 0, len(values))}
	for _, f := range values {
		out.Values = append(out.Values, Facet{Value: f.Value, Count: f.Count})
	}
	return out, nil
}

// countable refuses a field whose values the person may not see.
func (v *visit) countable(c *schema.Collection, name string) error {
	if _, ok := c.DerivedField(name); ok {
		return nil
	}
	_, err := v.sight.field(c, name)
	return err
}

func find(ctx context.Context, v *visit, in *findInput) (Hits, error) {
	out := Hits{Hits: []Hit{}}
	text := strings.TrimSpace(in.Search)
	networks, err := v.sight.networks(nil)
	if text == "" || err != nil {
		return out, err
	}
	limit := maxHits
	if !v.sight.sensitive {
		limit *= 10 // some are left out below
	}
	hits, err := v.rep.FindAnything(ctx, text, networks, limit)
	if err != nil {
		return out, err
	}
	for _, h := range hits {
		c, err := v.sight.collection(h.Collection)
		if err != nil || !v.sight.reaches(h.Network) || v.sight.searchable(c) != nil {
			continue
		}
		if len(out.Hits) == maxHits {
			break
		}
		hit := Hit{Collection: h.Collection, ID: h.ID, Network: h.Network, Title: h.Title, Detail: h.Detail}
		if !v.sight.telling(c) {
			hit.Title, hit.Detail = "", ""
		}
		out.Hits = append(out.Hits, hit)
	}
	return out, nil
}
