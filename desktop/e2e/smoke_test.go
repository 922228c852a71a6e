//go:build e2e && linux

package e2e

import (
	"bytes"
	"fmt"
	"mime"
	"mime/multipart"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWindowOpens: the real window comes up with its title and page, and ends cleanly when asked to.
func TestWindowOpens(t *testing.T) {
	screen := StartScreen(t, 1440, 900)
	app := StartApp(t, screen, "--data", t.TempDir())
	app.Wait("document.querySelector('h1')")

	var page struct{ Title, Heading string }
	app.JS(&page, `return {Title: document.title, Heading: document.querySelector('h1').innerText}`)
	if page.Heading == "" || page.Title == "" {
		t.Errorf("the page has no title or heading: %+v", page)
	}
	if windows := screen.Windows(t); !slices.Contains(windows, "Acopio") {
		t.Errorf("no window with the title Acopio among %q", windows)
	}
	app.ScreenScreenshot("smoke.png")
	if code := app.Close(); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
}

// TestPostedBodiesArrive: what the page posts reaches the API in this process whole, in each form that the
// interface may use. A custom scheme loses some of them, or crashes on them, without the window's fetch.js.
func TestPostedBodiesArrive(t *testing.T) {
	app := StartApp(t, StartScreen(t, 1280, 800), "--data", t.TempDir())
	app.Wait("document.readyState === 'complete'")
	for _, c := range []struct {
		name, body string
		bytes      int
	}{
		{"text", `'{"name":"Cooperativa Ñuñoa"}'`, 30},
		{"large text", `'á'.repeat(1_000_000)`, 2_000_000},
		{"blob", `new Blob([new Uint8Array(3_000_000).fill(65)])`, 3_000_000},
		{"buffer", `new Uint8Array(3_000_000).fill(65).buffer`, 3_000_000},
		{"file", `new File([new Uint8Array(100_000).fill(65)], 'members.csv', {type: 'text/csv'})`, 100_000},
	} {
		var answer struct{ Bytes int }
		app.JS(&answer, `return (await fetch('/window/echo', {method: 'POST', body: `+c.body+`})).json()`)
		if answer.Bytes != c.bytes {
			t.Errorf("%s: %d bytes arrived, want %d", c.name, answer.Bytes, c.bytes)
		}
	}
}

// TestPostedFormsArrive: a form with a file, as an import sends it, is one that Go reads as such.
func TestPostedFormsArrive(t *testing.T) {
	app := StartApp(t, StartScreen(t, 1280, 800), "--data", t.TempDir())
	app.Wait("document.readyState === 'complete'")
	var answer struct{ Type, Body string }
	app.JS(&answer, `
		const form = new FormData()
		form.append('file', new File(['código,nombre\n1,"Ñ"\n'], 'año "1".csv', {type: 'text/csv'}))
		form.append('network', 'PE')
		return (await fetch('/window/echo', {method: 'POST', headers: {'Accept-Language': 'es'}, body: form})).json()`)
	_, params, err := mime.ParseMediaType(answer.Type)
	if err != nil {
		t.Fatalf("type %q: %v", answer.Type, err)
	}
	form, err := multipart.NewReader(strings.NewReader(answer.Body), params["boundary"]).ReadForm(1 << 20)
	if err != nil {
		t.Fatalf("form %q: %v", answer.Body, err)
	}
	if got := form.Value["network"]; !slices.Equal(got, []string{"PE"}) {
		t.Errorf("network is %q", got)
	}
	file := form.File["file"][0]
	if file.Filename != "año %221%22.csv" || file.Size != int64(len("código,nombre\n1,\"Ñ\"\n")) {
		t.Errorf("the file arrived as %q of %d bytes", file.Filename, file.Size)
	}
}

// TestNothingFromElsewhere: the page can load nothing but the window's own content.
func TestNothingFromElsewhere(t *testing.T) {
	app := StartApp(t, StartScreen(t, 1280, 800), "--data", t.TempDir())
	app.Wait("document.readyState === 'complete'")
	var blocked string
	app.JS(&blocked, `return await new Promise(done => {
		document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective))
		fetch('http://127.0.0.1:9/').catch(() => {})
		setTimeout(() => done('nothing'), 3000)
	})`)
	if blocked != "connect-src" {
		t.Errorf("a request to elsewhere was stopped by %q", blocked)
	}
}

// TestSecondStart: the same replica has one window; starting again brings it forward, and where there is no
// session bus a small window says why nothing opens. Another replica has a window of its own.
func TestSecondStart(t *testing.T) {
	screen := StartScreen(t, 1280, 800)
	data := t.TempDir()
	app := StartApp(t, screen, "--data", data)
	app.JS(nil, `window.seen = []; window.runtime.EventsOn('window.second_start', args => window.seen.push(args))`)

	began := time.Now()
	code, said := runWindow(t, screen.env(), "--data", data)
	if code != 0 || !strings.Contains(said, "pasó al frente") {
		t.Errorf("second start: exit %d, said %q", code, said)
	}
	t.Logf("handed over in %s", time.Since(began))
	app.Wait(fmt.Sprintf("JSON.stringify(window.seen) === JSON.stringify([['--data', %q]])", data))

	lonely := *screen
	lonely.bus = "unix:path=/nonexistent"
	refused := StartApp(t, &lonely, "--data", data)
	refused.WaitText("tiene abierta esta carpeta")
	if code := refused.Close(); code != 1 {
		t.Errorf("a second start that finds no bus ended with %d", code)
	}
	StartApp(t, screen, "--data", t.TempDir()).Wait("document.readyState === 'complete'")
}

// runWindow starts the program and waits for it to end by itself.
func runWindow(t *testing.T, env []string, args ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(Binary(t), args...)
	cmd.Env = env
	p := launch(t, cmd, "second", &out)
	code = p.wait(t, patience)
	return code, out.String()
}
