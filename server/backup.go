package main

import (
	"github.com/spf13/cobra"

	"acopio/server/store/sqlite"
)

func backupCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write a consistent copy of everything, also while the server runs", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			return sqlite.Backup(cmd.Context(), cfg.DataDir, args[0])
		},
	}
}

func restoreCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "Restore a copy into a new data folder", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			return sqlite.Restore(cmd.Context(), args[0], cfg.DataDir)
		},
	}
}
