package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"acopio/desktop/outbox"
	"acopio/desktop/station"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
	"acopio/shared/terminal"
)

// assignments reads FIELD=VALUE words: VALUE is JSON where it parses as JSON for the field's type, else text; empty or
// null empties the field. "id" is the record's, not a field's.
func assignments(c *schema.Collection, words []string) (fields map[string]any, id string, err error) {
	fields = map[string]any{}
	for _, w := range words {
		name, text, ok := strings.Cut(w, "=")
		if !ok {
			return nil, "", fault.New(fault.BadUsage, "detail", w+": FIELD=VALUE")
		}
		if name == "id" {
			id = text
			continue
		}
		f, known := c.Field(name)
		if !known {
			return nil, "", fault.New(fault.UnknownField, "collection", c.Name, "field", name)
		}
		v, err := f.Parse(text)
		if err != nil {
			return nil, "", err
		}
		fields[name] = v
	}
	return fields, id, nil
}

// edit saves one edit and prints what print makes of the record.
func (a *app) edit(cmd *cobra.Command, e draft.Edit, words []string) error {
	return a.withEnrolled(func(s *station.Station) error {
		c, err := s.Replica().Schema().Collection(e.Collection)
		if err != nil {
			return err
		}
		fields, id, err := assignments(c, words)
		if err != nil {
			return err
		}
		e.Fields = fields
		if e.Kind == draft.Create {
			e.ID = id
		}
		res, err := s.Edit(cmd.Context(), draft.Intent{Edits: []draft.Edit{e}})
		if err != nil {
			return err
		}
		if len(res.Records) == 0 { // it was so already
			return a.printChange(e.ID, false)
		}
		return a.printChange(res.Records[0].ID.String(), true)
	})
}

func (a *app) printChange(id string, changed bool) error {
	return a.print(map[string]any{"id": id, "changed": changed}, id)
}

func createCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "create COLLECTION FIELD=VALUE…", Short: "Create a record", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.edit(cmd, draft.Edit{Kind: draft.Create, Collection: args[0], Network: a.networkCode()}, args[1:])
		},
	}
	a.networkFlag(c)
	_ = c.MarkFlagRequired("network")
	return c
}

func (a *app) networkFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.network, "network", "", "code of the network")
}

func (a *app) networkCode() string { return strings.ToUpper(a.network) }

func setCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "set COLLECTION ID FIELD=VALUE…", Short: "Change fields of a record", Args: cobra.MinimumNArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.edit(cmd, draft.Edit{Kind: draft.Update, Collection: args[0], ID: args[1]}, args[2:])
		},
	}
}

func deleteCommand(a *app) *cobra.Command {
	var confirmed int
	c := &cobra.Command{
		Use: "delete COLLECTION ID…", Short: "Delete records", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnrolled(func(s *station.Station) error {
				return a.delete(cmd, s, draft.Intent{Edits: deletions(args[0], args[1:]), Bulk: true, Confirmed: confirmed})
			})
		},
	}
	c.Flags().IntVar(&confirmed, confirmFlag, 0, fmt.Sprintf("delete this many at once: asked for above %d", draft.AskAbove))
	return c
}

// confirmFlag says how many deletions are meant.
const confirmFlag = "confirm"

func deletions(collection string, ids []string) (edits []draft.Edit) {
	for _, id := range ids {
		edits = append(edits, draft.Edit{Kind: draft.Delete, Collection: collection, ID: id})
	}
	return edits
}

// delete saves deletions, which are judged one by one, and prints what became of each.
func (a *app) delete(cmd *cobra.Command, s *station.Station, intent draft.Intent) error {
	res, err := s.Edit(cmd.Context(), intent)
	if err != nil {
		return err
	}
	gone := map[record.ID]bool{}
	for _, r := range res.Records {
		gone[r.ID] = true
	}
	for _, e := range intent.Edits {
		id, err := record.ParseID(e.ID)
		if err != nil {
			return err
		}
		if err := a.printChange(id.String(), gone[id]); err != nil {
			return err
		}
	}
	return nil
}

func getCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "get COLLECTION ID", Short: "Print a record", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withRegister(func(s *station.Station) error {
				id, err := record.ParseID(args[1])
				if err != nil {
					return err
				}
				row, err := s.Replica().Get(cmd.Context(), args[0], id)
				if err != nil {
					return err
				}
				return a.printRecord(s.Replica().Schema(), row.Record)
			})
		},
	}
}

func (a *app) printRecord(s *schema.Schema, r *record.Record) error {
	c, ok := s.CollectionByNumber(r.Collection)
	if !ok {
		return fault.New(fault.ReplicaNewer)
	}
	v := record.ViewOf(c, r)
	return a.print(v, recordText(c, v))
}

// recordText is a record for people: a line for each field, in the order of the forms.
func recordText(c *schema.Collection, v record.View) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s · %s · v%d", c.Label.In(terminal.Lang()), v.ID, v.Network, v.Version)
	for i := range c.Fields {
		f := &c.Fields[i]
		if value := v.Fields[f.Name]; value != nil && !f.System {
			fmt.Fprintf(&b, "\n  %-28s %s", f.Label.In(terminal.Lang()), record.Text(value))
		}
	}
	return b.String()
}

func listCommand(a *app) *cobra.Command {
	var search string
	var where []string
	var limit int
	c := &cobra.Command{
		Use: "list COLLECTION", Short: "List records", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := replica.Query{Collection: args[0], Search: search, Limit: limit}
			if a.network != "" {
				q.Networks = []string{a.networkCode()}
			}
			for _, w := range where {
				condition, err := replica.ParseWhere(w)
				if err != nil {
					return err
				}
				q.Where = append(q.Where, condition)
			}
			return a.withRegister(func(s *station.Station) error { return a.list(cmd, s, q) })
		},
	}
	a.networkFlag(c)
	c.Flags().StringVar(&search, "search", "", "words to find; accents do not matter")
	c.Flags().StringArrayVar(&where, "where", nil, "FIELD=VALUE, also != >= <= (repeatable)")
	c.Flags().IntVar(&limit, "limit", 0, "at most this many (all)")
	return c
}

func (a *app) list(cmd *cobra.Command, s *station.Station, q replica.Query) error {
	c, err := s.Replica().Schema().Collection(q.Collection)
	if err != nil {
		return err
	}
	show := func(row replica.Row) error {
		return a.print(record.ViewOf(c, row.Record), row.Record.ID.String()+"  "+row.Title)
	}
	if q.Limit == 0 {
		return s.Replica().Each(cmd.Context(), q, show)
	}
	res, err := s.Replica().Query(cmd.Context(), q)
	if err != nil {
		return err
	}
	for _, row := range res.Rows {
		if err := show(row); err != nil {
			return err
		}
	}
	return nil
}

func historyCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "history COLLECTION ID", Short: "What happened to a record, newest first", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withRegister(func(s *station.Station) error { return a.history(cmd, s, args[0], args[1]) })
		},
	}
}

func (a *app) history(cmd *cobra.Command, s *station.Station, collection, text string) error {
	c, err := s.Replica().Schema().Collection(collection)
	if err != nil {
		return err
	}
	id, err := record.ParseID(text)
	if err != nil {
		return err
	}
	pending, err := s.Outbox().Of(cmd.Context(), c.Number, id)
	if err != nil {
		return err
	}
	d := s.Device()
	for i := len(pending) - 1; i >= 0; i-- {
		it := pending[i]
		v := record.EntryView{
			Collection: c.Name, ID: id.String(), Kind: it.Mutation.Kind.String(), Status: stateWord(it.State), By: d.UserName, Device: d.Name,
			At: it.At, Changes: record.ViewOfChanges(c, it.Mutation.Changes),
		}
		if err := a.printEntry(v); err != nil {
			return err
		}
	}
	entries, err := s.Replica().History(cmd.Context(), c.Name, id)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := a.printEntry(record.ViewOfEntry(c, e)); err != nil {
			return err
		}
	}
	return nil
}

func stateWord(s outbox.State) string {
	if s == outbox.Rejected {
		return "rejected"
	}
	return "pending"
}

func (a *app) printEntry(v record.EntryView) error {
	var b strings.Builder
	fmt.Fprintf(&b, "v%d %s %s · %s · %s · %s", v.Version, v.Kind, v.Status, v.By, v.Device, when(v.At))
	for name, ch := range v.Changes {
		fmt.Fprintf(&b, "\n  %s: %s → %s", name, record.Text(ch.From), record.Text(ch.To))
	}
	return a.print(v, b.String())
}

func when(m clock.Millis) string { return m.Time().Local().Format("2006-01-02 15:04") }
