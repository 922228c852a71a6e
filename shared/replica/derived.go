package replica

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// What an organization is by other records of its own (its standing with a body, its last census) is asked of those
// records when it is needed, as of a day: nothing has to be kept in step, and any day can be asked for.

// derivations are the SQL of each derived field, where $D is the day, $T the organization's table, {collection} a table
// and {collection.field} a column.
var derivations = map[string]string{
	schema.MemberNetwork: standing("network"),
	schema.MemberCLAC:    standing("clac"),
	schema.CertifiedUntil: `(SELECT max(d.{certification.valid_to}) FROM {certification} d WHERE d.deleted=0 AND d.{certification.organization} = $T.id
		AND d.{certification.status} = 'certified' AND d.{certification.valid_to} >= $D AND coalesce(d.{certification.valid_from}, '') <= $D)`,
	schema.CensusYear:    counted("year"),
	schema.MembersTotal:  counted("members_total"),
	schema.MembersWomen:  counted("members_women"),
	schema.MembersYouth:  counted("members_youth"),
	schema.AreaTotal:     counted("area_total"),
	schema.AreaCertified: counted("area_certified"),
	schema.AreaOrganic:   counted("area_organic"),
	schema.LastVerified: `(SELECT max(d.{verification.date}) FROM {verification} d WHERE d.deleted=0 AND d.{verification.organization} = $T.id
		AND d.{verification.outcome} <> 'unreachable' AND d.{verification.date} <= $D)`,
	// Today's, whatever the day: shelf lives are not kept as they were.
	schema.Freshness: `(SELECT d.fresh FROM upkeep d WHERE d.row = $T.row)`,
	// An application neither makes a member nor ends one; the other events do, where they change what stood before.
	schema.StandingChange: `(CASE WHEN $T.{membership_event.kind} <> 'applied' THEN
		CASE ($T.{membership_event.kind} IN ('admitted', 'reinstated')) - coalesce((SELECT d.{membership_event.kind} IN ('admitted', 'reinstated')
			FROM {membership_event} d WHERE d.deleted=0 AND d.{membership_event.organization} = $T.{membership_event.organization}
			AND d.{membership_event.body} = $T.{membership_event.body} AND d.{membership_event.kind} <> 'applied'
			AND (d.{membership_event.date}, d.id) < ($T.{membership_event.date}, $T.id)
			ORDER BY d.{membership_event.date} DESC, d.id DESC LIMIT 1), 0)
		WHEN 1 THEN 'joined' WHEN -1 THEN 'left' END END)`,
}

// standing is what the last event of a body made of an organization. Of two events of one day the one noted later
// decides: ids are in the order in which they were made.
func standing(body string) string {
	return `(SELECT CASE d.{membership_event.kind} WHEN 'admitted' THEN 'member' WHEN 'reinstated' THEN 'member' ELSE d.{membership_event.kind} END
		FROM {membership_event} d WHERE d.deleted=0 AND d.{membership_event.organization} = $T.id AND d.{membership_event.body} = '` + body + `'
		AND d.{membership_event.date} <= $D ORDER BY d.{membership_event.date} DESC, d.id DESC LIMIT 1)`
}

// counted is a figure of the latest census. Of several of one year the organization's own comes first.
func counted(field string) string {
	return `(SELECT d.{census.` + field + `} FROM {census} d WHERE d.deleted=0 AND d.{census.organization} = $T.id
		AND d.{census.year} <= CAST($D AS INTEGER) ` + latestCensusFirst("d") + ` LIMIT 1)`
}

// latestCensusFirst orders the censuses of one organization.
func latestCensusFirst(alias string) string {
	return strings.ReplaceAll("ORDER BY $A.{census.year} DESC, $A.{census.source} <> 'organization', $A.{census.source} DESC", "$A", alias)
}

// resolveDerivations puts tables and columns into the derivations that the schema has all parts for.
func (l *layout) resolveDerivations(s *schema.Schema) {
	for _, t := range l.tables {
		t.derived = map[string]string{}
		for i := range t.c.Derived {
			if sql, ok := l.resolve(s, derivations[t.c.Derived[i].Name]); ok {
				t.derived[t.c.Derived[i].Name] = strings.ReplaceAll(sql, "$T", t.name)
			}
		}
	}
	l.addStandingIndex(s)
}

func (l *layout) resolve(s *schema.Schema, sql string) (string, bool) {
	for {
		from := strings.IndexByte(sql, '{')
		if from < 0 {
			return sql, sql != ""
		}
		to := from + strings.IndexByte(sql[from:], '}')
		collection, name, isField := strings.Cut(sql[from+1:to], ".")
		c, err := s.Collection(collection)
		if err != nil {
			return "", false
		}
		t := l.byNumber[c.Number]
		word := t.name
		if isField {
			f, ok := c.Field(name)
			if !ok {
				return "", false
			}
			word = t.columnAt(t.value[f.Number]).name
		}
		sql = sql[:from] + word + sql[to+1:]
	}
}

// addStandingIndex makes an organization's standing one look into an index.
func (l *layout) addStandingIndex(s *schema.Schema) {
	const on = "({membership_event.organization}, {membership_event.body}, {membership_event.date}, id, {membership_event.kind}) WHERE deleted=0 AND {membership_event.organization} IS NOT NULL"
	columns, ok := l.resolve(s, on)
	if !ok {
		return
	}
	c, _ := s.Collection("membership_event") // resolve found it
	t := l.byNumber[c.Number]
	t.indexes[t.name+"_standing"] = "CREATE INDEX " + t.name + "_standing ON " + t.name + " " + columns
}

// derivedSQL is the SQL of a derived field as of a day; empty when there is no such field.
func (t *table) derivedSQL(name, day string) string {
	return strings.ReplaceAll(t.derived[name], "$D", "'"+day+"'")
}

// dayOf checks the day of a query; none stands for today.
func (r *Replica) dayOf(q Query) (string, error) {
	if q.AsOf == "" {
		return r.clock.Now().Format(time.DateOnly), nil
	}
	if _, err := time.Parse(time.DateOnly, q.AsOf); err != nil {
		return "", fault.New(fault.BadDate, "field", "as_of", "got", q.AsOf)
	}
	return q.AsOf, nil
}

// derivedFilter compares a derived field, which no index holds.
func (t *table) derivedFilter(f *schema.Field, c Condition, day string) (filter, error) {
	expr := t.derivedSQL(f.Name, day)
	if expr == "" {
		return filter{}, fault.New(fault.UnknownField, "collection", t.c.Name, "field", f.Name)
	}
	if c.Op == "~" {
		return filter{}, badOp(c)
	}
	v, err := f.Parse(c.Value)
	switch {
	case err != nil:
		return filter{}, err
	case v == nil && c.Op == "=":
		return filter{sql: expr + " IS NULL"}, nil
	case v == nil && c.Op == "!=":
		return filter{sql: expr + " IS NOT NULL"}, nil
	case v == nil:
		return filter{}, badOp(c)
	case c.Op == "!=":
		return filter{sql: expr + " IS NOT ?", args: []driver.Value{store(f, v)}}, nil
	default:
		return filter{sql: expr + " " + c.Op + " ?", args: []driver.Value{store(f, v)}}, nil
	}
}

// derive fills in the derived fields of rows that were read.
func (r *Replica) derive(rd *reader, t *table, rows []Row, day string) error {
	if len(t.derived) == 0 || len(rows) == 0 {
		return nil
	}
	var fields []*schema.Field
	var exprs []string
	for i := range t.c.Derived {
		if expr := t.derivedSQL(t.c.Derived[i].Name, day); expr != "" {
			fields, exprs = append(fields, &t.c.Derived[i]), append(exprs, expr)
		}
	}
	at := make(map[record.ID]int, len(rows))
	ids := make([]string, len(rows))
	for i := range rows {
		at[rows[i].Record.ID] = i
		ids[i] = fmt.Sprintf("%x", rows[i].Record.ID[:])
	}
	query := "SELECT id, " + strings.Join(exprs, ", ") + " FROM " + t.name + " WHERE id IN (SELECT unhex(value) FROM json_each(?))"
	return rd.each(query, []driver.Value{jsonOf(ids)}, func(row []driver.Value) error {
		var id record.ID
		copy(id[:], row[0].([]byte))
		values := map[string]schema.Value{}
		for i, f := range fields {
			if row[i+1] != nil {
				values[f.Name] = load(f, row[i+1])
			}
		}
		rows[at[id]].Derived = values
		return nil
	})
}
