package e2e

import (
	"fmt"

	"github.com/anishathalye/porcupine"

	"acopio/shared/clock"
	"acopio/shared/record"
)

// The model that histories are checked against: one record as a register with one field whose rule is the last writer.
// It is written down apart from shared/merge, from docs/protocol.md alone.
//
// A write names the version it is based on. It takes effect at one moment between its first sending and its answer, once,
// however often it is sent:
//
//   - Nobody else has changed the field since that version: it stands, as applied. The record's version rises by one.
//   - Somebody else has, and the field holds what the writer saw or wants all the same: it stands, as merged.
//   - Somebody else has, to something else: a conflict. The later edit stands, or of two at the same time the one of the
//     higher device number. The version rises only when that is the new one.
//
// A read gives the version and the value at one moment between question and answer.
type register struct {
	version uint64
	value   string
	changed uint64 // the version at which the field last changed; 0: never
	device  uint32 // by whom
	edited  clock.Millis
}

type write struct {
	device   uint32
	base     uint64
	old, new string
	edited   clock.Millis
}

type read struct{}

// seen is what the server answered: to a read without a status.
type seen struct {
	version uint64
	value   string
	status  record.Status
}

func (r register) write(w write) (register, seen) {
	concurrent := r.changed > w.base && r.device != w.device
	clash := concurrent && r.value != w.old && r.value != w.new
	status := record.Applied
	switch {
	case clash:
		status = record.Conflict
	case concurrent:
		status = record.Merged
	}
	stands := !clash || w.edited > r.edited || (w.edited == r.edited && w.device > r.device)
	if stands && r.value != w.new {
		r.version++
		r = register{version: r.version, value: w.new, changed: r.version, device: w.device, edited: w.edited}
	}
	return r, seen{version: r.version, status: status}
}

// registerModel begins with a record just created, at version 1.
var registerModel = porcupine.Model{
	Init: func() any { return register{version: 1} },
	Step: func(state, input, output any) (bool, any) {
		r, out := state.(register), output.(seen)
		switch in := input.(type) {
		case write:
			next, want := r.write(in)
			return out == want, next
		default:
			return out == seen{version: r.version, value: r.value}, r
		}
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
}
