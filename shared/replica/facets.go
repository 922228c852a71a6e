package replica

import (
	"context"
	"database/sql/driver"
	"sort"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Facet is a value and how many of the selected rows have it.
type Facet struct {
	Value string
	Count int
}

// maxFacets bounds the values that Facets lists.
const maxFacets = 1000

// Facets counts the selected rows by a field's value, the most frequent first; a set counts for each member. Texts that
// differ only in case and accents are one value, shown in one of its spellings. Rows without a value are not counted.
func (r *Replica) Facets(ctx context.Context, q Query, field string) ([]Facet, error) {
	t, err := r.table(q.Collection)
	if err != nil {
		return nil, err
	}
	f, ok := t.c.Field(field)
	derived, isDerived := t.c.DerivedField(field)
	if !ok && !isDerived {
		return nil, fault.New(fault.UnknownField, "collection", t.c.Name, "field", field)
	}
	var out []Facet
	err = r.view(ctx, func(rd *reader) error {
		s, err := r.selection(rd, q)
		if err != nil || s.empty() {
			return err
		}
		if isDerived {
			out, err = s.facetsDerived(derived)
		} else {
			out, err = s.facets(f)
		}
		return err
	})
	sort.SliceStable(out, func(i, j int) bool { return out[i].Count > out[j].Count })
	return out, err
}

func (s *selection) facets(f *schema.Field) ([]Facet, error) {
	total, err := s.count()
	if err != nil || total == 0 {
		return nil, err
	}
	if total > fewRows && filterToken(f) && !s.q.Deleted && len(s.plain) == 0 {
		values, err := s.values(f)
		if err != nil {
			return nil, err
		}
		if values != nil {
			return s.facetsByToken(f, values)
		}
	}
	return s.facetsByRow(f)
}

// facetsDerived asks for the derived field of each row.
func (s *selection) facetsDerived(f *schema.Field) ([]Facet, error) {
	from, c := "FROM "+s.t.name, &clause{}
	if s.match != "" {
		from, c = s.fromMatches()
	} else {
		s.scope(c)
		s.conditions(c)
	}
	var out []Facet
	query := "SELECT v, count(*) AS n FROM (SELECT " + s.t.derivedSQL(f.Name, s.day) + " AS v " + from + " WHERE " + c.String() + ") WHERE v IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT ?"
	err := s.rd.each(query, append(c.args, int64(maxFacets)), func(row []driver.Value) error {
		out = append(out, Facet{Value: record.Text(load(f, row[0])), Count: int(row[1].(int64))})
		return nil
	})
	return out, err
}

// facetsByRow groups the rows themselves, or the field's index when nothing else is asked.
func (s *selection) facetsByRow(f *schema.Field) ([]Facet, error) {
	col := s.t.columnAt(s.t.value[f.Number]).name
	from, c := "FROM "+s.t.name, &clause{}
	if s.match != "" {
		from, c = s.fromMatches()
	} else {
		s.scope(c)
		s.conditions(c)
	}
	value, group := col, s.t.sortColumn(f)
	if f.Type.IsSet() {
		from, value, group = from+", json_each("+col+") AS member", "member.value", "member.value"
	} else {
		c.add(group + " IS NOT NULL")
		value = "max(row)" // its spelling is looked up once a value: the index has only the key
	}
	query := "SELECT " + value + ", count(*) AS n " + from + " WHERE " + c.String() + " GROUP BY " + group + " ORDER BY n DESC, " + group + " LIMIT ?"
	return s.scanFacets(f, col, query, append(c.args, int64(maxFacets)))
}

func (s *selection) scanFacets(f *schema.Field, col, query string, args []driver.Value) ([]Facet, error) {
	var out []Facet
	var rows []int64
	err := s.rd.each(query, args, func(row []driver.Value) error {
		facet := Facet{Count: int(row[1].(int64))}
		if f.Type.IsSet() {
			facet.Value = row[0].(string)
		} else {
			rows = append(rows, row[0].(int64))
		}
		out = append(out, facet)
		return nil
	})
	if err != nil || f.Type.IsSet() {
		return out, err
	}
	for i, n := range rows {
		err := s.rd.each("SELECT "+col+" FROM "+s.t.name+" WHERE row = ?", []driver.Value{n}, func(row []driver.Value) error {
			out[i].Value = record.Text(load(f, row[0]))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// maxValues bounds the values that are asked for one by one.
const maxValues = 400

// values lists all values that the field has in the table, or can have; nil when they are not known to be few.
func (s *selection) values(f *schema.Field) ([]string, error) {
	if len(f.Options) > 0 {
		out := make([]string, len(f.Options))
		for i, o := range f.Options {
			out[i] = o.Code
		}
		return out, nil
	}
	col := s.t.sortColumn(f)
	if !s.t.hasIndex(col) {
		return nil, nil
	}
	// From each value of the index to the next, not from each entry.
	next := "SELECT min(" + col + ") FROM " + s.t.name + " WHERE deleted=0"
	var out []string
	err := s.rd.each("WITH RECURSIVE v(x) AS ("+next+" UNION ALL SELECT ("+next+" AND "+col+" > x) FROM v WHERE x IS NOT NULL) SELECT x FROM v WHERE x IS NOT NULL LIMIT ?",
		[]driver.Value{int64(maxValues + 1)}, func(row []driver.Value) error {
			out = append(out, row[0].(string))
			return nil
		})
	if len(out) > maxValues {
		out = nil
	}
	return out, err
}

// facetsByToken asks the search index for each value: only to show a text's spelling is a row read.
func (s *selection) facetsByToken(f *schema.Field, values []string) ([]Facet, error) {
	var out []Facet
	col, key := s.t.columnAt(s.t.value[f.Number]).name, s.t.sortColumn(f)
	for _, v := range values {
		n, err := s.countMatches(s.matchQuery(tokenOf(f, v)))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		if key != col {
			err := s.rd.each("SELECT "+col+" FROM "+s.t.name+" WHERE deleted=0 AND "+key+" = ? LIMIT 1", []driver.Value{v}, func(row []driver.Value) error {
				v = record.Text(row[0])
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
		out = append(out, Facet{Value: v, Count: n})
	}
	return out, nil
}
