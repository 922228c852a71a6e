package device

import (
	"reflect"
	"sync"

	"acopio/shared/clock"
)

const (
	// keepEvery is how far the times on the disk may be behind: a power cut costs no more of them.
	keepEvery = clock.Millis(60 * 1000)
	// jitter is how much the measured offset of a clock differs from one connection to the next.
	jitter = clock.Millis(1000)
)

// Keeper is a device's state in memory and on the disk. It is safe for concurrent use.
type Keeper struct {
	dir   string
	mu    sync.Mutex
	state State
	disk  State // as it was written last
}

// Keep opens the state of a folder.
func Keep(dir string) (*Keeper, error) {
	s, err := Load(dir)
	return &Keeper{dir: dir, state: s, disk: s}, err
}

// State is the state now.
func (k *Keeper) State() State {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// Update changes the state, durably, but for times that are on the disk as they were less than a minute before: a laptop
// in contact would write them with every edit.
func (k *Keeper) Update(change func(*State)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.state)
	if k.state.timeless(k.disk) && k.state.since(k.disk) < keepEvery {
		return nil
	}
	return k.save()
}

// Flush writes what Update left in memory: before closing.
func (k *Keeper) Flush() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if reflect.DeepEqual(k.state, k.disk) {
		return nil
	}
	return k.save()
}

// Forget is for a folder that was wiped.
func (k *Keeper) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state, k.disk = State{}, State{}
}

func (k *Keeper) save() error {
	if err := Save(k.dir, k.state); err != nil {
		return err
	}
	k.disk = k.state
	return nil
}

// timeless reports whether two states are the same but for when there was contact.
func (s State) timeless(o State) bool { return reflect.DeepEqual(s.withoutTimes(o), o.withoutTimes(o)) }

// withoutTimes leaves out when things were, and takes over what the measured offset of a clock was if it is still that.
func (s State) withoutTimes(o State) State {
	s.LastSuccess, s.LastAttempt, s.Contact, s.Seen, s.Spent = 0, 0, 0, 0, 0
	if n := len(s.Attempts); n > 0 {
		s.Attempts = append([]Attempt{}, s.Attempts...)
		s.Attempts[n-1].To, s.Attempts[n-1].Times = 0, 0
	}
	if gap(s.Offset, o.Offset) < jitter {
		s.Offset = o.Offset
	}
	return s
}

// since is how far the times of two states are apart.
func (s State) since(o State) clock.Millis {
	return max(gap(s.LastSuccess, o.LastSuccess), gap(s.LastAttempt, o.LastAttempt), gap(s.Contact, o.Contact), gap(s.Seen, o.Seen))
}

func gap(a, b clock.Millis) clock.Millis { return max(a-b, b-a) }
