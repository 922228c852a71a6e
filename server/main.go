// The command acopio-server keeps the register of country networks: laptops sync to it, the office works in its
// browser console, and its commands administer it, also while it runs.
package main

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"acopio/server/service"
	"acopio/shared/fault"
	"acopio/shared/terminal"
	"acopio/shared/version"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code (0 done, 1 failed, 2 usage).
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(&app{in: stdin, out: stdout, err: stderr, log: logTo(stderr)})
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.Execute(); err != nil {
		return terminal.Report(stderr, err)
	}
	return 0
}

func logTo(w io.Writer) zerolog.Logger {
	level := zerolog.InfoLevel
	if l, err := zerolog.ParseLevel(os.Getenv("ACOPIO_LOG")); err == nil && os.Getenv("ACOPIO_LOG") != "" {
		level = l
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

// app is what commands share.
type app struct {
	in    io.Reader
	out   io.Writer // results alone
	err   io.Writer
	log   zerolog.Logger
	data  string
	store string
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use: "acopio-server", Short: "The register's central server", Version: version.Version,
		SilenceUsage: true, SilenceErrors: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&a.data, "data", os.Getenv("ACOPIO_SERVER_DATA"), "data folder")
	root.PersistentFlags().StringVar(&a.store, "store", "sqlite", "where to keep the register: sqlite")
	root.AddCommand(serveCommand(a), networkCommand(a), userCommand(a), deviceCommand(a), sweepCommand(a), backupCommand(a), restoreCommand(a), demoCommand(a))
	return root
}

// config is what the persistent flags say, or fault.BadUsage.
func (a *app) config() (service.Config, error) {
	if a.data == "" {
		return service.Config{}, fault.New(fault.BadUsage, "detail", "--data DIR")
	}
	return service.Config{DataDir: a.data, Store: a.store, Log: a.log}, nil
}

// withCore runs a command's work on the data folder, beside a server that may be running on it.
func (a *app) withCore(work func(*service.Core) error) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	cfg.Log = cfg.Log.Level(zerolog.WarnLevel)
	core, err := service.OpenCore(cfg)
	if err != nil {
		return err
	}
	return errors.Join(work(core), core.Close())
}

// stopTimeout is how long a server may take to end before it is left to the operating system.
const stopTimeout = 15 * time.Second
