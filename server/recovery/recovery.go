// Package recovery tells what came back to a server that was restored from a backup: laptops give back what the backup
// lacked by themselves, and the office wants to know how much, from whom, and who is still to come.
package recovery

import (
	"context"
	"slices"
	"sync"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/record"
)

// Window is how long after a restore the office is told of it: as long as laptops keep what they have sent.
const Window = clock.Millis(30 * 24 * 60 * 60 * 1000)

// Summary is what came back since a restore: every change that was made before it and that the backup did not have.
type Summary struct {
	Restored clock.Millis // when that was
	Backup   clock.Millis // of the newest change in the backup; 0 when it was empty
	Edits    int
	Records  int // that those edits are of
	Devices  []Device
}

// Device is what one laptop gave back. A record that another laptop had made is given back under the name of the one
// that came first.
type Device struct {
	Number  uint32
	Name    string
	User    string
	Edits   int
	Records int
	Last    clock.Millis // when the last of it arrived
}

// Recovery reads the log of a restored store as it grows. It is safe for concurrent use.
type Recovery struct {
	store store.Store
	clock clock.Clock

	mu      sync.Mutex
	read    map[string]uint64 // how far each network's log was read
	edits   int
	records map[record.Key]bool
	devices map[uint32]*tally
}

type tally struct {
	Device
	records map[record.Key]bool
}

// New watches a store.
func New(st store.Store, c clock.Clock) *Recovery {
	return &Recovery{store: st, clock: c, read: map[string]uint64{}, records: map[record.Key]bool{}, devices: map[uint32]*tally{}}
}

// Summary is what came back so far; nil for a store that was never restored, or longer ago than Window.
func (r *Recovery) Summary(ctx context.Context) (*Summary, error) {
	restored, ok := r.store.Restored()
	if !ok || clock.MillisOf(r.clock.Now()) > restored.At+Window {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.readOn(ctx, restored); err != nil {
		return nil, err
	}
	s := &Summary{Restored: restored.At, Backup: restored.Backup, Edits: r.edits, Records: len(r.records), Devices: []Device{}}
	for _, t := range r.devices {
		t.Records = len(t.records)
		s.Devices = append(s.Devices, t.Device)
	}
	slices.SortFunc(s.Devices, func(a, b Device) int { return int(a.Number) - int(b.Number) })
	return s, nil
}

// entriesAtOnce bounds what is read of the log at once.
const entriesAtOnce = 1000

// readOn takes in what the logs have grown by.
func (r *Recovery) readOn(ctx context.Context, restored store.Restoration) error {
	return r.store.View(ctx, func(v store.Reader) error {
		heads, err := v.Heads()
		if err != nil {
			return err
		}
		for _, h := range heads {
			at := max(r.read[h.Network], restored.Heads[h.Network])
			for at < h.Seq {
				entries, err := v.Log(h.Network, at, h.Seq, entriesAtOnce)
				if err != nil {
					return err
				}
				for _, e := range entries {
					r.take(e, restored.At)
				}
				at = min(at+entriesAtOnce, h.Seq) // the log has no gaps
				r.read[h.Network] = at
			}
		}
		return nil
	})
}

// serverDevice is the device number of what the server writes itself.
const serverDevice = 1

func (r *Recovery) take(e record.Entry, restored clock.Millis) {
	if e.Edited >= restored || e.Device == serverDevice {
		return
	}
	t := r.devices[e.Device]
	if t == nil {
		t = &tally{Device: Device{Number: e.Device}, records: map[record.Key]bool{}}
		r.devices[e.Device] = t
	}
	t.Name, t.User, t.Last = e.Name, e.User, e.At
	t.Edits++
	r.edits++
	t.records[e.Key], r.records[e.Key] = true, true
}
