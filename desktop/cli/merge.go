package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"acopio/desktop/station"
	"acopio/shared/fault"
	"acopio/shared/intake"
	"acopio/shared/merging"
	"acopio/shared/record"
	"acopio/shared/terminal"
)

// mergeView is a merge, or what it would be, as the command line prints it.
type mergeView struct {
	Merge       string           `json:"merge,omitempty"` // by which it can be undone on this machine; empty for a dry run
	Survivor    string           `json:"survivor"`
	Loser       string           `json:"loser"`
	Differences []differenceView `json:"differences"`
	Moves       []merging.Count  `json:"moves"`
}

type differenceView struct {
	Field    string `json:"field"`
	Survivor any    `json:"survivor"`
	Loser    any    `json:"loser"`
	Take     string `json:"take"`
}

func mergeCommand(a *app) *cobra.Command {
	var take []string
	var dryRun bool
	c := &cobra.Command{
		Use: "merge COLLECTION SURVIVOR LOSER", Short: "Make one record of two that are the same", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := mergeOrder(args, take)
			if err != nil {
				return err
			}
			return a.withEnrolled(func(s *station.Station) error { return a.merge(cmd, s, o, dryRun) })
		},
	}
	c.Flags().StringArrayVar(&take, "take", nil, "FIELD=SIDE: survivor, loser, or both for a set (repeatable)")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what it would do, change nothing")
	c.AddCommand(unmergeCommand(a))
	return c
}

func mergeOrder(args, take []string) (o merging.Order, err error) {
	o = merging.Order{Collection: args[0], Take: map[string]string{}}
	if o.Survivor, err = record.ParseID(args[1]); err != nil {
		return o, err
	}
	if o.Loser, err = record.ParseID(args[2]); err != nil {
		return o, err
	}
	for _, t := range take {
		field, side, ok := strings.Cut(t, "=")
		if !ok {
			return o, fault.New(fault.BadUsage, "detail", t+": FIELD=SIDE")
		}
		o.Take[field] = side
	}
	return o, nil
}

func (a *app) merge(cmd *cobra.Command, s *station.Station, o merging.Order, dryRun bool) error {
	var plan merging.Plan
	var id record.ID
	var err error
	if dryRun {
		plan, err = merging.Make(cmd.Context(), s.Replica(), o)
	} else {
		plan, id, err = merging.Run(cmd.Context(), s.Replica(), s.Edit, o)
	}
	if err != nil {
		return err
	}
	v := mergeView{Survivor: o.Survivor.String(), Loser: o.Loser.String(), Moves: plan.Counts(s.Replica().Schema()), Differences: []differenceView{}}
	if !id.IsZero() {
		v.Merge = id.String()
	}
	for _, d := range plan.Differences {
		side := d.Default
		if chosen := o.Take[d.Field]; chosen != "" {
			side = chosen
		}
		v.Differences = append(v.Differences, differenceView{Field: d.Field, Survivor: d.Survivor, Loser: d.Loser, Take: side})
	}
	return a.print(v, mergeText(v))
}

// mergeText is a merge for people: what becomes of it, then a line for each field that differs and each collection.
func mergeText(v mergeView) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s", v.Loser, v.Survivor)
	if v.Merge != "" {
		fmt.Fprintf(&b, "  (acopio merge undo %s)", v.Merge)
	}
	for _, d := range v.Differences {
		fmt.Fprintf(&b, "\n  %-20s %s | %s  ← %s", d.Field, record.Text(d.Survivor), record.Text(d.Loser), d.Take)
	}
	for _, m := range v.Moves {
		fmt.Fprintf(&b, "\n  %-20s %d moved, %d joined", m.Collection, m.Moved, m.Joined)
	}
	return b.String()
}

func unmergeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "undo MERGE", Short: "Take a merge back that was made on this machine", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnrolled(func(s *station.Station) error {
				id, err := record.ParseID(args[0])
				if err != nil {
					return err
				}
				kept, n, err := merging.Undo(cmd.Context(), s.Replica(), s.Edit, id)
				if err != nil {
					return err
				}
				undone := intake.UndoneOf(n, kept, terminal.Lang())
				return a.print(undone, fmt.Sprintf("%d reverted, %d kept", undone.Reverted, len(undone.Kept)))
			})
		},
	}
}
