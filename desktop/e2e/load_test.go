//go:build e2e && linux

package e2e

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// TestManyRequests: the window outlives far more requests than a day's work makes, many at a time, and closes
// cleanly in the middle of them. Without guithread_linux.c it dies after some fifty thousand. That many take
// too long for every run: ACOPIO_E2E_REQUESTS asks for more.
func TestManyRequests(t *testing.T) {
	wanted := 5_000
	if text := os.Getenv("ACOPIO_E2E_REQUESTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		wanted = n
	}
	app := StartApp(t, StartScreen(t, 1280, 800), "--data", t.TempDir())
	app.Wait("document.readyState === 'complete'")
	app.JS(nil, `
		window.answered = 0
		const one = i => i % 2
			? fetch('/window/echo', {method: 'POST', body: 'x'.repeat(i * 300)}).then(r => r.json())
			: fetch('/index.html').then(r => r.text())
		const lane = async () => {
			for (let i = 0; ; i = (i + 1) % 20) { await one(i); window.answered++ }
		}
		for (let i = 0; i < 20; i++) lane().catch(e => { window.failed = String(e) })`)
	for answered := 0; answered < wanted; {
		time.Sleep(200 * time.Millisecond)
		var page struct {
			Answered int
			Failed   string
		}
		app.JS(&page, "return {Answered: window.answered, Failed: window.failed}")
		if page.Failed != "" || page.Answered == answered {
			t.Fatalf("after %d requests: %s", page.Answered, page.Failed)
		}
		answered = page.Answered
	}
	if code := app.Close(); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
}
