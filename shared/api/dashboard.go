package api

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"acopio/shared/schema"
)

// Dashboard is the register in figures.
type Dashboard struct {
	Day        string              `json:"day" doc:"of which the figures are"`
	Adding     bool                `json:"adding" doc:"some figures are being added up anew, and are those from before the last changes: ask again in a moment"`
	Places     []PlaceFigures      `json:"places" doc:"by network and country"`
	Parts      []PartFigures       `json:"parts" doc:"how many organizations are current in each part"`
	Years      []YearFigures       `json:"years" doc:"from the censuses of each year"`
	Membership []MembershipFigures `json:"membership" doc:"members of their network, from dated events"`
	Products   []ProductFigures    `json:"products"`
	Expiring   []MonthFigures      `json:"expiring" doc:"valid certificates by the month in which they end, for a year"`
}

// PlaceFigures are those of a network in a country, from each organization's latest census.
type PlaceFigures struct {
	Network       string  `json:"network"`
	Country       string  `json:"country"`
	Organizations int64   `json:"organizations"`
	Counted       int64   `json:"counted" doc:"organizations with a census"`
	Families      int64   `json:"families"`
	Women         int64   `json:"women"`
	Youth         int64   `json:"youth"`
	Area          float64 `json:"area" doc:"hectares"`
	Freshness     int     `json:"freshness" doc:"0 to 100: the mean of the organizations'"`
	Stale         int64   `json:"stale" doc:"organizations of which something is out of date"`
	Expiring      int64   `json:"expiring" doc:"organizations whose last valid certificate ends within 90 days"`
}

// PartFigures say how many organizations are current in a part.
type PartFigures struct {
	Part          string `json:"part"`
	Fresh         int64  `json:"fresh"`
	Organizations int64  `json:"organizations"`
}

// YearFigures add up the censuses of a year.
type YearFigures struct {
	Year          int     `json:"year"`
	Organizations int64   `json:"organizations" doc:"that have a census of the year"`
	Families      int64   `json:"families"`
	Women         int64   `json:"women"`
	Youth         int64   `json:"youth"`
	Area          float64 `json:"area"`
	Certified     float64 `json:"certified"`
	Organic       float64 `json:"organic"`
}

// MembershipFigures say how many organizations were members at the end of a year.
type MembershipFigures struct {
	Year    int   `json:"year"`
	Joined  int64 `json:"joined"`
	Left    int64 `json:"left" doc:"left, expelled or suspended"`
	Members int64 `json:"members"`
}

// ProductFigures say who grows a product.
type ProductFigures struct {
	Product       string `json:"product"`
	Organizations int64  `json:"organizations"`
	Families      int64  `json:"families"`
}

// MonthFigures count certificates.
type MonthFigures struct {
	Month        string `json:"month" doc:"YYYY-MM"`
	Certificates int64  `json:"certificates"`
}

type dashboardInput struct {
	Networks []string `query:"network,explode" maxItems:"200" doc:"network codes; none: all that the person reaches"`
	Country  string   `query:"country" doc:"two letters"`
}

func (s *service) dashboardRoutes() {
	handle(s, route{http.MethodGet, "/api/dashboard", "getDashboard", "The register in figures", false}, getDashboard)
	s.dashboardFile()
}

// addingPatience is how long a dashboard waits for figures that something changed; those from before do meanwhile.
const addingPatience = 30 * time.Millisecond

func getDashboard(ctx context.Context, v *visit, in *dashboardInput) (Dashboard, error) {
	return dashboardOf(ctx, v, in, time.Now().Add(addingPatience))
}

// dashboardOf makes a dashboard whose figures are current, or those from before when they are not added up by the given moment.
func dashboardOf(ctx context.Context, v *visit, in *dashboardInput, until time.Time) (Dashboard, error) {
	if _, err := v.sight.networks(in.Networks); err != nil {
		return Dashboard{}, err
	}
	if err := v.rep.Freshen(ctx); err != nil {
		return Dashboard{}, err
	}
	now := v.cfg.Clock.Now().UTC()
	b := &board{ctx: ctx, v: v, in: in, now: now, until: until, out: Dashboard{
		Day: now.Format(time.DateOnly), Places: []PlaceFigures{}, Parts: []PartFigures{}, Years: []YearFigures{},
		Membership: []MembershipFigures{}, Products: []ProductFigures{}, Expiring: []MonthFigures{},
	}}
	for _, step := range []func() error{b.places, b.years, b.membership, b.products, b.expiring} {
		if err := step(); err != nil {
			return Dashboard{}, err
		}
	}
	return b.out, nil
}

// board is a dashboard being made.
type board struct {
	ctx   context.Context // of the one request it answers
	v     *visit
	in    *dashboardInput
	now   time.Time
	until time.Time
	out   Dashboard
}

// asked reports whether figures of a network and country are wanted, and the person's to see.
func (b *board) asked(network, country string) bool {
	return b.v.sight.reaches(network) && (len(b.in.Networks) == 0 || slices.Contains(b.in.Networks, network)) &&
		(b.in.Country == "" || b.in.Country == country)
}

func (b *board) grouped(collections []string, query string, args ...any) ([]group, error) {
	rows, current, err := b.v.figures.grouped(b.ctx, b.v.rep, b.until, collections, query, args...)
	b.out.Adding = b.out.Adding || !current
	return rows, err
}

// upkeepCollections are those that an organization's upkeep is made of.
var upkeepCollections = []string{"organization", "census", "certification", "verification", "contact", "site", "shelf_life"}

var placesQuery = func() string {
	query := `SELECT network, coalesce(country, ''), '', count(*), count(year), coalesce(sum(members), 0), coalesce(sum(women), 0),
		coalesce(sum(youth), 0), coalesce(sum(area), 0), coalesce(sum(fresh), 0), sum(need > 0)`
	for i := range schema.Parts() {
		query += ", sum((late & " + strconv.Itoa(1<<i) + ") = 0)"
	}
	return query + " FROM upkeep GROUP BY network, country"
}()

// Organizations that hold a certificate today, by the day the last of those ends: what their derived certified_until says.
const endingQuery = `SELECT u.network, coalesce(u.country, ''), '', count(*)
	FROM (SELECT organization, max(valid_to) AS last FROM v_certification
		WHERE deleted = 0 AND status = 'certified' AND valid_to >= ?1 AND coalesce(valid_from, '') <= ?1 GROUP BY organization) c
	JOIN upkeep u ON u.id = c.organization WHERE c.last <= ?2 GROUP BY u.network, u.country`

func (b *board) places() error {
	today, soon := b.now.Format(time.DateOnly), b.now.Add(expiryNotice).Format(time.DateOnly)
	groups, err := b.grouped(upkeepCollections, placesQuery)
	if err != nil {
		return err
	}
	ending, err := b.grouped([]string{"certification", "organization"}, endingQuery, today, soon)
	if err != nil {
		return err
	}
	type place struct{ network, country string }
	expiring := map[place]int64{}
	for _, g := range ending {
		expiring[place{g.network, g.country}] = int64(g.sums[0])
	}
	parts := make([]PartFigures, len(schema.Parts()))
	for _, g := range groups {
		if !b.asked(g.network, g.country) {
			continue
		}
		n := g.sums
		b.out.Places = append(b.out.Places, PlaceFigures{
			Network: g.network, Country: g.country, Organizations: int64(n[0]), Counted: int64(n[1]), Families: int64(n[2]), Women: int64(n[3]),
			Youth: int64(n[4]), Area: tenths(n[5]), Freshness: int(math.Round(n[6] / n[0])), Stale: int64(n[7]),
			Expiring: expiring[place{g.network, g.country}],
		})
		for i := range parts {
			parts[i].Organizations += int64(n[0])
			parts[i].Fresh += int64(n[8+i])
		}
	}
	for i, p := range schema.Parts() {
		parts[i].Part = p.Code
	}
	b.out.Parts = parts
	return nil
}

// Of several censuses of a year the organization's own comes first, as in its latest one: SQLite takes the other columns
// of a max() from the row that has it.
const yearsQuery = `SELECT c.network, coalesce(u.country, ''), c.year, count(*), coalesce(sum(c.members), 0), coalesce(sum(c.women), 0),
	coalesce(sum(c.youth), 0), coalesce(sum(c.area), 0), coalesce(sum(c.certified), 0), coalesce(sum(c.organic), 0)
	FROM (SELECT network, organization, year, max(` + censusRank + `), members_total AS members, members_women AS women, members_youth AS youth, area_total AS area,
		area_certified AS certified, area_organic AS organic
		FROM v_census WHERE deleted = 0 AND organization IS NOT NULL GROUP BY organization, year) c
	JOIN upkeep u ON u.id = c.organization GROUP BY c.network, u.country, c.year`

func (b *board) years() error {
	groups, err := b.grouped([]string{"census", "organization"}, yearsQuery)
	if err != nil {
		return err
	}
	labels, sums := byLabel(groups, b.asked)
	for _, label := range labels {
		year, err := strconv.Atoi(label)
		if err != nil {
			continue
		}
		n := sums[label]
		b.out.Years = append(b.out.Years, YearFigures{
			Year: year, Organizations: int64(n[0]), Families: int64(n[1]), Women: int64(n[2]), Youth: int64(n[3]),
			Area: tenths(n[4]), Certified: tenths(n[5]), Organic: tenths(n[6]),
		})
	}
	return nil
}

// An application neither makes a member nor ends one; the other events do, where they change what stood before.
const membershipQuery = `SELECT e.network, coalesce(u.country, ''), substr(e.date, 1, 4), sum(e.now > e.before), sum(e.now < e.before)
	FROM (SELECT network, organization, date, kind IN ('admitted', 'reinstated') AS now,
		lag(kind IN ('admitted', 'reinstated'), 1, 0) OVER (PARTITION BY organization ORDER BY date, id) AS before
		FROM v_membership_event WHERE deleted = 0 AND body = 'network' AND kind <> 'applied' AND date <= ?) e
	JOIN upkeep u ON u.id = e.organization GROUP BY e.network, u.country, substr(e.date, 1, 4)`

func (b *board) membership() error {
	groups, err := b.grouped([]string{"membership_event", "organization"}, membershipQuery, b.now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	labels, sums := byLabel(groups, b.asked)
	if len(labels) == 0 {
		return nil
	}
	first, err := strconv.Atoi(labels[0])
	if err != nil {
		return err
	}
	members := int64(0)
	for year := first; year <= b.now.Year(); year++ {
		m := MembershipFigures{Year: year}
		if n, ok := sums[strconv.Itoa(year)]; ok {
			m.Joined, m.Left = int64(n[0]), int64(n[1])
		}
		members += m.Joined - m.Left
		m.Members = members
		b.out.Membership = append(b.out.Membership, m)
	}
	return nil
}

const productsQuery = `SELECT o.network, coalesce(o.country, ''), product.value, count(*), coalesce(sum(u.members), 0)
	FROM v_organization o JOIN upkeep u ON u.row = o.row, json_each(o.products) product
	WHERE o.deleted = 0 GROUP BY o.network, o.country, product.value`

func (b *board) products() error {
	groups, err := b.grouped([]string{"organization", "census"}, productsQuery)
	if err != nil {
		return err
	}
	labels, sums := byLabel(groups, b.asked)
	for _, label := range labels {
		n := sums[label]
		b.out.Products = append(b.out.Products, ProductFigures{Product: label, Organizations: int64(n[0]), Families: int64(n[1])})
	}
	slices.SortStableFunc(b.out.Products, func(x, y ProductFigures) int { return cmp.Compare(y.Organizations, x.Organizations) })
	return nil
}

const expiringQuery = `SELECT c.network, coalesce(u.country, ''), substr(c.valid_to, 1, 7), count(*)
	FROM v_certification c JOIN upkeep u ON u.id = c.organization
	WHERE c.deleted = 0 AND c.status = 'certified' AND c.valid_to BETWEEN ? AND ? GROUP BY c.network, u.country, substr(c.valid_to, 1, 7)`

func (b *board) expiring() error {
	// Whole months, from today to the end of the month a year from now.
	end := time.Date(b.now.Year()+1, b.now.Month(), 1, 0, 0, 0, 0, time.UTC)
	groups, err := b.grouped([]string{"certification", "organization"}, expiringQuery, b.now.Format(time.DateOnly), end.AddDate(0, 0, -1).Format(time.DateOnly))
	if err != nil {
		return err
	}
	_, sums := byLabel(groups, b.asked)
	for month := end.AddDate(-1, 0, 0); month.Before(end); month = month.AddDate(0, 1, 0) {
		m := MonthFigures{Month: month.Format("2006-01")}
		if n, ok := sums[m.Month]; ok {
			m.Certificates = int64(n[0])
		}
		b.out.Expiring = append(b.out.Expiring, m)
	}
	return nil
}

func tenths(x float64) float64 { return math.Round(x*10) / 10 }
