package intake

import (
	"context"
	"slices"
	"strings"

	"acopio/shared/clock"
	"acopio/shared/exchange"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// Remembered is an earlier import whose file had the same columns: people map a kind of file once.
type Remembered struct {
	File string       `json:"file"`
	At   clock.Millis `json:"at"`
}

// maxRemembered is how many imports are looked through, newest first.
const maxRemembered = 200

// remembered finds the mapping of the latest import of a file with the same columns, by whoever; ok is false if there
// was none. Where the rows begin is the file's own.
func remembered(ctx context.Context, rep *replica.Replica, o Order, d exchange.Description) (m exchange.Mapping, from Remembered, ok bool, err error) {
	c, err := rep.Schema().Collection(batchCollection)
	if err != nil {
		return m, from, false, err
	}
	found, err := rep.Query(ctx, replica.Query{
		Collection: batchCollection, Networks: []string{o.Network}, Limit: maxRemembered,
		Sort: []replica.Order{{Field: "created_at", Descending: true}},
	})
	if err != nil {
		return m, from, false, err
	}
	for _, row := range found.Rows {
		values := row.Record.Named(c)
		text, _ := values["mapping"].(string)
		if values["collection"] != o.Collection || text == "" {
			continue
		}
		m, err := exchange.ParseMapping([]byte(text))
		if err != nil || !sameColumns(m, d) || !usable(rep.Schema(), o.Collection, m) {
			continue // of another kind of file, or of a build that mapped otherwise
		}
		m.Sheet, m.HeaderRow = d.Sheet, d.HeaderRow
		from.File = record.Text(values["file"])
		at, _ := values["created_at"].(int64)
		from.At = clock.Millis(at)
		return m, from, true, nil
	}
	return m, from, false, nil
}

// sameColumns reports whether a mapping is of a file with just these columns, in any order.
func sameColumns(m exchange.Mapping, d exchange.Description) bool {
	var mapped, there []string
	for _, c := range m.Columns {
		mapped = append(mapped, c.Column)
	}
	for _, c := range d.Columns {
		there = append(there, c.Name)
	}
	slices.Sort(mapped)
	slices.Sort(there)
	return slices.Equal(mapped, there)
}

// usable reports whether every target of a mapping is still a field.
func usable(s *schema.Schema, collection string, m exchange.Mapping) bool {
	for _, col := range m.Columns {
		in, name := collection, col.To
		if child, field, ok := strings.Cut(col.To, "."); ok {
			in, name = child, field
		}
		if name == "" || name == exchange.MatchID {
			continue
		}
		c, err := s.Collection(in)
		if err != nil {
			return false
		}
		if _, ok := c.Field(name); !ok {
			return false
		}
	}
	return true
}
