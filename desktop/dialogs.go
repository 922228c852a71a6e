package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// Dialogs is what the page can ask of the window beyond HTTP: the system's file dialogs, which a page in a
// window cannot open by itself. It is bound as window.go.main.Dialogs. It only reads files that a person
// just chose and only passes /api/… addresses on to this process's own API.
type Dialogs struct {
	ctx context.Context
	api http.Handler
}

// ChosenFile is a file that a person picked, sent to the API, and what the API answered.
type ChosenFile struct {
	Name   string `json:"name"`   // without its folder; empty when the dialog was canceled
	Status int    `json:"status"` // HTTP status of the answer
	Body   string `json:"body"`   // the answer, JSON as over HTTP
}

// SaveFile asks where to save and writes the answer to a GET of address, an /api/… one, there. It returns the
// path that was written, or "" when the dialog was canceled. A failed save leaves no half file.
func (d *Dialogs) SaveFile(name, address string) (string, error) {
	if err := checkAPI(address); err != nil {
		return "", err
	}
	target, err := runtime.SaveFileDialog(d.ctx, runtime.SaveDialogOptions{
		DefaultFilename:      filepath.Base(name),
		CanCreateDirectories: true,
	})
	if err != nil || target == "" {
		return "", err
	}
	if filepath.Ext(target) == "" {
		target += filepath.Ext(name)
	}
	return target, download(d.ctx, d.api, address, target)
}

// OpenFile asks for one file and posts its bytes to address, an /api/… one, with the file's name in the header
// X-File-Name, percent-encoded. patterns are like "*.csv"; none means any file.
func (d *Dialogs) OpenFile(address string, patterns []string) (ChosenFile, error) {
	if err := checkAPI(address); err != nil {
		return ChosenFile{}, err
	}
	options := runtime.OpenDialogOptions{}
	if len(patterns) > 0 {
		all := strings.Join(patterns, ";")
		options.Filters = []runtime.FileFilter{{DisplayName: all, Pattern: all}}
	}
	source, err := runtime.OpenFileDialog(d.ctx, options)
	if err != nil || source == "" {
		return ChosenFile{}, err
	}
	return upload(d.ctx, d.api, source, address)
}

// checkAPI keeps the page's requests inside the API: the path must begin with /api/ once it is cleaned.
func checkAPI(address string) error {
	route, _, _ := strings.Cut(address, "?")
	if route != path.Clean(route) || !strings.HasPrefix(route, "/api/") {
		return fmt.Errorf("not an address of the API: %q", address)
	}
	return nil
}

// download writes beside the target first and renames at the end, so that a full disk or an error answer
// leaves the file that was there.
func download(ctx context.Context, api http.Handler, address, target string) error {
	part, err := os.CreateTemp(filepath.Dir(target), ".acopio-*.part")
	if err != nil {
		return fmt.Errorf("save %s: %w", target, err)
	}
	defer os.Remove(part.Name()) // gone already when all went well
	defer part.Close()
	answer := &fileAnswer{file: part}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("save %s: %w", target, err)
	}
	api.ServeHTTP(answer, request)
	if err := answer.failure(); err != nil {
		return fmt.Errorf("save %s: %w", target, err)
	}
	if err := part.Sync(); err != nil {
		return fmt.Errorf("save %s: %w", target, err)
	}
	if err := part.Close(); err != nil {
		return fmt.Errorf("save %s: %w", target, err)
	}
	if err := os.Chmod(part.Name(), 0o644); err != nil { //nolint:gosec // a person's own document, as any program saves it
		return fmt.Errorf("save %s: %w", target, err)
	}
	return os.Rename(part.Name(), target)
}

func upload(ctx context.Context, api http.Handler, source, address string) (ChosenFile, error) {
	file, err := os.Open(source)
	if err != nil {
		return ChosenFile{}, err
	}
	defer file.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, file)
	if err != nil {
		return ChosenFile{}, err
	}
	if info, err := file.Stat(); err == nil {
		request.ContentLength = info.Size()
	}
	name := filepath.Base(source)
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("X-File-Name", url.PathEscape(name)) // a header holds ASCII only
	answer := &textAnswer{}
	api.ServeHTTP(answer, request)
	return ChosenFile{Name: name, Status: answer.status(), Body: answer.text.String()}, nil
}
