// Package terminal is what the command lines, the laptop's and the server's, have in common: the language of their sentences, and how
// they say that a command failed.
package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"acopio/shared/fault"
)

// Lang is the language of sentences: Spanish unless the environment says English.
func Lang() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "en") {
				return "en"
			}
			return "es"
		}
	}
	return "es"
}

// Report says why a command failed, and returns its exit code. A failure that has no sentence is one of the program: then the
// cause is shown too.
func Report(w io.Writer, err error) int {
	var f *fault.Error
	if !errors.As(err, &f) {
		f = fault.Wrap(err, fault.Internal)
		if isUsage(err) {
			f = fault.Wrap(err, fault.BadUsage, "detail", err.Error())
		}
	}
	fmt.Fprintln(w, f.Text(Lang()))
	if f.Code == fault.Internal {
		fmt.Fprintln(w, err)
	}
	return f.Code.ExitCode()
}

// isUsage tells cobra's complaints about the words of a command from failures of the command.
func isUsage(err error) bool {
	for _, start := range []string{"unknown ", "required flag", "accepts ", "requires ", "invalid argument", "flag needs", "bad flag"} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}
