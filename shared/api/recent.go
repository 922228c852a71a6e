package api

import (
	"context"
	"slices"
	"strings"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// maxRecent is how many changes are news.
const maxRecent = 100

// recentCollections are those whose changes are news.
var recentCollections = []string{
	"organization", "contact", "site", "census", "certification", "product_year", "mandate", "interaction", "verification", "membership_event",
}

// Recent is a record that changed lately.
type Recent struct {
	Collection string       `json:"collection"`
	ID         string       `json:"id"`
	Network    string       `json:"network"`
	Title      string       `json:"title"`
	By         string       `json:"by"`
	At         clock.Millis `json:"at"`
	Kind       string       `json:"kind" enum:"create,update,delete"`
	Of         string       `json:"of,omitempty" doc:"id of the organization it belongs to, or is"`
	OfTitle    string       `json:"of_title,omitempty"`
}

// candidate is a record that may be news.
type candidate struct {
	collection string
	id         record.ID
	at         int64
}

// recent are the records that changed last, deleted ones too.
func (v *visit) recent(ctx context.Context) ([]Recent, error) {
	networks, err := v.sight.networks(nil)
	if err != nil {
		return nil, err
	}
	var all []candidate
	for _, collection := range recentCollections {
		if !v.sight.visible(collection) {
			continue
		}
		for _, deleted := range []string{"0", "1"} {
			if all, err = v.latest(ctx, all, collection, deleted, networks); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return int(b.at - a.at) })
	out, owners := []Recent{}, map[string]string{}
	for _, c := range all[:min(len(all), maxRecent)] {
		found, err := v.rep.Get(ctx, c.collection, c.id)
		if fault.Is(err, fault.NotFound) {
			continue // gone since
		}
		if err != nil {
			return nil, err
		}
		if r, ok := v.sight.row(*found); ok {
			news := Recent{
				Collection: r.Collection, ID: r.ID, Network: r.Network, Title: r.Title, By: r.UpdatedBy, At: r.UpdatedAt, Kind: kindOf(r),
			}
			news.Of, news.OfTitle = v.owner(ctx, r, owners)
			out = append(out, news)
		}
	}
	return out, nil
}

// owner is the organization that a record belongs to, or is; empty when it is not here.
func (v *visit) owner(ctx context.Context, r Row, known map[string]string) (id, title string) {
	if r.Collection == "organization" {
		return r.ID, r.Title
	}
	id, _ = r.Fields["organization"].(string)
	if title, ok := known[id]; ok {
		return id, title
	}
	parsed, err := record.ParseID(id)
	if err != nil {
		return "", ""
	}
	if found, err := v.rep.Get(ctx, "organization", parsed); err == nil {
		title = found.Title
	}
	known[id] = title
	return id, title
}

// latest adds the ids of a collection's rows that changed last, which its index on time gives without counting.
func (v *visit) latest(ctx context.Context, to []candidate, collection string, deleted string, networks []string) ([]candidate, error) {
	// "deleted" is compared with a literal, so that the partial index serves.
	query, args := "SELECT unhex(id), updated_at FROM v_"+collection+" WHERE deleted = "+deleted, []any{}
	if networks != nil {
		query += " AND network IN (?" + strings.Repeat(", ?", len(networks)-1) + ")"
		for _, n := range networks {
			args = append(args, n)
		}
	}
	rows, err := v.rep.QueryRaw(ctx, query+" ORDER BY updated_at DESC LIMIT ?", append(args, maxRecent)...)
	if err != nil {
		return to, err
	}
	defer func() { _ = rows.Close() }() // read to its end below
	for rows.Next() {
		var id []byte
		c := candidate{collection: collection}
		if err := rows.Scan(&id, &c.at); err != nil {
			return to, err
		}
		copy(c.id[:], id)
		to = append(to, c)
	}
	return to, rows.Err()
}

// kindOf says what was done last to a record. A change that waits here has no version of its own yet.
func kindOf(r Row) string {
	waits := r.State == replica.Pending.String() || r.State == replica.Rejected.String()
	switch {
	case r.Deleted:
		return "delete"
	case r.Version == 0 || r.Version == 1 && !waits:
		return "create"
	default:
		return "update"
	}
}
