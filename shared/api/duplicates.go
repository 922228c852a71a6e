package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"acopio/shared/duplicate"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// patience is how long a request waits for a search that it began; one that takes longer goes on without it.
const patience = 2 * time.Second

// Duplicates are pairs of organizations that may be the same one.
type Duplicates struct {
	Searching bool            `json:"searching" doc:"a search is under way: ask again in a moment; the pairs are those of the one before"`
	Total     int             `json:"total"`
	Pairs     []DuplicatePair `json:"pairs" doc:"the likeliest first"`
}

// DuplicatePair is one of them.
type DuplicatePair struct {
	Score   float64            `json:"score" doc:"from 0.5 to 1"`
	Reasons []duplicate.Reason `json:"reasons"`
	First   Row                `json:"first"`
	Second  Row                `json:"second"`
}

type duplicatesInput struct {
	Networks []string `query:"network,explode" maxItems:"200" doc:"network codes; none: all that the person reaches"`
	Limit    int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Offset   int      `query:"offset" minimum:"0"`
}

type lookalikeInput struct {
	Network string   `query:"network" required:"true"`
	Name    string   `query:"name" maxLength:"500"`
	FLOID   string   `query:"flo_id" maxLength:"20"`
	Phones  []string `query:"phone,explode" maxItems:"10"`
	Country string   `query:"country" maxLength:"2"`
}

// Lookalikes are organizations that one being typed may already be.
type Lookalikes struct {
	Lookalikes []Lookalike `json:"lookalikes"`
}

// Lookalike is one of them.
type Lookalike struct {
	Score        float64            `json:"score"`
	Reasons      []duplicate.Reason `json:"reasons"`
	Organization Row                `json:"organization"`
}

func (s *service) duplicateRoutes() {
	handle(s, route{http.MethodGet, "/api/duplicates", "listDuplicates", "Organizations that may be the same one", false}, listDuplicates)
	handle(s, route{http.MethodGet, "/api/lookalikes", "listLookalikes", "Organizations that one being typed may be", false}, listLookalikes)
}

// finder searches a replica for duplicates in the background, again when its organizations have changed.
type finder struct {
	mu      sync.Mutex
	rep     *replica.Replica
	cancel  func() // the subscription to rep
	stale   bool
	pairs   []duplicate.Pair
	running chan struct{} // closed when the search under way ends; nil without one
	failed  error
}

func newFinder() *finder { return &finder{cancel: func() {}} }

// find returns the pairs, and whether a search that may change them is still under way.
func (f *finder) find(ctx context.Context, rep *replica.Replica) ([]duplicate.Pair, bool, error) {
	f.mu.Lock()
	f.follow(rep)
	if f.stale && f.running == nil {
		f.stale, f.running = false, make(chan struct{})
		go f.search(context.WithoutCancel(ctx), rep, f.running)
	}
	running := f.running
	f.mu.Unlock()
	searching := false
	if running != nil {
		select {
		case <-running:
		case <-time.After(patience):
			searching = true
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pairs, searching, f.failed
}

// follow listens to the replica there is now; with the lock held.
func (f *finder) follow(rep *replica.Replica) {
	if f.rep == rep {
		return
	}
	f.cancel()
	f.rep, f.pairs, f.stale = rep, nil, true
	f.cancel = rep.Subscribe(func(ch replica.Change) {
		for _, collections := range ch.Networks {
			if slices.Contains(collections, "organization") || slices.Contains(collections, "site") {
				f.mu.Lock()
				f.stale = true
				f.mu.Unlock()
				return
			}
		}
	})
}

func (f *finder) search(ctx context.Context, rep *replica.Replica, done chan struct{}) {
	var pairs []duplicate.Pair
	all, err := organizationsOf(ctx, rep)
	if err == nil {
		pairs, err = duplicate.Find(ctx, all)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running = nil
	if f.rep == rep {
		f.pairs, f.failed = pairs, err
		f.stale = f.stale || err != nil
	}
	close(done)
}

// organizationsOf reads what is compared of every living organization. Its first site is the one entered first: ids grow with time.
func organizationsOf(ctx context.Context, rep *replica.Replica) ([]duplicate.Organization, error) {
	rows, err := rep.QueryRaw(ctx, `SELECT o.id, o.network, coalesce(o.name, ''), coalesce(o.acronym, ''), coalesce(o.aliases, '[]'),
		coalesce(o.flo_id, ''), coalesce(o.tax_id, ''), coalesce(o.phones, '[]'), coalesce(o.emails, '[]'), coalesce(o.country, ''),
		coalesce(o.admin1, ''), coalesce(o.admin2, ''), coalesce(o.locality, ''), coalesce(s.lat, 0), coalesce(s.lon, 0), s.lat IS NOT NULL
		FROM v_organization o
		LEFT JOIN (SELECT organization, min(id), lat, lon FROM v_site WHERE deleted = 0 AND lat IS NOT NULL AND lon IS NOT NULL GROUP BY organization) s
			ON s.organization = unhex(o.id)
		WHERE o.deleted = 0`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // read to its end below
	var out []duplicate.Organization
	for rows.Next() {
		var o duplicate.Organization
		var id, aliases, phones, emails string
		err := rows.Scan(&id, &o.Network, &o.Name, &o.Acronym, &aliases, &o.FLOID, &o.TaxID, &phones, &emails, &o.Country, &o.Admin1, &o.Admin2, &o.Locality,
			&o.Lat, &o.Lon, &o.Positioned)
		if err != nil {
			return nil, err
		}
		o.ID = hyphened(id)
		if err := errors.Join(members(aliases, &o.Aliases), members(phones, &o.Phones), members(emails, &o.Emails)); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// hyphened writes 32 digits as an id.
func hyphened(hex string) string {
	if len(hex) != 32 {
		return hex
	}
	return strings.Join([]string{hex[:8], hex[8:12], hex[12:16], hex[16:20], hex[20:]}, "-")
}

// members reads a column that holds a set.
func members(text string, into *[]string) error {
	if text == "[]" {
		return nil
	}
	return decode([]byte(text), into)
}

func listDuplicates(ctx context.Context, v *visit, in *duplicatesInput) (Duplicates, error) {
	out := Duplicates{Pairs: []DuplicatePair{}}
	networks, err := v.sight.networks(in.Networks)
	if err != nil {
		return out, err
	}
	pairs, searching, err := v.finder.find(ctx, v.rep)
	if err != nil {
		return out, err
	}
	out.Searching = searching
	apart, err := distinctPairs(ctx, v.rep)
	if err != nil {
		return out, err
	}
	for _, p := range pairs {
		if networks != nil && !slices.Contains(networks, p.Network) || apart[p.First+p.Second] {
			continue
		}
		out.Total++
		if out.Total <= in.Offset || len(out.Pairs) >= in.Limit {
			continue
		}
		first, ok1 := v.organization(ctx, p.First)
		second, ok2 := v.organization(ctx, p.Second)
		if ok1 && ok2 {
			out.Pairs = append(out.Pairs, DuplicatePair{Score: p.Score, Reasons: p.Reasons, First: first, Second: second})
		} else {
			out.Total-- // one of them is gone since
		}
	}
	return out, nil
}

// distinctPairs are the pairs of which somebody said that they are two.
func distinctPairs(ctx context.Context, rep *replica.Replica) (map[string]bool, error) {
	out := map[string]bool{}
	c, err := rep.Schema().Collection("distinct_pair")
	if err != nil {
		return nil, err
	}
	err = rep.Each(ctx, replica.Query{Collection: c.Name}, func(r replica.Row) error {
		fields := r.Record.Named(c)
		first, second := record.Text(fields["first"]), record.Text(fields["second"])
		out[first+second], out[second+first] = true, true
		return nil
	})
	return out, err
}

// organization is a living one that the person may see.
func (v *visit) organization(ctx context.Context, text string) (Row, bool) {
	id, err := record.ParseID(text)
	if err != nil {
		return Row{}, false
	}
	row, err := v.rep.Get(ctx, "organization", id)
	if err != nil || row.Record.Deleted {
		return Row{}, false
	}
	return v.sight.row(*row)
}

func listLookalikes(ctx context.Context, v *visit, in *lookalikeInput) (Lookalikes, error) {
	out := Lookalikes{Lookalikes: []Lookalike{}}
	if !v.sight.reaches(in.Network) {
		return out, fault.New(fault.UnknownNetwork, "network", in.Network)
	}
	rows, err := v.candidates(ctx, in)
	if err != nil {
		return out, err
	}
	byID := map[string]replica.Row{}
	var all []duplicate.Organization
	for _, r := range rows {
		o := organizationOf(v, r)
		if _, again := byID[o.ID]; !again {
			byID[o.ID] = r
			all = append(all, o)
		}
	}
	typed := duplicate.Organization{Network: in.Network, Name: in.Name, FLOID: strings.TrimSpace(in.FLOID), Phones: in.Phones, Country: in.Country}
	for _, l := range duplicate.Lookalikes(typed, all) {
		if row, ok := v.sight.row(byID[l.ID]); ok && len(out.Lookalikes) < maxLookalikes {
			out.Lookalikes = append(out.Lookalikes, Lookalike{Score: l.Score, Reasons: l.Reasons, Organization: row})
		}
	}
	return out, nil
}

const (
	maxLookalikes  = 5
	maxCandidates  = 50 // for one word or number
	maxTypedWords  = 6
	leastTypedWord = 3
)

// candidates are the organizations that have a word of the name, the FLO ID or a phone: found by the indexes, so that
// it can be asked for with every key.
func (v *visit) candidates(ctx context.Context, in *lookalikeInput) ([]replica.Row, error) {
	var queries []replica.Query
	for _, w := range duplicate.TellingWords(in.Name) {
		if len(w) >= leastTypedWord && len(queries) < maxTypedWords {
			queries = append(queries, replica.Query{Search: w})
		}
	}
	if in.FLOID != "" {
		queries = append(queries, replica.Query{Where: []replica.Condition{{Field: "flo_id", Op: "=", Value: in.FLOID}}})
	}
	for _, p := range in.Phones {
		queries = append(queries, replica.Query{Where: []replica.Condition{{Field: "phones", Op: "=", Value: p}}})
	}
	var out []replica.Row
	for _, q := range queries {
		q.Collection, q.Networks, q.Limit = "organization", []string{in.Network}, maxCandidates
		found, err := v.rep.Query(ctx, q)
		if err != nil && fault.KindOf(err) == fault.Rejected {
			continue // half a number is none yet
		}
		if err != nil {
			return nil, err
		}
		out = append(out, found.Rows...)
	}
	return out, nil
}

func organizationOf(v *visit, r replica.Row) duplicate.Organization {
	c, _ := v.sight.schema.CollectionByNumber(r.Record.Collection)
	named := r.Record.Named(c)
	text := func(name string) string { s, _ := named[name].(string); return s }
	set := func(name string) []string { s, _ := named[name].([]string); return s }
	return duplicate.Organization{
		ID: r.Record.ID.String(), Network: r.Record.Network, Name: text("name"), Acronym: text("acronym"), Aliases: set("aliases"),
		FLOID: text("flo_id"), TaxID: text("tax_id"), Phones: set("phones"), Emails: set("emails"), Country: text("country"),
		Admin1: text("admin1"), Admin2: text("admin2"), Locality: text("locality"),
	}
}
