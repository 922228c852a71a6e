package api

import (
	"context"
	"slices"
	"time"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// What a record's values are, when a list is asked for as of a day.
const (
	dayKnown   = "known"   // all of them are of that day
	dayFirst   = "first"   // the record came into the register later: its first values
	dayPartial = "partial" // some changed since, and what they were is not here: those are today's
)

// RowDay says how far a row's values are those of the day asked for.
type RowDay struct {
	Values  string       `json:"values" enum:"known,first,partial"`
	Since   clock.Millis `json:"since,omitempty" doc:"first: when the record came into the register"`
	Unknown []string     `json:"unknown,omitempty" doc:"partial: the fields with today's values"`
}

// past takes rows back to the end of a day.
type past struct {
	c   *schema.Collection
	end clock.Millis
}

// pastOf is the end of a day in UTC; nil for today or later, when there is nothing to take back.
func (v *visit) pastOf(c *schema.Collection, day string) (*past, error) {
	if day == "" {
		return nil, nil
	}
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, fault.New(fault.BadDate, "field", "as_of", "got", day)
	}
	end := at.AddDate(0, 0, 1)
	if !end.Before(v.cfg.Clock.Now().UTC()) {
		return nil, nil
	}
	return &past{c: c, end: clock.MillisOf(end) - 1}, nil
}

// asOf gives rows the values they had on the day, as far as their history is here, and says of each how far that is.
func (v *visit) asOf(ctx context.Context, p *past, rows []replica.Row) ([]*RowDay, error) {
	days := make([]*RowDay, len(rows))
	if p == nil || len(rows) == 0 {
		return days, nil
	}
	ids := make([]record.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Record.ID
	}
	histories, err := v.rep.Histories(ctx, p.c.Name, ids)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rec := rows[i].Record.Clone()
		if err := v.withoutPending(ctx, p, rec, rows[i].State); err != nil {
			return nil, err
		}
		days[i] = p.takeBack(rec, histories[rec.ID])
		rows[i].Record = rec
		if f, ok := p.c.Field(p.c.Title); ok {
			rows[i].Title = record.Text(rec.Fields[f.Number])
		}
	}
	return days, nil
}

// withoutPending takes back this device's own edits that the server has not accepted: no entry tells of them.
func (v *visit) withoutPending(ctx context.Context, p *past, rec *record.Record, state replica.State) error {
	if state == replica.Clean || v.cfg.Sync == nil {
		return nil
	}
	edits, err := v.pendingOf(ctx, rec.Key)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(edits) {
		if e.ID != rec.ID.String() || e.At <= p.end || e.Kind == record.Create.String() {
			continue
		}
		for name, change := range e.Changes {
			if f, ok := p.c.Field(name); ok {
				setField(rec, f.Number, change.From)
			}
		}
	}
	return nil
}

// takeBack undoes what the entries after the day did, newest first. A field whose stamp is older than the day needs no
// history: it has not changed since.
func (p *past) takeBack(rec *record.Record, entries []record.Entry) *RowDay {
	oldest := rec.Version + 1 // the oldest version whose entry is here, without a gap from the newest on
	for _, e := range entries {
		if e.Version != oldest-1 && e.Version != oldest {
			break
		}
		oldest = e.Version
		if e.Edited <= p.end {
			continue
		}
		if e.Version == 1 {
			return &RowDay{Values: dayFirst, Since: e.Edited}
		}
		for _, ch := range e.Changes {
			setField(rec, ch.Field, ch.Old)
		}
	}
	if oldest <= 1 {
		return &RowDay{Values: dayKnown}
	}
	return p.partial(rec)
}

// partial finds the fields whose value on the day is not known here.
func (p *past) partial(rec *record.Record) *RowDay {
	day := &RowDay{Values: dayPartial}
	for i := range p.c.Fields {
		f := &p.c.Fields[i]
		if stamp, ok := rec.Stamps[f.Number]; ok && stamp.Edited > p.end {
			day.Unknown = append(day.Unknown, f.Name)
		}
	}
	if len(day.Unknown) == 0 {
		day.Values = dayKnown
	}
	return day
}

func setField(rec *record.Record, number uint16, v schema.Value) {
	switch {
	case number == record.DeletedField:
		rec.Deleted, _ = v.(bool)
	case v == nil:
		delete(rec.Fields, number)
	default:
		rec.Fields[number] = v
	}
}
