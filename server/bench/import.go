package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"acopio/shared/draft"
	"acopio/shared/exchange"
	"acopio/shared/intake"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// imported are the fields of the files: those of a spreadsheet as offices keep them.
var imported = []string{
	"name", "acronym", "flo_id", "type", "country", "admin1", "admin2", "locality", "products", "languages", "website", "phones", "emails",
	"founded", "tax_id", "notes",
}

type importTimes struct {
	Dry, Real float64 // seconds
	Peak      int64
}

// imports measures the import of a file, as a trial and for good, by a process of its own.
func imports(b *bench) error {
	rows := size(b, 100_000, 5_000)
	for _, kind := range []struct {
		name  string
		write func(path string, rows int) error
		least float64
	}{{"CSV", writeCSV, 30_000}, {"XLSX", writeXLSX, 10_000}} {
		dir, err := b.folder("import")
		if err != nil {
			return err
		}
		path := filepath.Join(dir, "organizaciones."+strings.ToLower(kind.name))
		if err := kind.write(path, rows); err != nil {
			return err
		}
		took, err := ask[importTimes](b, "import", dir, path, fmt.Sprint(rows))
		if err != nil {
			return err
		}
		b.beyond("S11 "+kind.name+", dry run", float64(rows)/took.Dry, "rows/s", kind.least, b.yard.hash)
		b.beyond("S11 "+kind.name+", real", float64(rows)/took.Real, "rows/s", kind.least, b.yard.hash)
		b.tell("S11 "+kind.name+", peak memory", float64(took.Peak)/1e6, "MB")
	}
	return nil
}

func cells(i int) []any {
	o := organization(i)
	o["flo_id"] = fmt.Sprint(1_000_000 + i)
	row := make([]any, len(imported))
	for j, name := range imported {
		switch v := o[name].(type) {
		case []string:
			row[j] = strings.Join(v, "; ")
		default:
			row[j] = v
		}
	}
	return row
}

func header() []any {
	row := make([]any, len(imported))
	for i, name := range imported {
		f, _ := organizations.Field(name)
		row[i] = f.Label.In("es")
	}
	return row
}

func writeCSV(path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	buffer := bufio.NewWriter(f)
	w := csv.NewWriter(buffer)
	write := func(cells []any) error {
		text := make([]string, len(cells))
		for i, c := range cells {
			text[i] = fmt.Sprint(c)
		}
		return w.Write(text)
	}
	err = write(header())
	for i := 0; i < rows && err == nil; i++ {
		err = write(cells(i))
	}
	w.Flush()
	return errors.Join(err, w.Error(), buffer.Flush())
}

func writeXLSX(path string, rows int) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	err = w.SetRow("A1", header())
	for i := 0; i < rows && err == nil; i++ {
		err = w.SetRow(fmt.Sprintf("A%d", i+2), cells(i))
	}
	return errors.Join(err, w.Flush(), f.SaveAs(path))
}

// playImport imports a file into a new replica.
func playImport(args []string) error {
	ctx := context.Background()
	l, err := openLaptop(args[0], "http://nowhere.example", credential{}, nil)
	if err != nil {
		return err
	}
	err = l.rep.Write(func(tx *replica.Tx) error {
		return tx.PutNetwork(replica.NetworkState{Code: network, Class: record.Everything, Complete: true})
	})
	if err != nil {
		return err
	}
	source, err := exchange.Open(args[1])
	if err != nil {
		return err
	}
	o := intake.Order{Source: source, File: filepath.Base(args[1]), Collection: organizations.Name, Network: network, Lang: "es"}
	_, proposal, err := intake.Describe(ctx, l.rep, o)
	if err != nil {
		return err
	}
	o.Mapping = proposal.Mapping
	var t importTimes
	began := time.Now()
	report, err := intake.Preview(ctx, l.rep, o)
	t.Dry = time.Since(began).Seconds()
	if err := added(report, err, args[2]); err != nil {
		return err
	}
	began = time.Now()
	report, err = intake.Run(ctx, l.rep, func(_ context.Context, in draft.Intent) (draft.Result, error) {
		return l.out.Edit(draft.Author{Role: schema.Coordinator, May: func(string) bool { return true }}, in)
	}, o)
	t.Real = time.Since(began).Seconds()
	if err := added(report, err, args[2]); err != nil {
		return err
	}
	_, t.Peak = memoryOf(os.Getpid())
	return errors.Join(json.NewEncoder(os.Stdout).Encode(t), l.Close())
}

// added demands that an import took every row.
func added(r exchange.Report, err error, rows string) error {
	if err == nil && fmt.Sprint(r.Added) != rows {
		err = fmt.Errorf("%d rows added of %s: %+v", r.Added, rows, r.Items[:min(3, len(r.Items))])
	}
	return err
}
