//go:build e2e && linux

package e2e

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for something that a person would expect at once.
const patience = 20 * time.Second

// App is a running window and the driver attached to it.
type App struct {
	t      *testing.T
	screen *Screen
	window *process
	driver driver
}

// Binary is the test build of the window: the one the Makefile makes, or ACOPIO_E2E_WINDOW.
func Binary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("ACOPIO_E2E_WINDOW"); path != "" {
		return path
	}
	return filepath.Join(root(t), "build", "e2e", "acopio-desktop")
}

// StartApp opens the window on a screen with the given arguments and attaches to it. It lasts until the test
// ends or Close or Kill is called.
func StartApp(t *testing.T, screen *Screen, args ...string) *App {
	t.Helper()
	app := &App{t: t, screen: screen}
	inspector := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	app.window = start(t, append(screen.env(), "WEBKIT_INSPECTOR_SERVER="+inspector), "window", Binary(t), args...)
	port := freePort(t)
	start(t, screen.env(), "webdriver", "WebKitWebDriver", "--host=127.0.0.1", fmt.Sprintf("--port=%d", port), "--target="+inspector)
	app.driver.base = fmt.Sprintf("http://127.0.0.1:%d", port)
	app.attach()
	return app
}

// attach opens the driver's session. The driver answers only once the window is up, so a window that ends instead
// is noticed here rather than waited for.
func (a *App) attach() {
	a.t.Helper()
	attached := make(chan error, 1)
	go func() { attached <- a.driver.connect(30 * time.Second) }()
	select {
	case err := <-attached:
		if err != nil {
			a.t.Fatalf("attach to the window: %v", err)
		}
	case <-a.window.done:
		a.t.Fatalf("the window ended at once: %s", a.window.lastLines())
	}
}

// JS runs the body of a function in the page and decodes what it returns (a promise is awaited) into answer,
// which may be nil. The arguments are its `arguments`.
func (a *App) JS(answer any, body string, args ...any) {
	a.t.Helper()
	if err := a.js(answer, body, args...); err != nil {
		a.t.Fatalf("script %q: %v", body, err)
	}
}

func (a *App) js(answer any, body string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	var raw json.RawMessage
	script := map[string]any{"script": "return (async function(){" + body + "}).apply(null, arguments)", "args": args}
	if err := a.driver.do(http.MethodPost, "/execute/sync", script, &raw); err != nil {
		return err
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(raw, answer)
}

// Wait waits until the JavaScript expression is true in the page.
func (a *App) Wait(expression string) {
	a.t.Helper()
	waitFor(a.t, patience, expression, func() error {
		var ok bool
		if err := a.js(&ok, "return !!("+expression+")"); err != nil {
			return err
		}
		if !ok {
			return errors.New("still false")
		}
		return nil
	})
}

// WaitText waits until the page shows the text, whatever its case.
func (a *App) WaitText(text string) {
	a.t.Helper()
	a.Wait(fmt.Sprintf("document.body.innerText.toLowerCase().includes(%q)", strings.ToLower(text)))
}

// Click clicks the first visible element that matches, once it is there and can take the click.
func (a *App) Click(css string) {
	a.t.Helper()
	a.retry("click "+css, "css selector", css, func(id string) error {
		return a.driver.do(http.MethodPost, "/element/"+id+"/click", nil, nil)
	})
}

// ClickText clicks the innermost element of the kind (like "button" or "*") that shows the text.
func (a *App) ClickText(kind, text string) {
	a.t.Helper()
	path := fmt.Sprintf("//%s[contains(normalize-space(.), %q) and not(.//%s[contains(normalize-space(.), %q)])]", kind, text, kind, text)
	a.retry("click "+text, "xpath", path, func(id string) error {
		return a.driver.do(http.MethodPost, "/element/"+id+"/click", nil, nil)
	})
}

// Type empties the field that matches, then types into it key by key.
func (a *App) Type(css, text string) {
	a.t.Helper()
	a.retry("type into "+css, "css selector", css, func(id string) error {
		if err := a.driver.do(http.MethodPost, "/element/"+id+"/clear", nil, nil); err != nil {
			return err
		}
		return a.driver.do(http.MethodPost, "/element/"+id+"/value", map[string]any{"text": text}, nil)
	})
}

// Press sends keys to the element that has the focus; see the Key constants.
func (a *App) Press(keys string) {
	a.t.Helper()
	var active element
	if err := a.driver.do(http.MethodGet, "/element/active", nil, &active); err != nil {
		a.t.Fatalf("press: %v", err)
	}
	if err := a.driver.do(http.MethodPost, "/element/"+active.id()+"/value", map[string]any{"text": keys}, nil); err != nil {
		a.t.Fatalf("press: %v", err)
	}
}

// Keys that are not letters, as WebDriver writes them.
const (
	KeyEnter  = "\ue007"
	KeyTab    = "\ue004"
	KeyEscape = "\ue00c"
)

// Text is what the first matching element shows.
func (a *App) Text(css string) string {
	a.t.Helper()
	var text string
	a.retry("text of "+css, "css selector", css, func(id string) error {
		return a.driver.do(http.MethodGet, "/element/"+id+"/text", nil, &text)
	})
	return text
}

// retry finds an element and acts on it, again when the page changed in between.
func (a *App) retry(what, using, value string, act func(id string) error) {
	a.t.Helper()
	waitFor(a.t, patience, what, func() error {
		var found element
		if err := a.driver.do(http.MethodPost, "/element", map[string]any{"using": using, "value": value}, &found); err != nil {
			return err
		}
		return act(found.id())
	})
}

// painted waits until what the page now holds is on the screen: two frames, since a frame's callback runs
// before that frame is drawn.
func (a *App) painted() {
	a.t.Helper()
	a.JS(nil, `await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))`)
}

// ScreenScreenshot keeps the whole screen, window frame included, as artifacts/name.
func (a *App) ScreenScreenshot(name string) {
	a.t.Helper()
	a.painted()
	a.screen.capture(a.t, name)
}

// Screenshot keeps what the page shows, without the window's frame, as artifacts/name.
func (a *App) Screenshot(name string) {
	a.t.Helper()
	a.painted()
	var picture string
	if err := a.driver.do(http.MethodGet, "/screenshot", nil, &picture); err != nil {
		a.t.Fatalf("screenshot: %v", err)
	}
	bytes, err := base64.StdEncoding.DecodeString(picture)
	if err != nil {
		a.t.Fatalf("screenshot: %v", err)
	}
	if err := os.WriteFile(artifact(a.t, name), bytes, 0o644); err != nil {
		a.t.Fatal(err)
	}
}

// Close asks the window to end, as the session manager would, and returns its exit code.
func (a *App) Close() int { return a.end(syscall.SIGTERM) }

// Kill ends the window at once, as a power cut would.
func (a *App) Kill() { a.end(syscall.SIGKILL) }

func (a *App) end(sig syscall.Signal) int {
	a.t.Helper()
	if err := a.window.cmd.Process.Signal(sig); err != nil {
		a.t.Fatalf("end the window: %v", err)
	}
	return a.window.wait(a.t, patience)
}
