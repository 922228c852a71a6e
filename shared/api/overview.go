package api

import (
	"context"
	"net/http"
	"slices"
	"sort"
	"time"

	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

const (
	// expiryNotice is how far ahead certificates count as expiring.
	expiryNotice = 90 * 24 * time.Hour
	maxRecent    = 20
)

// recentCollections are those whose latest changes are news.
var recentCollections = []string{
	"organization", "contact", "site", "census", "certification", "product_year", "mandate", "interaction", "verification", "membership_event",
}

// Overview is the state of each network in figures, and what changed lately.
type Overview struct {
	Networks []NetworkOverview `json:"networks"`
	Recent   []Recent          `json:"recent" doc:"newest first, at most 20"`
}

// NetworkOverview is one network in figures.
type NetworkOverview struct {
	Code          string `json:"code"`
	Name          string `json:"name"`
	Organizations int64  `json:"organizations"`
	Contacts      int64  `json:"contacts" doc:"0 for whoever may not see contacts"`
	Sites         int64  `json:"sites"`
	Members       int64  `json:"members" doc:"from each organization's latest census"`
	Women         int64  `json:"women"`
	Expiring      int64  `json:"expiring" doc:"valid certificates that end within 90 days"`
	Conflicts     int64  `json:"conflicts" doc:"open ones"`
	Seq           uint64 `json:"seq"`
	Checksum      string `json:"checksum"`
	Records       int    `json:"records"`
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
}

func (s *service) overviewRoutes() {
	handle(s, route{http.MethodGet, "/api/overview", "getOverview", "Each network in figures, and what changed lately", false}, getOverview)
}

func getOverview(ctx context.Context, v *visit, _ *none) (Overview, error) {
	networks, err := v.networkOverviews(ctx)
	if err != nil {
		return Overview{}, err
	}
	recent, err := v.recent(ctx)
	return Overview{Networks: networks, Recent: recent}, err
}

func (v *visit) networkOverviews(ctx context.Context) ([]NetworkOverview, error) {
	states, err := v.rep.Networks(ctx)
	if err != nil {
		return nil, err
	}
	out := []NetworkOverview{}
	for _, n := range states {
		if !v.sight.reaches(n.Code) {
			continue
		}
		name, err := v.networkName(ctx, n.Code)
		if err != nil {
			return nil, err
		}
		out = append(out, NetworkOverview{Code: n.Code, Name: name, Seq: n.Seq, Checksum: n.Sums.Of(record.Everything).String(), Records: n.Records})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	for i := range out {
		if err := v.count(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (v *visit) networkName(ctx context.Context, code string) (string, error) {
	row, err := v.rep.Get(ctx, "network", draft.NetworkID(code))
	switch {
	case fault.Is(err, fault.NotFound):
		return code, nil
	case err != nil:
		return "", err
	default:
		return row.Title, nil
	}
}

// count fills in a network's figures.
func (v *visit) count(ctx context.Context, n *NetworkOverview) error {
	now := v.cfg.Clock.Now()
	from, to := now.Format(time.DateOnly), now.Add(expiryNotice).Format(time.DateOnly)
	figures := []struct {
		collection string
		query      string
		args       []any
		into       []any
	}{
		{"organization", `SELECT count(*) FROM v_organization WHERE network = ? AND deleted = 0`, nil, []any{&n.Organizations}},
		{"contact", `SELECT count(*) FROM v_contact WHERE network = ? AND deleted = 0`, nil, []any{&n.Contacts}},
		{"site", `SELECT count(*) FROM v_site WHERE network = ? AND deleted = 0`, nil, []any{&n.Sites}},
		{"census", latestCensus, nil, []any{&n.Members, &n.Women}},
		{
			"certification", `SELECT count(*) FROM v_certification WHERE network = ? AND deleted = 0 AND status = 'certified' AND valid_to BETWEEN ? AND ?`,
			[]any{from, to}, []any{&n.Expiring},
		},
		{"conflict", `SELECT count(*) FROM v_conflict WHERE network = ? AND deleted = 0 AND status = 'open'`, nil, []any{&n.Conflicts}},
	}
	for _, f := range figures {
		if !v.sight.visible(f.collection) {
			continue
		}
		if err := v.scan(ctx, f.query, append([]any{n.Code}, f.args...), f.into); err != nil {
			return err
		}
	}
	return nil
}

// latestCensus adds up each organization's latest census. SQLite takes the other columns of a max() from the row that
// has it.
const latestCensus = `SELECT coalesce(sum(total), 0), coalesce(sum(women), 0) FROM (
	SELECT max(year), members_total AS total, members_women AS women FROM v_census WHERE network = ? AND deleted = 0 GROUP BY organization)`

func (v *visit) scan(ctx context.Context, query string, args, into []any) error {
	rows, err := v.rep.QueryRaw(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // read to its end below
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// recent are the records that changed last, deleted ones too.
func (v *visit) recent(ctx context.Context) ([]Recent, error) {
	networks, err := v.sight.networks(nil)
	if err != nil {
		return nil, err
	}
	rows := []Row{}
	for _, collection := range recentCollections {
		if !v.sight.visible(collection) {
			continue
		}
		for _, deleted := range []bool{false, true} {
			found, err := v.rep.Query(ctx, replica.Query{
				Collection: collection, Networks: networks, Deleted: deleted, Limit: maxRecent,
				Sort: []replica.Order{{Field: "updated_at", Descending: true}},
			})
			if err != nil {
				return nil, err
			}
			rows = append(rows, v.sight.rows(found.Rows)...)
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return int(b.UpdatedAt - a.UpdatedAt) })
	out := []Recent{}
	for _, r := range rows[:min(len(rows), maxRecent)] {
		out = append(out, Recent{
			Collection: r.Collection, ID: r.ID, Network: r.Network, Title: r.Title, By: r.UpdatedBy, At: r.UpdatedAt, Kind: kindOf(r),
		})
	}
	return out, nil
}

func kindOf(r Row) string {
	switch {
	case r.Deleted:
		return "delete"
	case r.Version <= 1:
		return "create"
	default:
		return "update"
	}
}
