package exchange

import (
	"maps"
	"sort"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Report accounts for every row and every column of an import: Rows is the sum of Added, Updated, Conflicts, Unchanged,
// Skipped and Problems.
type Report struct {
	Batch     string         `json:"batch"`
	Rows      int            `json:"rows"`
	Added     int            `json:"added"`
	Updated   int            `json:"updated"`
	Conflicts int            `json:"conflicts"` // rows of which the register and the workbook changed the same cell
	Unchanged int            `json:"unchanged"`
	Skipped   int            `json:"skipped"`
	Problems  int            `json:"problems"` // rows that could not be imported
	Warnings  int            `json:"warnings"` // rows that were, with a remark
	Blank     int            `json:"blank"`    // empty rows, not counted above
	Children  map[string]int `json:"children"` // records made or changed with their row's, by collection
	Columns   []ColumnReport `json:"columns"`
	Items     []Item         `json:"items"`     // rows that are not plain; problems first in case there are too many
	Truncated int            `json:"truncated"` // how many more there are
}

// ColumnReport is what became of one column: Used and Empty add up to the rows, blank ones apart.
type ColumnReport struct {
	Column string `json:"column"`
	To     string `json:"to"`
	As     As     `json:"as"`
	Used   int    `json:"used"`
	Empty  int    `json:"empty"`
	Note   string `json:"note"`

	why *fault.Error
}

// Outcome is what became of one row.
type Outcome string

// The outcomes.
const (
	Added     Outcome = "add"
	Updated   Outcome = "update"
	Clashed   Outcome = "conflict"
	Unchanged Outcome = "unchanged"
	Skipped   Outcome = "skip"
	Problem   Outcome = "problem"
)

// Item is one row of the report.
type Item struct {
	Row      int                          `json:"row"` // as the spreadsheet numbers it
	Outcome  Outcome                      `json:"outcome"`
	ID       string                       `json:"id"`
	Title    string                       `json:"title"`
	Messages []string                     `json:"messages"`
	Changes  map[string]record.ChangeView `json:"changes,omitempty"`
	Reasons  []*fault.Error               `json:"-"`
}

// localize writes the messages in the language of the request.
func (r *reporter) localize() {
	for i := range r.Items {
		item := &r.Items[i]
		item.Messages = make([]string, 0, len(item.Reasons))
		for _, why := range item.Reasons {
			item.Messages = append(item.Messages, r.say(why))
		}
	}
	for i := range r.Columns {
		if why := r.Columns[i].why; why != nil {
			r.Columns[i].Note = r.say(why)
		}
	}
}

// say is a reason in words, in which fields and kinds of records are called what people call them.
func (r *reporter) say(why *fault.Error) string {
	named := *why
	named.Args = maps.Clone(why.Args)
	kind := why.Args["collection"]
	for _, c := range r.collections {
		if kind != "" && c.Name != kind {
			continue
		}
		f, ok := c.Field(why.Field)
		if ok {
			named.Args["field"] = f.Label.In(r.lang)
		}
		if kind != "" {
			named.Args["collection"] = c.Label.In(r.lang)
		}
		if ok || kind != "" {
			break
		}
	}
	return named.Text(r.lang)
}

// reporter is a report in the making.
type reporter struct {
	Report
	lang        string
	collections []*schema.Collection // of the records that rows make
	limit       int                  // of items; negative: none
	problems    []Item
	others      []Item
}

func (r *reporter) start(req Request, l *layout) {
	r.Batch, r.lang, r.limit = req.Batch.String(), req.Lang, req.Items
	if r.limit == 0 {
		r.limit = MaxItems
	}
	r.Children = map[string]int{}
	r.collections = []*schema.Collection{req.Collection}
	for _, c := range l.children {
		r.Children[c.collection.Name] = 0
		r.collections = append(r.collections, c.collection)
	}
}

// add counts a row, and lists it unless it is plain.
func (r *reporter) add(row *parsedRow, outcome Outcome, id record.ID, title string, changes []change) {
	switch outcome {
	case Added:
		r.Added++
	case Updated:
		r.Updated++
	case Clashed:
		r.Conflicts++
	case Unchanged:
		r.Unchanged++
	case Skipped:
		r.Skipped++
	case Problem:
		r.Problems++
	}
	if len(row.reasons) > 0 && outcome != Problem && outcome != Skipped {
		r.Warnings++
	}
	if len(row.reasons) == 0 && (outcome == Added || outcome == Unchanged) {
		return
	}
	list := &r.others
	if outcome == Problem {
		list = &r.problems
	}
	if r.limit >= 0 && len(*list) >= r.limit {
		r.Truncated++
		return
	}
	item := Item{Row: row.number, Outcome: outcome, Title: title, Reasons: row.reasons, Messages: []string{}}
	if !id.IsZero() {
		item.ID = id.String()
	}
	if len(changes) > 0 {
		item.Changes = map[string]record.ChangeView{}
		for _, ch := range changes {
			item.Changes[ch.field.Name] = record.ChangeView{From: ch.old, To: ch.new}
		}
	}
	*list = append(*list, item)
}

// finish puts the items in order and accounts for the columns.
func (r *reporter) finish(l *layout) {
	if r.limit >= 0 && len(r.problems)+len(r.others) > r.limit {
		room := r.limit - len(r.problems)
		r.Truncated += len(r.others) - room
		r.others = r.others[:room]
	}
	r.Items = append(append([]Item{}, r.problems...), r.others...)
	sort.SliceStable(r.Items, func(i, j int) bool { return r.Items[i].Row < r.Items[j].Row })
	for _, c := range l.columns {
		r.Columns = append(r.Columns, ColumnReport{Column: c.name, To: c.to, As: c.as, Used: c.used, Empty: c.blank, why: c.note})
	}
	r.localize()
}
