package outbox

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"acopio/shared/draft"
	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/intake"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// file writes a file of organizations and says how to import it.
func (l *laptop) file(rows int) intake.Order {
	l.t.Helper()
	path := filepath.Join(l.t.TempDir(), "lista.csv")
	f, err := os.Create(path)
	l.check(err)
	defer func() { _ = f.Close() }()
	w := bufio.NewWriter(f)
	_, _ = fmt.Fprintln(w, "Nombre,FLO ID,País,Departamento,Localidad,Productos,Sitio web,Observaciones")
	for i := range rows {
		_, _ = fmt.Fprintf(w, "Cooperativa Agraria %d,%d,Perú,Cusco,Caserío %d,Café; Cacao,https://coop%d.pe,Falta el acta de la asamblea de %d.\n",
			i, 100_000+i, i, i, i)
	}
	l.check(w.Flush())
	source, err := exchange.Open(path)
	l.check(err)
	o := intake.Order{Source: source, File: "lista.csv", Collection: "organization", Network: "PE"}
	_, proposal, err := intake.Describe(context.Background(), l.rep, o)
	l.check(err)
	o.Mapping = proposal.Mapping
	return o
}

// held is the memory in use, garbage apart.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What an import holds, or its undoing, must not grow with the file but by little: a laptop of 4 GB imports 100,000 rows. With all edits and
// steps in memory at once it was 2,300 bytes of each of these rows.
func TestImportHoldsLittle(t *testing.T) {
	const rows, least, most = 8_000, 10, 450 // bytes a row
	var asked, atCommit int64
	l := &laptop{t: t}
	watch := false // the first transactions make the file
	rep, err := replica.Open(filepath.Join(t.TempDir(), "replica.db"), replica.Options{AtCommit: func(done bool) {
		if watch && !done {
			atCommit = held()
		}
	}})
	l.check(err)
	t.Cleanup(func() { l.check(rep.Close()) })
	l.Outbox, err = Open(rep)
	l.check(err)
	l.check(rep.Write(func(tx *replica.Tx) error {
		return tx.PutNetwork(replica.NetworkState{Code: "PE", Class: record.Everything, Complete: true})
	}))
	o := l.file(rows)
	before := held()
	watch = true
	edit := func(_ context.Context, in draft.Intent) (draft.Result, error) {
		asked = held()
		return l.Edit(coordinator, in)
	}
	expect := func(what string) {
		t.Helper()
		t.Logf("%s: %d bytes a row when planned, %d when written", what, (asked-before)/rows, (atCommit-before)/rows)
		if asked-before > most*rows || atCommit-before > most*rows || asked-before < least*rows {
			t.Errorf("%s holds %d bytes when planned, %d when written, for %d rows", what, asked-before, atCommit-before, rows)
		}
	}
	report, err := intake.Run(context.Background(), rep, edit, o)
	l.check(err)
	if report.Added != rows {
		t.Fatalf("%d added of %d: %+v", report.Added, rows, report.Items)
	}
	expect("an import")
	batch, err := record.ParseID(report.Batch)
	l.check(err)
	before = held()
	undone, err := intake.Undo(context.Background(), rep, edit, batch, "es")
	l.check(err)
	if undone.Reverted != rows {
		t.Fatalf("%d taken back of %d", undone.Reverted, rows)
	}
	expect("its undoing")
}

// An import that fails half-way leaves nothing, and one that was made is taken back as a whole.
func TestImportIsAllOrNothing(t *testing.T) {
	l := newLaptop(t)
	ctx, o := context.Background(), l.file(700)
	run := func(spoil func(draft.Edit) draft.Edit) (exchange.Report, error) {
		return intake.Run(ctx, l.rep, func(_ context.Context, in draft.Intent) (draft.Result, error) {
			more := in.More
			in.More = func(yield func(draft.Edit) bool) {
				more(func(e draft.Edit) bool { return yield(spoil(e)) })
			}
			return l.Edit(coordinator, in)
		}, o)
	}
	n := 0
	_, err := run(func(e draft.Edit) draft.Edit {
		if n++; n == 650 {
			e.Fields["country"] = "Perú o Bolivia"
		}
		return e
	})
	if err == nil || fault.Of(err).Field != "country" {
		t.Fatalf("got %v", err)
	}
	left, err := l.List(ctx)
	l.check(err)
	found, err := l.rep.Query(ctx, replica.Query{Collection: "organization"})
	l.check(err)
	if len(left) != 0 || found.Total != 0 {
		t.Fatalf("%d edits and %d records are left of an import that failed", len(left), found.Total)
	}
	report, err := run(func(e draft.Edit) draft.Edit { return e })
	l.check(err)
	left, err = l.List(ctx)
	l.check(err)
	if report.Added != 700 || len(left) != 701 {
		t.Fatalf("%d edits for %d records and the import's own", len(left), report.Added)
	}
	batch, err := record.ParseID(report.Batch)
	l.check(err)
	undone, err := intake.Undo(ctx, l.rep, func(_ context.Context, in draft.Intent) (draft.Result, error) {
		return l.Edit(coordinator, in)
	}, batch, "es")
	l.check(err)
	found, err = l.rep.Query(ctx, replica.Query{Collection: "organization"})
	l.check(err)
	if undone.Reverted != 700 || found.Total != 0 {
		t.Errorf("%d taken back, %d are left", undone.Reverted, found.Total)
	}
}
