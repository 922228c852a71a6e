// Package merge decides what becomes of a mutation that meets a record others may have changed meanwhile. Its
// functions are pure: the same inputs give the same outcome on every machine, whatever the clocks say.
package merge

import (
	"maps"
	"slices"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Input is one decision to take. The mutation's values are already in their fields' canonical form.
type Input struct {
	Collection *schema.Collection
	Have       *record.Record // the latest state; nil when the record is not there
	Mutation   record.Mutation
	Device     uint32       // who made the mutation
	Now        clock.Millis // the server's time
	// Floor is the least version to give. A restored server's is above all it gave in its life before, so that a base
	// from that life is never taken to have seen what happened in this one.
	Floor uint64
	// Unseen says that the mutation was made on another record, for which this one stands since it was retired: nothing
	// here was seen by its author, not even what the same device did.
	Unseen bool
}

// Loser is the side of a true conflict that does not stand. Values are by field name: one for a field, several for
// a group of fields.
type Loser struct {
	Field      string // the field's name, or the group's
	Deletion   bool   // an edit met a deletion: the edit is kept, the deletion lost
	MustReview bool
	Base       map[string]schema.Value
	Kept       map[string]schema.Value
	Lost       map[string]schema.Value
	KeptBy     record.Stamp
	LostBy     record.Stamp
}

// Result is what the mutation did.
type Result struct {
	Status  record.Status
	Record  *record.Record  // the next state; nil when nothing changed
	Changes []record.Change // what really changed, from what to what
	Losers  []Loser
}

// Merge applies the mutation to the record. It fails with fault.NotFound for an edit of a record that was never
// there, fault.AppendOnly and fault.Immutable where the schema forbids the edit.
func Merge(in Input) (Result, error) {
	m := &merger{Input: in}
	m.stamp = record.Stamp{Device: in.Device, Edited: clock.Correct(in.Mutation.Edited, in.Mutation.Offset, in.Now), Version: 1}
	if in.Have == nil {
		if in.Mutation.Kind != record.Create {
			return Result{}, fault.New(fault.NotFound, "what", in.Collection.Name+" "+in.Mutation.Key.ID.String())
		}
		m.next = &record.Record{Key: in.Mutation.Key, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{}}
	} else {
		m.next = in.Have.Clone()
		m.stamp.Version = in.Have.Version + 1
	}
	m.stamp.Version = max(m.stamp.Version, in.Floor)
	if err := m.run(); err != nil {
		return Result{}, err
	}
	return m.result(), nil
}

type merger struct {
	Input
	next    *record.Record
	stamp   record.Stamp // what fields changed by this mutation carry
	changes []record.Change
	losers  []Loser
}

func (m *merger) run() error {
	if m.Mutation.Kind == record.Delete {
		m.delete()
		return nil
	}
	if m.Have != nil && m.Have.Deleted {
		m.revive()
	}
	for _, u := range m.units() {
		if err := m.unit(u); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) result() Result {
	r := Result{Status: record.Applied, Changes: m.changes, Losers: m.losers}
	switch {
	case len(m.losers) > 0:
		r.Status = record.Conflict
	case m.foreign() != nil:
		r.Status = record.Merged
	}
	if len(m.changes) > 0 || m.Have == nil {
		m.next.Version = m.stamp.Version
		r.Record = m.next
	}
	return r
}

// concurrent reports whether a stamp is of a change that the mutation's author had not seen.
func (m *merger) concurrent(s record.Stamp) bool {
	if m.Unseen {
		return s.Version > 0
	}
	return s.Version > m.Mutation.Base && (s.Device != m.Device || m.Mutation.Apart)
}

// foreign finds the newest change of any field that the author had not seen; nil if there is none.
func (m *merger) foreign() *record.Stamp {
	if m.Have == nil {
		return nil
	}
	var newest *record.Stamp
	for _, s := range m.Have.Stamps {
		if m.concurrent(s) && (newest == nil || s.Version > newest.Version) {
			seen := s
			newest = &seen
		}
	}
	return newest
}

// delete removes the record, unless somebody edited it meanwhile: then the edit stays and the deletion is kept as
// the loser for people to see.
func (m *merger) delete() {
	if m.Have == nil || m.Have.Deleted {
		return
	}
	if s := m.foreign(); s != nil {
		m.losers = append(m.losers, Loser{
			Field: "deleted", Deletion: true, MustReview: true, KeptBy: *s, LostBy: m.stamp,
			Base: deleted(false), Kept: deleted(false), Lost: deleted(true),
		})
		return
	}
	m.setDeleted(true)
}

// revive brings a deleted record back for an edit; when the editor had not seen the deletion, it is marked. A fact that
// is stated anew after its deletion was seen begins empty.
func (m *merger) revive() {
	restated := m.Unseen && m.Mutation.Kind == record.Create // what stands in for a retired fact says nothing of an older one
	if s := m.Have.Stamps[record.DeletedField]; m.concurrent(s) && !restated {
		m.losers = append(m.losers, Loser{
			Field: "deleted", Deletion: true, MustReview: true, KeptBy: m.stamp, LostBy: s,
			Base: deleted(false), Kept: deleted(false), Lost: deleted(true),
		})
	} else if m.Mutation.Kind == record.Create {
		m.empty()
	}
	m.setDeleted(false)
}

// empty drops what the mutation does not say itself.
func (m *merger) empty() {
	given := map[uint16]bool{}
	for _, ch := range m.Mutation.Changes {
		given[ch.Field] = true
	}
	for _, n := range slices.Sorted(maps.Keys(m.Have.Fields)) {
		if !given[n] {
			m.set(n, nil)
		}
	}
}

func deleted(is bool) map[string]schema.Value { return map[string]schema.Value{"deleted": is} }

func (m *merger) setDeleted(is bool) {
	m.changes = append(m.changes, record.Change{Field: record.DeletedField, Old: m.next.Deleted, New: is})
	m.next.Deleted = is
	m.next.Stamps[record.DeletedField] = m.stamp
}

// set gives a field its new value and stamp, if it differs.
func (m *merger) set(n uint16, v schema.Value) {
	have := m.next.Fields[n]
	if schema.Equal(have, v) {
		return
	}
	m.changes = append(m.changes, record.Change{Field: n, Old: have, New: v})
	m.next.Set(n, v)
	m.next.Stamps[n] = m.stamp
}
