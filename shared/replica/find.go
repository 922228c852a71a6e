package replica

import (
	"context"
	"database/sql/driver"
	"sort"
	"strings"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// Hit is something FindAnything found.
type Hit struct{ Collection, Network, ID, Title, Detail string }

// scoredHit is a hit with what it is ranked by: how well it fits, and how much its collection matters.
type scoredHit struct {
	Hit
	fit  int
	rank int
}

// FindAnything looks for records of any collection by words, or by a whole id. Records whose title is or begins with the
// text come first. No networks means all.
func (r *Replica) FindAnything(ctx context.Context, text string, networks []string, limit int) ([]Hit, error) {
	if limit <= 0 || (len(searchWords(text)) == 0) {
		return nil, nil
	}
	var hits []scoredHit
	err := r.view(ctx, func(rd *reader) error {
		for rank, t := range r.layout().tables {
			found, err := r.findIn(rd, t, text, networks, limit)
			if err != nil {
				return err
			}
			for _, row := range found {
				hits = append(hits, r.hit(rd, t, row, rank, text))
			}
		}
		return nil
	})
	sort.SliceStable(hits, func(i, j int) bool {
		a, b := hits[i], hits[j]
		if a.fit != b.fit {
			return a.fit < b.fit
		}
		return a.rank < b.rank
	})
	out := make([]Hit, 0, min(limit, len(hits)))
	for _, h := range hits[:min(limit, len(hits))] {
		out = append(out, h.Hit)
	}
	return out, err
}

func (r *Replica) findIn(rd *reader, t *table, text string, networks []string, limit int) ([]Row, error) {
	q := Query{Collection: t.c.Name, Networks: networks, Search: text}
	if id, err := record.ParseID(strings.TrimSpace(text)); err == nil {
		q.Search, q.Where = "", []Condition{{Field: "id", Op: "=", Value: id.String()}}
	}
	s, err := r.selection(rd, q)
	if err != nil || s.empty() {
		return nil, err
	}
	total, err := s.countFew()
	if err != nil {
		return nil, err
	}
	page, err := s.page(total, limit, 0)
	if err != nil {
		return nil, err
	}
	return r.rows(rd, t, page)
}

func (r *Replica) hit(rd *reader, t *table, row Row, rank int, text string) scoredHit {
	h := scoredHit{rank: rank, fit: 3}
	h.Collection, h.Network, h.ID, h.Title = t.c.Name, row.Record.Network, row.Record.ID.String(), row.Title
	h.Detail = r.detail(rd, t, row)
	title, wanted := fold(row.Title), fold(strings.TrimSpace(text))
	switch {
	case title == wanted:
		h.fit = 0
	case strings.HasPrefix(title, wanted):
		h.fit = 1
	case hasWords(strings.Join(searchWords(text), " "), row.Title):
		h.fit = 2
	}
	return h
}

// detail is a second line that tells a hit from others: the record it belongs to, or its most telling values.
func (r *Replica) detail(rd *reader, t *table, row Row) string {
	if f, ok := t.c.Field(t.c.Parent); ok {
		if parent := r.titleOf(rd, f.Target, row.Record.Fields[f.Number]); parent != "" {
			return parent
		}
	}
	var parts []string
	for i := range t.c.Fields {
		f := &t.c.Fields[i]
		telling := f.Type == schema.Text || f.Type == schema.FLOID || f.Type == schema.Date // a code is no word
		if v := record.Text(row.Record.Fields[f.Number]); f.Grid && telling && f.Name != t.c.Title && v != "" && len(parts) < 3 {
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, " · ")
}

// titleOf is a record's title; empty when it is not here.
func (r *Replica) titleOf(rd *reader, collection string, id schema.Value) string {
	text, _ := id.(string)
	parsed, err := record.ParseID(text)
	t, terr := r.table(collection)
	if err != nil || terr != nil {
		return ""
	}
	f, _ := t.c.Field(t.c.Title)
	title := ""
	// Without its parent's name a hit is still a hit, so an error here is not worth losing it.
	_ = rd.each("SELECT "+t.columnAt(t.value[f.Number]).name+" FROM "+t.name+" WHERE id = ?", []driver.Value{parsed[:]}, func(row []driver.Value) error {
		title = record.Text(load(f, row[0]))
		return nil
	})
	return title
}
