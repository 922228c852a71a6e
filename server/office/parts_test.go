package office_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"acopio/server/office"
	"acopio/server/service"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/exchange"
	"acopio/shared/intake"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// desk is an office with a network, and somebody at it.
type desk struct {
	t    *testing.T
	core *service.Core
	host office.Host
}

var ana = api.Actor{Email: "ana@office.example", Name: "Ana", Role: schema.Office, Networks: []string{"PE"}, Device: 2}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t}
	var err error
	d.core, err = service.OpenCore(service.Config{DataDir: t.TempDir(), Log: zerolog.Nop(), CheapPasswords: true})
	d.check(err)
	d.check(d.core.CreateNetwork(t.Context(), "test", "PE", "Red", nil))
	o, err := office.Open(filepath.Join(t.TempDir(), office.FileName), d.core.Feed, schema.Registry(), clock.System{}, zerolog.Nop())
	d.check(err)
	d.core.Engine.OnCommit(func(networks []string) {
		for _, n := range networks {
			o.Moved(n)
		}
	})
	o.Moved("PE")
	o.Current(t.Context())
	t.Cleanup(func() { d.check(errors.Join(o.Close(), d.core.Close())) })
	d.host = office.Host{Office: o, Engine: d.core.Engine, Clock: clock.System{}}
	return d
}

func (d *desk) check(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) edit(ctx context.Context, intent draft.Intent) (draft.Result, error) {
	return d.host.Edit(ctx, ana, intent)
}

// imports imports a list of organizations, through an editor.
func (d *desk) imports(edit intake.Editor, names ...string) (exchange.Report, error) {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), "lista.csv")
	d.check(os.WriteFile(path, []byte("Nombre,Localidad\n"+strings.Join(names, ",Chazuta\n")+",Chazuta\n"), 0o600))
	source, err := exchange.Open(path)
	d.check(err)
	o := intake.Order{Source: source, File: "lista.csv", Collection: "organization", Network: "PE"}
	rep := d.host.Office.Replica()
	_, p, err := intake.Describe(d.t.Context(), rep, o)
	d.check(err)
	o.Mapping = p.Mapping
	return intake.Run(d.t.Context(), rep, edit, o)
}

// living is how many organizations people see in the console.
func (d *desk) living() int {
	d.t.Helper()
	found, err := d.host.Office.Replica().Query(d.t.Context(), replica.Query{Collection: "organization", Limit: 1})
	d.check(err)
	return found.Total
}

func names(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("Cooperativa %d", i))
	}
	return out
}

// A large import is many transactions, between which others have their turn; it is complete when it is answered, and is taken
// back as one.
func TestALargeImportIsAppliedInParts(t *testing.T) {
	d := newDesk(t)
	const rows = 2300
	before := d.core.Engine.Commits()
	report, err := d.imports(d.edit, names(rows)...)
	d.check(err)
	if report.Added != rows || d.living() != rows {
		t.Fatalf("%d added, %d there", report.Added, d.living())
	}
	if n := d.core.Engine.Commits() - before; n < 4 {
		t.Errorf("%d transactions", n)
	}
	batch, err := record.ParseID(report.Batch)
	d.check(err)
	undone, err := intake.Undo(t.Context(), d.host.Office.Replica(), d.edit, batch, "es")
	d.check(err)
	if undone.Reverted != rows || len(undone.Kept) != 0 || d.living() != 0 {
		t.Errorf("%d taken back, %d kept, %d there", undone.Reverted, len(undone.Kept), d.living())
	}
}

// A later part refers to what an earlier one made, and changes it again.
func TestPartsSeeThoseBefore(t *testing.T) {
	d := newDesk(t)
	id := record.NewID().String()
	more := func(yield func(draft.Edit) bool) {
		create := draft.Edit{Kind: draft.Create, Collection: "organization", Network: "PE", ID: id, Fields: map[string]any{"name": "Una"}}
		if !yield(create) {
			return
		}
		for i := range 1200 {
			contact := draft.Edit{Kind: draft.Create, Collection: "contact", Network: "PE", Fields: map[string]any{"organization": id, "name": fmt.Sprint(i)}}
			notes := draft.Edit{Kind: draft.Update, Collection: "organization", Network: "PE", ID: id, Fields: map[string]any{"notes": fmt.Sprint(i)}}
			if !yield(contact) || i%100 == 0 && !yield(notes) {
				return
			}
		}
	}
	_, err := d.edit(t.Context(), draft.Intent{More: more, Bulk: true})
	d.check(err)
	rep := d.host.Office.Replica()
	contacts, err := rep.Query(t.Context(), replica.Query{Collection: "contact", Limit: 1})
	d.check(err)
	conflicts, err := rep.Query(t.Context(), replica.Query{Collection: "conflict", Limit: 1})
	d.check(err)
	org, err := record.ParseID(id)
	d.check(err)
	row, err := rep.Get(t.Context(), "organization", org)
	d.check(err)
	c, err := schema.Registry().Collection("organization")
	d.check(err)
	if notes := row.Record.Named(c)["notes"]; contacts.Total != 1200 || conflicts.Total != 0 || notes != "1100" {
		t.Errorf("%d contacts, %d conflicts, notes %v", contacts.Total, conflicts.Total, notes)
	}
}

// An import of which a later part is refused is taken back: what was there before is there, and no more.
func TestAnImportThatStopsHalfWayIsTakenBack(t *testing.T) {
	d := newDesk(t)
	_, err := d.imports(d.edit, "Ya estaba")
	d.check(err)
	broken := errors.New("the file is gone")
	stops := func(ctx context.Context, intent draft.Intent) (draft.Result, error) {
		if intent.Batch.IsZero() {
			return d.edit(ctx, intent)
		}
		all, n := intent.More, 0
		intent.More = func(yield func(draft.Edit) bool) {
			for e := range all {
				if n++; n == 1200 {
					e.Fields = map[string]any{"no_such_field": 1}
				}
				if !yield(e) {
					return
				}
			}
		}
		before := d.core.Engine.Commits()
		_, err := d.edit(ctx, intent)
		if n := d.core.Engine.Commits() - before; n < 2 || err == nil || d.living() < 900 {
			t.Errorf("%d parts were applied, %d are there, %v", n, d.living(), err)
		}
		return draft.Result{}, broken
	}
	if _, err := d.imports(stops, names(2000)...); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if d.living() != 1 {
		t.Errorf("%d organizations are there", d.living())
	}
}
