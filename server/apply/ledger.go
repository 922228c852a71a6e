package apply

import (
	"bytes"
	"cmp"
	"slices"

	"acopio/server/store"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// ledger is the transaction as a sitting sees it. What was read is not read again, and what is written waits in memory
// until the end: so an attempt that fails costs the store nothing, and one that succeeds writes each thing once, in one go.
type ledger struct {
	tx     store.Tx
	schema *schema.Schema

	records map[record.Key]*record.Record // nil: it is not there
	hashes  map[*record.Record]record.Sum // of the bodies of records, the next states included
	judged  map[record.OpID]*store.Judged // nil: it was not
	heads   map[string]*store.Head        // nil: there is no such network
	past    map[record.Key][]record.Entry // written in this transaction
	graves  map[record.Key]store.Grave    // dug in this transaction
	ends    map[record.Key]uint64         // the seq of the last entry about a record; 0: it is not there

	puts     []put
	entries  []logged
	verdicts []store.Judged
	undo     []func() // of what maps say since the attempt under way began; nil outside of one
	trying   bool
}

type put struct {
	r    *record.Record
	body []byte
}

type logged struct {
	e    record.Entry
	hash []byte
}

func newLedger(tx store.Tx, s *schema.Schema) *ledger {
	return &ledger{
		tx: tx, schema: s, records: map[record.Key]*record.Record{}, hashes: map[*record.Record]record.Sum{}, judged: map[record.OpID]*store.Judged{},
		heads: map[string]*store.Head{}, graves: map[record.Key]store.Grave{}, past: map[record.Key][]record.Entry{}, ends: map[record.Key]uint64{},
	}
}

// Record is the latest state, which is not the caller's to change; nil when the record was never there.
func (l *ledger) Record(key record.Key) (*record.Record, error) {
	if r, known := l.records[key]; known {
		return r, nil
	}
	r, whole, err := l.tx.Hashed(key)
	if err == nil {
		l.records[key], l.ends[key] = r, endOf(r)
	}
	if r != nil {
		l.hashes[r] = whole
	}
	return r, err
}

// Digest is what a record adds to the checksums. One that Record returned is not encoded again for it.
func (l *ledger) Digest(c *schema.Collection, r *record.Record) record.Digest {
	if whole, known := l.hashes[r]; known {
		return record.DigestOfHashed(c, r, whole)
	}
	return record.DigestOf(c, r)
}

// Judged is the verdict already given on an op; nil for a new one.
func (l *ledger) Judged(op record.OpID) (*store.Judged, error) {
	if j, known := l.judged[op]; known {
		return j, nil
	}
	found, ok, err := l.tx.Judged(op)
	if err != nil {
		return nil, err
	}
	var j *store.Judged
	if ok {
		j = &found
	}
	l.judged[op] = j
	return j, nil
}

// Head is where a network stood before this transaction; nil for an unknown one.
func (l *ledger) Head(network string) (*store.Head, error) {
	if h, known := l.heads[network]; known {
		return h, nil
	}
	found, ok, err := l.tx.Head(network)
	if err != nil {
		return nil, err
	}
	var h *store.Head
	if ok {
		h = &found
	}
	l.heads[network] = h
	return h, nil
}

// History lists all entries of one record, oldest first.
func (l *ledger) History(key record.Key) ([]record.Entry, error) {
	entries, err := l.tx.History(key)
	return append(entries, l.past[key]...), err
}

// Buried is where the log ends of a record that was buried; ok is false for one that never was.
func (l *ledger) Buried(key record.Key) (g store.Grave, ok bool, err error) {
	if g, dug := l.graves[key]; dug {
		return g, true, nil
	}
	return l.tx.Buried(key)
}

// Dig has a record that is not here count as buried in a version.
func (l *ledger) Dig(key record.Key, version uint64) {
	remember(l, l.graves, key, store.Grave{Version: version})
}

// Referrers lists the records that refer to one, among them perhaps some that do so no longer.
func (l *ledger) Referrers(network string, target record.ID) ([]record.Key, error) {
	keys, err := l.tx.Referrers(network, target)
	if err != nil {
		return nil, err
	}
	for _, p := range l.puts {
		c, ok := l.schema.CollectionByNumber(p.r.Collection)
		if ok && p.r.Network == network && slices.Contains(store.References(c, p.r, true), target) {
			keys = append(keys, p.r.Key)
		}
	}
	slices.SortFunc(keys, func(a, b record.Key) int {
		return cmp.Or(cmp.Compare(a.Collection, b.Collection), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return slices.Compact(keys), nil
}

// Definitions lists the records that define fields of networks.
func (l *ledger) Definitions() ([]*record.Record, error) {
	stored, err := l.tx.Definitions()
	if err != nil {
		return nil, err
	}
	latest := map[record.Key]*record.Record{}
	for _, r := range stored {
		latest[r.Key] = r
	}
	for _, p := range l.puts {
		if c, ok := l.schema.CollectionByNumber(p.r.Collection); ok && c.Name == schema.OwnFields {
			latest[p.r.Key] = p.r
		}
	}
	out := make([]*record.Record, 0, len(latest))
	for _, r := range latest {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *record.Record) int {
		return cmp.Or(cmp.Compare(a.Network, b.Network), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return out, nil
}

// Put takes a record's latest state, with the hash of its body, and the log's entry that made it.
func (l *ledger) Put(r *record.Record, body []byte, whole record.Sum, e record.Entry, hash []byte) {
	l.hashes[r] = whole
	remember(l, l.records, r.Key, r)
	remember(l, l.past, r.Key, append(slices.Clip(l.past[r.Key]), e))
	l.puts, l.entries = append(l.puts, put{r, body}), append(l.entries, logged{e, hash})
}

// PutJudged takes a verdict.
func (l *ledger) PutJudged(op record.OpID, j store.Judged) {
	remember(l, l.judged, op, &j)
	l.verdicts = append(l.verdicts, j)
}

// remember has a map say something new, until the attempt under way fails.
func remember[K comparable, V any](l *ledger, m map[K]V, key K, v V) {
	if l.trying {
		before, had := m[key]
		l.undo = append(l.undo, func() {
			if had {
				m[key] = before
			} else {
				delete(m, key)
			}
		})
	}
	m[key] = v
}

// Attempt runs fn so that what it writes is undone when it fails, and only that.
func (l *ledger) Attempt(fn func() error) error {
	puts, entries, verdicts := len(l.puts), len(l.entries), len(l.verdicts)
	l.trying, l.undo = true, l.undo[:0]
	err := fn()
	if err != nil {
		for _, back := range slices.Backward(l.undo) {
			back()
		}
		l.puts, l.entries, l.verdicts = l.puts[:puts], l.entries[:entries], l.verdicts[:verdicts]
	}
	l.trying = false
	return err
}

// Changes are what was gathered.
func (l *ledger) Changes() []store.Change {
	out := make([]store.Change, len(l.puts))
	for i, p := range l.puts { // each came with its entry
		out[i] = store.Change{Entry: l.entries[i].e, Body: p.body, Deleted: p.r.Deleted}
	}
	return out
}

// endOf is the seq of the last entry about a record as the store has it.
func endOf(r *record.Record) uint64 {
	if r == nil {
		return 0
	}
	return r.Seq
}

// previous is the seq of the entry before one that is about to be written, of the same record; 0 if there is none.
func (l *ledger) previous(e record.Entry) (uint64, error) {
	end, known := l.ends[e.Key]
	if !known {
		r, err := l.tx.Record(e.Key)
		if err != nil {
			return 0, err
		}
		end = endOf(r)
	}
	if l.ends[e.Key] = e.Seq; end > 0 {
		return end, nil
	}
	grave, _, err := l.Buried(e.Key)
	return grave.Seq, err
}

// Flush writes what was gathered. It is called once, at the end.
func (l *ledger) Flush() error {
	for _, e := range l.entries { // before their records are written: those say where histories end
		previous, err := l.previous(e.e)
		if err != nil {
			return err
		}
		if err := l.tx.Append(e.e, previous, e.hash); err != nil {
			return err
		}
	}
	for _, p := range l.puts {
		if err := l.tx.PutRecord(p.r, p.body); err != nil {
			return err
		}
	}
	for key, g := range l.graves {
		if err := l.tx.PutGrave(key, g); err != nil {
			return err
		}
	}
	// In the order of their keys, so that each page of the table is gone to once.
	slices.SortFunc(l.verdicts, func(a, b store.Judged) int { return bytes.Compare(a.Verdict.Op[:], b.Verdict.Op[:]) })
	for _, j := range l.verdicts {
		if err := l.tx.PutJudged(j.Verdict.Op, j); err != nil {
			return err
		}
	}
	return nil
}
