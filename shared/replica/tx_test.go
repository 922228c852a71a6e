package replica

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
)

func TestWriteRollsBack(t *testing.T) {
	r, m := newReplica(t), newMaker()
	boom := errors.New("boom")
	rec := m.organization("PE", "Una", nil)
	if err := r.Write(func(tx *Tx) error { return errors.Join(tx.ApplyRecords([]*record.Record{rec}, nil), boom) }); !errors.Is(err, boom) {
		t.Errorf("error of fn: %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic was swallowed")
			}
		}()
		_ = r.Write(func(tx *Tx) error {
			if err := tx.ApplyRecords([]*record.Record{rec}, nil); err != nil {
				t.Error(err)
			}
			panic("boom")
		})
	}()
	var kept *Tx
	write(t, r, func(tx *Tx) error { kept = tx; return nil })
	if err := kept.PutLive(rec, Pending); err == nil {
		t.Error("a transaction was used after its end")
	}
	if res := query(t, r, Query{Limit: -1}); res.Total != 0 {
		t.Errorf("%d rows were left by what was rolled back", res.Total)
	}
	if states, _ := r.Networks(ctx); len(states) != 0 {
		t.Errorf("networks were left: %v", states)
	}
}

func TestNowStandsStill(t *testing.T) {
	r := newReplica(t)
	write(t, r, func(tx *Tx) error {
		if tx.Now() != clock.MillisOf(testTime) {
			t.Errorf("now: %v", tx.Now())
		}
		return nil
	})
}

func drain(t *testing.T, rows *sql.Rows, err error) int {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTablesOfOthers(t *testing.T) {
	r := newReplica(t)
	id := record.NewID()
	write(t, r, func(tx *Tx) error {
		if _, err := tx.Exec("CREATE TABLE a (id BLOB, at INTEGER); CREATE TABLE b (x)"); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO a VALUES (?, ?)", id[:], tx.Now()); err != nil {
			return err
		}
		var at clock.Millis
		if err := tx.QueryRow("SELECT at FROM a WHERE id = ?", id[:]).Scan(&at); err != nil || at != tx.Now() {
			return fmt.Errorf("%v %w", at, err)
		}
		rows, err := tx.Query("SELECT id FROM a")
		if n := drain(t, rows, err); n != 1 {
			t.Errorf("%d rows in the transaction", n)
		}
		return nil
	})
	rows, err := r.QueryRaw(ctx, "SELECT id FROM a")
	if n := drain(t, rows, err); n != 1 {
		t.Errorf("%d rows", n)
	}
	if _, err := r.read.Exec("INSERT INTO a VALUES (1, 1)"); !fault.Is(translate(err), fault.DiskReadOnly) {
		t.Errorf("the read pool writes: %v", err)
	}
	rec := newMaker().organization("PE", "Con vista", nil)
	apply(t, r, rec)
	var name, hex string
	if err := r.read.QueryRow("SELECT name, id FROM v_organization").Scan(&name, &hex); err != nil || name != "Con vista" || hex != strings.ReplaceAll(rec.ID.String(), "-", "") {
		t.Errorf("view: %q %q %v", name, hex, err)
	}
}

func TestSubscribe(t *testing.T) {
	r, m := newReplica(t), newMaker()
	var got []Change
	cancel := r.Subscribe(func(ch Change) {
		if _, err := r.Query(ctx, Query{Collection: "organization"}); err != nil { // no lock is held
			t.Error(err)
		}
		got = append(got, ch)
	})
	org := m.organization("PE", "Una", nil)
	apply(t, r, org, m.make("PE", "contact", map[string]any{"name": "Ana"}), m.organization("BO", "Dos", nil))
	write(t, r, func(tx *Tx) error { tx.Touch("PE", "outbox"); return tx.PutLive(org, Pending) })
	write(t, r, func(tx *Tx) error { return nil })
	_ = r.Write(func(tx *Tx) error { tx.Touch("PE", "x"); return errors.New("no") })
	cancel()
	apply(t, r, m.organization("BO", "Tres", nil))
	want := []Change{
		{Networks: map[string][]string{"PE": {"contact", "organization"}, "BO": {"organization"}}, Kind: ByServer},
		{Networks: map[string][]string{"PE": {"organization", "outbox"}}, Kind: ByDevice},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("changes: %+v", got)
	}
}

// upperOverlay keeps the device's name of a record over the server's.
type upperOverlay struct{ calls int }

func (o *upperOverlay) Rebase(tx *Tx, server *record.Record) (*record.Record, State, error) {
	o.calls++
	live, state, err := tx.Record(server.Key)
	if err != nil {
		return nil, 0, err
	}
	out := server.Clone()
	out.Fields[10] = live.Fields[10]
	return out, state, nil
}

func TestDirtyRows(t *testing.T) {
	r, m := newReplica(t), newMaker()
	base := m.organization("PE", "Del servidor", map[string]any{"acronym": "S"})
	apply(t, r, base)
	edited := base.Clone()
	edited.Fields[10] = "Mía"
	write(t, r, func(tx *Tx) error { return tx.PutLive(edited, Pending) })
	before, _ := r.Networks(ctx)

	row, err := r.Get(ctx, "organization", base.ID)
	if err != nil || row.State != Pending || row.Title != "Mía" || row.UpdatedAt != clock.MillisOf(testTime) || row.UpdatedBy != "" {
		t.Errorf("pending row: %+v %v", row, err)
	}
	if res := query(t, r, Query{Search: "mia"}); res.Total != 1 {
		t.Error("an edit is not found")
	}
	if res := query(t, r, Query{Where: []Condition{{"state", "=", "pending"}}}); res.Total != 1 {
		t.Error("a pending row is not listed")
	}

	overlay := &upperOverlay{}
	next := m.change(base, map[string]any{"acronym": "T"})
	write(t, r, func(tx *Tx) error { return tx.ApplyRecords([]*record.Record{next, base}, overlay) })
	row, _ = r.Get(ctx, "organization", base.ID)
	if overlay.calls != 1 || row.Record.Fields[10] != "Mía" || row.Record.Fields[11] != "T" || row.State != Pending || row.Record.Seq != next.Seq {
		t.Errorf("rebased row: %+v after %d calls", row.Record, overlay.calls)
	}
	after, _ := r.Networks(ctx)
	if before[0].Sums == after[0].Sums || after[0].Records != 1 {
		t.Error("the sums did not follow the server's state")
	}
	if err := r.Write(func(tx *Tx) error { return tx.ApplyRecords([]*record.Record{m.change(next, nil)}, nil) }); err == nil {
		t.Error("an edit was overwritten")
	}
	write(t, r, func(tx *Tx) error { return tx.PutServer(next, next, Clean) })
	checkSums(t, r, "PE")
	if res := query(t, r, Query{Search: "mia"}); res.Total != 0 {
		t.Error("an edit that was given up is still found")
	}
}

func TestApplyTwiceAndLate(t *testing.T) {
	r, m := newReplica(t), newMaker()
	one := m.organization("PE", "Primera", nil)
	two := m.change(one, map[string]any{"name": "Segunda"})
	gone := m.delete(two)
	apply(t, r, two)
	apply(t, r, one)
	apply(t, r, two, two)
	if row, _ := r.Get(ctx, "organization", one.ID); row.Title != "Segunda" {
		t.Errorf("an old state came back: %s", row.Title)
	}
	apply(t, r, gone)
	apply(t, r, two)
	if row, _ := r.Get(ctx, "organization", one.ID); !row.Record.Deleted {
		t.Error("a deleted record came back")
	}
	checkSums(t, r, "PE")
	// The same id in two networks is two records.
	other := one.Clone()
	other.Network = "BO"
	apply(t, r, other)
	if res := query(t, r, Query{}); res.Total != 1 || res.Rows[0].Record.Network != "BO" {
		t.Errorf("an id in two networks: %v", names(res.Rows))
	}
	unknown := one.Clone()
	unknown.Collection = 999
	apply(t, r, unknown)
}

// TestSums: whatever happens to rows, the sums kept along the way are those of the server's records.
func TestSums(t *testing.T) {
	r := newReplica(t)
	overlay := &upperOverlay{}
	rapid.Check(t, func(t *rapid.T) {
		m := newMaker()
		server := map[record.Key]*record.Record{} // what the server has
		var keys []record.Key
		step := func(tx *Tx) error {
			fresh := len(keys) == 0 || rapid.Bool().Draw(t, "new")
			if fresh {
				rec := m.organization(rapid.SampledFrom([]string{"PE", "BO"}).Draw(t, "network"), "Nueva", nil)
				keys = append(keys, rec.Key)
				if rapid.Bool().Draw(t, "local") {
					local := rec.Clone()
					local.Version, local.Seq, local.Stamps = 0, 0, nil
					return tx.PutLive(local, Pending)
				}
				server[rec.Key] = rec
				return tx.ApplyRecords([]*record.Record{rec}, overlay)
			}
			return change(t, tx, m, server, rapid.SampledFrom(keys).Draw(t, "key"), overlay)
		}
		for i := 0; i < 4; i++ {
			err := r.Write(func(tx *Tx) error {
				for j := 0; j < 6; j++ {
					if err := step(tx); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		compare(t, r, server)
		err := r.Write(func(tx *Tx) error { return errors.Join(tx.DropNetwork("PE"), tx.DropNetwork("BO")) })
		if err != nil {
			t.Fatal(err)
		}
	})
}

// change does one of the things that can happen to a record.
func change(t *rapid.T, tx *Tx, m *maker, server map[record.Key]*record.Record, key record.Key, overlay Overlay) error {
	live, _, err := tx.Record(key)
	if err != nil {
		return err
	}
	have := server[key]
	switch rapid.SampledFrom([]string{"apply", "delete", "edit", "settle", "remove"}).Draw(t, "step") {
	case "apply":
		if have == nil {
			return nil
		}
		server[key] = m.change(have, map[string]any{"acronym": rapid.StringMatching("[a-z]{1,5}").Draw(t, "acronym")})
		return tx.ApplyRecords([]*record.Record{server[key]}, overlay)
	case "delete":
		if have == nil {
			return nil
		}
		server[key] = m.delete(have)
		return tx.ApplyRecords([]*record.Record{server[key]}, overlay)
	case "edit":
		if live == nil {
			return nil
		}
		live.Fields[10] = "Editada"
		live.Deleted = rapid.Bool().Draw(t, "deleted")
		return tx.PutLive(live, Pending)
	case "settle":
		if have == nil {
			return nil
		}
		return tx.PutServer(have, have, Clean)
	default:
		delete(server, key)
		return tx.Remove(key)
	}
}

func compare(t *rapid.T, r *Replica, server map[record.Key]*record.Record) {
	want, counts := map[string]record.Digest{}, map[string]int{}
	for _, rec := range server {
		if c, _ := r.schema.CollectionByNumber(rec.Collection); !rec.Deleted {
			want[rec.Network] = want[rec.Network].Add(record.DigestOf(c, rec))
			counts[rec.Network]++
		}
	}
	states, err := r.Networks(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if s.Sums != want[s.Code] || s.Records != counts[s.Code] {
			t.Fatalf("%s: %v and %d records, want %v and %d", s.Code, s.Sums, s.Records, want[s.Code], counts[s.Code])
		}
	}
	err = r.view(ctx, func(rd *reader) error {
		for column, deleted := range map[string]string{"live": "0", "deleted": "1"} {
			n, err := rd.integer("SELECT count(*) FROM r2 WHERE deleted = " + deleted)
			kept, err2 := rd.integer("SELECT sum(" + column + ") FROM tally WHERE collection = 2")
			if err != nil || err2 != nil || n != kept {
				return fmt.Errorf("%d %s rows, tally %d, %w", n, column, kept, errors.Join(err, err2))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNetworks(t *testing.T) {
	r, m := newReplica(t), newMaker()
	apply(t, r, m.organization("PE", "Una", nil))
	state := NetworkState{Code: "PE", Seq: 9, Hash: []byte{1, 2}, Complete: true, Class: record.PublicOnly, Records: 77}
	write(t, r, func(tx *Tx) error {
		if err := tx.PutNetwork(state); err != nil {
			return err
		}
		got, err := tx.Network("PE")
		if err != nil || got.Seq != 9 || got.Records != 1 || got.Class != record.PublicOnly || !got.Complete || !bytes.Equal(got.Hash, state.Hash) {
			t.Errorf("network: %+v %v", got, err)
		}
		if got, err = tx.Network("XX"); err != nil || !reflect.DeepEqual(got, NetworkState{Code: "XX"}) {
			t.Errorf("a network that is not here: %+v %v", got, err)
		}
		if err := tx.ApplyRecords([]*record.Record{m.organization("PE", "Dos", nil)}, nil); err != nil {
			return err
		}
		if got, err = tx.Network("PE"); err != nil || got.Records != 2 {
			t.Errorf("within the transaction: %+v %v", got, err)
		}
		return nil
	})
	checkSums(t, r, "PE")
}

func TestResetNetwork(t *testing.T) {
	r, m := newReplica(t), newMaker()
	clean, dirty := m.organization("PE", "Limpia", nil), m.organization("PE", "Sucia", nil)
	apply(t, r, clean, dirty, m.organization("BO", "Otra", nil))
	write(t, r, func(tx *Tx) error { return tx.PutLive(dirty, Pending) })
	write(t, r, func(tx *Tx) error {
		return tx.PutNetwork(NetworkState{Code: "PE", Class: record.Everything, Seq: 7, Hash: []byte("seven"), Complete: true})
	})
	write(t, r, func(tx *Tx) error { return tx.ResetNetwork("PE") })
	res := query(t, r, Query{Networks: []string{"PE"}})
	if !reflect.DeepEqual(names(res.Rows), []string{"Sucia"}) || res.Total != 1 {
		t.Errorf("after a reset: %v (%d)", names(res.Rows), res.Total)
	}
	states, _ := r.Networks(ctx)
	if states[1].Records != 0 || states[1].Sums != (record.Digest{}) || states[0].Records != 1 {
		t.Errorf("states: %+v", states)
	}
	if s := states[1]; s.Seq != 0 || s.Hash != nil || s.Complete {
		t.Errorf("after a reset the cursor stands at %d, %q, complete %v", s.Seq, s.Hash, s.Complete)
	}
	overlay := &upperOverlay{}
	old := dirty.Clone()
	old.Seq = 1 // the server went back
	write(t, r, func(tx *Tx) error { return tx.ApplyRecords([]*record.Record{clean, old}, overlay) })
	if states, _ = r.Networks(ctx); overlay.calls != 1 || states[1].Records != 2 {
		t.Errorf("after taking it anew: %d calls, %+v", overlay.calls, states[1])
	}
}

// TestDropNetwork looks for a dropped network's text in queries, in the search index and in the very file.
func TestDropNetwork(t *testing.T) {
	r, g := newReplica(t), newGenerator()
	secret := "Xylofonwort"
	var dropped []*record.Record
	for i := 0; i < 400; i++ {
		dropped = append(dropped, g.organization("PE", fmt.Sprintf("%s número %d", secret, i), map[string]any{"notes": secret + " " + g.text(20)}))
	}
	apply(t, r, dropped...)
	apply(t, r, g.list(400, "BO")...)
	write(t, r, func(tx *Tx) error {
		for _, rec := range dropped {
			e := record.Entry{Key: rec.Key, Seq: rec.Seq, Version: 1, Op: record.NewOpID(), User: secret, Changes: []record.Change{{Field: 10, New: secret}}}
			if err := tx.AddEntries([]record.Entry{e}); err != nil {
				return err
			}
			if err := tx.AddBatchChanges(record.NewID(), rec.Key, true, e.Changes); err != nil {
				return err
			}
		}
		return nil
	})
	write(t, r, func(tx *Tx) error { return tx.DropNetwork("PE") })

	if res := query(t, r, Query{Search: "xylofon"}); res.Total != 0 {
		t.Error("found by search")
	}
	if res := query(t, r, Query{}); res.Total != 400 {
		t.Errorf("%d rows of the other network", res.Total)
	}
	if _, err := r.Get(ctx, "organization", dropped[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("found by id: %v", err)
	}
	if h, err := r.History(ctx, "organization", dropped[0].ID); err != nil || len(h) != 0 {
		t.Errorf("history: %v %v", h, err)
	}
	var terms int
	if err := r.read.QueryRow("SELECT count(*) FROM s2v WHERE term GLOB 'xylo*'").Scan(&terms); err != nil || terms != 0 {
		t.Errorf("%d terms in the search index, %v", terms, err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(r.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(b), []byte("xylofon")) {
			t.Errorf("the text is still in replica.db%s", suffix)
		}
	}
	checkSums(t, r, "BO")
	apply(t, r, dropped...) // a network can come back
	checkSums(t, r, "PE")
	if res := query(t, r, Query{Search: "xylofon", Networks: []string{"PE"}}); res.Total != 400 {
		t.Errorf("%d rows after the network came back", res.Total)
	}
}

func TestHistory(t *testing.T) {
	r, m := newReplica(t), newMaker()
	one := m.organization("PE", "Una", nil)
	two := m.change(one, map[string]any{"name": "Dos"})
	entry := func(rec *record.Record, old any) record.Entry {
		return record.Entry{
			Key: rec.Key, Seq: rec.Seq, Version: rec.Version, Op: record.NewOpID(), Kind: record.Update, Status: record.Merged, Device: 4,
			User: "Ana", Name: "portátil", At: 5, Edited: 6,
			Changes: []record.Change{{Field: 10, Old: old, New: rec.Fields[10]}, {Field: 0, Old: true, New: false}, {Field: 23, New: []string{"cocoa"}}, {Field: 900, Old: encoded("x")}},
		}
	}
	e1, e2 := entry(one, nil), entry(two, "Una")
	apply(t, r, two)
	write(t, r, func(tx *Tx) error { return tx.AddEntries([]record.Entry{e2}) })
	if done, err := r.HistoryComplete(ctx, "organization", one.ID); err != nil || done {
		t.Errorf("complete without version 1: %v", err)
	}
	write(t, r, func(tx *Tx) error { return tx.AddEntries([]record.Entry{e1, e2}) })
	got, err := r.History(ctx, "organization", one.ID)
	if err != nil || !reflect.DeepEqual(got, []record.Entry{e2, e1}) {
		t.Errorf("history: %+v %v", got, err)
	}
	if done, err := r.HistoryComplete(ctx, "organization", one.ID); err != nil || !done {
		t.Errorf("not complete: %v", err)
	}
}

func TestBatches(t *testing.T) {
	r, m := newReplica(t), newMaker()
	batch, a, b := record.NewID(), m.organization("PE", "A", nil), m.organization("PE", "B", nil)
	changes := []record.Change{{Field: 10, Old: nil, New: "A"}}
	write(t, r, func(tx *Tx) error {
		return errors.Join(tx.AddBatchChanges(batch, a.Key, true, changes), tx.AddBatchChanges(batch, b.Key, false, nil),
			tx.AddBatchChanges(record.NewID(), b.Key, false, nil))
	})
	got, err := r.BatchChanges(ctx, batch)
	want := []BatchChange{{Key: a.Key, Created: true, Changes: changes}, {Key: b.Key, Changes: []record.Change{}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("batch: %+v %v", got, err)
	}
}

func TestAuthors(t *testing.T) {
	r := newReplica(t)
	write(t, r, func(tx *Tx) error { return tx.PutAuthors([]Author{{1, "a", "Ana"}, {2, "b", "Beto"}}) })
	write(t, r, func(tx *Tx) error { return tx.PutAuthors([]Author{{2, "b2", "Beto"}}) })
	got, err := r.Authors(ctx)
	if err != nil || !reflect.DeepEqual(got, map[uint32]Author{1: {1, "a", "Ana"}, 2: {2, "b2", "Beto"}}) {
		t.Errorf("authors: %v %v", got, err)
	}
}

// TestReadersDuringWrites: readers see whole transactions only, and do not wait for the writer.
func TestReadersDuringWrites(t *testing.T) {
	r, g := newReplica(t), newGenerator()
	apply(t, r, g.list(100, "PE")...)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				res, err := r.Query(ctx, Query{Collection: "organization", Where: []Condition{{"status", "!=", ""}}, Search: "c"})
				if err != nil || res.Total != len(res.Rows) {
					t.Errorf("total %d, rows %d, %v", res.Total, len(res.Rows), err)
					return
				}
				all, err := r.Query(ctx, Query{Collection: "organization", Limit: -1})
				if err != nil || all.Total%100 != 0 {
					t.Errorf("half a transaction: %d rows, %v", all.Total, err)
					return
				}
			}
		}()
	}
	for i := 0; i < 10; i++ {
		write(t, r, func(tx *Tx) error {
			if res, err := r.Query(ctx, Query{Collection: "organization", Limit: -1}); err != nil || res.Total != 100*(i+1) {
				t.Errorf("a reader inside a write: %d %v", res.Total, err)
			}
			return tx.ApplyRecords(g.list(100, "PE", "BO"), nil)
		})
	}
	close(stop)
	wg.Wait()
}

func TestConcurrentWriters(t *testing.T) {
	r := newReplica(t)
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		g := newGenerator()
		recs := g.list(20, "PE")
		wg.Add(1)
		go func() {
			defer wg.Done()
			for _, rec := range recs {
				if err := r.Write(func(tx *Tx) error { return tx.PutLive(rec, Pending) }); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	if res := query(t, r, Query{Limit: -1}); res.Total != 80 {
		t.Errorf("%d rows of 80", res.Total)
	}
}

func TestCanceledRead(t *testing.T) {
	r, g := newReplica(t), newGenerator()
	apply(t, r, g.list(100, "PE")...)
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Query(stopped, Query{Collection: "organization"}); err == nil || fault.Is(err, fault.ReplicaCorrupt) {
		t.Errorf("canceled: %v", err)
	}
	if res := query(t, r, Query{}); res.Total != 100 {
		t.Error("the pool is broken by a canceled read")
	}
}

func TestLockedByAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "replica.db")
	r := openReplica(t, path, nil)
	other, err := openWriter(path, strings.Replace(writeOptions, "5000", "50", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.close() }()
	write(t, r, func(tx *Tx) error {
		_, err := other.db.Begin()
		if err = translate(err); !fault.Is(err, fault.ReplicaInUse) {
			t.Errorf("a second writer: %v", err)
		}
		return nil
	})
}

// Among many new rows of this device, one that was there before is changed, and keeps what the server said of it.
func TestARowThatWasThereAmongNewOnes(t *testing.T) {
	r, m := newReplica(t), newMaker()
	known := m.organization("PE", "Conocida", nil)
	apply(t, r, known)
	before, _ := r.Networks(ctx)
	edited := known.Clone()
	edited.Fields[10] = "Cambiada"
	write(t, r, func(tx *Tx) error {
		var err error
		for i := range 3 {
			rec := m.organization("PE", fmt.Sprintf("Nueva %d", i), nil)
			rec.Version, rec.Seq, rec.Stamps = 0, 0, nil
			err = errors.Join(err, tx.PutLive(rec, Pending))
			if i == 1 {
				err = errors.Join(err, tx.PutLive(edited, Pending))
			}
		}
		return err
	})
	after, _ := r.Networks(ctx)
	if before[0].Sums != after[0].Sums || before[0].Records != after[0].Records {
		t.Errorf("the server's state moved from %+v to %+v", before[0], after[0])
	}
	row, err := r.Get(ctx, "organization", known.ID)
	if err != nil || row.Title != "Cambiada" || row.Record.Seq != known.Seq || row.State != Pending {
		t.Errorf("got %+v %v", row, err)
	}
	if res := query(t, r, Query{}); res.Total != 4 {
		t.Errorf("%d rows", res.Total)
	}
}
