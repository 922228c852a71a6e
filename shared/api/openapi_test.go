package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"acopio/shared/api"
	"acopio/shared/schema"
)

var update = flag.Bool("update", false, "write docs/openapi.json instead of comparing with it")

// The committed contract is what the frontend's types are made from: it must be the one this build serves.
func TestCommittedContractIsCurrent(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "openapi.json")
	if *update {
		if err := os.WriteFile(path, api.Document(), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, api.Document()) {
		t.Fatal("docs/openapi.json is not what the code says: run go test -tags sqlite_fts5 ./shared/api -run Contract -update")
	}
}

// What the contract says of the registry must be true of it.
func TestTheContractKnowsTheWordsOfTheSchema(t *testing.T) {
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(api.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	known := func(component, property, word string) {
		if !slices.Contains(doc.Components.Schemas[component].Properties[property].Enum, word) {
			t.Errorf("%s.%s lacks %s", component, property, word)
		}
	}
	for _, c := range schema.Registry().Collections() {
		known("Collection", "write", string(c.Write))
		known("Collection", "delete", string(c.Delete))
		for i := range c.Fields {
			f := &c.Fields[i]
			known("SchemaField", "type", string(f.Type))
			known("SchemaField", "rule", string(f.Rule))
			if name := strings.ReplaceAll(title(c.Name), "_", "") + "Fields"; !c.Unsynced && f.Type == schema.Choice {
				known(name, f.Name, f.Options[0].Code)
			}
		}
	}
}

func title(s string) string {
	words := strings.Split(s, "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "_")
}
