package intake

import (
	"context"
	"io"

	"acopio/shared/exchange"
	"acopio/shared/names"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Export streams the records of a query to a file of a format and counts them. Records that have no position of their
// own are placed, in GeoJSON, at their first site.
func Export(ctx context.Context, rep *replica.Replica, q replica.Query, format exchange.Format, w io.Writer) (n int, err error) {
	c, err := rep.Schema().Collection(q.Collection)
	if err != nil {
		return 0, err
	}
	var o exchange.WriteOptions
	if format == exchange.GeoJSON {
		if o.Position, err = Positions(ctx, rep, q); err != nil {
			return 0, err
		}
	}
	file, err := exchange.NewWriter(format, w, c, o)
	if err != nil {
		return 0, err
	}
	err = rep.Each(ctx, q, func(row replica.Row) error {
		n++
		return file.Write(row.Record, row.Derived)
	})
	if err != nil {
		return 0, err
	}
	return n, file.Close()
}

// Positions places organizations at their first site that has coordinates; nil for collections whose records stand for
// themselves.
func Positions(ctx context.Context, rep *replica.Replica, q replica.Query) (func(*record.Record) (lat, lon float64, ok bool), error) {
	site, err := rep.Schema().Collection("site")
	if err != nil || q.Collection != "organization" {
		return nil, err
	}
	at := map[string][2]float64{}
	err = rep.Each(ctx, replica.Query{Collection: site.Name, Networks: q.Networks}, func(row replica.Row) error {
		values := row.Record.Named(site)
		lat, hasLat := values["lat"].(float64)
		lon, hasLon := values["lon"].(float64)
		owner, _ := values["organization"].(string)
		if _, placed := at[owner]; hasLat && hasLon && !placed {
			at[owner] = [2]float64{lat, lon}
		}
		return nil
	})
	return func(r *record.Record) (lat, lon float64, ok bool) {
		p, ok := at[r.ID.String()]
		return p[0], p[1], ok
	}, err
}

// Called tells what people call the records that those of a query refer to: their title, where no other living record of the
// network has the same one, so that whoever reads the file finds the record again. sees says which collections' titles may be told.
func Called(ctx context.Context, rep *replica.Replica, q replica.Query, sees func(collection string) bool) (func(target, id string) string, error) {
	c, err := rep.Schema().Collection(q.Collection)
	if err != nil {
		return nil, err
	}
	titles := map[string]map[string]string{} // by collection and id
	for i := range c.Fields {
		target := c.Fields[i].Target
		if target == "" || titles[target] != nil || !sees(target) {
			continue
		}
		if titles[target], err = titlesOf(ctx, rep, replica.Query{Collection: target, Networks: q.Networks}); err != nil {
			return nil, err
		}
	}
	return func(target, id string) string { return titles[target][id] }, nil
}

func titlesOf(ctx context.Context, rep *replica.Replica, q replica.Query) (map[string]string, error) {
	titles, holders := map[string]string{}, map[string]string{}
	err := rep.Each(ctx, q, func(row replica.Row) error {
		id := row.Record.ID.String()
		word := row.Record.Network + " " + names.Fold(row.Title)
		if other, taken := holders[word]; taken {
			delete(titles, other)
			return nil
		}
		holders[word] = id
		titles[id] = row.Title
		return nil
	})
	return titles, err
}
