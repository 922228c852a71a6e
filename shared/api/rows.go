package api

import (
	"acopio/shared/clock"
)

// Row is a record as lists and forms show it.
type Row struct {
	ID         string         `json:"id"`
	Collection string         `json:"collection"`
	Network    string         `json:"network"`
	Version    uint64         `json:"version" doc:"given by the server; 0 while only this device knows the record"`
	Deleted    bool           `json:"deleted"`
	Title      string         `json:"title"`
	State      string         `json:"state" enum:"clean,pending,conflict,rejected"`
	UpdatedAt  clock.Millis   `json:"updated_at"`
	UpdatedBy  string         `json:"updated_by" doc:"the author's name where known"`
	Fields     map[string]any `json:"fields" doc:"values by field name; an empty field is absent. See the component named after the collection, such as OrganizationFields"`
	Derived    map[string]any `json:"derived,omitempty" doc:"derived fields that have a value"`
	AsOf       *RowDay        `json:"as_of,omitempty" doc:"when asked for as of an earlier day: how far the values are of that day"`
}
