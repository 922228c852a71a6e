//go:build e2e && linux

package e2e

import (
	"testing"
	"time"
)

func TestSoak(t *testing.T) {
	app := StartApp(t, StartScreen(t, 1280, 800), "--data", t.TempDir())
	app.Wait("document.querySelector('h1')")
	app.JS(nil, `window.n = 0; window.bad = ''; (async () => { for (;;) { const all = []; for (let i = 0; i < 20; i++) { all.push(i % 2 ? fetch('/api/echo', {method: 'POST', body: 'x'.repeat(i * 300)}).then(r => r.json()) : fetch('/index.html').then(r => r.text())) } try { await Promise.all(all); window.n += 20 } catch (e) { window.bad = String(e); return } } })()`)
	for i := 0; i < 18; i++ {
		time.Sleep(5 * time.Second)
		var n int
		var bad string
		app.JS(&n, "return window.n")
		app.JS(&bad, "return window.bad")
		t.Log(n, bad)
	}
}
