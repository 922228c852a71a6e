//go:build e2e && linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for something that a person would expect at once.
const patience = 20 * time.Second

// App is a running window and the driver attached to it.
type App struct {
	Page
	screen *Screen
	window *process
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
	app := &App{Page: Page{t: t}, screen: screen}
	inspector := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	app.window = start(t, append(screen.env(), "WEBKIT_INSPECTOR_SERVER="+inspector), "window", Binary(t), args...)
	port := freePort(t)
	start(t, screen.env(), "webdriver", "WebKitWebDriver", "--host=127.0.0.1", fmt.Sprintf("--port=%d", port), "--target="+inspector)
	app.driver.base = fmt.Sprintf("http://127.0.0.1:%d", port)
	t.Cleanup(app.captureFailure)
	app.attach()
	return app
}

// attach opens the driver's session. The driver answers only once the window is up, so a window that ends instead
// is noticed here rather than waited for.
func (a *App) attach() {
	a.t.Helper()
	attached := make(chan error, 1)
	go func() { attached <- a.driver.connect(map[string]any{}, 30*time.Second) }()
	select {
	case err := <-attached:
		if err != nil {
			a.t.Fatalf("attach to the window: %v", err)
		}
	case <-a.window.done:
		a.t.Fatalf("the window ended at once: %s", a.window.lastLines())
	}
}

// ScreenScreenshot keeps what is on the screen, the window with its frame, as artifacts/name.
func (a *App) ScreenScreenshot(name string) {
	a.t.Helper()
	a.painted()
	a.screen.capture(a.t, name)
}

// captureFailure keeps what a failed test had on the screen, if the window was still there.
func (a *App) captureFailure() {
	select {
	case <-a.window.done:
	default:
		if a.t.Failed() {
			a.screen.capture(a.t, "failed-"+a.t.Name()+".png")
		}
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
