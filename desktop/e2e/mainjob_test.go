//go:build e2e && linux

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// The organization that these tests look for, as people type it and as it is written.
const (
	typedName   = "condor de papel ambo"
	writtenName = "Cóndor de Papel de Ambo"
)

// TestMainJob is the product's reason to be, told once from end to end: a laptop is enrolled in its own window,
// finds an organization, is edited without a connection, syncs by itself when there is one, and the office sees it.
func TestMainJob(t *testing.T) {
	office := StartServer(t)
	app := StartApp(t, StartScreen(t, 1440, 900), "--data", t.TempDir())

	app.WaitText("Inscribir esta computadora")
	app.Type("#enroll-server", office.URL)
	app.Type("#enroll-code", office.DeviceCode("ana.campo@demo.example"))
	app.Type("#enroll-name", "Laptop de Ana")
	app.ClickText("button", "Inscribir")
	app.WaitChip("Al día")
	app.WaitText("Red Demo Perú (ficticia)")

	id := app.openOrganization(typedName, writtenName)
	office.Stop()
	app.WaitChip("Sin conexión")

	const acronym = "ACÓNDOR"
	app.Type(fieldOf(id, "acronym"), acronym)
	app.Press(KeyTab)
	app.WaitText("guardado")
	app.Wait(fmt.Sprintf(`document.querySelector('header.page').innerText.includes(%q)`, acronym))
	app.WaitText("Por enviar")
	app.WaitChip("1 por enviar")
	app.ScreenScreenshot("window.png")

	office.Start()
	app.WaitChip("Al día")

	console := OpenConsole(t, office.URL, 1440, 900)
	console.SignIn("admin@demo.example", office.Password)
	if found := console.openOrganization(typedName, writtenName); found != id {
		t.Errorf("the console shows organization %s, the window %s", found, id)
	}
	console.Wait(fmt.Sprintf("document.querySelector('%s').value === %q", fieldOf(id, "acronym"), acronym))
	console.Screenshot("console.png")

	if code := app.Close(); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
}

// TestTheOfficeSeesItLive: a page that is open in the office shows an edit of the window without being touched.
func TestTheOfficeSeesItLive(t *testing.T) {
	office := StartServer(t)
	data := office.Laptop("ana.campo@demo.example")
	id := FindOrganization(t, data, typedName).ID
	console := OpenConsole(t, office.URL, 1440, 900)
	console.SignIn("office@demo.example", office.Password)
	console.goTo("#/organization/" + id)

	app := StartApp(t, StartScreen(t, 1280, 800), "--data", data)
	app.goTo("#/organization/" + id)
	app.Type(fieldOf(id, "acronym"), "EN VIVO")
	app.Press(KeyTab)
	console.Wait(fmt.Sprintf("document.querySelector('%s')?.value === 'EN VIVO'", fieldOf(id, "acronym")))

	console.Type(fieldOf(id, "founded"), "1987")
	console.Press(KeyTab)
	app.Wait(fmt.Sprintf("document.querySelector('%s')?.value === '1987'", fieldOf(id, "founded")))
}

// openOrganization searches the list as a person does, opens the first organization that it finds and returns its id.
func (p *Page) openOrganization(typed, written string) string {
	p.t.Helper()
	p.Click("a[href='#/members']")
	p.Type("input[type=search]", typed)
	p.Wait(fmt.Sprintf(`document.querySelector('[role=grid] [role=row][aria-rowindex="2"]')?.innerText.includes(%q)`, written))
	p.Click(`[role=grid] [role=row][aria-rowindex="2"] a`)
	p.Wait(fmt.Sprintf(`document.querySelector('h1')?.innerText.includes(%q)`, written))
	var id string
	p.JS(&id, `return location.hash.split('/')[2]`)
	return id
}

// goTo opens a place of the interface.
func (p *Page) goTo(place string) {
	p.t.Helper()
	p.JS(nil, "location.hash = arguments[0]", place)
}

// WaitChip waits until the status chip says the text.
func (p *Page) WaitChip(text string) {
	p.t.Helper()
	waitFor(p.t, patience, "the chip to say "+text, func() error {
		var said string
		if err := p.js(&said, `return document.querySelector('[data-testid=status-chip]')?.innerText ?? 'nothing'`); err != nil {
			return err
		}
		if !strings.Contains(said, text) {
			return fmt.Errorf("it says %s", said)
		}
		return nil
	})
}

// fieldOf selects the input of a field on a record's page.
func fieldOf(id, field string) string { return fmt.Sprintf(`[id="%s-%s"]`, id, field) }
