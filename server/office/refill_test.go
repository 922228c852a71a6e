package office_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/office"
	"acopio/server/service"
	"acopio/server/store"
	"acopio/server/store/sqlite"
	"acopio/shared/clock"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// premises is a real server's data folder, between and during its runs.
type premises struct {
	t   *testing.T
	cfg service.Config
}

func newPremises(t *testing.T) *premises {
	return &premises{t, service.Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0", Log: zerolog.Nop(), CheapPasswords: true}}
}

func (p *premises) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *premises) path() string { return filepath.Join(p.cfg.DataDir, office.FileName) }

// runs starts the server, does something, waits until it says that the console shows everything, and ends it.
func (p *premises) runs(do func(*service.Server)) {
	p.t.Helper()
	s, err := service.Open(p.cfg)
	p.check(err)
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	do(s)
	for end := time.Now().Add(20 * time.Second); !p.ready(s); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatal("the office does not catch up")
		}
	}
	p.check(s.Close())
	p.check(<-served)
}

func (p *premises) ready(s *service.Server) bool {
	res, err := http.Get(s.URL() + "/readyz")
	p.check(err)
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// founds makes the networks, each with organizations of which some were changed and some deleted.
func (p *premises) founds(networks ...string) {
	p.runs(func(s *service.Server) {
		for _, code := range networks {
			p.check(s.CreateNetwork(p.t.Context(), "test", code, "Red "+code, nil))
			p.works(s.Core, code, 600)
		}
	})
}

func (p *premises) works(s *service.Core, network string, n int) {
	p.t.Helper()
	c, _ := schema.Registry().Collection("organization")
	name, _ := c.Field("name")
	var ms []record.Mutation
	for i := range n {
		m := record.Mutation{
			Op: record.NewOpID(), Key: record.Key{Network: network, Collection: c.Number, ID: record.NewID()}, Kind: record.Create,
			Changes: []record.Change{{Field: name.Number, New: fmt.Sprintf("Cooperativa %d de %s", i, network)}},
		}
		ms = append(ms, m)
		if i%10 == 0 {
			ms = append(ms, record.Mutation{Op: record.NewOpID(), Key: m.Key, Kind: record.Delete, Base: 1})
		}
	}
	verdicts, err := s.Engine.Submit(p.t.Context(), apply.Author{Device: apply.Server}, ms)
	p.check(err)
	for _, v := range verdicts {
		p.check(errorOf(v))
	}
}

func errorOf(v record.Verdict) error {
	if f := v.Fault(); f != nil {
		return f
	}
	return nil
}

// equal holds the office's file, down to its rows, against the store.
func (p *premises) equal() {
	p.t.Helper()
	var heads []store.Head
	st, err := sqlite.Open(p.cfg.DataDir, schema.Registry())
	p.check(err)
	p.check(st.View(p.t.Context(), func(r store.Reader) (err error) {
		heads, err = r.Heads()
		return err
	}))
	p.check(st.Close())
	rep, err := replica.Open(p.path(), replica.Options{Clock: clock.System{}})
	p.check(err)
	defer func() { p.check(rep.Close()) }()
	if a, err := rep.Audit(p.t.Context()); err != nil || !a.Sound() || a.Edited() > 0 {
		p.t.Errorf("the office's rows are not what is said of them: %+v %v", a, err)
	}
	states, err := rep.Networks(p.t.Context())
	p.check(err)
	if len(states) != len(heads) {
		p.t.Errorf("the office has %d networks of %d", len(states), len(heads))
	}
	for _, h := range heads {
		for _, n := range states {
			if n.Code == h.Network && (n.Seq != h.Seq || !n.Complete || n.Sums != h.Sums || n.Records != int(h.Records) || string(n.Hash) != string(h.Hash)) {
				p.t.Errorf("the office has %+v, the store %+v", n, h)
			}
		}
		found, err := rep.Query(p.t.Context(), replica.Query{Collection: "organization", Networks: []string{h.Network}, Search: "cooperativa", Limit: 1})
		p.check(err)
		if found.Total != int(h.Records)-1 { // the network is a record, too
			p.t.Errorf("%s: the console finds %d organizations of %d", h.Network, found.Total, h.Records-1)
		}
	}
}

// The office's own file may be lost, or damaged, or of a store that there is no more: it is filled anew, to what the store has.
func TestTheOfficeIsFilledAnew(t *testing.T) {
	p := newPremises(t)
	p.founds("BO", "PE")
	p.equal()
	whole, err := os.ReadFile(p.path())
	p.check(err)
	rng, networks := rand.New(rand.NewPCG(7, 7)), p.pageOf("network_state")
	damage := map[string]func(){
		"nothing":      func() {},
		"lost":         func() { p.check(os.Remove(p.path())) },
		"empty":        func() { p.check(os.Truncate(p.path(), 0)) },
		"cut off":      func() { p.check(os.Truncate(p.path(), int64(len(whole)/2))) },
		"another's":    func() { p.check(os.WriteFile(p.path(), []byte("this is no replica, and never was one"), 0o600)) },
		"no header":    func() { p.overwrite(0, 100, rng) },
		"every page":   func() { p.overwrite(4096, len(whole)-4096, rng) },
		"its networks": func() { p.overwrite(networks, 4096, rng) },
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			p := &premises{t, p.cfg}
			p.check(os.WriteFile(p.path(), whole, 0o600))
			do()
			p.runs(func(*service.Server) {})
			p.equal()
		})
	}
}

// overwrite puts noise over a part of the office's file.
func (p *premises) overwrite(at, n int, rng *rand.Rand) {
	b, err := os.ReadFile(p.path())
	p.check(err)
	for i := at; i < min(len(b), at+n); i++ {
		b[i] = byte(rng.Uint32())
	}
	p.check(os.WriteFile(p.path(), b, 0o600))
}

// pageOf is where in the file a table begins.
func (p *premises) pageOf(table string) int {
	rep, err := replica.Open(p.path(), replica.Options{})
	p.check(err)
	defer func() { p.check(rep.Close()) }()
	rows, err := rep.QueryRaw(p.t.Context(), "SELECT (rootpage - 1) * (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = ?", table)
	p.check(err)
	defer func() { _ = rows.Close() }()
	var at int
	for rows.Next() {
		p.check(rows.Scan(&at))
	}
	p.check(rows.Err())
	return at
}

// A store that was put back to an older copy leaves the office ahead of it, in some networks only.
func TestTheOfficeFollowsAStoreThatWasPutBack(t *testing.T) {
	for _, later := range []string{"BO", "PE"} {
		t.Run(later, func(t *testing.T) {
			p := newPremises(t)
			p.founds("BO", "PE")
			file := filepath.Join(p.cfg.DataDir, sqlite.FileName)
			older, err := os.ReadFile(file)
			p.check(err)
			p.runs(func(s *service.Server) { p.works(s.Core, later, 30) })
			p.equal()
			p.check(os.WriteFile(file, older, 0o600))
			p.runs(func(*service.Server) {})
			p.equal()
			p.runs(func(s *service.Server) {
				for _, code := range []string{"BO", "PE"} {
					p.works(s.Core, code, 20)
				}
			})
			p.equal()
		})
	}
}

// attends runs the office alone over the store, does something while it is up, and waits until it is equal to the store in every row.
func (p *premises) attends(do func(*service.Core, *office.Office)) {
	p.t.Helper()
	core, err := service.OpenCore(p.cfg)
	p.check(err)
	o, err := office.Open(p.path(), core.Feed, schema.Registry(), clock.System{}, zerolog.Nop())
	p.check(err)
	do(core, o)
	for end := time.Now().Add(20 * time.Second); !p.sound(o); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Error("what was damaged stays so")
			break
		}
	}
	p.check(errors.Join(o.Close(), core.Close()))
	p.equal()
}

// sound reports whether the office is where the store is, and its rows are what is said of them.
func (p *premises) sound(o *office.Office) bool {
	ready, err := o.Ready(p.t.Context())
	p.check(err)
	a, err := o.Replica().Audit(p.t.Context())
	return ready && err == nil && a.Sound() && a.Edited() == 0
}

// tampers changes the office's file by another way than the product's.
func (p *premises) tampers(query string) {
	p.t.Helper()
	db, err := sql.Open("sqlite3", sqlite.DSN(p.path()))
	p.check(err)
	done, err := db.Exec(query)
	p.check(err)
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		p.t.Fatalf("%s changed %d rows: %v", query, n, err)
	}
	p.check(db.Close())
}

// What happens to the office's file while the server runs is found: by the daily reading of every row, or by the next checkpoint.
func TestDamageToTheOfficeIsFound(t *testing.T) {
	p := newPremises(t)
	p.founds("BO", "PE")
	c, _ := schema.Registry().Collection("organization")
	name, _ := c.Field("name")
	table := fmt.Sprintf("r%d", c.Number)
	for what, query := range map[string]string{
		"a value":           fmt.Sprintf("UPDATE %s SET f%d = 'Otra' WHERE row = (SELECT max(row) FROM %[1]s)", table, name.Number),
		"a state":           fmt.Sprintf("UPDATE %s SET state = 1, f%d = 'Otra' WHERE row = (SELECT max(row) FROM %[1]s)", table, name.Number),
		"rows":              fmt.Sprintf("DELETE FROM %s WHERE row %% 7 = 0", table),
		"their number":      "UPDATE network_state SET records = records - 1",
		"another network's": fmt.Sprintf("UPDATE %s SET network = 'PE' WHERE network = 'BO'", table),
	} {
		t.Run(what, func(t *testing.T) {
			p := &premises{t, p.cfg}
			p.attends(func(_ *service.Core, o *office.Office) {
				if !p.sound(o) {
					t.Fatal("it is not sound to begin with")
				}
				p.tampers(query)
				if p.sound(o) {
					t.Fatal("nothing is damaged")
				}
				o.Examine()
			})
		})
	}
	t.Run("noise", func(t *testing.T) {
		p := &premises{t, p.cfg}
		p.attends(func(core *service.Core, o *office.Office) {
			p.overwrite(8192, 1<<30, rand.New(rand.NewPCG(3, 3)))
			o.Examine()
		})
	})
	t.Run("a sum", func(t *testing.T) {
		p := &premises{t, p.cfg}
		p.attends(func(core *service.Core, o *office.Office) {
			p.tampers("UPDATE network_state SET sensitive = zeroblob(16) WHERE code = 'PE'")
			p.works(core, "PE", 3)
			o.Moved("PE")
		})
	})
}
