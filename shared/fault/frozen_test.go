package fault

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "add new codes to the list of those that are out in the world")

const frozenFile = "testdata/codes.txt"

// Codes are on the wire, in stored verdicts and in other people's scripts: one that was ever released is never renamed,
// removed, or given another kind. New ones are added with -update.
func TestCodesAreFrozen(t *testing.T) {
	if *update {
		writeFrozen(t)
	}
	text, err := os.ReadFile(frozenFile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		code, status, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch c := Code(code); {
		case !c.Known():
			t.Errorf("%s is gone", code)
		case means(c) != status:
			t.Errorf("%s means %s now; it meant %s", code, means(c), status)
		}
	}
}

// means is what programs act on: the HTTP status and the exit code that come of the kind.
func means(c Code) string { return fmt.Sprintf("%d %d", c.HTTPStatus(), c.ExitCode()) }

func writeFrozen(t *testing.T) {
	t.Helper()
	var lines []string
	for c := range catalog {
		lines = append(lines, string(c)+" "+means(c))
	}
	sort.Strings(lines)
	if err := os.WriteFile(frozenFile, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}
