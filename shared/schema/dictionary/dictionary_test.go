package dictionary

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"acopio/shared/schema"
)

func TestCommittedDictionaryIsCurrent(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, schema.Registry()); err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("../../../docs/data-dictionary.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), committed) {
		t.Error("docs/data-dictionary.md is not what the schema says: run go generate ./shared/schema/dictionary")
	}
}

func TestAddingAFieldIsOneDeclaration(t *testing.T) {
	l := schema.Label{ES: "Tostadora | propia", EN: "Own roaster", PT: "x", FR: "x"}
	base := schema.Field{Number: 10, Name: "name", Type: schema.Text, Label: l, Rule: schema.LastWriter, Required: true}
	added := schema.Field{
		Number: 11, Name: "roaster", Type: schema.Choice, Label: l, Rule: schema.Contested, Sensitive: true,
		Options: []schema.Option{{Code: "none", Label: schema.Label{ES: "No tiene", EN: "None"}}},
	}
	s, err := schema.New(schema.Collection{
		Number: 1, Name: "thing", Title: "name", Fields: []schema.Field{base, added}, Write: schema.FieldStaff, Delete: schema.Nobody,
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 10 | `name` ! | Tostadora \\| propia | Own roaster | text | last_writer |  |",
		"| 11 | `roaster` § | Tostadora \\| propia | Own roaster | choice | contested |  |",
		"`roaster`: `none` No tiene / None",
		"deleted by nobody",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the dictionary lacks %q:\n%s", want, b.String())
		}
	}
}
