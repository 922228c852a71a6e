package api

import (
	"context"
	"net/http"
	"sort"
	"time"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// expiryNotice is how far ahead certificates count as expiring.
const expiryNotice = 90 * 24 * time.Hour

// Overview is the state of each network in figures, and what changed lately.
type Overview struct {
	Networks []NetworkOverview `json:"networks"`
	Recent   []Recent          `json:"recent" doc:"newest first, at most 100"`
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
	if err := v.count(ctx, out); err != nil {
		return nil, err
	}
	return out, v.addUp(ctx, out)
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

// count fills in how many records each network has of a kind; the replica remembers such counts.
func (v *visit) count(ctx context.Context, networks []NetworkOverview) error {
	for i := range networks {
		n := &networks[i]
		for _, f := range []struct {
			collection string
			where      []replica.Condition
			into       *int64
		}{
			{"organization", nil, &n.Organizations},
			{"contact", nil, &n.Contacts},
			{"site", nil, &n.Sites},
			{"conflict", []replica.Condition{{Field: "status", Op: "=", Value: "open"}}, &n.Conflicts},
		} {
			if !v.sight.visible(f.collection) {
				continue
			}
			found, err := v.rep.Query(ctx, replica.Query{Collection: f.collection, Networks: []string{n.Code}, Where: f.where, Limit: -1})
			if err != nil {
				return err
			}
			*f.into = int64(found.Total)
		}
	}
	return nil
}

// censusRank puts an organization's own census last among those of a year, as the register's latest census is chosen.
const censusRank = "CASE source WHEN 'organization' THEN '~' ELSE source END"

// What belongs to an organization that was deleted counts no more. Those are few, and an index knows them.
const (
	gone   = "(SELECT unhex(id) FROM v_organization WHERE deleted = 1)"
	living = "organization NOT IN " + gone
)

// Each organization's latest census: SQLite takes the other columns of a max() from the row that has it. In index order
// a group is done when the next begins.
const latestCensus = `SELECT network, coalesce(sum(total), 0), coalesce(sum(women), 0) FROM (
	SELECT network, max(year || ` + censusRank + `), members_total AS total, members_women AS women FROM v_census
	WHERE deleted = 0 AND ` + living + ` GROUP BY organization) GROUP BY network`

const expiring = `SELECT network, count(*) FROM v_certification
	WHERE deleted = 0 AND status = 'certified' AND valid_to BETWEEN ? AND ? AND ` + living + ` GROUP BY network`

// ofGone is how many records of a kind belong to deleted organizations, by network.
func (v *visit) ofGone(ctx context.Context, collection string) (map[string][]int64, error) {
	query := "SELECT network, count(*) FROM v_" + collection + " WHERE deleted = 0 AND organization IN " + gone + " GROUP BY network"
	return v.figures.of(ctx, v.rep, []string{collection, "organization"}, query)
}

// leaveOut takes from the counts what belongs to deleted organizations.
func (v *visit) leaveOut(ctx context.Context, networks []NetworkOverview) error {
	contacts, err := v.ofGone(ctx, "contact")
	if err != nil {
		return err
	}
	sites, err := v.ofGone(ctx, "site")
	if err != nil {
		return err
	}
	for i := range networks {
		n := &networks[i]
		if left := contacts[n.Code]; len(left) > 0 && v.sight.visible("contact") {
			n.Contacts -= left[0]
		}
		if left := sites[n.Code]; len(left) > 0 && v.sight.visible("site") {
			n.Sites -= left[0]
		}
	}
	return nil
}

// addUp fills in what takes a pass over a table.
func (v *visit) addUp(ctx context.Context, networks []NetworkOverview) error {
	if err := v.leaveOut(ctx, networks); err != nil {
		return err
	}
	members, err := v.figures.of(ctx, v.rep, []string{"census", "organization"}, latestCensus)
	if err != nil {
		return err
	}
	now := v.cfg.Clock.Now()
	from, to := now.Format(time.DateOnly), now.Add(expiryNotice).Format(time.DateOnly)
	ending, err := v.figures.of(ctx, v.rep, []string{"certification", "organization"}, expiring, from, to)
	if err != nil {
		return err
	}
	for i := range networks {
		n := &networks[i]
		if sums := members[n.Code]; len(sums) > 0 {
			n.Members, n.Women = sums[0], sums[1]
		}
		if sums := ending[n.Code]; len(sums) > 0 {
			n.Expiring = sums[0]
		}
	}
	return nil
}
