//go:build e2e && linux

package e2e

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // makes a replica look newer
)

// TestClosingLosesNothing: closing the window saves the field that is still being typed into, and what was saved
// is on the disk even if the window is killed at that moment.
func TestClosingLosesNothing(t *testing.T) {
	office := StartServer(t)
	data := office.Laptop("ana.campo@demo.example")
	office.Stop()
	id := FindOrganization(t, data, typedName).ID
	screen := StartScreen(t, 1280, 800)
	open := func() *App {
		app := StartApp(t, screen, "--data", data)
		app.goTo("#/organization/" + id)
		return app
	}

	app := open()
	app.Type(fieldOf(id, "acronym"), "CIERRE")
	if code := app.Close(); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
	if got := FindOrganization(t, data, typedName).Fields["acronym"]; got != "CIERRE" {
		t.Errorf("after closing in the middle of a field it is %q", got)
	}

	app = open()
	app.Type(fieldOf(id, "acronym"), "CORTE")
	app.Press(KeyTab)
	app.Wait(`document.querySelector('header.page').innerText.includes('CORTE')`)
	app.Kill()
	if got := FindOrganization(t, data, typedName).Fields["acronym"]; got != "CORTE" {
		t.Errorf("after a kill it is %q", got)
	}
}

// TestDraftSurvivesPowerCut: what was typed into a field that was never left is there again.
func TestDraftSurvivesPowerCut(t *testing.T) {
	office := StartServer(t)
	data := office.Laptop("ana.campo@demo.example")
	id := FindOrganization(t, data, typedName).ID
	screen := StartScreen(t, 1280, 800)
	app := StartApp(t, screen, "--data", data)
	app.goTo("#/organization/" + id)
	app.Type(fieldOf(id, "acronym"), "A MEDIAS")
	time.Sleep(time.Second) // a draft is kept a moment after the last key
	app.Kill()
	if got := FindOrganization(t, data, typedName).Fields["acronym"]; got == "A MEDIAS" {
		t.Error("a field that was never left was saved")
	}
	app = StartApp(t, screen, "--data", data)
	app.goTo("#/organization/" + id)
	app.Wait(`document.querySelector('` + fieldOf(id, "acronym") + `')?.value === 'A MEDIAS'`)
	app.WaitText("no llegó a guardarse")
}

// TestNewerReplicaIsRefused: a replica that only a newer Acopio understands is not touched, and a person who
// started the program from a menu is told why in a window.
func TestNewerReplicaIsRefused(t *testing.T) {
	office := StartServer(t)
	data := office.Laptop("ana.campo@demo.example")
	path := filepath.Join(data, "replica.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := contents(t, path)

	app := StartApp(t, StartScreen(t, 1280, 800), "--data", data)
	app.WaitText("una versión más nueva de Acopio")
	app.ScreenScreenshot("refusal.png")
	_ = app.js(nil, `document.querySelector('button').click()`) // it ends before it can answer
	if code := app.window.wait(t, patience); code != 1 {
		t.Errorf("the window ended with %d", code)
	}
	if said := app.window.lastLines(); !strings.Contains(said, "una versión más nueva de Acopio") {
		t.Errorf("the terminal was not told: %q", said)
	}
	if !bytes.Equal(before, contents(t, path)) {
		t.Error("the newer replica was changed")
	}
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
