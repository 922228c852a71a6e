package sim

import (
	"slices"
	"time"

	"acopio/server/apply"
	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/record"
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
