package exchange

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"

	"acopio/shared/schema"
)

const benchRows = 100_000

// narrow is how many of the columns a plain list has: one record for each row.
const narrow = 9

var benchHeader = []any{
	"Nombre", "Sigla", "FLO ID", "Tipo", "País", "Departamento", "Provincia", "Localidad", "Productos", "Idiomas",
	"Sitio web", "Teléfono", "Correo", "Año de fundación", "RUC", "Latitud", "Longitud", "Contacto", "Teléfono contacto", "Socios 2023",
	"Mujeres 2023", "Observaciones",
}

// benchRow is a row of about 400 bytes with two children and a census.
func benchRow(i int) []any {
	first := []string{"Sol", "Luna", "Valle", "Río", "Cumbre", "Bosque", "Nueva Esperanza", "San Juan", "Santa Rosa", "El Progreso"}
	second := []string{"Naciente", "de Oro", "Verde", "Alto", "Unido", "del Norte", "de los Andes", "Central", "y Paz", "Fértil"}
	return []any{
		fmt.Sprintf("Cooperativa Agraria %s %s %d", first[i%10], second[i/10%10], i/7), fmt.Sprintf("CA%d", i), 10_000 + i,
		"Pequeños productores", "Perú", []string{"Piura", "Cajamarca", "Junín", "Cusco"}[i%4], fmt.Sprintf("Provincia %d", i%190),
		fmt.Sprintf("Caserío %d", i%4000), "Café; Cacao", "Español; Quechua", fmt.Sprintf("https://coop%d.pe", i), fmt.Sprintf("+519%08d", i),
		fmt.Sprintf("info@coop%d.pe", i), 1960 + i%60, fmt.Sprintf("20%09d", i), -4.5 - float64(i%1000)/1000, -79.1 + float64(i%977)/1000,
		fmt.Sprintf("María Quispe %d", i), fmt.Sprintf("+518%08d", i), 50 + i%400, 20 + i%20, "Revisado en la asamblea; falta el acta del año anterior.",
	}
}

func writeBenchCSV(tb testing.TB, rows, columns int) string {
	path := filepath.Join(tb.TempDir(), "bench.csv")
	f, err := os.Create(path)
	must(tb, err)
	defer f.Close()
	w := csv.NewWriter(bufio.NewWriter(f))
	write := func(cells []any) {
		text := make([]string, columns)
		for i, c := range cells[:columns] {
			text[i] = fmt.Sprint(c)
		}
		must(tb, w.Write(text))
	}
	write(benchHeader)
	for i := range rows {
		write(benchRow(i))
	}
	w.Flush()
	must(tb, w.Error())
	return path
}

func writeBenchXLSX(tb testing.TB, rows, columns int) string {
	path := filepath.Join(tb.TempDir(), "bench.xlsx")
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	must(tb, err)
	must(tb, w.SetRow("A1", benchHeader[:columns]))
	for i := range rows {
		must(tb, w.SetRow(fmt.Sprintf("A%d", i+2), benchRow(i)[:columns]))
	}
	must(tb, w.Flush())
	must(tb, f.SaveAs(path))
	return path
}

// benchmarkPlan opens, describes and plans, as a first import into an empty network does.
func benchmarkPlan(b *testing.B, path string, dryRun bool) {
	s := schema.Registry()
	c, err := s.Collection("organization")
	must(b, err)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime()
	for b.Loop() {
		src, err := Open(path)
		must(b, err)
		d, err := src.Describe(context.Background(), "", 0)
		must(b, err)
		p, err := NewPlan(context.Background(), Request{
			Source: src, Schema: s, Collection: c, Network: "PE", Mapping: Suggest(s, c, "PE", d), Lookup: memory{}, DryRun: dryRun,
		})
		must(b, err)
		if p.Report.Added != benchRows {
			b.Fatalf("added %d: %+v", p.Report.Added, p.Report.Items[:3])
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	if used := cpuTime() - before; used > 0 {
		b.ReportMetric(float64(benchRows)*float64(b.N)/used.Seconds(), "rows/cpu-s")
	}
}

func BenchmarkPlanCSV(b *testing.B) {
	benchmarkPlan(b, writeBenchCSV(b, benchRows, len(benchHeader)), false)
}

func BenchmarkPlanXLSX(b *testing.B) {
	benchmarkPlan(b, writeBenchXLSX(b, benchRows, len(benchHeader)), false)
}

func BenchmarkPlanNarrowCSV(b *testing.B) {
	benchmarkPlan(b, writeBenchCSV(b, benchRows, narrow), false)
}

func BenchmarkPlanNarrowXLSX(b *testing.B) {
	benchmarkPlan(b, writeBenchXLSX(b, benchRows, narrow), false)
}

func BenchmarkDryRunCSV(b *testing.B) {
	benchmarkPlan(b, writeBenchCSV(b, benchRows, len(benchHeader)), true)
}

func BenchmarkDryRunXLSX(b *testing.B) {
	benchmarkPlan(b, writeBenchXLSX(b, benchRows, len(benchHeader)), true)
}
