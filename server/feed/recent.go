package feed

import (
	"slices"
	"sync"

	"acopio/server/store"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// Bounds of what is remembered.
const (
	recentBytes   = 8 << 20 // about
	recentCommits = 4096
	changeBytes   = 600 // of a change besides its record's body, about
)

// recent are the last changes that this process has committed, as it had them in hand: whoever is told of them right away is
// told without reading them back, each from its own place in the file.
type recent struct {
	mu      sync.Mutex
	commits []commit // the newest last
	bytes   int
}

// commit is what one transaction changed in one network, without a gap.
type commit struct {
	network string
	changes []store.Change
	bytes   int
}

func (c commit) first() uint64 { return c.changes[0].Entry.Seq }
func (c commit) last() uint64  { return c.changes[len(c.changes)-1].Entry.Seq }

// Note remembers changes that are durable, in the order of a network's seqs, for a while. They are nobody's to alter.
func (f *Feed) Note(changes []store.Change) {
	of := map[string]*commit{}
	for _, ch := range changes {
		c := of[ch.Entry.Network]
		if c == nil {
			c = &commit{network: ch.Entry.Network}
			of[ch.Entry.Network] = c
		}
		c.changes, c.bytes = append(c.changes, ch), c.bytes+len(ch.Body)+changeBytes
	}
	r := &f.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range of {
		r.commits, r.bytes = append(r.commits, *c), r.bytes+c.bytes
	}
	drop := 0
	for ; drop < len(r.commits) && (r.bytes > recentBytes || len(r.commits)-drop > recentCommits); drop++ {
		r.bytes -= r.commits[drop].bytes
	}
	r.commits = slices.Delete(r.commits, 0, drop)
}

// between are a network's changes with after < seq ≤ upTo, oldest first; ok is false unless all of them are remembered.
func (r *recent) between(network string, after, upTo uint64) (changes []store.Change, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var parts [][]store.Change // the newest first
	for _, c := range slices.Backward(r.commits) {
		if c.network != network || c.first() > upTo {
			continue
		}
		if c.last() < upTo {
			return nil, false // another process has committed in between
		}
		part := c.changes[:upTo-c.first()+1]
		if c.first() <= after {
			part = part[after+1-c.first():]
		}
		parts = append(parts, part)
		if upTo = part[0].Entry.Seq - 1; upTo == after {
			slices.Reverse(parts)
			return slices.Concat(parts...), true
		}
	}
	return nil, false
}

// inHand reads from a store of which all changes after some seq are in hand.
type inHand struct {
	store.Reader
	changes []store.Change
}

// within gives a page's reader what is remembered of its range, if that is all of it. Of what was swept nothing is told that the
// store does not say any more.
func (f *Feed) within(r store.Reader, head store.Head, after uint64) store.Reader {
	if after >= head.Seq || after < head.Swept {
		return r
	}
	if changes, ok := f.recent.between(head.Network, after, head.Seq); ok {
		return inHand{r, changes}
	}
	return r
}

// since are the changes after a seq that is in hand, or the one before it.
func (h inHand) since(after uint64) []store.Change {
	return h.changes[min(int(after+1-h.changes[0].Entry.Seq), len(h.changes)):] //nolint:gosec // it is no longer than the slice
}

// Feed implements store.Reader.
func (h inHand) Feed(_ string, after, first uint64, limit, maxBytes int) (out []protocol.Record, more bool, err error) {
	changes := h.since(after)
	latest := make(map[record.Key]uint64, len(changes))
	for _, ch := range changes {
		latest[ch.Entry.Key] = ch.Entry.Seq
	}
	bytes := 0
	for _, ch := range changes {
		e := &ch.Entry
		if latest[e.Key] != e.Seq || ch.Deleted && e.Seq <= first {
			continue
		}
		if bytes >= maxBytes || len(out) == limit {
			return out, true, nil
		}
		bytes += len(ch.Body)
		out = append(out, protocol.Record{Collection: e.Collection, ID: e.ID, Seq: e.Seq, Body: ch.Body})
	}
	return out, false, nil
}

// Log implements store.Reader.
func (h inHand) Log(_ string, after, upTo uint64, limit int) ([]record.Entry, error) {
	var out []record.Entry
	for _, ch := range h.since(after) {
		if ch.Entry.Seq > upTo || len(out) == limit {
			break
		}
		out = append(out, ch.Entry)
	}
	return out, nil
}
