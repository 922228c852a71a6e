package replica

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// PartState is how a part of what is known of an organization stands.
type PartState struct {
	Code     string
	Verified string // the day, YYYY-MM-DD; empty: never
	Due      string // the day after which it is out of date; empty: it was never verified
	Fresh    bool
}

// Upkeep is what an organization's other records say about it.
type Upkeep struct {
	ID        record.ID
	Fresh     int     // 0 to 100: the share, by weight, of the parts that are within their shelf life
	Need      float64 // of a call: by weight, how many shelf lives the parts are overdue
	Unreached string  // the day nobody was reached, when that was after its contacts were last verified
	Parts     []PartState
}

// CallQuery selects organizations that need a call.
type CallQuery struct {
	Networks []string // none: all
	Country  string   // empty: any
	Part     string   // only those whose part is out of date; empty: any part
	Limit    int
	Offset   int
}

// Call is an organization that needs one.
type Call struct {
	Row    Row
	Upkeep Upkeep
}

const upkeepColumns = "row, id, network, fresh, need, tried, profile, contacts, census, sites, certificates"

// Calls lists the organizations of which something is out of date, those first that need it most, and how many there
// are.
func (r *Replica) Calls(ctx context.Context, q CallQuery) (total int, calls []Call, err error) {
	if err := r.Freshen(ctx); err != nil {
		return 0, nil, err
	}
	err = r.view(ctx, func(rd *reader) error {
		st := r.layout().upkeep
		if st == nil {
			return nil
		}
		where, args := callsWhere(q)
		var err error
		if total, err = rd.integer("SELECT count(*) FROM upkeep WHERE "+where, args...); err != nil {
			return err
		}
		query := "SELECT " + upkeepColumns + " FROM upkeep WHERE " + where + " ORDER BY need DESC, row LIMIT ? OFFSET ?"
		numbers, found, err := r.readUpkeep(rd, query, append(args, int64(q.Limit), int64(q.Offset))...)
		if err != nil {
			return err
		}
		rows, err := r.rows(rd, st.organization, numbers)
		for _, row := range rows {
			calls = append(calls, Call{Row: row, Upkeep: found[row.Record.ID]})
		}
		return err
	})
	return total, calls, err
}

func callsWhere(q CallQuery) (string, []driver.Value) {
	c := &clause{}
	c.add("need > 0")
	if len(q.Networks) > 0 {
		args := make([]driver.Value, len(q.Networks))
		for i, n := range q.Networks {
			args[i] = n
		}
		c.add("network IN "+inList(len(args)), args...)
	}
	if q.Country != "" {
		c.add("country = ?", q.Country)
	}
	for i, u := range schema.Parts() {
		if u.Code == q.Part {
			c.add(fmt.Sprintf("late & %d", 1<<i))
		}
	}
	return c.String(), c.args
}

// UpkeepOf is one organization's; the zero Upkeep when it is not here.
func (r *Replica) UpkeepOf(ctx context.Context, id record.ID) (Upkeep, error) {
	if err := r.Freshen(ctx); err != nil {
		return Upkeep{}, err
	}
	var out Upkeep
	err := r.view(ctx, func(rd *reader) error {
		_, found, err := r.readUpkeep(rd, "SELECT "+upkeepColumns+" FROM upkeep WHERE id = ?", id[:])
		out = found[id]
		return err
	})
	return out, err
}

func (r *Replica) readUpkeep(rd *reader, query string, args ...driver.Value) ([]int64, map[record.ID]Upkeep, error) {
	lives, err := r.livesByNetwork(rd)
	if err != nil {
		return nil, nil, err
	}
	var numbers []int64
	out := map[record.ID]Upkeep{}
	today := r.today()
	err = rd.each(query, args, func(row []driver.Value) error {
		numbers = append(numbers, row[0].(int64))
		s := Upkeep{ID: record.ID(row[1].([]byte))}
		own := lives[row[2].(string)]
		if own == nil {
			own = schema.Parts()
		}
		fresh, _ := row[3].(int64)
		s.Fresh = int(fresh)
		s.Need, _ = row[4].(float64)
		parts := row[6:]
		if tried, ok := row[5].(int64); ok {
			if contacts, known := parts[1].(int64); !known || tried > contacts {
				s.Unreached = dayText(tried)
			}
		}
		for i, u := range own {
			p := PartState{Code: u.Code}
			if day, ok := parts[i].(int64); ok {
				due := day + lifeDays(u)
				p.Verified, p.Due, p.Fresh = dayText(day), dayText(due), due >= today
			}
			s.Parts = append(s.Parts, p)
		}
		out[s.ID] = s
		return nil
	})
	return numbers, out, err
}

// ShelfLives are those of each network that set any; other networks go by schema.Parts.
func (r *Replica) ShelfLives(ctx context.Context) (map[string][]schema.Part, error) {
	var out map[string][]schema.Part
	err := r.view(ctx, func(rd *reader) (err error) {
		out, err = r.livesByNetwork(rd)
		return err
	})
	return out, err
}

func (r *Replica) livesByNetwork(rd *reader) (map[string][]schema.Part, error) {
	out := map[string][]schema.Part{}
	st := r.layout().upkeep
	if st == nil {
		return out, nil
	}
	query := named(map[string]*table{"shelf_life": st.lives},
		"SELECT network, {shelf_life.field_group}, {shelf_life.months}, {shelf_life.weight} FROM {shelf_life} WHERE deleted = 0")
	err := rd.each(query, nil, func(row []driver.Value) error {
		code := row[0].(string)
		if out[code] == nil {
			out[code] = schema.Parts()
		}
		for i, u := range out[code] {
			if u.Code == row[1] {
				out[code][i].Months = int(row[2].(int64))
				if weight, ok := row[3].(int64); ok {
					out[code][i].Weight = int(weight)
				}
			}
		}
		return nil
	})
	return out, err
}

func dayText(day int64) string { return time.UnixMilli(day * dayMs).UTC().Format(time.DateOnly) }

// lifeDays is a shelf life in days, as the scores count it.
func lifeDays(u schema.Part) int64 { return int64(float64(u.Months)*daysPerMonth + 0.5) }
