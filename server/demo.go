package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"acopio/server/demo"
	"acopio/server/service"
	"acopio/shared/fault"
)

func demoCommand(a *app) *cobra.Command {
	var organizations int
	c := &cobra.Command{
		Use: "demo", Short: "Fill a new data folder with an invented network to try things out", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withCore(func(core *service.Core) error { return a.seedDemo(cmd.Context(), core, organizations) })
		},
	}
	c.Flags().IntVar(&organizations, "organizations", demo.Organizations, "how many")
	return c
}

// seedDemo leaves a network alone that is there already: what people changed in it is theirs.
func (a *app) seedDemo(ctx context.Context, core *service.Core, organizations int) error {
	err := core.CreateNetwork(ctx, "Demo", demo.NetworkCode, demo.NetworkName, []string{demo.Country})
	switch {
	case err == nil:
		edits := slices.Collect(demo.Records(demo.NetworkCode, organizations, demo.Seed))
		if err := core.Seed(ctx, "Demo", edits); err != nil {
			return err
		}
	case !fault.Is(err, fault.NetworkExists):
		return err
	}
	if err := demo.AddPeople(ctx, core.Auth); err != nil {
		return err
	}
	for _, p := range demo.People {
		fmt.Fprintf(a.out, "%-28s %-12s %s\n", p.Email, p.Role, demo.Password)
	}
	return nil
}
