package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// bound is how long everything may take to arrive once there are no faults any more.
const bound = 3 * time.Hour

// slowest is how far off the measure of a clock may be: half of what a greeting takes on the slowest way, there and back.
const slowest = 20 * time.Second

// heal ends all faults and waits until everything is delivered.
func (w *world) heal() {
	w.note("— heal")
	w.faulty = false
	w.office.fuse, w.office.extra = 0, nil
	w.office.rise()
	for _, m := range w.machines {
		m.disk.fuse = 0
		m.way = way{queue: 64, delay: 20 * time.Millisecond}
		m.examineSoon()
	}
	w.pass(30 * time.Second) // within which a farewell arrives that was sent on the slowest way: everybody has heard of changed rights
	end := w.now.Add(bound)
	for pause := time.Second; w.now.Before(end); pause = min(2*pause, 10*time.Minute) {
		for _, m := range w.machines {
			if m.off {
				m.restart()
			}
			if m.state.Revoked {
				m.state.Revoked = false
				m.enrollAgain()
			}
			m.kick()
		}
		w.pass(pause)
		if w.settled() {
			return
		}
	}
	for _, m := range w.machines {
		counts, err := m.disk.out.Counts(w.ctx)
		if counts.Waiting > 0 || !m.sync.Progress().Settled {
			w.fail("%s has not settled in %v: outbox %+v %v, progress %+v", m.name, bound, counts, err, m.sync.Progress())
		}
	}
}

// longAgo is when machines were examined that are to be examined before the end.
const longAgo = clock.Millis(1)

// examineSoon has the daily examination of a file with damage be due.
func (m *machine) examineSoon() {
	if m.damages > 0 {
		m.state.Examined = longAgo
	}
}

func (w *world) settled() bool {
	for _, m := range w.machines {
		if m.state.Examined == longAgo || m.state.Unproven {
			return false
		}
		counts, err := m.disk.out.Counts(w.ctx)
		w.must(err)
		if counts.Waiting > 0 || m.wire == nil || !m.sync.Progress().Settled {
			return false
		}
		states, err := m.disk.rep.Networks(w.ctx)
		w.must(err)
		for _, n := range states {
			if n.Seq != w.ledger.line().seq[n.Code] {
				return false
			}
		}
	}
	return true
}

// check holds the end against the promises.
func (w *world) check() {
	w.checkLog()
	w.checkDeletions()
	held := ""
	for _, m := range w.machines {
		w.ledger.compare(m)
		w.checkMachine(m)
		m.checkRepairs()
		held += m.parked()
	}
	w.checkQuestions()
	held += w.ledger.texts(w.office)
	for text, said := range w.words {
		if !strings.Contains(held, text) && !w.ledger.excused(text, said) {
			w.fail("lost: %s, saved by %s %v after the beginning", text, said.by, said.at.Sub(birth))
		}
	}
}

func (w *world) checkMachine(m *machine) {
	states, err := m.disk.rep.Networks(w.ctx)
	w.must(err)
	var have []string
	for _, n := range states {
		have = append(have, n.Code)
		head, _, err := w.office.feed.Head(w.ctx, n.Code)
		w.must(err)
		if !n.Complete || n.Seq != head.Seq || n.Sums.Of(record.Everything) != head.Checksum(n.Class) || uint64(n.Records) != head.Count(n.Class) {
			w.fail("%s does not hold what the server holds of %s: %+v, %+v", m.name, n.Code, n, head)
		}
		if full := m.owner.role.SeesSensitive(); full != (n.Class == record.Everything) {
			w.fail("%s, a %s, has class %d", m.name, m.owner.role, n.Class)
		}
		counts, err := m.disk.out.Counts(w.ctx)
		w.must(err)
		if sums, records, err := m.disk.rep.Recompute(w.ctx, n.Code); err != nil || counts.Rejected == 0 && (sums != n.Sums || records != n.Records) {
			w.fail("%s: the rows of %s are not what its checksum says: %d, %d %v", m.name, n.Code, records, n.Records, err)
		}
	}
	if !slices.Equal(have, m.owner.networks) {
		w.fail("%s has networks %v and is granted %v", m.name, have, m.owner.networks)
	}
	if off := m.skew + time.Duration(m.state.Offset)*time.Millisecond; m.jumped.Before(m.began) && off.Abs() > slowest {
		w.fail("%s has been in contact, and takes its clock to be off by %d ms, which leaves %v", m.name, -m.state.Offset, off)
	}
	m.peek(func(tx *replica.Tx) error {
		var dirty, shadows int
		err := tx.QueryRow(`SELECT (SELECT COUNT(*) FROM r2 WHERE state = 1), (SELECT COUNT(*) FROM shadow s WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = s.id AND o.state = 2))`).Scan(&dirty, &shadows)
		if dirty > 0 || shadows > 0 {
			w.fail("%s: %d rows and %d shadows are left of edits that are done", m.name, dirty, shadows)
		}
		return err
	})
}

// parked is what the edits say that were refused. They must have been, for a reason that is the person's affair.
func (m *machine) parked() string {
	items, err := m.disk.out.List(m.w.ctx)
	m.w.must(err)
	var b strings.Builder
	for _, it := range items {
		if it.Reason == nil {
			m.w.fail("%s: an edit is neither sent nor refused: %+v", m.name, it)
		}
		if it.Reason.Code == fault.NotFound && m.damages == 0 && !m.meddled && m.changed.IsZero() && m.w.office.stands(it.Mutation.Key) {
			m.w.fail("%s: an edit was refused before its record was given back: %+v", m.name, it)
		}
		switch it.Reason.Code {
		case fault.UnknownNetwork, fault.NotAllowed, fault.BrokenReference, fault.UnknownField, fault.UnknownCollection, fault.GroupFailed,
			fault.NotFound, fault.Immutable, fault.AppendOnly, fault.ReadOnly, fault.MissingField, fault.BadSum, fault.TooLong,
			fault.DeletedLongAgo, fault.DeletionsHeld, fault.DeletionsDeclined:
		default:
			m.w.fail("%s: an edit was refused for %s %v", m.name, it.Reason.Code, it.Reason.Args)
		}
		m.checkHeld(it)
		for _, ch := range it.Mutation.Changes {
			fmt.Fprintln(&b, ch.New)
		}
	}
	return b.String()
}

// checkLog demands a log without gaps, whose hashes chain.
func (w *world) checkLog() {
	for _, code := range codes {
		w.must(w.office.store.View(w.ctx, func(r store.Reader) error {
			head, _, err := r.Head(code)
			if err != nil {
				return err
			}
			entries, err := r.Log(code, 0, 1<<60, 1<<30)
			if err != nil {
				return err
			}
			hash := []byte{}
			for i, e := range entries {
				if e.Seq != uint64(i+1) {
					w.fail("seq %d of %s at position %d", e.Seq, code, i+1)
				}
				hash = store.Chain(registers()[current], hash, e)
				if len(e.Changes) == 0 && w.ledger.forgotten[e.Key] { // it proves nothing any more, but holds the chain together
					if hash, err = r.HashAt(code, e.Seq); err != nil {
						return err
					}
				}
			}
			if string(hash) != string(head.Hash) || head.Seq != uint64(len(entries)) {
				w.fail("the log of %s does not chain to its head", code)
			}
			return nil
		}))
	}
}

// excused reports whether a word may be gone: the server went back, and no laptop that has been left alone since had it
// among its own edits.
func (l *ledger) excused(text string, said word) bool {
	for m, at := range l.holders[text] {
		if !m.meddled && m.changed.Before(at) && m.owner.may(said.network, said.secret) {
			return false
		}
	}
	return len(l.lines) > 1
}
