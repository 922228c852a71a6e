package api_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"acopio/shared/api"
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
