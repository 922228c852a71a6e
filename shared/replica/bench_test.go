package replica

import (
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"testing"
	"time"

	"acopio/shared/record"
)

// benchRows is how many organizations a benchmark works on: REPLICA_BENCH_ROWS, or 100,000.
func benchRows(b *testing.B) int {
	b.Helper()
	if n, err := strconv.Atoi(os.Getenv("REPLICA_BENCH_ROWS")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

// BenchmarkApply compares a bulk load with the same rows, indexes and search index written by a prepared statement, in
// transactions of as many rows, with nothing to check and nothing to keep.
func BenchmarkApply(b *testing.B) {
	n := benchRows(b)
	const page = 10_000
	for i := 0; i < b.N; i++ {
		var raw, ours time.Duration
		r, l1 := newReplica(b), newReplica(b)
		g := newGenerator()
		for done := 0; done < n; done += page {
			recs := g.list(page, "PE")
			images := make([][]driver.Value, len(recs))
			docs := make([]string, len(recs))
			t := r.layout().byNumber[2]
			for j, rec := range recs {
				images[j] = serverImage(t, rec)
				docs[j] = t.document(images[j])
			}
			start := time.Now()
			rawInsert(b, l1, t, done, images, docs)
			raw += time.Since(start)
			start = time.Now()
			apply(b, r, recs...)
			ours += time.Since(start)
		}
		b.ReportMetric(float64(n)/raw.Seconds(), "raw-rows/s")
		b.ReportMetric(float64(n)/ours.Seconds(), "rows/s")
		b.ReportMetric(ours.Seconds()/raw.Seconds(), "ratio")
		checkSums(b, r, "PE")
	}
}

func rawInsert(b *testing.B, r *Replica, t *table, done int, images [][]driver.Value, docs []string) {
	b.Helper()
	tx, err := r.write.db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	rows, err := tx.Prepare(t.insert)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	search, err := tx.Prepare("INSERT INTO " + t.search + " (rowid, text) VALUES (?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = search.Close() }()
	for j, img := range images {
		args := []any{done + j}
		for _, v := range img {
			args = append(args, v)
		}
		if _, err := rows.Exec(args...); err != nil {
			b.Fatal(err)
		}
		if _, err := search.Exec(done+j, docs[j]); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// benchFile is a replica with many organizations, kept in REPLICA_BENCH_DIR between runs if that is set.
func benchFile(b *testing.B) *Replica {
	b.Helper()
	n := benchRows(b)
	dir := os.Getenv("REPLICA_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("bench%d.db", n))
	_, err := os.Stat(path)
	r := openReplica(b, path, nil)
	if err == nil {
		return r
	}
	g := newGenerator()
	for done := 0; done < n; done += 10_000 {
		apply(b, r, g.list(10_000, "PE", "PE", "PE", "BO", "EC")...)
	}
	return r
}

// BenchmarkQuery prints the median and the 95th percentile of what the interface asks for.
func BenchmarkQuery(b *testing.B) {
	r := benchFile(b)
	cases := map[string][]Query{}
	add := func(kind string, q Query) {
		q.Collection, q.Limit = "organization", max(q.Limit, 100)
		cases[kind] = append(cases[kind], q)
	}
	for _, text := range []string{"cooperativa agraria", "asociacion de productores", "chico", "guaname", "san", "union 12", "lo"} {
		for i := 2; i <= len(text); i++ {
			add("search as you type", Query{Search: text[:i]})
		}
	}
	for _, c := range [][]Condition{
		{{"type", "=", "small_producers"}},
		{{"country", "=", "PE"}},
		{{"country", "=", "NI"}, {"type", "=", "other"}},
		{{"products", "=", "coffee"}},
		{{"admin1", "=", "cusco"}},
		{{"founded", ">=", "2010"}},
		{{"status", "=", "inactive"}, {"products", "=", "honey"}},
	} {
		for _, sort := range []Order{{"name", false}, {"name", true}, {"country", false}, {"updated_at", true}} {
			for _, offset := range []int{0, 1000} {
				add("filter, sort, page", Query{Where: c, Sort: []Order{sort}, Offset: offset})
			}
		}
	}
	for _, sort := range []Order{{"name", false}, {"acronym", true}, {"admin1", false}, {"updated_at", true}} {
		for _, offset := range []int{0, 1000, 50_000} {
			add("sort, page", Query{Sort: []Order{sort}, Offset: offset})
			add("sort, page of one network", Query{Sort: []Order{sort}, Offset: offset / 10, Networks: []string{"BO"}})
		}
	}
	add("search and filter", Query{Search: "coop", Where: []Condition{{"type", "=", "small_producers"}, {"country", "=", "PE"}}})
	add("search and filter", Query{Search: "chi", Where: []Condition{{"products", "=", "coffee"}}, Networks: []string{"BO"}})
	add("search and sort", Query{Search: "chi", Sort: []Order{{"name", false}}})
	for kind, queries := range cases {
		b.Run(kind, func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				benchQueries(b, r, queries)
			}
		})
	}
	for _, field := range []string{"type", "country", "products", "admin1"} {
		b.Run("facets "+field, func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				r.counts.forget()
				r.counts.forget()
				if _, err := r.Facets(ctx, Query{Collection: "organization"}, field); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchQueries(b *testing.B, r *Replica, queries []Query) {
	b.Helper()
	var took []time.Duration
	for _, q := range queries {
		var d time.Duration
		var res Result
		for i := 0; i < 3; i++ { // the best of three: other programs run too
			r.counts.forget()
			r.counts.forget() // counted as the first time
			start := time.Now()
			var err error
			if res, err = r.Query(ctx, q); err != nil {
				b.Fatal(err)
			}
			if took := time.Since(start); i == 0 || took < d {
				d = took
			}
		}
		took = append(took, d)
		if os.Getenv("REPLICA_BENCH_VERBOSE") != "" {
			b.Logf("%8.2f ms %8d %q %v %v +%d", float64(d.Microseconds())/1000, res.Total, q.Search, q.Where, q.Sort, q.Offset)
		}
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
}

func BenchmarkOpen(b *testing.B) {
	path := benchFile(b).path
	for i := 0; i < b.N; i++ {
		r, err := Open(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEdit is one durable edit of one field.
func BenchmarkEdit(b *testing.B) {
	r := newReplica(b)
	g := newGenerator()
	recs := g.list(2000, "PE")
	apply(b, r, recs...)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		rec := g.change(recs[i%len(recs)], map[string]any{"locality": fmt.Sprint("lugar ", i)})
		recs[i%len(recs)] = rec
		apply(b, r, rec)
	}
}

// BenchmarkUpdates is a page of single-field changes to rows that are there, in one transaction.
func BenchmarkUpdates(b *testing.B) {
	r := newReplica(b)
	g := newGenerator()
	recs := g.list(10_000, "PE")
	apply(b, r, recs...)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		changed := make([]*record.Record, len(recs))
		for j, rec := range recs {
			changed[j] = g.change(rec, map[string]any{"locality": fmt.Sprint("lugar ", i)})
		}
		recs = changed
		start := time.Now()
		apply(b, r, changed...)
		b.ReportMetric(float64(len(recs))/time.Since(start).Seconds(), "rows/s")
	}
}
