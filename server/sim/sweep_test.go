package sim

import (
	"fmt"
	"time"

	"acopio/server/store"
	"acopio/server/sweeper"
	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// shortRetention is how long deletions are known in a history, which lasts for hours. The product demands more of whoever
// sets it; the sweeper's steps are the same.
const shortRetention = 3 * time.Minute

// bury has somebody delete something, and then time go by until the server has forgotten it. Meanwhile somebody else may be
// working on it without a connection.
func (w *world) bury(m *machine) {
	if m.off || !m.state.Role.AtLeast(schema.Coordinator) {
		return
	}
	if w.chances(40) {
		m.forget()
	} else if s, ok := m.pick("r2", "deleted = 0"); ok {
		for _, other := range w.machines {
			if other != m && !other.off && w.chances(50) {
				other.editAway(s.id)
			}
		}
		_, err := m.edit(record.ID{}, draft.Edit{Kind: draft.Delete, Collection: "organization", Network: s.code, ID: s.id.String(), Base: &s.version})
		m.saved(err, s.code, nil)
	}
	w.pass(shortRetention)
	w.sweep()
}

// editAway edits a record, if it is there, where there is no connection from then on.
func (m *machine) editAway(id record.ID) {
	s, ok := m.pick("r2", fmt.Sprintf("deleted = 0 AND id = x'%x'", id[:]))
	if !ok {
		return
	}
	m.way.down = true
	if m.wire != nil {
		m.wire.cut()
	}
	var said []string
	_, err := m.edit(record.ID{}, m.update(s, &said, 0))
	m.saved(err, s.code, said)
}

// sweep lets some time go by and has the server forget what was deleted before it.
func (w *world) sweep() {
	w.pass(w.some(2 * shortRetention))
	o := w.office
	if !o.up {
		return
	}
	w.must(o.store.Tidy(w.ctx))
	s := sweeper.Sweeper{Store: o.store, Clock: w, Retention: shortRetention}
	for _, code := range codes {
		for more := true; more; {
			n, again, err := s.Step(code)
			w.must(err)
			w.note("sweeps %s: %d", code, n)
			more = again
		}
	}
}

// forget deletes a fact that is named by what it says, so that it may be stated anew.
func (m *machine) forget() {
	table, collection := "r5", "census"
	if m.w.chances(50) && m.build != yearOld {
		table, collection = "r14", "tag"
	}
	s, ok := m.pick(table, "deleted = 0")
	if !ok {
		return
	}
	_, err := m.edit(record.ID{}, draft.Edit{Kind: draft.Delete, Collection: collection, Network: s.code, ID: s.id.String(), Base: &s.version})
	m.saved(err, s.code, nil)
}

// graveyard is what the observer knows of records that the server has forgotten in this life of its.
type graveyard struct {
	swept map[string]uint64               // of each network, as last seen
	when  map[string]map[uint64]time.Time // of each change
	said  map[record.Key]string           // every text of a record's history
	last  map[record.Key]uint64           // version with which a record was forgotten
}

func newGraveyard() graveyard {
	return graveyard{swept: map[string]uint64{}, when: map[string]map[uint64]time.Time{"BO": {}, "PE": {}}, said: map[record.Key]string{}, last: map[record.Key]uint64{}}
}

// note takes down what will be gone when the record of an entry is forgotten.
func (g *graveyard) note(e record.Entry, now time.Time) {
	g.when[e.Network][e.Seq] = now
	for _, ch := range e.Changes {
		g.said[e.Key] += fmt.Sprintln(ch.New)
	}
}

// buried is called after every commit of the store: what was swept with it must have been deleted, long enough ago, and be
// gone.
func (l *ledger) buried(o *office) {
	n := l.line()
	l.w.must(o.store.View(l.w.ctx, func(r store.Reader) error {
		heads, err := r.Heads()
		if err != nil {
			return err
		}
		for _, h := range heads {
			after := n.swept[h.Network]
			if h.Swept < after {
				l.w.fail("%s was swept up to %d, and now up to %d", h.Network, after, h.Swept)
			}
			n.swept[h.Network] = h.Swept
			for key, history := range n.bodies {
				last := history[len(history)-1]
				if key.Network != h.Network || last.seq <= after || last.seq > h.Swept {
					continue
				}
				if err := l.buriedOne(r, key, last); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

func (l *ledger) buriedOne(r store.Reader, key record.Key, last stateAt) error {
	n := l.line()
	c, _ := registers()[current].CollectionByNumber(key.Collection)
	was, err := record.DecodeBody(c, key, last.body)
	l.w.must(err)
	have, err := r.Record(key)
	if err != nil {
		return err
	}
	_, merged := was.MergedInto()
	switch {
	case have != nil && was.Deleted && !merged:
		l.w.fail("the tombstone of %s %s is below what was swept", c.Name, key.ID)
	case have != nil:
		return nil
	case !was.Deleted || merged:
		l.w.fail("%s %s was not deleted, and is gone", c.Name, key.ID)
	}
	if at, known := n.when[key.Network][last.seq]; known && l.w.now.Sub(at) <= shortRetention {
		l.w.fail("%s %s was deleted %v ago, and is forgotten", c.Name, key.ID, l.w.now.Sub(at))
	}
	l.graves += n.said[key]
	l.forgotten[key] = true
	n.last[key] = was.Version
	delete(n.said, key)
	delete(n.fields, key)
	return nil
}

// reborn demands that a record which was forgotten comes back only as a statement of the same fact by somebody who had never
// known of it, or had seen it go, or that a restored server gets back a later life of it.
func (l *ledger) reborn(e record.Entry, m record.Mutation, known bool) {
	n := l.line()
	c, _ := registers()[current].CollectionByNumber(e.Collection)
	if known && m.Given && n.fields[e.Key][record.DeletedField].value == true && n.fields[e.Key][record.DeletedField].version > m.Base {
		l.w.fail("%s gives back %s %s, which was deleted since", e.Op, c.Name, e.ID)
	}
	version, dead := n.last[e.Key]
	if !dead {
		return
	}
	delete(n.last, e.Key)
	if e.Version <= version {
		l.w.fail("%s %s begins anew in version %d; it was forgotten in %d", c.Name, e.ID, e.Version, version)
	}
	stated := len(c.Identity) > 0 && (!known || m.Kind == record.Create && (m.Base == 0 || m.Base >= version))
	if !stated && (!m.Given || m.Base < version) {
		l.w.fail("%s %s came back from the dead by %s: %+v", c.Name, e.ID, e.Op, m)
	}
}
