package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/intake"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Upload is a file that was received, as people need it to map its columns. It is kept until it is imported or
// dropped, for two hours at most.
type Upload struct {
	Token string `json:"token"`
	exchange.Description
	Mapping    exchange.Mapping   `json:"mapping" doc:"a proposal"`
	Remembered *intake.Remembered `json:"remembered,omitempty" doc:"the import whose mapping is proposed again, for its file had the same columns"`
}

type importInput struct {
	Token string `path:"token"`
	Body  struct {
		Mapping exchange.Mapping `json:"mapping"`
		Mode    exchange.Mode    `json:"mode,omitempty" enum:"add,update,both" doc:"both when missing"`
	} `nameHint:"ImportRequest"`
}

type tokenInput struct {
	Token string `path:"token"`
}

type batchInput struct {
	ID string `path:"id"`
}

type batchesInput struct {
	Networks []string `query:"network,explode"`
}

// Batches are the imports, newest first.
type Batches struct {
	Batches []Batch `json:"batches"`
}

// Batch is one import.
type Batch struct {
	ID         string       `json:"id"`
	Network    string       `json:"network"`
	File       string       `json:"file"`
	Collection string       `json:"collection"`
	Rows       int64        `json:"rows"`
	Added      int64        `json:"added"`
	Updated    int64        `json:"updated"`
	Skipped    int64        `json:"skipped"`
	Status     string       `json:"status" enum:"done,undone"`
	By         string       `json:"by"`
	At         clock.Millis `json:"at"`
	CanUndo    bool         `json:"can_undo" doc:"only where it was made"`
}

func (s *service) importRoutes() {
	s.document(uploadOperation(s.huma.OpenAPI().Components.Schemas))
	s.mux.HandleFunc("POST /api/imports", s.upload)
	handle(s, route{http.MethodPost, "/api/imports/{token}/preview", "previewImport", "What an import would do; changes nothing", false}, previewImport)
	handle(s, route{http.MethodPost, "/api/imports/{token}/run", "runImport", "Import a received file", false}, runImport)
	handle(s, route{http.MethodDelete, "/api/imports/{token}", "dropImport", "Forget a received file", false}, dropImport)
	handle(s, route{http.MethodGet, "/api/batches", "listBatches", "Imports, newest first", false}, listBatches)
	handle(s, route{http.MethodPost, "/api/batches/{id}/undo", "undoBatch", "Take a whole import back", false}, undoBatch)
}

func uploadOperation(registry huma.Registry) huma.Operation {
	text := &huma.Schema{Type: huma.TypeString}
	return huma.Operation{
		Method: http.MethodPost, Path: "/api/imports", OperationID: "uploadImport", Summary: "Receive a spreadsheet",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"file", "collection", "network"},
			Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}, "collection": text, "network": text},
		}}}},
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemaFor[Upload](registry)},
		}}},
	}
}

// intakeOrder is the import that a request asks for.
func (v *visit) intakeOrder(u *uploaded, in *importInput) intake.Order {
	return intake.Order{
		Source: u.source, File: u.file, Collection: u.collection, Network: u.network,
		Mapping: in.Body.Mapping, Mode: in.Body.Mode, Lang: v.lang,
	}
}

// enterImport has a request wait for its turn to work on an uploaded file, which somebody may have imported meanwhile.
func (v *visit) enterImport(ctx context.Context, in *importInput) (u *uploaded, leave func(), err error) {
	if u, err = v.uploads.of(in.Token, v.actor); err != nil {
		return nil, nil, err
	}
	if err := v.mayImport(u.collection, u.network); err != nil {
		return nil, nil, err
	}
	if leave, err = v.uploads.enter(ctx); err != nil {
		return nil, nil, err
	}
	if _, err := v.uploads.of(in.Token, v.actor); err != nil { // after a second click: the first has imported it
		leave()
		return nil, nil, err
	}
	return u, leave, nil
}

func previewImport(ctx context.Context, v *visit, in *importInput) (exchange.Report, error) {
	u, leave, err := v.enterImport(ctx, in)
	if err != nil {
		return exchange.Report{}, err
	}
	defer leave()
	report, err := intake.Preview(ctx, v.rep, v.intakeOrder(u, in))
	return shownReport(report), err
}

func runImport(ctx context.Context, v *visit, in *importInput) (exchange.Report, error) {
	u, leave, err := v.enterImport(ctx, in)
	if err != nil {
		return exchange.Report{}, err
	}
	defer leave()
	report, err := intake.Run(ctx, v.rep, v.editor(), v.intakeOrder(u, in))
	if err == nil {
		v.uploads.forget(in.Token)
	}
	return shownReport(report), err
}

// shownReport has empty lists where the planner left none.
func shownReport(r exchange.Report) exchange.Report {
	if r.Children == nil {
		r.Children = map[string]int{}
	}
	r.Columns = append([]exchange.ColumnReport{}, r.Columns...)
	r.Items = append([]exchange.Item{}, r.Items...)
	for i := range r.Items {
		r.Items[i].Messages = append([]string{}, r.Items[i].Messages...)
	}
	return r
}

// shownUpload likewise.
func shownUpload(u Upload) Upload {
	u.Sheets = append([]string{}, u.Sheets...)
	u.Columns = append([]exchange.Column{}, u.Columns...)
	for i := range u.Columns {
		u.Columns[i].Samples = append([]string{}, u.Columns[i].Samples...)
	}
	m := &u.Mapping
	m.Columns = append([]exchange.ColumnMapping{}, m.Columns...)
	m.Empty, m.Match = append([]string{}, m.Empty...), append([]string{}, m.Match...)
	if m.Defaults == nil {
		m.Defaults = map[string]any{}
	}
	return u
}

// editor saves edits as the person of this visit.
func (v *visit) editor() intake.Editor {
	return func(ctx context.Context, intent draft.Intent) (draft.Result, error) {
		return v.cfg.Host.Edit(ctx, v.actor, intent)
	}
}

func (v *visit) mayImport(collection, network string) error {
	return v.mayEdit(draft.Edit{Kind: draft.Create, Collection: collection, Network: network})
}

func dropImport(_ context.Context, v *visit, in *tokenInput) (Done, error) {
	if _, err := v.uploads.of(in.Token, v.actor); err != nil {
		return Done{}, err
	}
	v.uploads.forget(in.Token)
	return Done{OK: true}, nil
}

// maxBatches bounds the list of imports.
const maxBatches = 200

func listBatches(ctx context.Context, v *visit, in *batchesInput) (Batches, error) {
	networks, err := v.sight.networks(in.Networks)
	if err != nil {
		return Batches{}, err
	}
	found, err := v.rep.Query(ctx, replica.Query{
		Collection: "import_batch", Networks: networks, Limit: maxBatches,
		Sort: []replica.Order{{Field: "created_at", Descending: true}},
	})
	if err != nil {
		return Batches{}, err
	}
	out := Batches{Batches: make([]Batch, 0, len(found.Rows))}
	for _, row := range found.Rows {
		b, err := v.batch(ctx, row)
		if err != nil {
			return Batches{}, err
		}
		out.Batches = append(out.Batches, b)
	}
	return out, nil
}

func (v *visit) batch(ctx context.Context, row replica.Row) (Batch, error) {
	shown, _ := v.sight.row(row)
	text := func(name string) string { s, _ := shown.Fields[name].(string); return s }
	count := func(name string) int64 { n, _ := shown.Fields[name].(int64); return n }
	b := Batch{
		ID: shown.ID, Network: shown.Network, File: text("file"), Collection: text("collection"), Status: text("status"),
		Rows: count("rows"), Added: count("added"), Updated: count("updated"), Skipped: count("skipped"),
		By: shown.UpdatedBy, At: clock.Millis(count("created_at")),
	}
	var err error
	if v.mayUndo(b.Collection) == nil {
		b.CanUndo, err = intake.CanUndo(ctx, v.rep, row.Record)
	}
	return b, err
}

// mayUndo refuses people who may not delete what the import created.
func (v *visit) mayUndo(collection string) error {
	c, err := v.sight.collection(collection)
	if err != nil {
		return err
	}
	if !v.actor.Role.AtLeast(c.Delete) {
		return fault.New(fault.NotAllowed, "what", "delete "+c.Name)
	}
	return nil
}

func undoBatch(ctx context.Context, v *visit, in *batchInput) (intake.Undone, error) {
	id, err := record.ParseID(in.ID)
	if err != nil {
		return intake.Undone{}, err
	}
	row, err := v.rep.Get(ctx, "import_batch", id)
	if fault.Is(err, fault.NotFound) || (err == nil && (row == nil || !v.sight.reaches(row.Record.Network))) {
		return intake.Undone{}, fault.New(fault.BatchUnknown, "batch", in.ID)
	}
	if err != nil {
		return intake.Undone{}, err
	}
	shown, _ := v.sight.row(*row)
	collection, _ := shown.Fields["collection"].(string)
	if err := v.mayUndo(collection); err != nil {
		return intake.Undone{}, err
	}
	leave, err := v.uploads.enter(ctx)
	if err != nil {
		return intake.Undone{}, err
	}
	defer leave()
	return intake.Undo(ctx, v.rep, v.editor(), id, v.lang)
}
