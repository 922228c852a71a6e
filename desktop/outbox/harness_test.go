package outbox

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/merge"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// handClock is moved by hand.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

// laptop is a real replica with its outbox; office is who judges its edits.
type laptop struct {
	*Outbox
	t      *testing.T
	dir    string
	clock  *handClock
	office *office
}

// office is the server's part, played by the real merge rules over records in memory.
type office struct {
	records map[record.Key]*record.Record
	seq     uint64
	judged  map[record.OpID]record.Verdict
	// refuse, when set, is asked for a reason to reject a mutation.
	refuse func(record.Mutation) *fault.Error
}

const myDevice = 1001

func newLaptop(t *testing.T) *laptop {
	t.Helper()
	l := &laptop{
		t: t, dir: t.TempDir(), clock: &handClock{now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)},
		office: &office{records: map[record.Key]*record.Record{}, judged: map[record.OpID]record.Verdict{}},
	}
	l.open()
	t.Cleanup(func() { l.close() })
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		return tx.PutNetwork(replica.NetworkState{Code: "PE", Class: record.Everything, Complete: true})
	}))
	return l
}

func (l *laptop) open() {
	l.t.Helper()
	rep, err := replica.Open(filepath.Join(l.dir, "replica.db"), replica.Options{Clock: l.clock})
	l.check(err)
	l.Outbox, err = Open(rep)
	l.check(err)
}

func (l *laptop) close() {
	l.t.Helper()
	l.check(l.rep.Close())
}

// restart closes and opens everything, as a new start of the program does.
func (l *laptop) restart() {
	l.t.Helper()
	l.close()
	l.open()
}

func (l *laptop) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

type fields = map[string]any

var coordinator = draft.Author{Role: schema.Coordinator, May: func(string) bool { return true }}

func (l *laptop) edit(edits ...draft.Edit) draft.Result {
	l.t.Helper()
	res, err := l.Edit(coordinator, draft.Intent{Edits: edits})
	l.check(err)
	return res
}

func creating(f fields) draft.Edit {
	return draft.Edit{Kind: draft.Create, Collection: "organization", Network: "PE", Fields: f}
}

func updating(id record.ID, f fields) draft.Edit {
	return draft.Edit{Kind: draft.Update, Collection: "organization", Network: "PE", ID: id.String(), Fields: f}
}

func deleting(id record.ID) draft.Edit {
	return draft.Edit{Kind: draft.Delete, Collection: "organization", Network: "PE", ID: id.String()}
}

// create makes an organization here and returns its id.
func (l *laptop) create(name string) record.ID {
	l.t.Helper()
	return l.edit(creating(fields{"name": name})).Records[0].ID
}

// send pushes everything that waits to the office, and settles its verdicts.
func (l *laptop) send() []record.Verdict {
	l.t.Helper()
	verdicts := l.push()
	l.check(l.Settle(verdicts))
	return verdicts
}

// push is send whose answer is lost.
func (l *laptop) push() (out []record.Verdict) {
	l.t.Helper()
	b, err := l.Next(context.Background(), -1<<62, 1<<20, 1<<30)
	l.check(err)
	for _, w := range b.Mutations {
		m, err := w.Mutation(schema.Registry())
		l.check(err)
		out = append(out, l.office.judge(l.t, m, myDevice))
	}
	return out
}

func (o *office) judge(t *testing.T, m record.Mutation, device uint32) record.Verdict {
	t.Helper()
	if v, ok := o.judged[m.Op]; ok {
		return v
	}
	v := record.Verdict{Op: m.Op}
	if o.refuse != nil {
		if f := o.refuse(m); f != nil {
			v.Status, v.Code, v.Args = record.Rejected, f.Code, f.Args
			o.judged[m.Op] = v
			return v
		}
	}
	c, _ := schema.Registry().CollectionByNumber(m.Key.Collection)
	unseen := false
	for into, retired := mergedInto(o.records[m.Key]); retired && m.Kind != record.Delete; into, retired = mergedInto(o.records[m.Key]) {
		m, unseen = directed(m, into), true
	}
	res, err := merge.Merge(merge.Input{Collection: c, Have: o.records[m.Key], Mutation: m, Device: device, Unseen: unseen, Now: clock.MillisOf(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))})
	if err != nil {
		f := fault.Of(err)
		v.Status, v.Code, v.Args = record.Rejected, f.Code, f.Args
		o.judged[m.Op] = v
		return v
	}
	if res.Record != nil {
		o.seq++
		res.Record.Seq = o.seq
		o.records[m.Key] = res.Record
	}
	v.Status, v.Version, v.Seq = res.Status, o.records[m.Key].Version, o.seq
	o.judged[m.Op] = v
	return v
}

// others makes somebody else edit an organization in the office.
func (l *laptop) others(id record.ID, base uint64, field string, old, next any) {
	l.t.Helper()
	c, _ := schema.Registry().Collection("organization")
	f, _ := c.Field(field)
	m := record.Mutation{
		Op: record.NewOpID(), Kind: record.Update, Base: base, Key: l.key(id), Edited: 1767200000000,
		Changes: []record.Change{{Field: f.Number, Old: old, New: next}},
	}
	if l.office.records[m.Key] == nil {
		m.Kind = record.Create
	}
	l.office.judge(l.t, m, 2002)
}

// othersMerge makes somebody else merge an organization into another.
func (l *laptop) othersMerge(loser, survivor record.ID) {
	l.t.Helper()
	r := l.office.records[l.key(loser)].Clone()
	l.office.seq++
	r.Seq, r.Version, r.Deleted = l.office.seq, r.Version+1, true
	r.Set(schema.MergedInto, survivor.String())
	stamp := record.Stamp{Version: r.Version, Device: 2002, Edited: 1767200000000}
	r.Stamps[record.DeletedField], r.Stamps[schema.MergedInto] = stamp, stamp
	l.office.records[r.Key] = r
}

func (l *laptop) key(id record.ID) record.Key {
	return record.Key{Network: "PE", Collection: 2, ID: id}
}

// pull applies everything that the office has changed, in one transaction with the cursor, as a checkpoint does.
func (l *laptop) pull() {
	l.t.Helper()
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		n, err := tx.Network("PE")
		if err != nil {
			return err
		}
		var news []*record.Record
		for _, r := range l.office.records {
			if r.Seq > n.Seq {
				news = append(news, r.Clone())
			}
		}
		if err := tx.ApplyRecords(news, l.Outbox); err != nil {
			return err
		}
		n.Seq = l.office.seq
		if err := tx.PutNetwork(n); err != nil {
			return err
		}
		done, err := l.Confirm(tx, "PE", n.Seq)
		if err != nil {
			return err
		}
		return l.Refresh(tx, done)
	}))
}

// row is what people see of an organization; nil when there is none.
func (l *laptop) row(id record.ID) *replica.Row {
	l.t.Helper()
	row, err := l.rep.Get(context.Background(), "organization", id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	l.check(err)
	return row
}

// shows demands the values of an organization's fields and its state.
func (l *laptop) shows(id record.ID, state replica.State, want fields) {
	l.t.Helper()
	row := l.row(id)
	if row == nil {
		l.t.Fatal("there is no such row")
	}
	c, _ := schema.Registry().Collection("organization")
	named := row.Record.Named(c)
	for name, v := range want {
		if fmt.Sprint(named[name]) != fmt.Sprint(v) {
			l.t.Errorf("%s shows %v, want %v", name, named[name], v)
		}
	}
	if row.State != state {
		l.t.Errorf("the row is %s, want %s", row.State, state)
	}
}

// counts demands how much waits and how much was rejected.
func (l *laptop) counts(waiting, rejected int) {
	l.t.Helper()
	c, err := l.Counts(context.Background())
	l.check(err)
	if c.Waiting != waiting || c.Rejected != rejected {
		l.t.Errorf("%d waiting, %d rejected, want %d, %d", c.Waiting, c.Rejected, waiting, rejected)
	}
}

func (l *laptop) list() []Item {
	l.t.Helper()
	items, err := l.List(context.Background())
	l.check(err)
	return items
}

// clean demands that nothing is pending and that what is shown is exactly what the office has.
func (l *laptop) clean() {
	l.t.Helper()
	l.counts(0, 0)
	for key, want := range l.office.records {
		if key.Collection != 2 {
			continue
		}
		row := l.row(key.ID)
		if row == nil {
			if !want.Deleted {
				l.t.Errorf("%s is not shown", key.ID)
			}
			continue
		}
		c, _ := schema.Registry().CollectionByNumber(key.Collection)
		if got := row.Record; string(record.EncodeBody(c, got)) != string(record.EncodeBody(c, want)) || row.State != replica.Clean {
			l.t.Errorf("shown %v %v %s\nthe office has %v %v", got.Deleted, got.Fields, row.State, want.Deleted, want.Fields)
		}
	}
	l.tidy()
	sum, n, err := l.rep.Recompute(context.Background(), "PE")
	l.check(err)
	states, err := l.rep.Networks(context.Background())
	l.check(err)
	if states[0].Sums != sum || states[0].Records != n {
		l.t.Errorf("the sums kept are %v of %d, the rows' %v of %d", states[0].Sums, states[0].Records, sum, n)
	}
}

// tidy demands what must always hold: a row is not clean just when something of it is pending, and then it has a shadow.
func (l *laptop) tidy() {
	l.t.Helper()
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		rows, err := tx.Query(`SELECT network, collection, id FROM shadow`)
		if err != nil {
			return err
		}
		keys, err := scanKeys(rows)
		if err != nil {
			return err
		}
		for _, k := range keys {
			items, err := l.shown(tx, k)
			if err != nil {
				return err
			}
			if _, state, err := tx.Record(k); err != nil || len(items) == 0 || state == replica.Clean {
				l.t.Errorf("%s has a shadow, %d edits and is %s (%v)", k.ID, len(items), state, err)
			}
		}
		return nil
	}))
}

// wire is how a mutation is sent, by its place in the queue.
func (l *laptop) next(after int64, count, bytes int) (ops []string, b Batch) {
	l.t.Helper()
	b, err := l.Next(context.Background(), after, count, bytes)
	l.check(err)
	for _, m := range b.Mutations {
		ops = append(ops, fmt.Sprintf("%d/%d", m.Index, m.Size))
	}
	return ops, b
}
