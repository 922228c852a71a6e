//go:build e2e && linux

package e2e

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// Page is what a person sees through a driver: the window's own page, or the console in a browser.
type Page struct {
	t      *testing.T
	driver driver
}

// JS runs the body of a function in the page and decodes what it returns (a promise is awaited) into answer,
// which may be nil. The arguments are its `arguments`.
func (p *Page) JS(answer any, body string, args ...any) {
	p.t.Helper()
	if err := p.js(answer, body, args...); err != nil {
		p.t.Fatalf("script %q: %v", body, err)
	}
}

func (p *Page) js(answer any, body string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	var raw json.RawMessage
	script := map[string]any{"script": "return (async function(){" + body + "}).apply(null, arguments)", "args": args}
	if err := p.driver.do(http.MethodPost, "/execute/sync", script, &raw); err != nil {
		return err
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(raw, answer)
}

// Wait waits until the JavaScript expression is true in the page.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	waitFor(p.t, patience, expression, func() error {
		var ok bool
		if err := p.js(&ok, "return !!("+expression+")"); err != nil {
			return err
		}
		if !ok {
			return errors.New("still false")
		}
		return nil
	})
}

// WaitText waits until the page shows the text, whatever its case.
func (p *Page) WaitText(text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("document.body.innerText.toLowerCase().includes(%q)", strings.ToLower(text)))
}

// Click clicks the first visible element that matches, once it is there and can take the click.
func (p *Page) Click(css string) {
	p.t.Helper()
	p.retry("click "+css, "css selector", css, func(id string) error {
		return p.driver.do(http.MethodPost, "/element/"+id+"/click", nil, nil)
	})
}

// ClickText clicks the innermost element of the kind (like "button" or "*") that shows the text.
func (p *Page) ClickText(kind, text string) {
	p.t.Helper()
	path := fmt.Sprintf("//%s[contains(normalize-space(.), %q) and not(.//%s[contains(normalize-space(.), %q)])]", kind, text, kind, text)
	p.retry("click "+text, "xpath", path, func(id string) error {
		return p.driver.do(http.MethodPost, "/element/"+id+"/click", nil, nil)
	})
}

// Type replaces what the field that matches holds, key by key, as a person would: it clicks into the field,
// selects all and types. WebDriver's own way of emptying a field leaves it in between, which saves it.
func (p *Page) Type(css, text string) {
	p.t.Helper()
	p.retry("type into "+css, "css selector", css, func(id string) error {
		if err := p.driver.do(http.MethodPost, "/element/"+id+"/click", nil, nil); err != nil {
			return err
		}
		if err := p.js(nil, "document.activeElement.select()"); err != nil {
			return err
		}
		return p.driver.do(http.MethodPost, "/element/"+id+"/value", map[string]any{"text": text}, nil)
	})
}

// Press sends keys to the element that has the focus; see the Key constants.
func (p *Page) Press(keys string) {
	p.t.Helper()
	var active element
	if err := p.driver.do(http.MethodGet, "/element/active", nil, &active); err != nil {
		p.t.Fatalf("press: %v", err)
	}
	if err := p.driver.do(http.MethodPost, "/element/"+active.id()+"/value", map[string]any{"text": keys}, nil); err != nil {
		p.t.Fatalf("press: %v", err)
	}
}

// Keys that are not letters, as WebDriver writes them.
const (
	KeyEnter  = "\ue007"
	KeyTab    = "\ue004"
	KeyEscape = "\ue00c"
)

// Text is what the first matching element shows.
func (p *Page) Text(css string) string {
	p.t.Helper()
	var text string
	p.retry("text of "+css, "css selector", css, func(id string) error {
		return p.driver.do(http.MethodGet, "/element/"+id+"/text", nil, &text)
	})
	return text
}

// retry finds an element and acts on it, again when the page changed in between.
func (p *Page) retry(what, using, value string, act func(id string) error) {
	p.t.Helper()
	waitFor(p.t, patience, what, func() error {
		var found element
		if err := p.driver.do(http.MethodPost, "/element", map[string]any{"using": using, "value": value}, &found); err != nil {
			return err
		}
		return act(found.id())
	})
}

// painted waits until what the page now holds is on the screen: two frames, since a frame's callback runs before
// that frame is drawn, and a while more, since WebKit hands frames to another process that draws them.
func (p *Page) painted() {
	p.t.Helper()
	p.JS(nil, `await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 600))))`)
}

// Screenshot keeps what the page shows, without the window's frame, as artifacts/name.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	p.painted()
	var picture string
	if err := p.driver.do(http.MethodGet, "/screenshot", nil, &picture); err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
	bytes, err := base64.StdEncoding.DecodeString(picture)
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
	if err := os.WriteFile(artifact(p.t, name), bytes, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
