package demo

import (
	"hash/fnv"
	"time"

	"acopio/shared/clock"
	"acopio/shared/draft"
)

// ages are how many days before the anchor records without a date of their own were written, at most and at least. Most
// of what is known of an organization is older than it should be: there is somebody to call.
var ages = map[string][2]int{
	"organization": {1100, 20}, "contact": {420, 2}, "site": {1200, 30}, "certification": {600, 5},
}

// written is when a record of the demo was typed: a register has a past.
func (b *book) written(e draft.Edit) clock.Millis {
	at := anchor.AddDate(0, 0, -1100)
	for _, name := range []string{"date", "valid_from"} {
		if text, ok := e.Fields[name].(string); ok && e.Collection != "certification" {
			if day, err := time.Parse(time.DateOnly, text); err == nil {
				at = day
			}
		}
	}
	if year, ok := e.Fields["year"].(int); ok {
		at = time.Date(year+1, time.February, 1, 0, 0, 0, 0, time.UTC)
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(e.ID)) // a hash.Hash never fails
	d := newDraw(b.seed, h.Sum64())
	if age, ok := ages[e.Collection]; ok {
		at = anchor.AddDate(0, 0, -d.between(age[1], age[0]))
	}
	at = at.Add(time.Duration(d.between(8*60, 18*60)) * time.Minute)
	return clock.MillisOf(at)
}
