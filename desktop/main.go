// The command acopio-desktop is the register's window: the one program of the desktop that imports Wails. It
// parses flags, opens the station (replica, outbox, syncer and their HTTP API), shows the interface over it
// without any network port, and closes both in order. Everything it shows or stores is decided elsewhere; the
// command line `acopio` is the same station without a window.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"

	"acopio/desktop/station"
	"acopio/shared/fault"
	"acopio/shared/version"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code (0 closed or handed over, 1 failed, 2 wrong usage).
func run(args []string, stdout, stderr io.Writer) int {
	station.Frugal()
	say := sentencesFor(os.Getenv)
	opts, err := parseFlags(args, stderr)
	switch {
	case errors.Is(err, errHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, err)
		return 2
	case opts.showVersion:
		fmt.Fprintf(stdout, "acopio-desktop %s\n", version.Version)
		return 0
	}
	if err := checkDisplay(os.Getenv); err != nil {
		fmt.Fprintln(stderr, say.noDisplay)
		return 1
	}
	log, closeLog, err := openLog(opts.dataDir, stderr)
	if err != nil {
		fmt.Fprintln(stderr, say.failure(err))
		return 1
	}
	defer closeLog()
	return openAndShow(opts, log, say, stdout, stderr)
}

// openAndShow opens the station before the window: the replica's own file lock decides who is first, because
// the window system's lock is missing where there is no session bus.
func openAndShow(opts flags, log zerolog.Logger, say sentences, stdout, stderr io.Writer) int {
	st, err := station.Open(station.Config{DataDir: opts.dataDir, Log: log, Lang: say.lang})
	if fault.Is(err, fault.ReplicaInUse) {
		return handOver(opts, log, say, stdout, stderr)
	}
	if err != nil {
		log.Error().Err(err).Msg("cannot open the register")
		fmt.Fprintln(stderr, say.failure(err))
		showRefusal(say, err, log)
		return 1
	}
	code := 0
	if err := showWindow(opts, st, log); err != nil {
		log.Error().Err(err).Msg("window failed")
		fmt.Fprintln(stderr, say.failure(err))
		code = 1
	}
	if err := st.Close(); err != nil {
		log.Error().Err(err).Msg("closing the register")
		code = 1
	}
	return code
}

// handOver is a second start: it brings the first window forward, or says plainly that it could not.
func handOver(opts flags, log zerolog.Logger, say sentences, stdout, stderr io.Writer) int {
	if err := bringForward(instanceID(opts.dataDir), opts.args); err != nil {
		log.Warn().Err(err).Msg("the register is in use and its window cannot be reached")
		inUse := fault.New(fault.ReplicaInUse)
		fmt.Fprintln(stderr, say.failure(inUse))
		showRefusal(say, inUse, log)
		return 1
	}
	fmt.Fprintln(stdout, say.broughtForward)
	return 0
}
