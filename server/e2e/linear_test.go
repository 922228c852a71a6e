package e2e

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"acopio/shared/clock"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

const (
	linearDevices = 6
	linearRecords = 4
	linearOps     = 60 // of each device, when nobody asks for more (LINEAR_OPS)
)

// linear is a run in which many devices read and write few records at once.
type linear struct {
	t       *testing.T
	server  *server
	records []record.ID
	began   time.Time

	mu      sync.Mutex
	history map[record.ID][]porcupine.Operation
	writes  int
}

// TestSingleRecordsAreLinearizable: whatever devices do at once, over lines that break and while the server is killed, each
// record behaves as if one thing was done to it after the other, each between its question and its answer.
func TestSingleRecordsAreLinearizable(t *testing.T) {
	ops := numberFrom(t, "LINEAR_OPS", linearOps)
	l := newLinear(t)
	p := newProxy(t, l.server.listen, 7, nil)
	p.faulty.Store(true)
	var devices, killer sync.WaitGroup
	for i := range linearDevices {
		c := l.server.caller(linearPerson(i), p.url())
		devices.Go(func() { l.work(c, rand.New(rand.NewPCG(uint64(i), 4)), ops) })
	}
	over := make(chan struct{})
	killer.Go(func() { l.killNowAndThen(p, over) })
	devices.Wait()
	close(over)
	killer.Wait()
	l.check()
}

func linearPerson(i int) string { return "persona" + strconv.Itoa(i) + "@red.example" }

func newLinear(t *testing.T) *linear {
	t.Helper()
	l := &linear{t: t, server: newServer(t), history: map[record.ID][]porcupine.Operation{}}
	l.server.network("PE")
	for i := range linearDevices {
		l.server.user(linearPerson(i), "field", "PE")
	}
	first := l.server.caller(linearPerson(0), l.server.url)
	defer first.drop()
	for i := range linearRecords {
		id := record.NewID()
		v, err := first.push(newMutation(t, record.Create, id, 0, map[string][2]schema.Value{"name": {nil, "Cooperativa " + strconv.Itoa(i)}}))
		if err != nil || v.Version != 1 {
			t.Fatalf("%+v %v", v, err)
		}
		l.records = append(l.records, id)
	}
	l.began = time.Now()
	return l
}

func (l *linear) killNowAndThen(p *proxy, over chan struct{}) {
	r := rand.New(rand.NewPCG(9, 9))
	for {
		select {
		case <-over:
			return
		case <-time.After(time.Duration(300+r.IntN(900)) * time.Millisecond):
		}
		l.server.kill()
		l.server.listen = "127.0.0.1:0"
		if err := l.server.await(l.server.launch()); err != nil {
			l.t.Error(err)
			return
		}
		p.target.Store(l.server.listen)
	}
}

// known is what a device last saw of a record; it bases its writes on it, be it ever so old.
type known map[record.ID]seen

// work reads and writes at random. Now and then it sends an old write again: the answer must be what it was.
func (l *linear) work(c *caller, r *rand.Rand, ops int) {
	defer c.drop()
	have := known{}
	var last record.Mutation
	var answer protocol.Verdict
	for n := range ops {
		if len(have) == 0 || r.IntN(5) < 2 {
			l.readAll(c, have)
			continue
		}
		if last.Base > 0 && r.IntN(8) == 0 {
			if v, err := c.push(last); err != nil || v.Version != answer.Version || v.Status != answer.Status || v.Seq != answer.Seq {
				l.t.Errorf("sent again, %+v became %+v %v", answer, v, err)
			}
		}
		id := l.records[r.IntN(len(l.records))]
		last, answer = l.writeOne(c, id, have, fmt.Sprintf("d%d-%d", c.number, n), r)
	}
}

func (l *linear) readAll(c *caller, have known) {
	call := time.Since(l.began)
	page, err := c.read("PE")
	back := time.Since(l.began)
	if err != nil {
		l.t.Error(err)
		return
	}
	for _, w := range page.Records {
		col, ok := schema.Registry().CollectionByNumber(w.Collection)
		if !ok || col.Name != "organization" {
			continue
		}
		rec, err := record.DecodeBody(col, record.Key{Network: "PE", Collection: w.Collection, ID: w.ID}, w.Body)
		if err != nil {
			l.t.Error(err)
			return
		}
		s := seen{version: rec.Version}
		s.value, _ = rec.Named(col)["acronym"].(string)
		have[w.ID] = s
		l.note(w.ID, c, read{}, call, s, back)
	}
}

func (l *linear) writeOne(c *caller, id record.ID, have known, value string, r *rand.Rand) (record.Mutation, protocol.Verdict) {
	saw := have[id]
	m := newMutation(l.t, record.Update, id, saw.version, map[string][2]schema.Value{"acronym": {orNil(saw.value), value}})
	m.Edited -= clock.Millis(r.IntN(2000)) // laptops are offline for a while: the later one to arrive need not be the later edit
	in := write{device: c.number, base: saw.version, old: saw.value, new: value, edited: m.Edited}
	call := time.Since(l.began)
	v, err := c.push(m)
	back := time.Since(l.began)
	if err != nil {
		l.t.Error(err)
		return m, v
	}
	if v.Status != record.Conflict {
		have[id] = seen{version: v.Version, value: value}
	}
	l.note(id, c, in, call, seen{version: v.Version, status: v.Status}, back)
	return m, v
}

func orNil(s string) schema.Value {
	if s == "" {
		return nil
	}
	return s
}

func (l *linear) note(id record.ID, c *caller, in any, call time.Duration, out seen, back time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := in.(write); ok {
		l.writes++
	}
	l.history[id] = append(l.history[id], porcupine.Operation{
		ClientId: int(c.number), Input: in, Call: int64(call), Output: out, Return: int64(back),
	})
}

// check asks the checker, and then asks it again about the same history with a stale read in it.
func (l *linear) check() {
	l.t.Helper()
	total, conflicts := 0, 0
	for id, h := range l.history {
		total += len(h)
		for _, op := range h {
			if op.Output.(seen).status == record.Conflict {
				conflicts++
			}
		}
		if verdict := porcupine.CheckOperationsTimeout(registerModel, h, time.Minute); verdict != porcupine.Ok {
			l.t.Errorf("record %v: %v over %d operations", id, verdict, len(h))
			continue
		}
		bad, planted := plantStaleRead(h)
		if !planted {
			l.t.Errorf("record %v: no read that could be made a stale one", id)
			continue
		}
		if verdict := porcupine.CheckOperationsTimeout(registerModel, bad, time.Minute); verdict == porcupine.Ok {
			l.t.Errorf("record %v: a planted stale read was not noticed", id)
		}
	}
	l.t.Logf("%d operations on %d records by %d devices, %d of them writes, %d in conflict", total, len(l.records), linearDevices, l.writes, conflicts)
	if conflicts == 0 {
		l.t.Error("no two devices ever met")
	}
}

// plantStaleRead makes one read of a history tell what had been overwritten before it was asked.
func plantStaleRead(h []porcupine.Operation) ([]porcupine.Operation, bool) {
	out := append([]porcupine.Operation(nil), h...)
	for i, late := range h {
		if _, ok := late.Input.(read); !ok {
			continue
		}
		for _, early := range h {
			if _, ok := early.Input.(read); ok && early.Return < late.Call && early.Output.(seen).version < late.Output.(seen).version &&
				overwritten(h, early.Output.(seen).version, late.Call) {
				out[i].Output = early.Output
				return out, true
			}
		}
	}
	return out, false
}

// overwritten reports whether a write that was answered before a time had left a version behind.
func overwritten(h []porcupine.Operation, version uint64, by int64) bool {
	for _, op := range h {
		if _, ok := op.Input.(write); ok && op.Return < by && op.Output.(seen).version > version {
			return true
		}
	}
	return false
}

// TestTheCheckerNotices: histories that no single register gives are refused, each for one reason.
func TestTheCheckerNotices(t *testing.T) {
	first := write{device: 7, base: 1, old: "", new: "a", edited: 10}
	later := write{device: 8, base: 1, old: "", new: "b", edited: 20}
	at := func(in any, call, back int64, out seen) porcupine.Operation {
		return porcupine.Operation{ClientId: int(call), Input: in, Call: call, Output: out, Return: back}
	}
	applied := at(first, 1, 2, seen{version: 2, status: record.Applied})
	won := at(later, 3, 4, seen{version: 3, status: record.Conflict})
	for name, c := range map[string]struct {
		ok      bool
		history []porcupine.Operation
	}{
		"as it should be":            {true, []porcupine.Operation{applied, won, at(read{}, 5, 6, seen{version: 3, value: "b"})}},
		"at once, either order":      {true, []porcupine.Operation{applied, at(read{}, 1, 9, seen{version: 1})}},
		"a stale read":               {false, []porcupine.Operation{applied, won, at(read{}, 5, 6, seen{version: 2, value: "a"})}},
		"a lost write":               {false, []porcupine.Operation{applied, at(read{}, 5, 6, seen{version: 1})}},
		"a write done twice":         {false, []porcupine.Operation{applied, at(read{}, 5, 6, seen{version: 3, value: "a"})}},
		"a silent overwrite":         {false, []porcupine.Operation{applied, at(later, 3, 4, seen{version: 3, status: record.Applied})}},
		"the earlier edit wins":      {false, []porcupine.Operation{won, applied, at(read{}, 5, 6, seen{version: 3, value: "a"})}},
		"a version handed out twice": {false, []porcupine.Operation{applied, at(later, 3, 4, seen{version: 2, status: record.Conflict})}},
		"a value out of nowhere":     {false, []porcupine.Operation{applied, at(read{}, 5, 6, seen{version: 2, value: "z"})}},
	} {
		if got := porcupine.CheckOperations(registerModel, c.history); got != c.ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}
