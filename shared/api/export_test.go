package api_test

import (
	"mime"
	"net/http"
	"strings"
	"testing"
)

func TestExportsOfEveryFormat(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	for format, wants := range map[string][]string{
		"csv":     {"COCLA", "Ñandú del Norte", "flo_id"},
		"ndjson":  {`"name":"COCLA"`, `"products":["cocoa","coffee"]`},
		"geojson": {"FeatureCollection", "-72.69", "COCLA"}, // placed at its site
		"xlsx":    {"PK"},
	} {
		resp, body := c.export("/api/export/organization?network=PE&sort=name&format=" + format)
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %s: %.400s", format, want, body)
			}
		}
		if got := resp.Header.Get("Content-Disposition"); got != "attachment; filename=organization."+format {
			t.Errorf("got %s", got)
		}
		if strings.Contains(body, exile) {
			t.Errorf("%s has the other network", format)
		}
	}
	if _, body := c.export("/api/export/organization?network=PE&format=csv&fields=acronym,name&where=acronym=COC"); !strings.Contains(body, "COC,COCLA") || strings.Contains(body, "Ñandú") {
		t.Errorf("got %s", body)
	}
}

func TestExportsTellWhatIsCalculated(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	const path = "/api/export/organization?network=PE&sort=name&lang=es&fields=name,census_year,members_total,network,updated_at,updated_by"
	_, body := c.export(path + "&format=csv")
	head, rows, _ := strings.Cut(body, "\r\n")
	if head != "\ufeffid,Nombre,Año del último censo,Socias y socios (último censo),Red,Cambiada,Cambiada por" {
		t.Errorf("got %q", head)
	}
	if !strings.Contains(rows, ",COCLA,2024,120,") || !strings.Contains(rows, ",Ñandú del Norte,,,") {
		t.Errorf("got %s", rows)
	}
	if _, body = c.export(path + "&format=csv&as_of=2021-06-01"); !strings.Contains(body, ",COCLA,2020,999,") {
		t.Errorf("as of a day: %s", body)
	}
	resp, _ := c.export(path + "&format=csv&name=Organiza%C3%A7%C3%B5es%20%22a%22%0D%0AX:%20b.csv")
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || params["filename"] != "Organizações \"a\"\r\nX: b.csv" {
		t.Errorf("the file is called %q", resp.Header.Get("Content-Disposition"))
	}
	c.refused(http.MethodGet, "/api/export/organization?format=csv&fields=name,wealth", nil, http.StatusUnprocessableEntity, "unknown_field")
}

func TestExportsNameWhatIsReferredTo(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	const path = "/api/export/census?network=PE&sort=year&fields=organization,year&format=csv"
	if _, body := c.export(path + "&lang=es"); !strings.Contains(body, ",COCLA,2024\r\n") {
		t.Errorf("for people: %s", body)
	}
	if _, body := c.export(path); !strings.Contains(body, ","+g.cocla+",2024\r\n") {
		t.Errorf("for programs: %s", body)
	}
	g.put("organization", "BO", map[string]any{"name": "Cocla", "country": "BO"}) // is another network's
	if _, body := c.export(path + "&lang=es"); !strings.Contains(body, ",COCLA,2024\r\n") {
		t.Errorf("one of the name in each of two networks: %s", body)
	}
	g.put("organization", "PE", map[string]any{"name": "Cóclá", "country": "PE"})
	if _, body := c.export(path + "&lang=es"); !strings.Contains(body, ","+g.cocla+",2024\r\n") {
		t.Errorf("a name that two have finds neither: %s", body)
	}
}

func (c *client) export(path string) (*http.Response, string) {
	c.t.Helper()
	r := c.request(http.MethodGet, path, nil)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	_ = resp.Body.Close()
	status, b := c.send(r)
	if status != http.StatusOK {
		c.t.Fatalf("%s: %d %s", path, status, b)
	}
	return resp, string(b)
}
