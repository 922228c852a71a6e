package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"acopio/desktop/device"
)

// flags is what the command line asked for. dataDir is always absolute, so that two starts from different
// working directories agree on which replica they mean.
type flags struct {
	dataDir     string
	minimized   bool
	showVersion bool
	args        []string // as given, to pass on to a first window
}

// errHelp reports that usage was asked for and printed.
var errHelp = errors.New("help was asked for")

// parseFlags reads the command line. A single argument that is no flag is a link (acopio://…) and is kept in
// args for the window to follow.
func parseFlags(args []string, usage io.Writer) (flags, error) {
	set := flag.NewFlagSet("acopio-desktop", flag.ContinueOnError)
	set.SetOutput(usage)
	data := set.String("data", "", "folder of the replica (default: $ACOPIO_DATA, else the platform's folder)")
	minimized := set.Bool("minimized", false, "start as an icon, for starting with the session")
	version := set.Bool("version", false, "print the version and exit")
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return flags{}, errHelp
		}
		return flags{}, err
	}
	if set.NArg() > 1 {
		return flags{}, fmt.Errorf("acopio-desktop takes at most one link, got %q", set.Args())
	}
	dir, err := dataDir(*data)
	if err != nil {
		return flags{}, err
	}
	return flags{dataDir: dir, minimized: *minimized, showVersion: *version, args: args}, nil
}

// dataDir is the folder that was given, else the one that every program of the desktop falls back to.
func dataDir(given string) (string, error) {
	if given == "" {
		var err error
		if given, err = device.DefaultDataDir(); err != nil {
			return "", err
		}
	}
	return filepath.Abs(given)
}
