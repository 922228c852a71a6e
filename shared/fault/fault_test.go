package fault

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var hole = regexp.MustCompile(`\{[a-z_]+\}`)

// declared reads the codes from the source: a constant that the catalog lacks would be shown as an internal error.
func declared(t *testing.T) map[string]Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "catalog.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		if text, ok := v.Values[0].(*ast.BasicLit); ok {
			code, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			out[v.Names[0].Name] = Code(code)
		}
		return true
	})
	return out
}

func TestEveryCodeHasItsSentences(t *testing.T) {
	codes := declared(t)
	if len(codes) != len(catalog) {
		t.Errorf("%d codes, %d in the catalog", len(codes), len(catalog))
	}
	snake := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	for name, code := range codes {
		info, ok := catalog[code]
		if !ok || !code.Known() {
			t.Errorf("%s is not in the catalog", name)
			continue
		}
		if !snake.MatchString(string(code)) {
			t.Errorf("%s is spelled %q", name, code)
		}
		es, en := hole.FindAllString(info.es, -1), hole.FindAllString(info.en, -1)
		slices.Sort(es)
		slices.Sort(en)
		if info.es == "" || info.en == "" || !slices.Equal(es, en) {
			t.Errorf("%s: the sentences differ in what they tell: %v, %v", name, es, en)
		}
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("secret detail")
	err := fmt.Errorf("saving: %w", Wrap(cause, TooLong, "field", "name", "max", "{field}"))
	f := Of(err)
	if f.Field != "name" || !Is(err, TooLong) || Is(err, BadDate) || !errors.Is(err, cause) || KindOf(err) != Rejected {
		t.Errorf("%+v", f)
	}
	if got := f.Text("en-US"); got != "Field “name” is too long (at most {field})." {
		t.Errorf("a typed placeholder was filled: %s", got)
	}
	if es := f.Text("fr"); !strings.HasPrefix(es, "El campo") || strings.Contains(es, "secret") {
		t.Errorf("for people: %s", es)
	}
	if !strings.Contains(err.Error(), "secret detail") {
		t.Errorf("for logs: %s", err)
	}
	if Of(nil) != nil || Of(cause).Code != Internal || Temporary(cause) || !Temporary(New(ServerBusy)) || Temporary(nil) || KindOf(nil) != Fine {
		t.Error("Of, Temporary and KindOf")
	}
	if New("unheard_of").Text("en") != New(Internal).Text("en") {
		t.Error("a code of a newer version has no sentence")
	}
}

func TestExitCodes(t *testing.T) {
	for code, want := range map[Code]int{BadUsage: 2, ServerTimeout: 3, NotEnrolled: 4, DeviceRevoked: 4, BadDate: 1, Internal: 1, "unheard_of": 1} {
		if got := code.ExitCode(); got != want {
			t.Errorf("%s exits with %d, want %d", code, got, want)
		}
	}
}
