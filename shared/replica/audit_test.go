package replica

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
	"acopio/shared/survey"
)

// behind changes the file as somebody with a tool does, who knows nothing of sums.
func behind(t testing.TB, r *Replica, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+r.path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	res, err := db.Exec(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n == 0 {
		t.Fatalf("%s changed nothing, %v", query, err)
	}
}

// held is a network as a replica should be, and as the server has it.
type held struct {
	t    testing.TB
	rep  *Replica
	make *maker
	have map[record.Key]*record.Record
}

func newHeld(t testing.TB, n int) *held {
	t.Helper()
	h := &held{t: t, rep: newReplica(t), make: newMaker(), have: map[record.Key]*record.Record{}}
	var recs []*record.Record
	for i := range n {
		for _, code := range []string{"PE", "BO"} {
			org := h.make.organization(code, fmt.Sprintf("Norte %03d", i), map[string]any{"country": "PE"})
			recs = append(recs, org, h.make.make(code, "contact", map[string]any{"name": fmt.Sprint("Ana ", i), "organization": org.ID.String()}))
		}
	}
	h.put(recs...)
	h.put(h.make.delete(h.one("Norte 001")))
	write(t, h.rep, func(tx *Tx) error {
		return tx.ApplyStrangers([]Stranger{h.stranger("PE", 1), h.stranger("PE", 2)})
	})
	return h
}

// stranger is a record of a collection that nobody knows.
func (h *held) stranger(code string, i int) Stranger {
	c := schema.Collection{Number: 999, Name: "later", Fields: []schema.Field{{Number: 10, Name: "name", Type: schema.Text}}}
	rec := &record.Record{Version: 1, Fields: map[uint16]schema.Value{10: fmt.Sprint(i)}, Stamps: map[uint16]record.Stamp{10: {Version: 1, Device: 7, Edited: 1}}}
	return Stranger{Key: record.Key{Network: code, Collection: 999, ID: record.DerivedID("later", fmt.Sprint(i))}, Seq: uint64(i), Body: record.EncodeBody(&c, rec)}
}

func (h *held) put(recs ...*record.Record) {
	h.t.Helper()
	apply(h.t, h.rep, recs...)
	for _, rec := range recs {
		h.have[rec.Key] = rec
	}
}

// one finds the organization of PE with a name.
func (h *held) one(name string) *record.Record {
	c, _ := h.rep.Schema().Collection("organization")
	for _, rec := range h.have {
		if rec.Network == "PE" && rec.Collection == c.Number && rec.Named(c)["name"] == name {
			return rec
		}
	}
	h.t.Fatalf("no %s", name)
	return nil
}

// server is the survey that the server would make of PE.
func (h *held) server() *survey.Survey {
	var points []survey.Point
	for _, rec := range h.have {
		if rec.Network != "PE" {
			continue
		}
		c, _ := h.rep.Schema().CollectionByNumber(rec.Collection)
		points = append(points, survey.At(rec.Collection, rec.ID, record.DigestOf(c, rec).Of(record.Everything)))
	}
	for i := 1; i <= 2; i++ {
		s := h.stranger("PE", i)
		d, err := record.DigestOfBody(s.Key, s.Body)
		if err != nil {
			h.t.Fatal(err)
		}
		points = append(points, survey.At(999, s.Key.ID, d.Of(record.Everything)))
	}
	return survey.New(points)
}

func (h *held) sum() record.Sum {
	h.t.Helper()
	states, err := h.rep.Networks(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	i := slices.IndexFunc(states, func(n NetworkState) bool { return n.Code == "PE" })
	return states[i].Sums.Of(record.Everything)
}

// heal finds and repairs what is wrong with PE, as the syncer does, and says how many records that took.
func (h *held) heal() int {
	h.t.Helper()
	a, err := h.rep.Audit(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	write(h.t, h.rep, func(tx *Tx) error {
		_, err := tx.Admit(a, nil)
		return err
	})
	ours, err := h.rep.Survey(ctx, "PE")
	if err != nil {
		h.t.Fatal(err)
	}
	if ours.Total() != h.sum() {
		h.t.Fatal("the sum is not that of the rows")
	}
	whole := survey.Range{}
	wrong, unknown := h.server().Judge(whole, ours.Claims(whole))
	var recs []*record.Record
	var strangers []Stranger
	for _, p := range wrong {
		if p.Collection == 999 {
			for i := 1; i <= 2; i++ {
				if s := h.stranger("PE", i); s.Key.ID == p.ID {
					strangers = append(strangers, s)
				}
			}
		} else {
			recs = append(recs, h.have[record.Key{Network: "PE", Collection: p.Collection, ID: p.ID}])
		}
	}
	var gone []record.Key
	for _, p := range ours.In(whole) {
		if slices.Contains(unknown, p.Place) {
			gone = append(gone, record.Key{Network: "PE", Collection: p.Collection, ID: p.ID})
		}
	}
	n := 0
	write(h.t, h.rep, func(tx *Tx) error {
		n, err = tx.Repair(recs, strangers, gone, nil)
		return err
	})
	return n
}

// whole demands that the replica holds what the server has and shows it in every way.
func (h *held) whole() {
	h.t.Helper()
	h.equal()
	for _, code := range []string{"PE", "BO"} {
		checkSums(h.t, h.rep, code)
	}
	var living []string
	for _, rec := range h.have {
		c, _ := h.rep.Schema().CollectionByNumber(rec.Collection)
		row, err := h.rep.Get(ctx, c.Name, rec.ID)
		if fault.Is(err, fault.NotFound) && rec.Deleted {
			continue // a replica that was filled later has no tombstone either
		}
		if err != nil || row.Record == nil || string(record.EncodeBody(c, row.Record)) != string(record.EncodeBody(c, rec)) {
			h.t.Errorf("%v is %+v, %v", rec.Named(c), row, err)
		}
		if rec.Network == "PE" && c.Name == "organization" && !rec.Deleted {
			living = append(living, record.Text(rec.Fields[10]))
		}
	}
	slices.Sort(living)
	for _, search := range []string{"", "norte"} {
		page, err := h.rep.Query(ctx, Query{Collection: "organization", Networks: []string{"PE"}, Search: search, Sort: []Order{{Field: "name"}}, Limit: 1000})
		if err != nil || page.Total != len(living) || !slices.Equal(names(page.Rows), living) {
			h.t.Errorf("search %q: %d %v, %v; want %v", search, page.Total, names(page.Rows), err, living)
		}
	}
	if page, err := h.rep.Query(ctx, Query{Collection: "organization", Search: "zzz", Limit: 10}); err != nil || page.Total != 0 {
		h.t.Errorf("words of what was here still find %d, %v", page.Total, err)
	}
	if err := h.rep.Freshen(ctx); err != nil {
		h.t.Error(err)
	}
	orgs, upkeep := 0, 0
	if err := h.rep.read.QueryRow("SELECT (SELECT count(*) FROM r2), (SELECT count(*) FROM upkeep)").Scan(&orgs, &upkeep); err != nil || upkeep > orgs {
		h.t.Errorf("%d organizations, the upkeep of %d, %v", orgs, upkeep, err)
	}
}

// What can happen to a file behind the product's back, each healed with as few records as are wrong.
func TestDamageIsFoundAndRepaired(t *testing.T) {
	const org = "(SELECT row FROM r2 WHERE network = 'PE' AND f10 = 'Norte 003')"
	const copied = `id, network, seq, version, deleted, state, digest, stamps, extra, updated_at, updated_by, f10, k10`
	for _, d := range []struct {
		name, query string
		wrong       int
	}{
		{"a value", "UPDATE r2 SET f10 = 'Zzz', k10 = 'zzz' WHERE row = " + org, 1},
		{"a value of another type", "UPDATE r2 SET f10 = x'ff00' WHERE row = " + org, 1},
		{"a version", "UPDATE r2 SET version = version + 5 WHERE row = " + org, 1},
		{"stamps", "UPDATE r2 SET stamps = NULL WHERE row = " + org, 1},
		{"stamps that cannot be read", "UPDATE r2 SET stamps = x'ff' WHERE row = " + org, 1},
		{"a number that is none", "UPDATE r2 SET version = 'many' WHERE row = " + org, 1},
		{"a digest", "UPDATE r2 SET digest = randomblob(32) WHERE row = " + org, 0},
		{"no digest", "UPDATE r2 SET digest = NULL WHERE row = " + org, 0},
		{"a digest too short", "UPDATE r2 SET digest = x'01' WHERE row = " + org, 1},
		{"the sum", "UPDATE network_state SET public = randomblob(16), records = 7", 0},
		{"a row that is gone", "DELETE FROM r2 WHERE row = " + org, 1},
		{"the last row gone", "DELETE FROM r2 WHERE row = (SELECT max(row) FROM r2 WHERE network = 'PE')", 1},
		{"all rows gone", "DELETE FROM r2 WHERE network = 'PE'", 19},
		{"a contact gone", "DELETE FROM r8 WHERE row = (SELECT min(row) FROM r8 WHERE network = 'PE')", 1},
		{"a row too many", "INSERT INTO r2 (row, " + copied + ") SELECT 9000 + (row >> 32 << 32), randomblob(16), " + copied[4:] + " FROM r2 WHERE row = " + org, 1},
		{"a row too many, without a digest", "INSERT INTO r2 (row, " + copied + ") SELECT 9000 + (row >> 32 << 32), randomblob(16), network, seq, version, 0, 0, NULL, stamps, NULL, 1, 1, 'Zzz', 'zzz' FROM r2 WHERE row = " + org, 1},
		{"a row of a network that is not here", "UPDATE r2 SET network = 'XX' WHERE row = " + org, 1},
		{"a row of another network", "UPDATE r2 SET network = 'BO' WHERE row = " + org, 1},
		{"a row where no network is", "UPDATE r2 SET row = 99 << 32 WHERE row = " + org, 1},
		{"a row that moved", "UPDATE r2 SET row = row + 500 WHERE row = " + org, 0},
		{"another id", "UPDATE r2 SET id = randomblob(16) WHERE row = " + org, 2},
		{"an id that is none", "UPDATE r2 SET id = 'x' WHERE row = " + org, 1},
		{"a deletion forgotten", "UPDATE r2 SET deleted = 0 WHERE f10 = 'Norte 001' AND network = 'PE'", 1},
		{"a deletion that nobody made", "UPDATE r2 SET deleted = 1 WHERE row = " + org, 1},
		{"a state that is none", "UPDATE r2 SET state = 9 WHERE row = " + org, 1},
		{"a deletion that is none", "UPDATE r2 SET deleted = 7 WHERE row = " + org, 1},
		{"words", "DELETE FROM s2 WHERE rowid = " + org, 0},
		{"counts", "UPDATE tally SET live = live + 3", 0},
		{"no counts", "DELETE FROM tally", 0},
		{"a record of a later build", "UPDATE stranger SET body = x'8401f4a0f6'", 2},
		{"a record of a later build gone", "DELETE FROM stranger WHERE seq = 1", 1},
	} {
		t.Run(d.name, func(t *testing.T) {
			h := newHeld(t, 20)
			h.whole()
			behind(t, h.rep, d.query)
			if a, err := h.rep.Audit(ctx); err != nil || a.Sound() {
				t.Fatalf("nothing is found, %v", err)
			}
			if n := h.heal(); n != d.wrong {
				t.Errorf("%d records were repaired, not %d", n, d.wrong)
			}
			h.whole()
			// Life goes on, also under the numbers of rows that went.
			h.put(h.make.organization("PE", "Sur", nil), h.make.change(h.one("Norte 003"), map[string]any{"name": "Norte 999"}))
			h.equal()
		})
	}
}

// equal demands that the replica proves what the server has, and finds nothing wrong with itself.
func (h *held) equal() {
	h.t.Helper()
	if got, want := h.sum(), h.server().Total(); got != want {
		h.t.Errorf("the sum is %s, the server's %s", got, want)
	}
	if a, err := h.rep.Audit(ctx); err != nil || !a.Sound() {
		h.t.Errorf("%+v, %v", a, err)
	}
}

func TestASoundFileIsFoundSound(t *testing.T) {
	h := newHeld(t, 30)
	write(t, h.rep, func(tx *Tx) error {
		rec := h.one("Norte 005").Clone()
		rec.Set(10, "Pendiente")
		return tx.PutLive(rec, Pending)
	})
	if a, err := h.rep.Audit(ctx); err != nil || !a.Sound() || len(a.dirty) != 1 {
		t.Errorf("%+v, %v", a, err)
	}
	write(t, h.rep, func(tx *Tx) error { return tx.ResetNetwork("PE") })
	if a, err := h.rep.Audit(ctx); err != nil || !a.Sound() {
		t.Errorf("after a reset: %+v, %v", a, err)
	}
	write(t, h.rep, func(tx *Tx) error { return tx.DropNetwork("PE") })
	if a, err := h.rep.Audit(ctx); err != nil || !a.Sound() {
		t.Errorf("after a network went: %+v, %v", a, err)
	}
}

// What changes between the audit and its admission is not taken for damage.
func TestAnAuditIsOfItsMoment(t *testing.T) {
	h := newHeld(t, 10)
	behind(t, h.rep, "UPDATE r2 SET f10 = 'Zzz' WHERE f10 = 'Norte 003' AND network = 'PE'")
	a, err := h.rep.Audit(ctx)
	if err != nil || len(a.rows) != 1 {
		t.Fatalf("%+v %v", a, err)
	}
	h.put(h.make.change(h.one("Norte 003"), map[string]any{"acronym": "N"}), h.make.organization("PE", "Sur", nil))
	write(t, h.rep, func(tx *Tx) error {
		off, err := tx.Admit(a, nil)
		if len(off) != 0 {
			t.Errorf("admitted in %v", off)
		}
		return err
	})
	h.equal()
}

// BenchmarkAudit says how long it takes to read every row again, and to lay them out.
func BenchmarkAudit(b *testing.B) {
	r := benchFile(b)
	n := benchRows(b)
	b.Run("audit", func(b *testing.B) {
		for b.Loop() {
			if a, err := r.Audit(ctx); err != nil || !a.Sound() {
				b.Fatalf("%+v %v", a, err)
			}
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("survey", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Survey(ctx, "PE"); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// Between two audits, a survey meets rows that are damaged: what is said of them is nothing that the server has.
func TestASurveyMeetsDamage(t *testing.T) {
	for _, damage := range []string{"digest = 'x'", "digest = 7", "digest = x'01'", "id = 'x'", "id = x'01'"} {
		t.Run(damage, func(t *testing.T) {
			h := newHeld(t, 3)
			points := func() []survey.Point {
				found, err := h.rep.Survey(ctx, "PE")
				if err != nil {
					t.Fatal(err)
				}
				return found.In(survey.Range{})
			}
			sound := points()
			behind(t, h.rep, "UPDATE r2 SET "+damage+" WHERE f10 = 'Norte 000' AND network = 'PE'")
			behind(t, h.rep, "UPDATE stranger SET "+damage+" WHERE id = (SELECT min(id) FROM stranger)")
			damaged := points()
			same := slices.DeleteFunc(slices.Clone(sound), func(p survey.Point) bool { return !slices.Contains(damaged, p) })
			if len(same) != len(sound)-2 {
				t.Errorf("of %d records %d are what they were", len(sound), len(same))
			}
		})
	}
}
