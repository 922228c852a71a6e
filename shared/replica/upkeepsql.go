package replica

import (
	"fmt"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"

	"acopio/shared/clock"
	"acopio/shared/record"
	"acopio/shared/schema"
)

const (
	// daysPerMonth turns shelf lives into days.
	daysPerMonth = 30.4375
	// waitDays is how long an organization waits behind the others after nobody was reached.
	waitDays = 7
	// mostOverdue bounds, in shelf lives, how much being long overdue adds to the need of a call; what was never verified
	// counts as overdue by neverOverdue.
	mostOverdue  = 3
	neverOverdue = 1
)

// upkeepSource is how the schema's tables are read for upkeep.
type upkeepSource struct {
	organization *table
	lives        *table
	owner        map[*table]int    // position of the organization in a child's image
	parts        map[uint16]string // of an organization's fields
	// SQL that makes the upkeep of one organization (?2 is its row) or of the first ?2 stale ones, and that makes the
	// scores of a network's (?2) anew, or those of another day; ?1 is today.
	deriveOne, deriveStale, scoreNetwork, scoreOld string
}

// upkeepSourceOf is nil for a schema without organizations and verifications.
func upkeepSourceOf(l *layout) *upkeepSource {
	byName := map[string]*table{}
	for _, t := range l.tables {
		byName[t.c.Name] = t
	}
	st := &upkeepSource{organization: byName["organization"], lives: byName["shelf_life"], owner: map[*table]int{}, parts: map[uint16]string{}}
	if st.organization == nil || st.lives == nil {
		return nil
	}
	for _, name := range []string{"verification", "contact", "site", "census", "certification"} {
		t := byName[name]
		if t == nil {
			return nil
		}
		f, _ := t.c.Field(t.c.Parent)
		st.owner[t] = t.value[f.Number]
	}
	for i := range st.organization.c.Fields {
		f := &st.organization.c.Fields[i]
		st.parts[f.Number] = schema.PartOf(f)
	}
	const known = "SELECT * FROM upkeep WHERE "
	st.deriveOne = named(byName, scored(deriveUpkeep+"o.row = ?2"))
	st.deriveStale = named(byName, scored(deriveUpkeep+"o.row IN (SELECT row FROM upkeep_stale ORDER BY row LIMIT ?2)"))
	st.scoreNetwork = named(byName, scored(known+"network = ?2"))
	st.scoreOld = named(byName, scored(known+"day <> ?1"))
	return st
}

// deriveUpkeep reads upkeep, without their scores, from the other tables. {collection} and {collection.field} stand
// for tables and columns. A part was verified when somebody confirmed or changed it, by a verification's own date but
// never later than it was written down; and when somebody edited it: what an import created says nothing of when it was
// true. A census speaks of its year, however late it is entered.
var deriveUpkeep = `SELECT o.row, o.id, o.network, o.{organization.country} AS country,
	latest(edited_day('profile', o.stamps, o.{organization.imported_in}), ` + verified("profile") + `) AS profile,
	latest(edited_day('contacts', o.stamps, o.{organization.imported_in}), ` + verified("contacts") + `, ` + edited("contact") + `) AS contacts,
	latest((SELECT max(min(unixepoch(r.{census.year} || '-12-31'), r.updated_at / 1000)) / 86400 FROM {census} r
		WHERE r.{census.organization} = o.id AND r.deleted = 0), ` + verified("census") + `) AS census,
	latest(` + edited("site") + `, ` + verified("sites") + `) AS sites,
	latest(` + edited("certification") + `, ` + verified("certificates") + `) AS certificates,
	(SELECT max(unixepoch(v.{verification.date})) / 86400 FROM {verification} v
		WHERE v.{verification.organization} = o.id AND v.deleted = 0 AND v.{verification.outcome} = 'unreachable') AS tried,
	c.{census.year} AS year, c.{census.members_total} AS members, c.{census.members_women} AS women, c.{census.members_youth} AS youth,
	c.{census.area_total} AS area
FROM {organization} o LEFT JOIN {census} c ON c.row = (SELECT r.row FROM {census} r WHERE r.{census.organization} = o.id AND r.deleted = 0
	` + latestCensusFirst("r") + ` LIMIT 1)
WHERE o.deleted = 0 AND `

func verified(part string) string {
	return `(SELECT max(min(unixepoch(v.{verification.date}) / 86400, v.updated_at / 86400000 + 1)) FROM {verification} v
		WHERE v.{verification.organization} = o.id AND v.deleted = 0 AND v.{verification.outcome} <> 'unreachable' AND v.{verification.field_group} = '` + part + `')`
}

func edited(child string) string {
	return strings.ReplaceAll(`(SELECT max(r.updated_at) / 86400000 FROM {child} r
		WHERE r.{child.organization} = o.id AND r.deleted = 0 AND (r.version > 1 OR r.{child.imported_in} IS NULL))`, "{child", "{"+child)
}

// scored is the SQL that writes the rows of a query with their scores. Freshness is the share, by weight, of the parts
// that are within their shelf life. The need of a call adds up, by weight, how many shelf lives each part is overdue.
func scored(query string) string {
	var lives, columns, late, fresh, need, weights []string
	for i, u := range schema.Parts() {
		lives = append(lives, fmt.Sprintf("max({shelf_life.months}) FILTER (WHERE {shelf_life.field_group} = '%[1]s') AS months_%[1]s, "+
			"max({shelf_life.weight}) FILTER (WHERE {shelf_life.field_group} = '%[1]s') AS weight_%[1]s", u.Code))
		columns = append(columns, fmt.Sprintf("CAST(coalesce(months_%[1]s, %[2]d) * %[3]v + 0.5 AS INTEGER) AS life_%[1]s, coalesce(weight_%[1]s, %[4]d) AS w_%[1]s",
			u.Code, u.Months, daysPerMonth, u.Weight))
		ok := fmt.Sprintf("coalesce(%[1]s + life_%[1]s >= ?1, 0)", u.Code)
		late = append(late, fmt.Sprintf("%d * (1 - %s)", 1<<i, ok))
		fresh = append(fresh, fmt.Sprintf("w_%s * %s", u.Code, ok))
		need = append(need, fmt.Sprintf("w_%[1]s * CASE WHEN %[1]s IS NULL THEN %[2]d ELSE max(0, min(%[3]d, (?1 - %[1]s - life_%[1]s) * 1.0 / life_%[1]s)) END",
			u.Code, neverOverdue, mostOverdue))
		weights = append(weights, "w_"+u.Code)
	}
	sum := func(terms []string) string { return strings.Join(terms, " + ") }
	return fmt.Sprintf(`WITH lives AS MATERIALIZED (SELECT network AS code, %s FROM {shelf_life} WHERE deleted = 0 GROUP BY network),
		d AS MATERIALIZED (%s)
	INSERT OR REPLACE INTO upkeep
	SELECT row, id, network, country, profile, contacts, census, sites, certificates, tried, year, members, women, youth, area,
		?1, %s, round(100.0 * (%s) / (%s)), (%s) * CASE WHEN tried > ?1 - %d AND tried > coalesce(contacts, 0) THEN 0.01 ELSE 1 END
	FROM (SELECT d.*, %s FROM d LEFT JOIN lives ON code = network)`,
		strings.Join(lives, ", "), query, sum(late), sum(fresh), sum(weights), sum(need), waitDays, strings.Join(columns, ", "))
}

// named puts tables and columns in for the names in braces, and parameters that change nothing about the plan.
func named(byName map[string]*table, sql string) string {
	var pairs []string
	for name, t := range byName {
		pairs = append(pairs, "{"+name+"}", t.name)
		for i := range t.c.Fields {
			f := &t.c.Fields[i]
			pairs = append(pairs, "{"+name+"."+f.Name+"}", t.columnAt(t.value[f.Number]).name)
		}
	}
	// SQLite prepares a statement anew whenever a parameter changes that it compared with constants to choose an index. The
	// plus hides the parameter from that.
	pairs = append(pairs, "?1", "(+?1)", "?2", "(+?2)")
	return strings.NewReplacer(pairs...).Replace(sql)
}

// latest is the SQL function of that name: the greatest of its arguments that are not NULL.
func latest(days ...any) any {
	var most any
	for _, d := range days {
		if n, ok := d.(int64); ok && (most == nil || n > most.(int64)) {
			most = n
		}
	}
	return most
}

// editedDay is the SQL function edited_day(part, stamps, imported_in): the day on which somebody last typed a field of
// the part.
func (st *upkeepSource) editedDay(part string, stamps, importedIn any) any {
	encoded, ok := stamps.([]byte)
	if !ok {
		return nil
	}
	_, byImport := importedIn.(string)
	decoded, err := record.DecodeStamps(encoded)
	if err != nil {
		return nil // a damaged row is found when it is read
	}
	var last clock.Millis
	for n, s := range decoded {
		if st.parts[n] == part && (s.Version > 1 || !byImport) {
			last = max(last, s.Edited)
		}
	}
	if last == 0 {
		return nil
	}
	return int64(last / dayMs)
}

// register gives a connection the functions that deriving needs.
func (st *upkeepSource) register(c *sqlite3.SQLiteConn) error {
	if st == nil {
		return nil
	}
	if err := c.RegisterFunc("latest", latest, true); err != nil {
		return err
	}
	return c.RegisterFunc("edited_day", st.editedDay, true)
}
