package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"acopio/desktop/outbox"
	"acopio/desktop/station"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/inbox"
	"acopio/shared/record"
	"acopio/shared/terminal"
)

// editView is an edit of this device that the server has not accepted, as the command line prints it.
type editView struct {
	Op         string                       `json:"op"`
	Kind       string                       `json:"kind"`
	Collection string                       `json:"collection"`
	ID         string                       `json:"id"`
	Network    string                       `json:"network"`
	At         string                       `json:"at"`
	Status     string                       `json:"status"`
	Reason     *reasonView                  `json:"reason"`
	Changes    map[string]record.ChangeView `json:"changes"`
}

type reasonView struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Field   string     `json:"field,omitempty"`
}

func pendingCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "pending", Short: "Edits that the server has not confirmed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.listEdits(cmd, func(it outbox.Item) bool { return it.State != outbox.Rejected })
		},
	}
}

func rejectedCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "rejected", Short: "Edits that the server did not accept, and why", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.listEdits(cmd, func(it outbox.Item) bool { return it.State == outbox.Rejected })
		},
	}
}

func retryCommand(a *app) *cobra.Command {
	return a.onRejected("retry EDIT", "Send a rejected edit again, and those made with it", "waits to be sent again", (*outbox.Outbox).Retry)
}

func discardCommand(a *app) *cobra.Command {
	return a.onRejected("discard EDIT", "Give up a rejected edit, and those made with it: the record is as the server has it", "given up", (*outbox.Outbox).Discard)
}

// onRejected is a command that does something with the rejected edit of an id, as rejected prints it.
func (a *app) onRejected(use, short, done string, do func(*outbox.Outbox, record.OpID) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.withEnrolled(func(s *station.Station) error {
				op, err := record.ParseOpID(args[0])
				if err != nil {
					return err
				}
				if err := do(s.Outbox(), op); err != nil {
					return err
				}
				return a.print(map[string]any{"op": op.String(), "done": true}, op.String()+"  "+done)
			})
		},
	}
}

func (a *app) listEdits(cmd *cobra.Command, wanted func(outbox.Item) bool) error {
	return a.withRegister(func(s *station.Station) error {
		items, err := s.Outbox().List(cmd.Context())
		if err != nil {
			return err
		}
		for _, it := range items {
			if !wanted(it) {
				continue
			}
			m := it.Mutation
			c, ok := s.Replica().Schema().CollectionByNumber(m.Key.Collection)
			if !ok {
				continue
			}
			v := editView{
				Op: m.Op.String(), Kind: m.Kind.String(), Collection: c.Name, ID: m.Key.ID.String(), Network: m.Key.Network,
				At: *moment(it.At), Status: stateWord(it.State), Changes: record.ViewOfChanges(c, m.Changes),
			}
			text := fmt.Sprintf("%s %s %s %s", v.Op, v.Kind, v.Collection, v.ID)
			if it.Reason != nil {
				v.Reason = &reasonView{Code: it.Reason.Code, Message: it.Reason.Text(terminal.Lang()), Field: it.Reason.Field}
				text += "\n  " + v.Reason.Message
			}
			if err := a.print(v, text); err != nil {
				return err
			}
		}
		return nil
	})
}

func conflictsCommand(a *app) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "conflicts", Short: "Open conflicts: mine, theirs, before", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withRegister(func(s *station.Station) error {
				f := inbox.Filter{Status: inbox.Open}
				if all {
					f.Status = ""
				}
				items, err := inbox.List(cmd.Context(), s.Replica(), s.Device().Number, f)
				if err != nil {
					return err
				}
				for _, it := range items {
					text := fmt.Sprintf("%s  %s · %s\n  mine: %s\n  theirs: %s\n  before: %s", it.ID, it.Title, it.Field, plain(it.Mine), plain(it.Theirs), plain(it.Before))
					if err := a.print(it, text); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "resolved ones too")
	return c
}

func plain(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func resolveCommand(a *app) *cobra.Command {
	var keep string
	c := &cobra.Command{
		Use: "resolve CONFLICT", Short: "Decide a conflict", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnrolled(func(s *station.Station) error {
				id, err := record.ParseID(args[0])
				if err != nil {
					return err
				}
				edits, err := inbox.Resolve(cmd.Context(), s.Replica(), s.Device().Number, id, decision(keep))
				if err != nil {
					return err
				}
				if len(edits) > 0 {
					if _, err := s.Edit(cmd.Context(), draft.Intent{Edits: edits}); err != nil {
						return err
					}
				}
				it, err := inbox.Get(cmd.Context(), s.Replica(), s.Device().Number, id)
				if err != nil {
					return err
				}
				return a.print(it, it.ID+"  "+it.Status)
			})
		},
	}
	c.Flags().StringVar(&keep, "keep", "", "mine, theirs, reopen, or the value to keep")
	_ = c.MarkFlagRequired("keep")
	return c
}

// decision reads --keep: one of the words, or a value: JSON where it parses as JSON, else text.
func decision(keep string) inbox.Decision {
	switch keep {
	case inbox.KeepMine, inbox.KeepTheirs, inbox.Reopen:
		return inbox.Decision{Keep: keep}
	}
	var v any
	if err := json.Unmarshal([]byte(keep), &v); err != nil {
		v = keep
	}
	return inbox.Decision{Keep: inbox.KeepValue, Value: v}
}
