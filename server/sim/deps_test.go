package sim

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// ban says which packages must not come to depend on which. A pattern that ends in /... stands for all below it and itself.
type ban struct {
	from   []string
	except []string // of from
	to     []string
	direct bool // only imports count; otherwise also what imports import
	why    string
}

var bans = []ban{
	{
		from: []string{"acopio/shared/..."}, to: []string{"acopio/desktop/...", "acopio/server/..."},
		why: "shared is what both sides stand on: it knows neither",
	},
	{
		from: []string{"acopio/desktop/..."}, to: []string{"acopio/server/..."},
		why: "the sides meet only over the protocol",
	},
	{
		// The bench measures both sides together, as this package tries them; no program has it.
		from: []string{"acopio/server/..."}, except: []string{"acopio/server/bench"}, to: []string{"acopio/desktop/..."},
		why: "the sides meet only over the protocol",
	},
	{
		from: []string{"acopio/..."}, except: []string{"acopio/desktop"}, to: []string{"github.com/wailsapp/..."},
		why: "only the window knows the toolkit: all else runs, and is tested, without it",
	},
	{
		from: []string{"acopio/server/...", "acopio/shared/..."}, except: []string{"acopio/server/bench"}, to: []string{"github.com/zalando/go-keyring", "github.com/godbus/dbus/..."},
		why: "a keychain is a laptop's",
	},
	{
		from: []string{"acopio/desktop/...", "acopio/shared/..."}, to: []string{"github.com/caddyserver/certmagic", "golang.org/x/crypto/acme/..."},
		why: "only a server gets certificates",
	},

	{
		from: []string{"acopio/server/store/..."},
		to:   []string{"acopio/server/apply", "acopio/server/feed", "acopio/server/hub", "acopio/server/session", "acopio/server/auth", "acopio/server/admin", "acopio/server/office", "acopio/server/service"},
		why:  "a store keeps what it is told: what decides stands on it",
	},
	{
		from: []string{"acopio/server/apply", "acopio/server/feed"},
		to:   []string{"acopio/server/hub", "acopio/server/session", "acopio/server/auth", "acopio/server/admin", "acopio/server/office", "acopio/server/service"},
		why:  "what an edit becomes does not depend on who hears of it, nor on how they came in",
	},
	{
		from: []string{"acopio/server/apply", "acopio/server/feed", "acopio/server/hub"}, to: []string{"acopio/server/store/sqlite", "github.com/mattn/go-sqlite3"},
		why: "they know a store by its interface, so that another backend drops in",
	},
	{
		from: []string{"acopio/server/hub"}, to: []string{"acopio/server/session", "github.com/gorilla/websocket"},
		why: "the hub hands frames to peers; what a peer is it does not know",
	},
	{
		from: []string{"acopio/..."}, except: []string{"acopio/server", "acopio/server/demo"}, to: []string{"acopio/server/demo"},
		why: "invented people must not get into a real register",
	},

	{
		from: []string{"acopio/shared/fault", "acopio/shared/clock"}, to: []string{"acopio/..."},
		why: "everything imports them",
	},
	{
		from: []string{"acopio/shared/schema", "acopio/shared/record", "acopio/shared/merge", "acopio/shared/protocol", "acopio/shared/draft"},
		to:   []string{"database/sql", "github.com/mattn/go-sqlite3", "github.com/gorilla/websocket", "github.com/rs/zerolog", "acopio/shared/replica", "acopio/shared/api"},
		why:  "values, rules and frames: no files, no lines, no logs",
	},
	{
		from: []string{"acopio/shared/merge"}, to: []string{"os", "net", "time", "math/rand", "math/rand/v2", "crypto/rand", "context", "sync"}, direct: true,
		why: "merging is pure: the same on every machine",
	},
	{
		from: []string{"acopio/shared/replica", "acopio/desktop/outbox"}, to: []string{"github.com/gorilla/websocket", "acopio/shared/api", "acopio/desktop/syncer"},
		why: "what is on disk does not know how it is sent or shown",
	},
	{
		from: []string{"acopio/shared/..."}, except: []string{"acopio/shared/api"}, to: []string{"github.com/rs/zerolog"}, direct: true,
		why: "errors are returned, and logged where they are dealt with",
	},
	{
		from: []string{"acopio/..."}, except: []string{"acopio/desktop/syncer", "acopio/server/session", "acopio/server/bench"}, to: []string{"github.com/gorilla/websocket"}, direct: true,
		why: "one package on either side holds the line; the bench stands in for thousands of laptops",
	},
	{
		from: []string{"acopio/..."}, except: []string{"acopio/shared/direct", "acopio/shared/replica", "acopio/server/store/sqlite", "acopio/server/auth", "acopio/server/bench"}, to: []string{"github.com/mattn/go-sqlite3"}, direct: true,
		why: "SQLite's errors become faults in one place for each file; direct passes them on; the bench compares with the bare driver",
	},
	{
		from: []string{"acopio/..."}, to: []string{"acopio/server/bench"},
		why: "no program carries what measures it",
	},
	{
		from: []string{"acopio/..."}, except: []string{"acopio/desktop/cli", "acopio/server"}, to: []string{"github.com/spf13/cobra"},
		why: "only the two command lines know their framework",
	},
	{
		from: []string{"acopio/..."}, except: []string{"acopio/server/store/storetest"}, to: []string{"testing", "pgregory.net/rapid"},
		why: "no program carries test code",
	},
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestNobodyImportsWhatTheyMustNot(t *testing.T) {
	packages := list(t)
	for _, b := range bans {
		matched := false
		for _, p := range packages {
			if !matches(b.from, p.ImportPath) || slices.Contains(b.except, p.ImportPath) {
				continue
			}
			matched = true
			reached := p.Deps
			if b.direct {
				reached = p.Imports
			}
			for _, dep := range reached {
				if matches(b.to, dep) && dep != p.ImportPath {
					t.Errorf("%s must not import %s: %s", p.ImportPath, dep, b.why)
				}
			}
		}
		if !matched {
			t.Errorf("%v matches no package: the ban (%s) bans nothing", b.from, b.why)
		}
	}
}

func matches(patterns []string, path string) bool {
	for _, p := range patterns {
		if below, all := strings.CutSuffix(p, "/..."); path == p || all && (path == below || strings.HasPrefix(path, below+"/")) {
			return true
		}
	}
	return false
}

// list is every package of the module, as the programs are built.
func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", "desktop,production,webkit2_41,sqlite_fts5", "-json=ImportPath,Imports,Deps", "acopio/...")
	cmd.Stderr = &strings.Builder{}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, cmd.Stderr)
	}
	var all []goPackage
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 20 {
		t.Fatalf("only %d packages", len(all))
	}
	return all
}
