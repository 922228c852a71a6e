package api

//go:generate go test acopio/shared/api -run Contract -update

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"acopio/shared/duplicate"
	"acopio/shared/exchange"
	"acopio/shared/inbox"
	"acopio/shared/intake"
	"acopio/shared/proposal"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Document is the contract as JSON, indented: OpenAPI 3.1 made from the types of this package and from the declared
// schema. It describes both hosts and depends on nothing else, so that the committed copy can be checked for drift.
var Document = sync.OnceValue(func() []byte {
	s := newService(http.NewServeMux(), Config{Sync: struct{ Sync }{}})
	doc := s.huma.OpenAPI()
	doc.Info.Version = "1"
	for _, c := range schema.Registry().Collections() {
		if !c.Unsynced {
			doc.Components.Schemas.Map()[componentName(c.Name)] = fieldsSchema(c)
		}
	}
	for component, properties := range nullable {
		of := doc.Components.Schemas.Map()[component].Properties
		for _, name := range properties {
			of[name] = &huma.Schema{AnyOf: []*huma.Schema{of[name], {Type: "null"}}}
		}
	}
	for path, values := range words {
		component, name, _ := strings.Cut(path, ".")
		doc.Components.Schemas.Map()[component].Properties[name].Enum = values
	}
	compact, err := json.Marshal(doc)
	if err != nil {
		panic(err) // the types are known at compile time
	}
	return indented(compact)
})

// nullable are the objects that may be null: the library cannot say that of a reference.
var nullable = map[string][]string{"Status": {"last_error", "progress", "lease"}, "PendingEdit": {"reason"}, "SyncAttempt": {"reason"}}

// words are the values of strings whose types are declared in packages that know nothing of this contract.
var words = map[string][]any{
	"Collection.write":   roles,
	"Collection.delete":  roles,
	"SchemaField.type":   {"text", "long_text", "integer", "decimal", "boolean", "date", "instant", "choice", "choices", "reference", "country", "countries", "texts", "emails", "phones", "url", "flo_id", "json"},
	"SchemaField.rule":   {"last_writer", "contested", "fixed", "union", "ladder", "prose", "restrictive"},
	"ColumnMapping.as":   {"text", "wkt_point", "array", "tag", "note", "ignore", "calculated"},
	"ColumnReport.as":    {"text", "wkt_point", "array", "tag", "note", "ignore", "calculated"},
	"ReportItem.outcome": {"add", "update", "unchanged", "skip", "problem"},
	"HistoryEntry.kind":  {"create", "update", "delete"},
	// An edit that the server has not accepted is pending, sent or rejected.
	"HistoryEntry.status": {"applied", "merged", "conflict", "rejected", "pending", "sent"},
}

var roles = []any{"viewer", "field", "coordinator", "office", "admin", "nobody"}

func indented(compact []byte) []byte {
	var tree any // sorts members, so that the file does not change from run to run
	if err := json.Unmarshal(compact, &tree); err != nil {
		panic(err) // it was encoded just now
	}
	out, err := json.MarshalIndent(tree, "", "  ")
	if err != nil {
		panic(err)
	}
	return append(out, '\n')
}

// componentNames are the contract's names of types that are called otherwise in their packages.
var componentNames = map[reflect.Type]string{
	reflect.TypeFor[inbox.Item]():            "Conflict",
	reflect.TypeFor[proposal.Item]():         "Proposal",
	reflect.TypeFor[exchange.Item]():         "ReportItem",
	reflect.TypeFor[exchange.Column]():       "FileColumn",
	reflect.TypeFor[record.EntryView]():      "HistoryEntry",
	reflect.TypeFor[record.ChangeView]():     "FieldChange",
	reflect.TypeFor[schema.Field]():          "SchemaField",
	reflect.TypeFor[intake.Kept]():           "KeptRecord",
	reflect.TypeFor[FaultBody]():             "Fault",
	reflect.TypeFor[exchange.Mapping]():      "ImportMapping",
	reflect.TypeFor[exchange.Report]():       "ImportReport",
	reflect.TypeFor[duplicate.Reason]():      "LikenessReason",
	reflect.TypeFor[exchange.ColumnReport](): "ColumnReport",
}

func nameOf(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := componentNames[t]; ok {
		return name
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// document describes an operation whose handler is our own.
func (s *service) document(op huma.Operation) {
	registry := s.huma.OpenAPI().Components.Schemas
	op.Responses["default"] = &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemaFor[FaultBody](registry)},
	}}
	s.huma.OpenAPI().AddOperation(&op)
}

// schemaFor is a reference to the component of a type.
func schemaFor[T any](registry huma.Registry) *huma.Schema {
	return registry.Schema(reflect.TypeFor[T](), true, "")
}

// componentName is OrganizationFields for organization.
func componentName(collection string) string {
	var b strings.Builder
	for _, word := range strings.Split(collection, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String() + "Fields"
}

// fieldsSchema describes the fields of a collection's rows. None is required: an empty field is absent, and a viewer
// does not get sensitive ones.
func fieldsSchema(c *schema.Collection) *huma.Schema {
	out := &huma.Schema{Type: huma.TypeObject, Description: c.Label.EN, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for i := range c.Fields {
		f := &c.Fields[i]
		s := valueSchema(f)
		s.Description = f.Label.EN
		out.Properties[f.Name] = s
	}
	return out
}

func valueSchema(f *schema.Field) *huma.Schema {
	one := &huma.Schema{Type: huma.TypeString}
	switch f.Type {
	case schema.Integer, schema.Instant:
		one = &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: f.Min, Maximum: f.Max}
	case schema.Decimal:
		one = &huma.Schema{Type: huma.TypeNumber, Format: "double", Minimum: f.Min, Maximum: f.Max}
	case schema.Boolean:
		one = &huma.Schema{Type: huma.TypeBoolean}
	case schema.Date:
		one.Format = "date"
	case schema.Reference:
		one.Format = "uuid"
	case schema.URL:
		one.Format = "uri"
	case schema.Choice, schema.Choices:
		for _, o := range f.Options {
			one.Enum = append(one.Enum, o.Code)
		}
	}
	if f.Type.IsSet() {
		return &huma.Schema{Type: huma.TypeArray, Items: one}
	}
	return one
}
