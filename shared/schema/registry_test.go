package schema

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/numbers.txt anew, after adding fields")

const numbersFile = "testdata/numbers.txt"

// numbers lists what is on the wire and on disk: a line that changes or goes breaks every replica there is.
func numbers(s *Schema) string {
	var b strings.Builder
	for _, c := range s.Collections() {
		fmt.Fprintf(&b, "%d %s\n", c.Number, c.Name)
		for i := range c.Fields {
			f := &c.Fields[i]
			fmt.Fprintf(&b, "%d.%d %s.%s %s", c.Number, f.Number, c.Name, f.Name, f.Type)
			for _, o := range f.Options {
				b.WriteString(" " + o.Code)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func TestNumbersNeverChange(t *testing.T) {
	got := numbers(Registry())
	if *update {
		if err := os.WriteFile(numbersFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	frozen, err := os.ReadFile(numbersFile)
	if err != nil {
		t.Fatal(err)
	}
	now := map[string]bool{}
	for _, line := range strings.Split(got, "\n") {
		now[line] = true
	}
	for _, line := range strings.Split(string(frozen), "\n") {
		if !now[line] {
			t.Errorf("gone or changed: %s", line)
		}
	}
	if !t.Failed() && got != string(frozen) {
		t.Error("something was added: run go test ./shared/schema -update")
	}
}

func TestEverythingHasItsNames(t *testing.T) {
	full := func(where string, l Label) {
		for lang, text := range map[string]string{"es": l.ES, "en": l.EN, "pt": l.PT, "fr": l.FR} {
			if strings.TrimSpace(text) == "" || text != strings.TrimSpace(text) {
				t.Errorf("%s has the %s label %q", where, lang, text)
			}
		}
	}
	for _, c := range Registry().Collections() {
		full(c.Name, c.Label)
		full(c.Name+" (plural)", c.Plural)
		for i := range c.Fields {
			f := &c.Fields[i]
			full(c.Name+"."+f.Name, f.Label)
			if f.Help != (Label{}) {
				full(c.Name+"."+f.Name+" (help)", f.Help)
			}
			for _, o := range f.Options {
				full(c.Name+"."+f.Name+"="+o.Code, o.Label)
			}
		}
	}
}

// TestSensitiveThings pins what is withheld from viewers: a field that leaves this list leaves the building.
func TestSensitiveThings(t *testing.T) {
	var got []string
	for _, c := range Registry().Collections() {
		if c.Sensitive {
			got = append(got, c.Name)
		}
		for i := range c.Fields {
			if f := &c.Fields[i]; f.Sensitive && !c.Sensitive {
				got = append(got, c.Name+"."+f.Name)
			}
			if f := &c.Fields[i]; c.IsSensitive(f.Number) != (c.Sensitive || f.Sensitive) {
				t.Errorf("%s.%s: IsSensitive disagrees", c.Name, f.Name)
			}
		}
		if !c.IsSensitive(60_000) {
			t.Errorf("%s: a field that is not known yet is not withheld", c.Name)
		}
	}
	want := "census.declared_by product_year.premium product_year.premium_currency site.is_home contact interaction.participants " +
		"conflict.base_value conflict.kept_value conflict.lost_value conflict.resolved_value user proposal"
	if strings.Join(got, " ") != want {
		t.Errorf("sensitive are\n%s\nwant\n%s", strings.Join(got, " "), want)
	}
}

func TestLookups(t *testing.T) {
	s := Registry()
	c, err := s.Collection("site")
	if err != nil {
		t.Fatal(err)
	}
	if again, ok := s.CollectionByNumber(c.Number); !ok || again != c {
		t.Error("a collection is not found by its number")
	}
	if _, err := s.Collection("nothing"); err == nil {
		t.Error("an unknown collection was found")
	}
	lat, _ := c.Field("lat")
	if byNumber, ok := c.FieldByNumber(lat.Number); !ok || byNumber != lat {
		t.Error("a field is not found by its number")
	}
	if got := namesOf(c.GroupOf(lat)); got != "lat lon accuracy position_source" {
		t.Errorf("the group of lat is %s", got)
	}
	name, _ := c.Field("name")
	if got := namesOf(c.GroupOf(name)); got != "name" {
		t.Errorf("the group of name is %s", got)
	}
	var children []string
	for _, child := range s.Children("organization") {
		children = append(children, child.Name)
	}
	if got := strings.Join(children, " "); !strings.Contains(got, "census") || strings.Contains(got, "focal_point") {
		t.Errorf("children of organization: %s", got)
	}
	conflict, _ := s.Collection("conflict")
	if !conflict.MayEdit("status") || conflict.MayEdit("lost_value") || !c.MayEdit("name") {
		t.Error("MayEdit")
	}
}

func namesOf(fields []*Field) string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

func TestLabelIn(t *testing.T) {
	l := Label{ES: "uno", EN: "one", PT: "um"}
	for lang, want := range map[string]string{"es": "uno", "en": "one", "pt": "um", "fr": "uno", "de": "uno", "": "uno"} {
		if got := l.In(lang); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
}

func TestRoles(t *testing.T) {
	order := []Role{Viewer, FieldStaff, Coordinator, Office, Admin}
	for i, r := range order {
		if !r.Valid() {
			t.Errorf("%s is not valid", r)
		}
		for j, least := range order {
			if r.AtLeast(least) != (i >= j) {
				t.Errorf("%s at least %s: %v", r, least, r.AtLeast(least))
			}
		}
		if r.AtLeast(Nobody) {
			t.Errorf("%s may do what nobody may", r)
		}
	}
	if Nobody.Valid() || Role("boss").Valid() || Role("boss").AtLeast(Viewer) || Role("").AtLeast("") {
		t.Error("a role that nobody has")
	}
	if Viewer.SeesSensitive() || !FieldStaff.SeesSensitive() || Coordinator.AllNetworks() || !Office.AllNetworks() {
		t.Error("what roles reach")
	}
}

// TestNewTakesCopies keeps one schema from changing another: tests build their own beside the registry.
func TestNewTakesCopies(t *testing.T) {
	before := len(organization.Fields)
	s, err := New(organization)
	if err != nil {
		t.Fatal(err)
	}
	s.Collections()[0].Fields[0].Name = "changed"
	if len(organization.Fields) != before || reflect.DeepEqual(s.Collections()[0].Fields[0], systemFields[0]) {
		t.Error("the declaration changed")
	}
}
