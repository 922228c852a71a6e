package inbox

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// memo is what a conflict record keeps of its resolution, as JSON in resolved_value: another value that was chosen,
// and, where the decision changed the record, what it put and what it replaced, so that it can be taken back on any
// device.
type memo struct {
	Chosen   any `json:"chosen,omitempty"`
	Put      any `json:"put,omitempty"`
	Replaced any `json:"replaced,omitempty"`
}

// maxMemoRunes is the length that the field takes.
const maxMemoRunes = 20_000

// encode is the stored form; nil when there is nothing to keep, or too much: such a decision about long texts can
// still be taken back, only the text has to be chosen again.
func (m memo) encode() any {
	b, err := json.Marshal(m)
	if err != nil || string(b) == "{}" || utf8.RuneCount(b) > maxMemoRunes {
		return nil
	}
	return string(b)
}

func (r resolver) memo() memo {
	c, err := r.schema.Collection("conflict")
	if err != nil {
		return memo{}
	}
	var m memo
	d := json.NewDecoder(strings.NewReader(text(r.conflict.Named(c)["resolved_value"])))
	d.UseNumber()
	if d.Decode(&m) != nil {
		return memo{}
	}
	return m
}
