package api

import (
	"context"
	"net/http"

	"acopio/shared/atlas"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// maxPlaces bounds the sites that are told about at once.
const maxPlaces = 200

type placesInput struct {
	Filter
	Outside bool `query:"outside" doc:"only those that cannot be in the country that their organization names"`
}

// Places are the positions of the sites of the records that a filter selects, in the order of those: column by column,
// because there may be 100,000.
type Places struct {
	Sites    []string  `json:"sites" doc:"ids"`
	Lat      []float64 `json:"lat"`
	Lon      []float64 `json:"lon"`
	Outside  []int     `json:"outside" doc:"which of them cannot be in the country that their organization names"`
	Unplaced int       `json:"unplaced" doc:"how many more sites have no position"`
}

type siteInput struct {
	IDs []string `query:"id,explode" required:"true" minItems:"1" maxItems:"200" doc:"of sites; those that are not here are left out"`
}

// PlaceList are sites with what a list beside a map says of them.
type PlaceList struct {
	Places []Place `json:"places"`
}

// Place is one of them.
type Place struct {
	Site         Row       `json:"site"`
	Organization string    `json:"organization" doc:"title of the organization"`
	Country      string    `json:"country,omitempty" doc:"of the organization"`
	Outside      *Misplace `json:"outside,omitempty"`
}

// Misplace is why a position cannot be right.
type Misplace struct {
	Country    string   `json:"country" doc:"where the position is; empty at sea"`
	Kilometers float64  `json:"kilometers" doc:"from the country that the organization names"`
	Lat        *float64 `json:"lat,omitempty" doc:"with lon: what was probably meant, where a usual slip explains it"`
	Lon        *float64 `json:"lon,omitempty"`
}

func (s *service) placeRoutes() {
	handle(s, route{http.MethodGet, "/api/places/{collection}", "listPlaces", "Where the sites of records are", false}, listPlaces)
	handle(s, route{http.MethodGet, "/api/sites", "getSites", "Sites, with whose they are and whether they can be there", false}, getSites)
}

// placed are the fields of a site and of its organization that a map needs.
var (
	placed   = []string{"lat", "lon"}
	placedBy = []string{"country"}
)

func listPlaces(ctx context.Context, v *visit, in *placesInput) (Places, error) {
	out := Places{Sites: []string{}, Lat: []float64{}, Lon: []float64{}, Outside: []int{}}
	c, q, err := v.query(in.Filter)
	if err != nil {
		return out, err
	}
	if err := v.seesPlaces(c); err != nil {
		return out, err
	}
	children, err := v.rep.Children(ctx, q, "site", placed, placedBy)
	if err != nil {
		return out, err
	}
	for _, child := range children {
		at, ok := pointOf(child.Values[0], child.Values[1])
		if !ok {
			out.Unplaced++
			continue
		}
		country, _ := child.Parent[0].(string)
		outside := atlas.Judge(country, at).Outside
		if in.Outside && !outside {
			continue
		}
		if outside {
			out.Outside = append(out.Outside, len(out.Sites))
		}
		out.Sites = append(out.Sites, child.ID.String())
		out.Lat, out.Lon = append(out.Lat, at.Lat), append(out.Lon, at.Lon)
	}
	return out, nil
}

// seesPlaces refuses collections that have no sites, and people who may not see where they are.
func (v *visit) seesPlaces(c *schema.Collection) error {
	site, err := v.sight.collection("site")
	if err != nil {
		return err
	}
	if parent, ok := site.Field(site.Parent); !ok || parent.Target != c.Name {
		return fault.New(fault.UnknownCollection, "collection", c.Name)
	}
	for _, name := range placed {
		if _, err := v.sight.field(site, name); err != nil {
			return err
		}
	}
	return nil
}

func pointOf(lat, lon schema.Value) (at atlas.Point, ok bool) {
	a, ok1 := lat.(float64)
	b, ok2 := lon.(float64)
	return atlas.Point{Lat: a, Lon: b}, ok1 && ok2
}

func getSites(ctx context.Context, v *visit, in *siteInput) (PlaceList, error) {
	out := PlaceList{Places: []Place{}}
	c, err := v.sight.collection("site")
	if err != nil {
		return out, err
	}
	if len(in.IDs) > maxPlaces {
		return out, fault.New(fault.BadRequest, "detail", "id: 1 – 200")
	}
	for _, text := range in.IDs {
		id, err := record.ParseID(text)
		if err != nil {
			return out, err
		}
		row, err := v.rep.Get(ctx, c.Name, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return out, err
		}
		place, seen, err := v.place(ctx, *row)
		if err != nil {
			return out, err
		}
		if seen {
			out.Places = append(out.Places, place)
		}
	}
	return out, nil
}

// place is a site as the person sees it; seen is false when it must not be.
func (v *visit) place(ctx context.Context, row replica.Row) (p Place, seen bool, err error) {
	if p.Site, seen = v.sight.row(row); !seen || row.Record.Deleted {
		return p, false, nil
	}
	parent, _ := p.Site.Fields["organization"].(string)
	id, err := record.ParseID(parent)
	if err != nil {
		return p, true, nil // it says no organization: a site all the same
	}
	of, err := v.rep.Get(ctx, "organization", id)
	if fault.Is(err, fault.NotFound) {
		return p, true, nil
	}
	if err != nil {
		return p, false, err
	}
	if org, ok := v.sight.row(*of); ok {
		p.Organization = org.Title
		p.Country, _ = org.Fields["country"].(string)
	}
	if at, ok := pointOf(p.Site.Fields["lat"], p.Site.Fields["lon"]); ok {
		p.Outside = misplaced(p.Country, at)
	}
	return p, true, nil
}

func misplaced(country string, at atlas.Point) *Misplace {
	found := atlas.Judge(country, at)
	if !found.Outside {
		return nil
	}
	out := &Misplace{Country: found.Country, Kilometers: float64(int(found.Kilometers))}
	if m := found.Mended; m != nil {
		out.Lat, out.Lon = &m.Lat, &m.Lon
	}
	return out
}
