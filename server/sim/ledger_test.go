package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"acopio/server/apply"
	"acopio/server/store"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// ledger is what an observer outside of the product writes down: every state that the server ever had, every verdict,
// and what each mutation meant. It holds the product to its promises while things happen.
type ledger struct {
	w     *world
	lines []*lineage // lives of the server; the last one is the present
	edits map[editKey]editTime
	asked map[record.OpID]record.Mutation
	// holders are the machines that still had their own edit with a text when the server went back, and when that was.
	holders map[string]map[*machine]time.Time
	// forgotten are the records that the server has ever forgotten; graves is what they said.
	forgotten map[record.Key]bool
	graves    string
}

// lineage is one life of the server: it ends with a restore, and the next begins from what the backup had.
type lineage struct {
	seq      map[string]uint64
	hashes   map[string]map[uint64]string
	bodies   map[record.Key][]stateAt
	fields   map[record.Key]map[uint16]fieldAt
	ops      map[record.OpID]bool
	verdicts map[record.OpID]record.Verdict
	began    map[string]uint64 // heads when it began
	graveyard
}

type stateAt struct {
	seq  uint64
	body []byte
}

// fieldAt is a field as the log made it.
type fieldAt struct {
	version uint64
	device  uint32
	value   schema.Value
	op      record.OpID
	edit    editTime
}

type editKey struct {
	device uint32
	edited int64
}

// editTime is when an edit was truly made, and whether its machine knew how far its clock was off.
type editTime struct {
	at     time.Time
	honest bool
}

func newLedger(w *world) *ledger {
	return &ledger{w: w, edits: map[editKey]editTime{}, asked: map[record.OpID]record.Mutation{}, holders: map[string]map[*machine]time.Time{}, forgotten: map[record.Key]bool{}}
}

func (l *ledger) line() *lineage { return l.lines[len(l.lines)-1] }

// begin starts a lineage from what the store has.
func (l *ledger) begin(o *office) {
	n := &lineage{
		seq: map[string]uint64{}, hashes: map[string]map[uint64]string{}, bodies: map[record.Key][]stateAt{},
		fields: map[record.Key]map[uint16]fieldAt{}, ops: map[record.OpID]bool{}, verdicts: map[record.OpID]record.Verdict{}, began: map[string]uint64{}, graveyard: newGraveyard(),
	}
	for _, code := range codes {
		n.hashes[code] = map[uint64]string{0: ""}
	}
	l.lines = append(l.lines, n)
	for _, e := range l.read(o) {
		l.follow(e)
	}
	for code, seq := range n.seq {
		n.began[code] = seq
	}
	l.buried(o)
}

func (l *ledger) restored() {
	l.begin(l.w.office)
	for _, m := range l.w.machines {
		m.peek(func(tx *replica.Tx) error {
			rows, err := tx.Query(`SELECT wire FROM outbox WHERE state < 2 OR state = 3 AND sent = 1`)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			var all []byte
			for rows.Next() {
				var wire []byte
				if err := rows.Scan(&wire); err != nil {
					return err
				}
				all = append(all, wire...)
			}
			for text, said := range l.w.words {
				if said.by == m.name && bytes.Contains(all, []byte(text)) {
					if l.holders[text] == nil {
						l.holders[text] = map[*machine]time.Time{}
					}
					l.holders[text][m] = l.w.now
				}
			}
			return rows.Err()
		})
	}
}

// read takes down what the store has got since the last time.
func (l *ledger) read(o *office) (entries []record.Entry) {
	n := l.line()
	l.w.must(o.store.View(l.w.ctx, func(r store.Reader) error {
		heads, err := r.Heads()
		if err != nil {
			return err
		}
		for _, h := range heads {
			at := n.seq[h.Network]
			if h.Seq == at {
				continue
			}
			log, err := r.Log(h.Network, at, h.Seq, 1<<30)
			if err != nil {
				return err
			}
			for i, e := range log {
				if e.Seq != at+uint64(i)+1 {
					l.w.fail("seq %d of %s follows on %d", e.Seq, h.Network, at+uint64(i))
				}
				hash, err := r.HashAt(h.Network, e.Seq)
				if err != nil {
					return err
				}
				n.hashes[h.Network][e.Seq] = string(hash)
			}
			entries = append(entries, log...)
			rows, _, err := r.Feed(h.Network, at, 0, 1<<30, 1<<30)
			if err != nil {
				return err
			}
			for _, w := range rows {
				key := record.Key{Network: h.Network, Collection: w.Collection, ID: w.ID}
				n.bodies[key] = append(n.bodies[key], stateAt{w.Seq, w.Body})
			}
			n.seq[h.Network] = h.Seq
		}
		return nil
	}))
	return entries
}

// committed is called after every commit of the store, before anybody hears of it.
func (l *ledger) committed() {
	entries := l.read(l.w.office)
	n := l.line()
	for _, e := range entries {
		if n.ops[e.Op] && e.Device != apply.Server {
			l.w.fail("op %s took effect twice: %+v", e.Op, e)
		}
		n.ops[e.Op] = true
	}
	l.judgeEntries(entries)
	l.buried(l.w.office)
}

// submit takes down what was asked for, before it is judged.
func (l *ledger) submit(batch []*apply.Request) {
	for _, r := range batch {
		for _, m := range r.Mutations {
			if _, ok := l.asked[m.Op]; !ok {
				l.asked[m.Op] = m
			}
		}
	}
}

// judged holds the verdicts against those that were given on the same ops before.
func (l *ledger) judged(batch []*apply.Request, err error) {
	if err != nil {
		l.w.fail("the server could not commit: %v", err)
	}
	n := l.line()
	for _, r := range batch {
		if len(r.Verdicts) != len(r.Mutations) {
			l.w.fail("%d verdicts on %d mutations", len(r.Verdicts), len(r.Mutations))
		}
		for i, v := range r.Verdicts {
			m := r.Mutations[i]
			l.w.note("%s of %d: %s %s", m.Op, r.Author.Device, v.Status, v.Code)
			if v.Op != m.Op {
				l.w.fail("verdict %d is on another op", i)
			}
			if v.Code == fault.OpReused {
				if reflect.DeepEqual(l.asked[m.Op], m) {
					l.w.fail("op %s is refused as another's: %+v", m.Op, m)
				}
				continue
			}
			if before, ok := n.verdicts[m.Op]; ok && !reflect.DeepEqual(before, v) {
				l.w.fail("op %s got %+v, and before %+v", m.Op, v, before)
			}
			n.verdicts[m.Op] = v
			if v.Status == record.Rejected && (v.Code.Kind() == fault.Broken || v.Code == fault.BadRequest) {
				l.w.fail("%s is refused for %s %v", m.Op, v.Code, v.Args)
			}
			if n.seq[m.Key.Network] < v.Seq {
				l.w.fail("an ack names seq %d of %s, which is not committed", v.Seq, m.Key.Network)
			}
		}
	}
}

// judgeEntries follows the log and holds each entry against what its mutation meant.
func (l *ledger) judgeEntries(entries []record.Entry) {
	for i, e := range entries {
		m, known := l.asked[e.Op]
		l.reborn(e, m, known)
		if known && e.Device != apply.Server {
			l.judgeEntry(e, m, entries[i+1:])
		}
		l.follow(e)
	}
}

// follow lets the observer's own fields follow an entry.
func (l *ledger) follow(e record.Entry) {
	n := l.line()
	f := n.fields[e.Key]
	if f == nil {
		f = map[uint16]fieldAt{}
		n.fields[e.Key] = f
	}
	edit := editTime{}
	if m, ok := l.asked[e.Op]; ok {
		edit = l.edits[editKey{e.Device, int64(m.Edited)}]
	}
	n.note(e, l.w.now)
	for _, ch := range e.Changes {
		f[ch.Field] = fieldAt{e.Version, e.Device, ch.New, e.Op, edit}
	}
}

// newest is the version of a record. An edit of a later one saw what a server that went back does not know any more.
func newest(fields map[uint16]fieldAt) (version uint64) {
	for _, f := range fields {
		version = max(version, f.version)
	}
	return version
}

func (l *ledger) judgeEntry(e record.Entry, m record.Mutation, rest []record.Entry) {
	n := l.line()
	c, _ := registers()[current].CollectionByNumber(e.Collection)
	have := n.fields[e.Key]
	made := map[uint16]schema.Value{}
	for _, ch := range e.Changes {
		made[ch.Field] = ch.New
	}
	unseen := func(f fieldAt) bool { return f.version > m.Base && f.device != e.Device }
	if gone, changed := made[record.DeletedField]; changed {
		switch {
		case gone == true:
			for number, f := range have {
				if unseen(f) {
					l.w.fail("%s deleted what another had edited unseen (field %d in version %d, base %d)", e.Op, number, f.version, m.Base)
				}
			}
		case have[record.DeletedField].value == true && have[record.DeletedField].version <= m.Base && m.Base <= newest(have) && m.Kind == record.Update && !restores(m):
			l.w.fail("%s brought back a record whose deletion its author had seen", e.Op)
		}
	}
	for _, ch := range m.Changes {
		f, ok := c.FieldByNumber(ch.Field)
		if !ok || f.Group != "" || f.Rule != schema.LastWriter && f.Rule != schema.Contested {
			continue
		}
		met, value := have[ch.Field], made[ch.Field]
		_, changed := made[ch.Field]
		if !changed {
			value = met.value
		}
		clash := met.version > 0 && unseen(met) && !schema.Equal(met.value, ch.New) && !schema.Equal(met.value, ch.Old)
		switch {
		case !clash && have[record.DeletedField].value != true && !schema.Equal(value, ch.New):
			l.w.fail("%s: field %s became %v, not %v, without any conflict", e.Op, f.Name, value, ch.New)
		case clash:
			l.clash(e, f, ch, met, value, rest)
		}
	}
}

func restores(m record.Mutation) bool {
	return slices.ContainsFunc(m.Changes, func(ch record.Change) bool { return ch.Field == record.DeletedField })
}

// clash demands that the loser of a true conflict is kept, and that the later edit wins, whatever the clocks said.
func (l *ledger) clash(e record.Entry, f *schema.Field, ch record.Change, met fieldAt, value schema.Value, rest []record.Entry) {
	lost := met.value
	if !schema.Equal(value, ch.New) {
		lost = ch.New
	}
	if !l.kept(e.Key, f.Name, lost, rest) {
		l.w.fail("%s: the loser %v of field %s is not kept (it became %v)", e.Op, lost, f.Name, value)
	}
	mine := l.edits[editKey{e.Device, int64(l.asked[e.Op].Edited)}]
	if !mine.honest || !met.edit.honest {
		return
	}
	switch d := mine.at.Sub(met.edit.at); {
	case d > 10*time.Second && !schema.Equal(value, ch.New), d < -10*time.Second && !schema.Equal(value, met.value):
		l.w.fail("%s: of field %s the edit won that was made earlier, by %v", e.Op, f.Name, d)
	}
}

// kept reports whether a conflict of a record's field holds a value as its lost one: in an entry to come, or as it is.
func (l *ledger) kept(key record.Key, field string, lost schema.Value, rest []record.Entry) bool {
	cc, _ := registers()[current].Collection("conflict")
	number := func(name string) uint16 {
		f, _ := cc.Field(name)
		return f.Number
	}
	want, _ := json.Marshal(lost)
	about := func(k record.Key) bool {
		f := l.line().fields[k]
		return f[number("record")].value == key.ID.String() && f[number("field")].value == field
	}
	for _, e := range rest {
		if e.Collection != cc.Number {
			break // another mutation's
		}
		values := map[uint16]schema.Value{}
		for _, ch := range e.Changes {
			values[ch.Field] = ch.New
		}
		same := about(e.Key) || values[number("record")] == key.ID.String() && values[number("field")] == field
		if v, ok := values[number("lost_value")]; same && (ok && v == string(want) || !ok && l.line().fields[e.Key][number("lost_value")].value == string(want)) {
			return true
		}
	}
	for k, f := range l.line().fields {
		if k.Collection == cc.Number && about(k) && f[number("lost_value")].value == string(want) {
			return true
		}
	}
	return false
}

// sent searches every byte that leaves for a machine for what its person may not have.
func (l *ledger) sent(c *wire, frame []byte) {
	_, payload, err := protocol.Split(frame)
	l.w.must(err)
	for _, code := range codes {
		for _, mark := range []string{"q" + code + "n", "z" + code + "n"} {
			if bytes.Contains(payload, []byte(mark)) && !c.m.owner.may(code, mark[0] == 'z') && l.w.now.Sub(c.m.changed) > 5*time.Second {
				l.w.fail("%s, a %s of %v, is sent something of %s (%s)", c.m.name, c.m.owner.role, c.m.owner.networks, code, mark)
			}
		}
	}
}

func (p person) may(code string, secret bool) bool {
	return slices.Contains(p.networks, code) && (!secret || p.role.SeesSensitive())
}

// shows takes down when an edit was made, and demands that the person sees it.
func (l *ledger) shows(m *machine, res draft.Result) {
	now := m.Now()
	l.edits[editKey{m.state.Number, now.UnixMilli()}] = editTime{l.w.now, (m.skew + time.Duration(m.state.Offset)*time.Millisecond).Abs() < 2*time.Second}
	if l.w.chances(80) {
		return
	}
	m.peek(func(tx *replica.Tx) error {
		for _, after := range res.Records {
			row, _, err := tx.Record(after.Key)
			if err != nil {
				return err
			}
			if row == nil || row.Deleted != after.Deleted || !reflect.DeepEqual(row.Fields, after.Fields) {
				l.w.fail("%s: what was just saved does not show: %+v, but %+v", m.name, after, row)
			}
		}
		return nil
	})
}

var errPeeked = errors.New("only looked")

// peek looks at a replica from within a transaction that changes nothing.
func (m *machine) peek(do func(*replica.Tx) error) {
	fuse := m.disk.fuse
	m.disk.fuse = 0
	err := m.disk.rep.Write(func(tx *replica.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return errPeeked
	})
	m.disk.fuse = fuse
	if !errors.Is(err, errPeeked) {
		m.w.fail("%s: %v", m.name, err)
	}
}

// compare holds a replica against the states that the server had: it must be one of them, with pending edits on top.
func (l *ledger) compare(m *machine) {
	states, err := m.disk.rep.Networks(l.w.ctx)
	l.w.must(err)
	m.peek(func(tx *replica.Tx) error {
		for _, n := range states {
			if !n.Complete {
				continue
			}
			line := l.lineOf(n)
			if line == nil {
				l.w.fail("%s stands at %d of %s, a state that the server never had", m.name, n.Seq, n.Code)
			}
			if err := l.compareNetwork(tx, m, n, line); err != nil {
				return err
			}
		}
		return l.comparePending(tx, m)
	})
}

// lineOf finds the life of the server that a replica's cursor is of: the first, since of what was before it began a life knows
// only what its backup still had.
func (l *ledger) lineOf(n replica.NetworkState) *lineage {
	for _, line := range l.lines {
		if hash, ok := line.hashes[n.Code][n.Seq]; ok && hash == string(n.Hash) {
			return line
		}
	}
	return nil
}

func (l *ledger) compareNetwork(tx *replica.Tx, m *machine, n replica.NetworkState, line *lineage) error {
	full := registers()[current]
	living := 0
	for key, history := range line.bodies {
		if key.Network != n.Code {
			continue
		}
		var body []byte
		for _, s := range history {
			if s.seq <= n.Seq {
				body = s.body
			}
		}
		if body == nil {
			continue
		}
		c, _ := full.CollectionByNumber(key.Collection)
		rec, err := record.DecodeBody(c, key, body)
		l.w.must(err)
		if n.Class == record.PublicOnly {
			if rec = record.Redact(c, rec); rec == nil {
				continue
			}
			body = record.EncodeBody(c, rec)
		}
		if !rec.Deleted {
			living++
		}
		have, err := m.serverBody(tx, key)
		if err != nil {
			return err
		}
		if !bytes.Equal(have, body) && (have != nil || !rec.Deleted) {
			l.w.fail("%s at %d of %s: %s %s is %x, the server had %x", m.name, n.Seq, n.Code, c.Name, key.ID, have, body)
		}
	}
	if n.Records != living {
		l.w.fail("%s at %d of %s counts %d records, the server had %d", m.name, n.Seq, n.Code, n.Records, living)
	}
	return nil
}

// serverBody is the server's state of a record as a replica holds it: in the row, or in the shadow of one with edits.
func (m *machine) serverBody(tx *replica.Tx, key record.Key) ([]byte, error) {
	c, known := m.disk.rep.Schema().CollectionByNumber(key.Collection)
	if !known {
		return column(tx, `SELECT body FROM stranger WHERE id = ? AND collection = ? AND network = ?`, key.ID[:], key.Collection, key.Network)
	}
	rec, state, err := tx.Record(key)
	if err != nil || rec == nil && state == replica.Clean {
		return nil, err
	}
	if state != replica.Clean && rec.Seq == 0 {
		return nil, nil // the server has none, as far as is known: what the shadow holds is of before that
	}
	if state != replica.Clean {
		return column(tx, `SELECT body FROM shadow WHERE id = ? AND collection = ?`, key.ID[:], key.Collection)
	}
	return record.EncodeBody(c, rec), nil
}

func column(tx *replica.Tx, query string, args ...any) (b []byte, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		err = rows.Scan(&b)
	}
	return b, errors.Join(err, rows.Err())
}

// comparePending demands that every row shows the edits that are on their way.
func (l *ledger) comparePending(tx *replica.Tx, m *machine) error {
	items, err := m.disk.out.List(l.w.ctx)
	if err != nil {
		return err
	}
	last := map[record.Key]map[uint16]schema.Value{}
	for _, it := range items {
		key := it.Mutation.Key
		if it.State > 1 || it.Mutation.Kind == record.Delete || resent(tx, it.Mutation.Op) {
			delete(last, key)
			continue
		}
		if last[key] == nil {
			last[key] = map[uint16]schema.Value{}
		}
		for _, ch := range it.Mutation.Changes {
			last[key][ch.Field] = ch.New
		}
	}
	for key, fields := range last {
		row, state, err := tx.Record(key)
		if err != nil {
			return err
		}
		c, known := m.disk.rep.Schema().CollectionByNumber(key.Collection)
		granted, err := column(tx, `SELECT code FROM network_state WHERE code = ? AND complete = 1`, key.Network)
		if err != nil || !known || granted == nil {
			return err
		}
		if row == nil || state == replica.Clean {
			l.w.fail("%s: nothing shows of the edits that wait on %s %s", m.name, c.Name, key.ID)
		}
		for number, v := range fields {
			f, ok := c.FieldByNumber(number)
			if ok && f.Group == "" && (f.Rule == schema.LastWriter || f.Rule == schema.Contested) && !schema.Equal(row.Fields[number], v) {
				l.w.fail("%s: %s of %s %s shows %v, not %v, which waits", m.name, f.Name, c.Name, key.ID, row.Fields[number], v)
			}
		}
	}
	return nil
}

func resent(tx *replica.Tx, op record.OpID) bool {
	var n int
	return tx.QueryRow(`SELECT COUNT(*) FROM outbox WHERE op = ? AND sent = 1 AND state = 0`, op[:]).Scan(&n) == nil && n > 0
}

// texts is everything that the server holds, in words.
func (l *ledger) texts(o *office) string {
	var b strings.Builder
	b.WriteString(l.graves)
	l.w.must(o.store.View(l.w.ctx, func(r store.Reader) error {
		for _, code := range codes {
			entries, err := r.Log(code, 0, 1<<60, 1<<30)
			if err != nil {
				return err
			}
			for _, e := range entries {
				for _, ch := range e.Changes {
					fmt.Fprintln(&b, ch.New)
				}
			}
		}
		return nil
	}))
	return b.String()
}
