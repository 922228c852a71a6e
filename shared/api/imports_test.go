package api_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/exchange"
	"acopio/shared/intake"
)

const cooperatives = "Nombre;FLO ID;País;Lat;Lon\nCOCLA;1234;PE;-12.8;-72.6\nValle Verde;4321;PE;-11.1;-75.2\n;77;PE;;\n"

// upload sends a form; parts come as name, content pairs, file with a name of its own.
func (c *client) upload(parts ...string) (int, []byte) {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(parts); i += 2 {
		create := form.CreateFormField
		if parts[i] == "file" {
			create = func(name string) (io.Writer, error) { return form.CreateFormFile(name, `C:\datos\cooperativas.csv`) }
		}
		w, err := create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	r := c.request(http.MethodPost, "/api/imports", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return c.send(r)
}

func (c *client) uploaded(content string) api.Upload {
	c.t.Helper()
	status, b := c.upload("file", content, "collection", "organization", "network", "PE")
	if status != http.StatusOK {
		c.t.Fatalf("%d %s", status, b)
	}
	return decoded[api.Upload](c.t, b)
}

func importBody(m exchange.Mapping) map[string]any {
	return map[string]any{"mapping": m, "mode": "both"}
}

func files(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestAnImportFromUploadToUndo(t *testing.T) {
	g := newRegister(t)
	dir := t.TempDir()
	c := serve(t, g.office, func(cfg *api.Config) { cfg.UploadDir = dir }).as("coord")
	up := c.uploaded(cooperatives)
	if up.Token == "" || up.Rows != 3 || len(up.Columns) != 5 || up.Format != exchange.CSV || len(up.Mapping.Columns) != 5 {
		t.Fatalf("got %+v", up)
	}
	path := "/api/imports/" + up.Token
	preview := call[exchange.Report](c, http.MethodPost, path+"/preview", importBody(up.Mapping))
	if preview.Rows != 3 || preview.Added != 1 || preview.Problems != 1 || preview.Rows != preview.Added+preview.Updated+preview.Unchanged+preview.Skipped+preview.Problems {
		t.Errorf("got %+v", preview)
	}
	if got := get[api.RecordPage](c, "/api/records/organization"); got.Total != 2 {
		t.Errorf("the preview changed something: %s", names(got))
	}
	report := call[exchange.Report](c, http.MethodPost, path+"/run", importBody(up.Mapping))
	if report.Batch == "" || report.Added != preview.Added || report.Updated != preview.Updated {
		t.Fatalf("got %+v", report)
	}
	added := get[api.RecordPage](c, "/api/records/organization?where=imported_in="+report.Batch)
	if names(added) != "Valle Verde" {
		t.Errorf("got %s", names(added))
	}
	if files(t, dir) != 0 {
		t.Error("the file was not removed")
	}
	c.refused(http.MethodPost, path+"/run", importBody(up.Mapping), http.StatusNotFound, "not_found")
	undoImport(t, c, g, report.Batch)
}

// A file with the same columns, in any order, is proposed the mapping that people gave the last one.
func TestAMappingIsRemembered(t *testing.T) {
	g := newRegister(t)
	dir := t.TempDir()
	c := serve(t, g.office, func(cfg *api.Config) { cfg.UploadDir = dir }).as("coord")
	first := c.uploaded("Nombre;Zona\nUna;Alta\n")
	if first.Remembered != nil {
		t.Fatalf("remembered %+v", first.Remembered)
	}
	for i := range first.Mapping.Columns {
		if col := &first.Mapping.Columns[i]; col.Column == "Zona" {
			col.To, col.As = "locality", exchange.AsText
		}
	}
	call[exchange.Report](c, http.MethodPost, "/api/imports/"+first.Token+"/run", importBody(first.Mapping))
	again := c.uploaded("Zona;Nombre\nBaja;Otra\n")
	if again.Remembered == nil || again.Remembered.File != "cooperativas.csv" || again.Remembered.At == 0 {
		t.Fatalf("remembered %+v", again.Remembered)
	}
	preview := call[exchange.Report](c, http.MethodPost, "/api/imports/"+again.Token+"/preview", importBody(again.Mapping))
	if preview.Added != 1 || preview.Columns[0].To != "locality" {
		t.Errorf("%+v", preview)
	}
	if other := c.uploaded("Zona;Nombre;Otra\nBaja;Otra;x\n"); other.Remembered != nil {
		t.Errorf("another kind of file was taken for it: %+v", other.Remembered)
	}
}

func undoImport(t *testing.T, c *client, g *register, batch string) {
	t.Helper()
	list := get[api.Batches](c, "/api/batches").Batches
	if len(list) != 1 || list[0].ID != batch || list[0].File != "cooperativas.csv" || list[0].Status != "done" || !list[0].CanUndo || list[0].Added != 1 || list[0].By != "Carla Coord" {
		t.Fatalf("got %+v", list)
	}
	if can := get[api.Batches](c.as("field"), "/api/batches").Batches[0].CanUndo; can {
		t.Error("field staff, who may not delete organizations, are offered to")
	}
	c.as("field").refused(http.MethodPost, "/api/batches/"+batch+"/undo", nil, http.StatusForbidden, "not_allowed")
	undone := call[intake.Undone](c, http.MethodPost, "/api/batches/"+batch+"/undo", nil)
	if undone.Reverted == 0 || undone.Kept == nil {
		t.Errorf("got %+v", undone)
	}
	if got := names(get[api.RecordPage](c, "/api/records/organization?sort=name")); got != "COCLA|Ñandú del Norte" {
		t.Errorf("got %s", got)
	}
	if list := get[api.Batches](c, "/api/batches").Batches; list[0].Status != "undone" || list[0].CanUndo {
		t.Errorf("got %+v", list)
	}
	c.refused(http.MethodPost, "/api/batches/"+batch+"/undo", nil, http.StatusConflict, "batch_undone")
	c.refused(http.MethodPost, "/api/batches/"+g.cocla+"/undo", nil, http.StatusNotFound, "batch_unknown")
	c.refused(http.MethodPost, "/api/batches/zebra/undo", nil, http.StatusUnprocessableEntity, "bad_id")
	other := g.put("import_batch", "PE", map[string]any{"file": "x.csv", "collection": "organization", "status": "done"})
	c.refused(http.MethodPost, "/api/batches/"+other+"/undo", nil, http.StatusConflict, "batch_elsewhere")
}

func TestUploadsAreRefusedForAReason(t *testing.T) {
	g := newRegister(t)
	dir := t.TempDir()
	c := serve(t, g.office, func(cfg *api.Config) { cfg.UploadDir = dir }).as("field")
	for code, parts := range map[string][]string{
		"not_a_spreadsheet":  {"file", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", "collection", "organization", "network", "PE"},
		"empty_file":         {"file", "", "collection", "organization", "network", "PE"},
		"unknown_collection": {"collection", "unicorn", "network", "PE", "file", cooperatives},
		"unknown_network":    {"file", cooperatives, "collection", "organization", "network", "BO"},
		"read_only":          {"file", cooperatives, "collection", "conflict", "network", "PE"},
		"bad_request":        {"collection", "organization", "network", "PE"},
	} {
		if status, b := c.upload(parts...); status != http.StatusUnprocessableEntity || !strings.Contains(string(b), code) {
			t.Errorf("%s: got %d %s", code, status, b)
		}
	}
	for _, parts := range [][]string{
		{"file", "a\nb", "file", "a\nb"}, {"horn", "1"}, {"collection", strings.Repeat("x", 2000)},
	} {
		if status, b := c.upload(parts...); status != http.StatusUnprocessableEntity || !strings.Contains(string(b), "bad_request") {
			t.Errorf("got %d %s", status, b)
		}
	}
	c.refused(http.MethodPost, "/api/imports", "no form", http.StatusUnprocessableEntity, "bad_request")
	if files(t, dir) != 0 {
		t.Error("a refused file stays on disk")
	}
}

func TestAFileBelongsToWhoSentItAndIsForgotten(t *testing.T) {
	g := newRegister(t)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/import-old", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	now := &movable{at: g.Now()}
	admin := serve(t, g.office, func(cfg *api.Config) { cfg.UploadDir, cfg.Clock = dir, now })
	if files(t, dir) != 0 {
		t.Error("what an earlier run left is still there")
	}
	c := admin.as("field")
	up := c.uploaded(cooperatives)
	path := "/api/imports/" + up.Token
	admin.refused(http.MethodPost, path+"/preview", importBody(up.Mapping), http.StatusNotFound, "not_found")
	c.refused(http.MethodPost, path+"/preview", `{"mapping":{},"mode":"sideways"}`, http.StatusUnprocessableEntity, "bad_mapping")
	call[api.Done](c, http.MethodDelete, path, nil)
	c.refused(http.MethodDelete, path, nil, http.StatusNotFound, "not_found")
	for range 7 {
		up = c.uploaded(cooperatives)
	}
	if n := files(t, dir); n != 5 {
		t.Errorf("%d files wait", n)
	}
	now.at = now.at.Add(3 * time.Hour)
	c.refused(http.MethodPost, "/api/imports/"+up.Token+"/preview", importBody(up.Mapping), http.StatusNotFound, "not_found")
	if n := files(t, dir); n != 0 {
		t.Errorf("%d files are kept too long", n)
	}
}

// movable is a clock that a test moves.
type movable struct{ at time.Time }

func (m *movable) Now() time.Time { return m.at }

var _ clock.Clock = (*movable)(nil)

func TestAnImportThatChangesNothingLeavesNoRecord(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office).as("coord")
	for i, want := range []bool{true, false} {
		up := c.uploaded("nombre;flo_id\nCOCLA;1234\nValle Verde;4321\n")
		report := call[exchange.Report](c, http.MethodPost, "/api/imports/"+up.Token+"/run", importBody(up.Mapping))
		if (report.Batch != "") != want {
			t.Errorf("%d: got %+v", i, report)
		}
	}
	if list := get[api.Batches](c, "/api/batches").Batches; len(list) != 1 {
		t.Errorf("got %+v", list)
	}
}
