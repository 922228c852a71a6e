// The command acopio works on a replica without a window: for scripts, support and tests. It uses the same packages as
// the window, and like it works offline; only enroll and sync need the server.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"acopio/desktop/device"
	"acopio/desktop/station"
	"acopio/shared/fault"
	"acopio/shared/terminal"
	"acopio/shared/version"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code (0 done, 1 failed, 2 usage, 3 server unreachable, 4 not
// enrolled or revoked).
func run(args []string, stdout, stderr io.Writer) int {
	station.Frugal()
	root := newRoot(&app{out: stdout, err: stderr})
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if err == nil {
		return 0
	}
	code := terminal.Report(stderr, err)
	var f *fault.Error
	if errors.As(err, &f) && f.Code == fault.ManyDeletions {
		fmt.Fprintf(stderr, "  --%s %s\n", confirmFlag, f.Args["count"])
	}
	return code
}

// app is what commands share.
type app struct {
	out, err io.Writer
	data     string
	json     bool
	network  string // of the commands that work on one, or choose one
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use: "acopio", Short: "A replica of the register, without a window", Version: version.Version,
		SilenceUsage: true, SilenceErrors: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&a.data, "data", "", "data folder (ACOPIO_DATA, or the platform's usual one)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print one JSON object, or one per line for lists")
	root.AddCommand(
		enrollCommand(a), syncCommand(a), statusCommand(a), createCommand(a), setCommand(a), deleteCommand(a), getCommand(a),
		historyCommand(a), listCommand(a), pendingCommand(a), rejectedCommand(a), retryCommand(a), discardCommand(a), conflictsCommand(a),
		resolveCommand(a), mergeCommand(a), importCommand(a), exportCommand(a), serveUICommand(a),
	)
	return root
}

func (a *app) dataDir() (string, error) {
	if a.data != "" {
		return a.data, nil
	}
	return device.DefaultDataDir()
}

func (a *app) log() zerolog.Logger {
	level := zerolog.WarnLevel
	if v := os.Getenv("ACOPIO_LOG"); v != "" {
		if l, err := zerolog.ParseLevel(v); err == nil {
			level = l
		}
	}
	return zerolog.New(a.err).Level(level).With().Timestamp().Logger()
}

// withStation runs a command's work on the replica; it syncs only when the work says so.
func (a *app) withStation(work func(*station.Station) error) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	s, err := station.Open(station.Config{DataDir: dir, Log: a.log(), Manual: true, Lang: terminal.Lang()})
	if err != nil {
		return err
	}
	return errors.Join(work(s), s.Close())
}

// withRegister is withStation for commands that read or edit the register: while it is locked, or was wiped, they refuse.
func (a *app) withRegister(work func(*station.Station) error) error {
	return a.withStation(func(s *station.Station) error {
		if err := s.Refusal(); err != nil {
			return err
		}
		return work(s)
	})
}

// withEnrolled is withRegister for commands that make no sense before the computer is enrolled.
func (a *app) withEnrolled(work func(*station.Station) error) error {
	return a.withRegister(func(s *station.Station) error {
		if !s.Device().Enrolled() {
			return fault.New(fault.NotEnrolled)
		}
		return work(s)
	})
}

// print writes a result: a JSON object on a line of its own, or the text people read.
func (a *app) print(v any, text string) error {
	if a.json {
		e := json.NewEncoder(a.out)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	}
	_, err := fmt.Fprintln(a.out, text)
	return err
}
