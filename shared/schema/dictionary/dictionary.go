// Package dictionary writes the data dictionary, docs/data-dictionary.md, from the declared schema: every collection
// and field with its names, type, rule and options, for the people who decide what is registered and for importers.
package dictionary

import (
	"fmt"
	"io"
	"strings"

	"acopio/shared/schema"
)

//go:generate go run acopio/shared/schema/cmd/dictionary ../../../docs/data-dictionary.md

const introduction = `# Data dictionary

Generated from ` + "`shared/schema`" + ` by ` + "`go generate ./shared/schema/dictionary`" + `; do not edit.

Every record also has an id (UUID), a version, and who changed what and when. Numbers are on the wire and on disk and never
change. **§** marks what is personal or commercially sensitive: it is withheld from viewers. **!** marks what is required.

| Rule | When two people change a field at the same time |
|---|---|
| last_writer | the later edit stands; the other is kept and shown as a conflict |
| contested | the same, and a person must look at it |
| fixed | cannot be changed once set |
| union | additions and removals of members are combined |
| ladder | the higher value, or the option further down the list, stands |
| prose | both texts are merged, as far as they do not touch |
| restrictive | the option further down the list, the more restrictive, stands |

Fields of one group (in parentheses) are merged as one. Types: text (one line), long_text, integer, decimal, boolean, date
(YYYY-MM-DD), instant (ms since 1970 UTC), choice, choices (set), reference (to a record of the same network), country (ISO 3166-1),
countries (set), texts (set), emails (set), phones (set, E.164), url, flo_id (1–7 digits), json.
`

// Write writes the whole dictionary.
func Write(w io.Writer, s *schema.Schema) error {
	var b strings.Builder
	b.WriteString(introduction)
	if len(s.Collections()) > 0 {
		b.WriteString("\n## In every collection\n\n")
		table(&b, s.Collections()[0], true)
	}
	for _, c := range s.Collections() {
		collection(&b, c)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func collection(b *strings.Builder, c *schema.Collection) {
	fmt.Fprintf(b, "\n## %d · `%s` · %s / %s%s\n\n", c.Number, c.Name, c.Label.ES, c.Label.EN, mark(" §", c.Sensitive))
	b.WriteString(strings.Join(traits(c), ". ") + ".\n\n")
	table(b, c, false)
	for i := range c.Fields {
		options(b, &c.Fields[i])
	}
}

// lastCommon ends the numbers of the fields that every collection has.
const lastCommon = 9

// table lists the fields that all collections share, or the others.
func table(b *strings.Builder, c *schema.Collection, common bool) {
	b.WriteString("| No. | Field | Español | English | Type | Rule | |\n|---|---|---|---|---|---|---|\n")
	for i := range c.Fields {
		f := &c.Fields[i]
		if (f.Number <= lastCommon) != common {
			continue
		}
		fmt.Fprintf(b, "| %d | `%s`%s%s | %s | %s | %s | %s | %s |\n", f.Number, f.Name, mark(" !", f.Required),
			mark(" §", f.Sensitive && !c.Sensitive), cell(f.Label.ES), cell(f.Label.EN), typeOf(f), ruleOf(f), cell(notes(f)))
	}
}

// traits are what holds for the whole collection, as sentences without their period.
func traits(c *schema.Collection) []string {
	out := []string{fmt.Sprintf("Named by `%s`", c.Title)}
	if c.Parent != "" {
		out = append(out, fmt.Sprintf("Belongs to what `%s` refers to", c.Parent))
	}
	if len(c.Identity) > 0 {
		out = append(out, "One per network and "+quoted(c.Identity))
	}
	switch {
	case c.Unsynced:
		out = append(out, "Kept by the server alone, never on a laptop")
	case c.ServerOwned:
		out = append(out, fmt.Sprintf("Made by the server; people with the role %s up change %s", c.Write, quoted(c.Editable)))
	default:
		out = append(out, fmt.Sprintf("Written by the role %s up, deleted by %s", c.Write, deleters(c)))
	}
	if c.AppendOnly {
		out = append(out, "Rows are added or removed, never changed")
	}
	return out
}

func deleters(c *schema.Collection) string {
	if c.Delete == schema.Nobody {
		return "nobody"
	}
	return string(c.Delete) + " up"
}

func typeOf(f *schema.Field) string {
	s := string(f.Type)
	if f.Target != "" {
		s += " → " + f.Target
	}
	if f.Unit != "" {
		s += ", " + f.Unit
	}
	return s
}

func ruleOf(f *schema.Field) string {
	if f.Group == "" {
		return string(f.Rule)
	}
	return fmt.Sprintf("%s (%s)", f.Rule, f.Group)
}

// notes are the bounds and helps of a field.
func notes(f *schema.Field) string {
	var out []string
	switch {
	case f.Min != nil && f.Max != nil:
		out = append(out, number(*f.Min)+" – "+number(*f.Max))
	case f.Min != nil:
		out = append(out, "≥ "+number(*f.Min))
	case f.Max != nil:
		out = append(out, "≤ "+number(*f.Max))
	}
	if f.Type == schema.LongText || f.Type == schema.JSON {
		out = append(out, fmt.Sprintf("≤ %d characters", f.MaxLength))
	}
	if f.System {
		out = append(out, "set by the program")
	}
	if f.Help.ES != "" {
		out = append(out, f.Help.ES+" / "+f.Help.EN)
	}
	return strings.Join(out, "; ")
}

func number(x float64) string { return fmt.Sprintf("%.0f", x) }

func options(b *strings.Builder, f *schema.Field) {
	if len(f.Options) == 0 {
		return
	}
	parts := make([]string, len(f.Options))
	for i, o := range f.Options {
		parts[i] = fmt.Sprintf("`%s` %s / %s", o.Code, o.Label.ES, o.Label.EN)
	}
	fmt.Fprintf(b, "\n`%s`: %s\n", f.Name, strings.Join(parts, " · "))
}

func mark(s string, on bool) string {
	if on {
		return s
	}
	return ""
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "`" + n + "`"
	}
	return strings.Join(out, ", ")
}

// cell keeps text inside its cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
