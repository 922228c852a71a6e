package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"acopio/desktop/station"
	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/intake"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/terminal"
)

func importCommand(a *app) *cobra.Command {
	var mapFile, mode string
	var dryRun bool
	o := intake.Order{Lang: terminal.Lang()}
	c := &cobra.Command{
		Use: "import FILE", Short: "Import a CSV or XLSX file", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File, o.Network, o.Mode = filepath.Base(args[0]), a.networkCode(), exchange.Mode(mode)
			return a.withEnrolled(func(s *station.Station) (err error) {
				if o.Source, err = exchange.Open(args[0]); err != nil {
					return err
				}
				report, err := a.importFile(cmd, s, o, mapFile, dryRun)
				if err != nil {
					return err
				}
				text := fmt.Sprintf("%s  rows %d · added %d · updated %d · conflicts %d · unchanged %d · skipped %d · problems %d",
					report.Batch, report.Rows, report.Added, report.Updated, report.Conflicts, report.Unchanged, report.Skipped, report.Problems)
				return a.print(report, text)
			})
		},
	}
	c.Flags().StringVar(&o.Collection, "collection", "organization", "what the rows are")
	a.networkFlag(c)
	_ = c.MarkFlagRequired("network")
	c.Flags().StringVar(&mapFile, "map", "", "mapping file (JSON); without one it is suggested from the file")
	c.Flags().StringVar(&mode, "mode", string(exchange.Both), "add, update or both")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "report only, change nothing")
	c.AddCommand(undoCommand(a))
	return c
}

func (a *app) importFile(cmd *cobra.Command, s *station.Station, o intake.Order, mapFile string, dryRun bool) (exchange.Report, error) {
	var err error
	if mapFile != "" {
		o.Mapping, err = exchange.ReadMapping(mapFile)
	} else {
		var p intake.Proposal
		_, p, err = intake.Describe(cmd.Context(), s.Replica(), o)
		o.Mapping = p.Mapping
	}
	if err != nil {
		return exchange.Report{}, err
	}
	if dryRun {
		return intake.Preview(cmd.Context(), s.Replica(), o)
	}
	return intake.Run(cmd.Context(), s.Replica(), s.Edit, o)
}

func undoCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "undo BATCH", Short: "Take a whole import back", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnrolled(func(s *station.Station) error {
				batch, err := record.ParseID(args[0])
				if err != nil {
					return err
				}
				undone, err := intake.Undo(cmd.Context(), s.Replica(), s.Edit, batch, terminal.Lang())
				if err != nil {
					return err
				}
				return a.print(undone, fmt.Sprintf("%d reverted, %d kept", undone.Reverted, len(undone.Kept)))
			})
		},
	}
}

func exportCommand(a *app) *cobra.Command {
	var format, out string
	c := &cobra.Command{
		Use: "export COLLECTION", Short: "Export records to a file", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := replica.Query{Collection: args[0]}
			if a.network != "" {
				q.Networks = []string{a.networkCode()}
			}
			return a.withRegister(func(s *station.Station) error {
				n, err := a.export(cmd, s, q, exchange.Format(format), out)
				if err != nil {
					return err
				}
				return a.print(map[string]any{"file": out, "records": n}, fmt.Sprintf("%s  %d", out, n))
			})
		},
	}
	a.networkFlag(c)
	c.Flags().StringVar(&format, "format", "", "csv, xlsx, geojson or ndjson")
	c.Flags().StringVar(&out, "out", "", "file to write")
	_ = c.MarkFlagRequired("format")
	_ = c.MarkFlagRequired("out")
	return c
}

// export writes beside the target first: a file by that name is whole.
func (a *app) export(cmd *cobra.Command, s *station.Station, q replica.Query, format exchange.Format, out string) (n int, err error) {
	f, err := os.CreateTemp(filepath.Dir(out), ".export-*")
	if err != nil {
		return 0, fault.Wrap(err, fault.DiskReadOnly)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	n, err = intake.Export(cmd.Context(), s.Replica(), q, format, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return 0, fault.Wrap(err, fault.DiskReadOnly)
	}
	return n, nil
}
