package api

import (
	"cmp"
	"context"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/intake"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

type exportInput struct {
	Filter
	Fields string          `query:"fields" doc:"comma list: only these fields, in this order; also derived ones, network, updated_at and updated_by"`
	Format exchange.Format `query:"format" required:"true" enum:"csv,xlsx,geojson,ndjson"`
	Lang   string          `query:"lang" enum:"es,en,pt,fr" doc:"language of labels; without it a CSV's header has field names"`
	Name   string          `query:"name" maxLength:"200" doc:"what the file is called; without it by its collection"`
}

type exportOutput struct{ Body func(huma.Context) }

func (s *service) exportRoutes() {
	huma.Register(s.huma, huma.Operation{
		Method: http.MethodGet, Path: "/api/export/{collection}", OperationID: "export", Summary: "Records as a file",
		Responses: map[string]*huma.Response{"200": {
			Description: "the file", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}},
	}, s.export)
}

// export checks everything that can be wrong with the request before the first byte goes out.
func (s *service) export(ctx context.Context, in *exportInput) (*exportOutput, error) {
	v, err := s.visit(ctx, false)
	if err != nil {
		return nil, err
	}
	c, q, err := v.query(in.Filter)
	if err != nil {
		return nil, err
	}
	then, err := v.pastOf(c, in.AsOf)
	if err != nil {
		return nil, err
	}
	options := exchange.WriteOptions{Lang: in.Lang, Labels: in.Lang != ""}
	if options.Fields, err = v.exported(c, in.Fields); err != nil {
		return nil, err
	}
	if in.Format == exchange.GeoJSON {
		if options.Position, err = intake.Positions(ctx, v.rep, q); err != nil {
			return nil, err
		}
	}
	if options.Labels || in.Format == exchange.XLSX {
		if options.Called, err = intake.Called(ctx, v.rep, q, v.sight.visible); err != nil {
			return nil, err
		}
	}
	return &exportOutput{Body: func(hctx huma.Context) {
		r, w := humago.Unwrap(hctx)
		w.Header().Set("Content-Type", in.Format.ContentType())
		w.Header().Set("Content-Disposition", attachment(cmp.Or(in.Name, c.Name+"."+string(in.Format))))
		out := &counter{ctx: ctx, w: w}
		if err := v.write(ctx, out, in.Format, c, q, then, options); err != nil {
			fail(out, r, err)
		}
	}}, nil
}

// attachment says that an answer is to be saved as a file of a name.
func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// exported are the fields of a file: the ones asked for, or all that the person may see.
func (v *visit) exported(c *schema.Collection, list string) ([]string, error) {
	fields := commaList(list)
	for _, name := range fields {
		if exchange.IsCalculated(c, name) {
			continue // they are made of what everybody may see
		}
		if _, err := v.sight.field(c, name); err != nil {
			return nil, err
		}
	}
	if len(fields) > 0 {
		return slices.Compact(fields), nil
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if _, err := v.sight.field(c, f.Name); err == nil && !f.Retired && (!f.System || f.Name == "tags") {
			fields = append(fields, f.Name)
		}
	}
	return fields, nil
}

func (v *visit) write(ctx context.Context, w io.Writer, f exchange.Format, c *schema.Collection, q replica.Query, then *past, o exchange.WriteOptions) error {
	file, err := exchange.NewWriter(f, w, c, o)
	if err != nil {
		return err
	}
	err = v.rep.Each(ctx, q, func(row replica.Row) error {
		one := []replica.Row{row}
		if _, err := v.asOf(ctx, then, one); err != nil {
			return err
		}
		rec := v.sight.record(c, one[0].Record)
		if rec == nil {
			return nil
		}
		return file.Write(rec, v.calculated(row))
	})
	if err != nil {
		return err
	}
	return file.Close()
}

// calculated is what a row says beyond the fields of its record.
func (v *visit) calculated(row replica.Row) map[string]schema.Value {
	out := make(map[string]schema.Value, len(row.Derived)+3)
	maps.Copy(out, row.Derived)
	out[exchange.Network] = row.Record.Network
	for _, n := range v.session.Networks {
		if n.Code == row.Record.Network {
			out[exchange.Network] = n.Name
		}
	}
	if row.UpdatedAt > 0 {
		out[exchange.UpdatedAt] = time.UnixMilli(int64(row.UpdatedAt)).Format(time.DateOnly) // as this computer's calendar has it
	}
	out[exchange.UpdatedBy] = row.UpdatedBy
	return out
}

// counter knows whether the answer has begun, and lets it take as long as its reader keeps reading.
type counter struct {
	ctx context.Context // of the one request it answers
	w   http.ResponseWriter
	n   int64
}

func (c *counter) Write(p []byte) (int, error) {
	callOf(c.ctx).allow(stallTimeout)
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// fail ends an export that cannot go on. Once bytes are out there is no other status to send: the connection is cut,
// so that nobody takes half a file for a whole one. Where there is no connection, the writer is told if it wants to be.
func fail(out *counter, r *http.Request, err error) {
	if out.n == 0 {
		out.w.Header().Del("Content-Disposition")
		WriteFault(out.w, r, err)
		return
	}
	logCause(r.Context(), r.Method+" "+routeOf(r), fault.Of(err))
	if w, ok := out.w.(interface{ Fail(err error) }); ok {
		w.Fail(err)
		return
	}
	if r.Context().Value(http.ServerContextKey) != nil {
		panic(http.ErrAbortHandler)
	}
}
