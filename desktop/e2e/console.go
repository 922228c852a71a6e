//go:build e2e && linux

package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Console is the office's page in a browser: Chromium without a screen.
type Console struct{ Page }

// OpenConsole opens the address in a browser in Spanish that lasts until the test ends.
func OpenConsole(t *testing.T, address string, width, height int) *Console {
	t.Helper()
	c := &Console{Page{t: t}}
	port := freePort(t)
	start(t, nil, "chromedriver", "chromedriver", fmt.Sprintf("--port=%d", port))
	c.driver.base = fmt.Sprintf("http://127.0.0.1:%d", port)
	err := c.driver.connect(map[string]any{"alwaysMatch": map[string]any{"goog:chromeOptions": map[string]any{
		"args": []string{
			"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
			"--accept-lang=es", "--user-data-dir=" + t.TempDir(),
		},
	}}}, 30*time.Second)
	if err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	t.Cleanup(func() { _ = c.driver.do(http.MethodDelete, "", nil, nil) }) // ends the browser
	c.resize(width, height)
	c.do("open the console", "/url", map[string]any{"url": address})
	return c
}

// resize gives the page the size, whatever the browser keeps for itself of its window.
func (c *Console) resize(width, height int) {
	c.t.Helper()
	c.do("resize the browser", "/window/rect", map[string]any{"width": width, "height": height})
	var inside struct{ Width, Height int }
	c.JS(&inside, "return {Width: innerWidth, Height: innerHeight}")
	c.do("resize the browser", "/window/rect", map[string]any{"width": 2*width - inside.Width, "height": 2*height - inside.Height})
}

func (c *Console) do(what, command string, body any) {
	c.t.Helper()
	if err := c.driver.do(http.MethodPost, command, body, nil); err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// SignIn enters through the console's own page.
func (c *Console) SignIn(email, password string) {
	c.t.Helper()
	c.Type("#email", email)
	c.Type("#password", password)
	c.Click("button[type=submit]")
	c.Wait(`document.querySelector('[data-testid=status-chip]')`)
}
