package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckAPI(t *testing.T) {
	for _, good := range []string{"/api/export/organization?format=csv&where=../x", "/api/import"} {
		if err := checkAPI(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "/", "/api", "/apix", "/api/../index.html", "//host/api/x", "https://host/api/x", "/api/a/../../b", "file:///api/x"} {
		if checkAPI(bad) == nil {
			t.Errorf("%q passed", bad)
		}
	}
}

func TestDownloadReplacesTheFileOnlyWhenAllWentWell(t *testing.T) {
	target := filepath.Join(t.TempDir(), "members.csv")
	write(t, target, "old")
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("fail") != "" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"code":"not_allowed"}`)
			return
		}
		_, _ = io.WriteString(w, "new")
	})

	err := download(t.Context(), api, "/api/export?fail=1", target)
	if err == nil || !strings.Contains(err.Error(), "not_allowed") {
		t.Errorf("a refused export: %v", err)
	}
	if got := read(t, target); got != "old" {
		t.Errorf("the file became %q", got)
	}
	if err := download(t.Context(), api, "/api/export", target); err != nil {
		t.Fatal(err)
	}
	if got := read(t, target); got != "new" {
		t.Errorf("the file is %q", got)
	}
	if files, _ := os.ReadDir(filepath.Dir(target)); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

func TestUploadSendsTheBytesAndTheName(t *testing.T) {
	source := filepath.Join(t.TempDir(), "cooperativas año.csv")
	write(t, source, "a,b\n1,2\n")
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, r.Header.Get("X-File-Name")+"|"+string(body))
	})
	got, err := upload(t.Context(), api, source, "/api/import")
	want := ChosenFile{Name: "cooperativas año.csv", Status: 422, Body: "cooperativas%20a%C3%B1o.csv|a,b\n1,2\n"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
