package exchange

import (
	"acopio/shared/fault"
	"acopio/shared/record"
)

// Report accounts for every row and every column of an import: Rows is the sum of Added, Updated, Unchanged, Skipped
// and Problems.
type Report struct {
	Batch     string         `json:"batch"`
	Rows      int            `json:"rows"`
	Added     int            `json:"added"`
	Updated   int            `json:"updated"`
	Unchanged int            `json:"unchanged"`
	Skipped   int            `json:"skipped"`
	Problems  int            `json:"problems"` // rows that could not be imported
	Warnings  int            `json:"warnings"` // rows that were, with a remark
	Blank     int            `json:"blank"`    // empty rows, not counted above
	Children  map[string]int `json:"children"` // records made or changed with their row's, by collection
	Columns   []ColumnReport `json:"columns"`
	Items     []Item         `json:"items"`     // rows that are not plain, problems first in case of need
	Truncated int            `json:"truncated"` // how many more there are
}

// ColumnReport is what became of one column.
type ColumnReport struct {
	Column string `json:"column"`
	To     string `json:"to"`
	As     As     `json:"as"`
	Used   int    `json:"used"`
	Empty  int    `json:"empty"`
	Note   string `json:"note"`
}

// Outcome is what became of one row.
type Outcome string

// The outcomes.
const (
	Added     Outcome = "add"
	Updated   Outcome = "update"
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

// Localize writes the messages in a language.
func (r *Report) Localize(lang string) {}
