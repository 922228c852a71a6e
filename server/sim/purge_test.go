package sim

import (
	"slices"
	"time"

	"acopio/desktop/outbox"
	"acopio/server/apply"
	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/proposal"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// In every eighth history people also delete in bulk, and the office is asked from the second deletion within a day on.

const (
	purging       = 5 // of the seeds, modulo 8
	mostDeletions = 1
)

func (s *script) purges() bool { return s.seed%8 == purging }

// purge deletes several organizations at once, as one who has marked them in the list.
func (m *machine) purge() {
	var edits []draft.Edit
	var code string
	for range 2 + m.w.rng.IntN(4) {
		s, ok := m.pick("r2", "deleted = 0")
		if !ok || code != "" && s.code != code {
			continue
		}
		code = s.code
		e := draft.Edit{Kind: draft.Delete, Collection: "organization", Network: s.code, ID: s.id.String(), Base: &s.version}
		if !slices.ContainsFunc(edits, func(o draft.Edit) bool { return o.ID == e.ID }) {
			edits = append(edits, e)
		}
	}
	if len(edits) == 0 {
		return
	}
	var batch record.ID
	if m.w.chances(50) { // one by one, and not as a group
		batch = m.disk.ids.ID()
	}
	_, err := m.edit(batch, edits...)
	m.saved(err, code, nil)
}

// question is a proposal as the server has it.
type question struct {
	key                         record.Key
	group, kind, of, id, status string
	reason, person              string
}

// questions are the proposals of a network, in the order in which they were asked.
func (o *office) questions(code string) (out []question) {
	c, err := registers()[current].Collection(proposal.Collection)
	o.w.must(err)
	o.w.must(o.store.View(o.w.ctx, func(r store.Reader) error {
		entries, err := r.Log(code, 0, 1<<60, 1<<30)
		if err != nil {
			return err
		}
		seen := map[record.Key]bool{}
		for _, e := range entries {
			if e.Key.Collection != c.Number || seen[e.Key] {
				continue
			}
			seen[e.Key] = true
			have, err := r.Record(e.Key)
			if err != nil {
				return err
			}
			v := have.Named(c)
			text := func(name string) string { s, _ := v[name].(string); return s }
			out = append(out, question{e.Key, text("group"), text("kind"), text("collection"), text("record"), text("status"), text("reason"), text("person")})
		}
		return nil
	}))
	return out
}

// decide is what the office does about a proposal and its group: it accepts or dismisses it, or takes its dismissal back.
func (w *world) decide() {
	o := w.office
	if !o.up {
		return
	}
	code := codes[w.rng.IntN(len(codes))]
	asked := slices.DeleteFunc(o.questions(code), func(q question) bool {
		return q.status == proposal.Accepted || q.status == proposal.Withdrawn
	})
	if len(asked) == 0 {
		return
	}
	one := asked[w.rng.IntN(len(asked))]
	group := slices.DeleteFunc(asked, func(q question) bool { return q.key != one.key && (one.group == "" || q.group != one.group) })
	deletes := !slices.ContainsFunc(group, func(q question) bool { return q.kind != "delete" })
	to := proposal.Dismissed
	switch {
	case one.status == proposal.Dismissed:
		to = proposal.Open
	case deletes && w.chances(50):
		to = proposal.Accepted
	}
	var edits []draft.Edit
	for _, q := range group {
		if to == proposal.Accepted {
			edits = append(edits, draft.Edit{Kind: draft.Delete, Collection: q.of, Network: code, ID: q.id})
		}
		edits = append(edits, draft.Edit{
			Kind: draft.Update, Collection: proposal.Collection, Network: code, ID: q.key.ID.String(), Fields: map[string]any{"status": to},
		})
	}
	w.note("office: %d %s: %v", len(group), to, o.edit(false, edits...))
}

// checkHeld holds a refused edit against what the office was asked, and answered. Of a network that is not here any more nothing
// is heard.
func (m *machine) checkHeld(it outbox.Item) {
	want := map[fault.Code]string{fault.DeletionsHeld: proposal.Open, fault.DeletionsDeclined: proposal.Dismissed}[it.Reason.Code]
	states, err := m.disk.rep.Networks(m.w.ctx)
	m.w.must(err)
	here := slices.ContainsFunc(states, func(n replica.NetworkState) bool { return n.Code == it.Mutation.Key.Network })
	if want == "" || !here || !m.owner.role.SeesSensitive() {
		return
	}
	id := record.ProposalOf(it.Mutation.Op)
	for _, q := range m.w.office.questions(it.Mutation.Key.Network) {
		if q.key.ID == id && q.status == want {
			return
		}
	}
	m.w.fail("%s: an edit is refused as %s, and the office has no proposal that is %s: %+v", m.name, it.Reason.Code, want, it)
}

// givesUp writes down that a refused edit, with those of its group, is about to be given up.
func (m *machine) givesUp(op record.OpID) {
	items, err := m.disk.out.List(m.w.ctx)
	m.w.must(err)
	at := slices.IndexFunc(items, func(it outbox.Item) bool { return it.Mutation.Op == op })
	of := items[at].Mutation.Group
	for _, it := range items {
		if it.Reason != nil && (it.Mutation.Op == op || of.Size > 1 && it.Mutation.Group.ID == of.ID) {
			m.w.gaveUp[it.Mutation.Op] = it.Reason.Code
		}
	}
}

// checkQuestions demands that somebody still wants to know what the office is asked: a laptop holds each edit that it has not decided
// about, unless its person gave it up when it had been declined, which is the office's own to take back.
func (w *world) checkQuestions() {
	held := map[record.ID]bool{}
	for _, m := range w.machines {
		items, err := m.disk.out.List(w.ctx)
		w.must(err)
		for _, it := range items {
			if it.Reason != nil && it.Reason.Code == fault.DeletionsHeld {
				held[record.ProposalOf(it.Mutation.Op)] = true
			}
		}
	}
	for op, why := range w.gaveUp {
		if why == fault.DeletionsDeclined {
			held[record.ProposalOf(op)] = true
		}
	}
	for _, code := range codes {
		for _, q := range w.office.questions(code) {
			if q.status == proposal.Open && q.reason == "deletions" && !held[q.key.ID] {
				w.fail("the office is asked about a deletion in %s that no laptop holds: %+v", code, q)
			}
		}
	}
}

// checkDeletions holds the server's log against the limit: within no day has a laptop deleted more of what others had
// written, unless the office decided so. A deletion whose record was forgotten since does not say any more what it was of.
func (w *world) checkDeletions() {
	if !w.script.purges() {
		return
	}
	made := map[uint32][]clock.Millis{}
	for _, code := range codes {
		w.must(w.office.store.View(w.ctx, func(r store.Reader) error {
			entries, err := r.Log(code, 0, 1<<60, 1<<30)
			stamps := map[record.Key]map[uint16]uint32{} // who set each field last
			for _, e := range entries {
				if e.Device != apply.Server && e.Device != w.office.board && deletesOfOthers(e, stamps[e.Key]) {
					made[e.Device] = append(made[e.Device], e.At)
				}
				if stamps[e.Key] == nil {
					stamps[e.Key] = map[uint16]uint32{}
				}
				for _, ch := range e.Changes {
					stamps[e.Key][ch.Field] = e.Device
				}
			}
			return err
		}))
	}
	const day = clock.Millis(24 * time.Hour / time.Millisecond)
	for device, at := range made {
		slices.Sort(at)
		for i := mostDeletions; i < len(at); i++ {
			if at[i]-at[i-mostDeletions] < day {
				w.fail("device %d deleted more than %d records within a day, and nobody was asked: %v", device, mostDeletions, at)
			}
		}
	}
}

func deletesOfOthers(e record.Entry, stamps map[uint16]uint32) bool {
	gone := false
	for _, ch := range e.Changes {
		switch {
		case ch.Field == record.DeletedField:
			gone = ch.New == true
		case e.Kind == record.Delete:
			return false // it was retired
		}
	}
	if !gone {
		return false
	}
	for _, by := range stamps {
		if by != e.Device {
			return true
		}
	}
	return false
}
