// Package feed cuts a network's feed into the pages that peers are sent: the latest state of each record in the order
// of its last change, with the history entries of the same range.
package feed

import (
	"context"
	"slices"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Bounds of one page.
const (
	MinBytes   = 16 << 10
	MaxBytes   = 2 << 20
	maxRecords = 10_000
	maxEntries = 4000
	entryBytes = 1 << 20
	entryChunk = 200 // entries read at once, so that large ones do not fill the memory
)

// Feed reads pages from a store.
type Feed struct {
	store   store.Store
	schema  *schema.Schema
	surveys surveys
	recent  recent
}

// New reads from a store.
func New(st store.Store, s *schema.Schema) *Feed { return &Feed{store: st, schema: s} }

// Ask says which page is wanted.
type Ask struct {
	Network  string
	Class    record.Class
	After    uint64
	First    uint64 // protocol.Pull's; any number above the head stands for it
	MaxBytes int
}

// Page reads one page from one consistent state of the store. A page that reaches the head is the Last one and carries
// the checkpoint. It fails with fault.UnknownNetwork.
func (f *Feed) Page(ctx context.Context, ask Ask) (protocol.Page, error) {
	p := protocol.Page{Network: ask.Network, From: ask.After, To: ask.After}
	err := f.store.View(ctx, func(r store.Reader) error {
		head, ok, err := r.Head(ask.Network)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.UnknownNetwork, "network", ask.Network)
		}
		p.Head, p.Swept = head.Seq, head.Swept
		return f.fill(f.within(r, head, ask.After), ask, head, &p)
	})
	return p, err
}

func (f *Feed) fill(r store.Reader, ask Ask, head store.Head, p *protocol.Page) error {
	ask.First = min(ask.First, head.Seq)
	records, more, err := r.Feed(ask.Network, ask.After, ask.First, maxRecords, min(max(ask.MaxBytes, MinBytes), MaxBytes))
	if err != nil {
		return err
	}
	if more {
		p.To = records[len(records)-1].Seq
		p.Remaining = remaining(head, ask, p.To, len(records))
		if p.Hash, err = r.HashAt(ask.Network, p.To); err != nil {
			return err
		}
	} else {
		p.Last, p.To, p.Hash = true, head.Seq, head.Hash
		p.Checksum, p.Count = head.Checksum(ask.Class).Bytes(), head.Count(ask.Class)
	}
	if p.Records, err = f.visible(ask, records); err != nil {
		return err
	}
	if ask.First > 0 {
		if ask.After == 0 {
			p.Authors, err = r.Authors(ask.Network)
		}
		return err
	}
	return f.entries(r, ask, p)
}

// remaining is about how many records come after a page: exact on the first page, later by how far the feed has come.
// Counting them would take longer than reading the page.
func remaining(head store.Head, ask Ask, to uint64, read int) uint64 {
	living := head.Count(ask.Class)
	if ask.After == 0 {
		return max(living, uint64(read)+1) - uint64(read)
	}
	return max(1, uint64(float64(living)*float64(head.Seq-to)/float64(head.Seq)))
}

// visible strips from records what the class does not see.
func (f *Feed) visible(ask Ask, records []protocol.Record) ([]protocol.Record, error) {
	if ask.Class == record.Everything {
		return records, nil
	}
	out := records[:0]
	for _, w := range records {
		c, ok := f.schema.CollectionByNumber(w.Collection)
		if !ok || c.Sensitive {
			continue
		}
		r, _, err := w.Record(f.schema, ask.Network)
		if err != nil {
			return nil, err
		}
		w.Body = record.EncodeBody(c, record.Redact(c, r))
		out = append(out, w)
	}
	return out, nil
}

// entries adds the history of the page's range. A range with more of it than a page takes is left to be asked for.
func (f *Feed) entries(r store.Reader, ask Ask, p *protocol.Page) error {
	bytes := 0
	for at := p.From; at < p.To; {
		entries, err := r.Log(ask.Network, at, p.To, entryChunk)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			w, ok := protocol.FromEntry(f.schema, e, ask.Class)
			if bytes += len(w.Changes); bytes > entryBytes || len(p.Entries) == maxEntries {
				return nil
			}
			if ok {
				p.Entries = append(p.Entries, w)
			}
		}
		at = entries[len(entries)-1].Seq
	}
	return nil
}

// Head is where a network stands; ok is false for an unknown one.
func (f *Feed) Head(ctx context.Context, network string) (h store.Head, ok bool, err error) {
	err = f.store.View(ctx, func(r store.Reader) error {
		h, ok, err = r.Head(network)
		return err
	})
	return h, ok, err
}

// Heads is where all networks stand.
func (f *Feed) Heads(ctx context.Context) (heads []store.Head, err error) {
	err = f.store.View(ctx, func(r store.Reader) error {
		heads, err = r.Heads()
		return err
	})
	return heads, err
}

// Agrees reports whether the log had the hash at the cursor's seq: whether the peer's replica grew from this log.
func (f *Feed) Agrees(ctx context.Context, c protocol.Cursor) (agrees bool, err error) {
	err = f.store.View(ctx, func(r store.Reader) error {
		hash, err := r.HashAt(c.Network, c.Seq)
		agrees = hash != nil && string(hash) == string(c.Hash)
		return err
	})
	return agrees, err
}

// History is the history of one record, as far as the class sees it: oldest first, and of a very long one the newest part.
func (f *Feed) History(ctx context.Context, key record.Key, class record.Class) (out []protocol.Entry, err error) {
	err = f.store.View(ctx, func(r store.Reader) error {
		entries, err := r.History(key)
		bytes := 0
		for _, e := range slices.Backward(entries) {
			w, ok := protocol.FromEntry(f.schema, e, class)
			if bytes += len(w.Changes); bytes > entryBytes || len(out) == maxEntries {
				break
			}
			if ok {
				out = append(out, w)
			}
		}
		return err
	})
	slices.Reverse(out)
	return out, err
}

// Last is the newest op judged as a device's; zero when there is none.
func (f *Feed) Last(ctx context.Context, device uint32) (op record.OpID, err error) {
	err = f.store.View(ctx, func(r store.Reader) error {
		op, _, err = r.Last(device)
		return err
	})
	return op, err
}

// Epoch names the life of the store that the feed reads.
func (f *Feed) Epoch() []byte { return f.store.Epoch() }
