package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"acopio/server/service"
	"acopio/server/sweeper"
	"acopio/shared/fault"
)

const day = 24 * time.Hour

func keepDeletedFlag(c *cobra.Command, days *int) {
	c.Flags().IntVar(days, "keep-deleted", int(sweeper.Retention/day), "days for which deleted records are kept, then nothing of them is; 0: for ever")
}

// retentionOf is what the flag says, within bounds.
func retentionOf(days int) (time.Duration, error) {
	least := int(sweeper.LeastRetention / day)
	if days != 0 && (days < least || days > 100_000) {
		return 0, fault.New(fault.BadUsage, "detail", "--keep-deleted "+strconv.Itoa(days)+" (0, "+strconv.Itoa(least)+"–)")
	}
	return time.Duration(days) * day, nil
}

func sweepCommand(a *app) *cobra.Command {
	var days int
	var asJSON bool
	c := &cobra.Command{
		Use: "sweep", Short: "Forget now what was deleted long ago, as a running server does every hour", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			retention, err := retentionOf(days)
			if err != nil {
				return err
			}
			return a.withCore(func(core *service.Core) error {
				n, err := core.Sweeper(retention).Sweep(cmd.Context())
				if err != nil {
					return err
				}
				return a.print(asJSON, map[string]any{"forgotten": n}, fmt.Sprint(n))
			})
		},
	}
	keepDeletedFlag(c, &days)
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return c
}
