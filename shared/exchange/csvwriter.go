package exchange

import (
	"bufio"
	"io"
	"strings"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// csvWriter writes rows that spreadsheets show without running anything in them.
type csvWriter struct {
	exporter
	w   *bufio.Writer
	err error
}

func newCSVWriter(w io.Writer, x exporter) (*csvWriter, error) {
	out := &csvWriter{exporter: x, w: bufio.NewWriter(w)}
	out.put("\ufeff" + MatchID)
	for _, f := range x.fields {
		out.put(",")
		out.cell(x.header(f.Field), true)
	}
	out.put("\r\n")
	return out, out.err
}

func (c *csvWriter) Write(r *record.Record, calculated map[string]schema.Value) error {
	c.put(r.ID.String())
	for _, f := range c.fields {
		c.put(",")
		c.cell(c.text(f.Field, f.of(r, calculated)), !f.Type.IsNumber())
	}
	c.put("\r\n")
	return c.err
}

func (c *csvWriter) put(s string) {
	if c.err == nil {
		_, c.err = c.w.WriteString(s)
	}
}

// cell writes one cell; text of people is protected, numbers may begin with a minus.
func (c *csvWriter) cell(s string, text bool) {
	if text {
		s = protect(s)
	}
	if strings.ContainsAny(s, ",;\t\"\r\n") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	c.put(s)
}

func (c *csvWriter) Close() error {
	if c.err == nil {
		c.err = c.w.Flush()
	}
	return c.err
}
