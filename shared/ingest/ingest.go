// Package ingest puts pages of the feed into a replica: the laptop's and the office's alike.
package ingest

import (
	"acopio/shared/columns"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// Page writes a page's records, history and authors in the caller's transaction. Records of collections that this build
// does not have are kept as they came. overlay puts pending edits on top of changed rows; nil where there are none. It fails with
// fault.BadFrame for a page that cannot be read.
func Page(tx *replica.Tx, s *schema.Schema, p protocol.Page, overlay replica.Overlay) error {
	entries, authors, err := past(s, p)
	if err != nil {
		return err
	}
	if err := tx.PutAuthors(authors); err != nil {
		return err
	}
	if err := records(tx, s, p, overlay); err != nil {
		return err
	}
	return tx.AddEntries(entries)
}

// Count is how many records a page has.
func Count(p protocol.Page) int { return len(p.Records) + columns.Count(p.Packed) }

// fewRecords need no second core.
const fewRecords = 100

func records(tx *replica.Tx, s *schema.Schema, p protocol.Page, overlay replica.Overlay) error {
	var strangers []replica.Stranger
	each := func(yield func(*record.Record) bool) error {
		var failed error
		take := func(w protocol.Record) bool {
			r, known, err := w.Record(s, p.Network)
			switch {
			case err != nil:
				failed = err
				return false
			case known:
				return yield(r)
			}
			key := record.Key{Network: p.Network, Collection: w.Collection, ID: w.ID}
			strangers = append(strangers, replica.Stranger{Key: key, Seq: w.Seq, Body: w.Body})
			return true
		}
		for _, w := range p.Records {
			if !take(w) {
				return failed
			}
		}
		if err := columns.Unpack(p.Packed, take); err != nil {
			return err
		}
		return failed
	}
	if err := apply(tx, Count(p), each, overlay); err != nil {
		return err
	}
	return tx.ApplyStrangers(strangers)
}

// apply writes a few records as they are, and many while the next ones are being read.
func apply(tx *replica.Tx, n int, each func(yield func(*record.Record) bool) error, overlay replica.Overlay) error {
	if n > fewRecords {
		return tx.ApplyStream(each, overlay)
	}
	var list []*record.Record
	if err := each(func(r *record.Record) bool { list = append(list, r); return true }); err != nil {
		return err
	}
	return tx.ApplyRecords(list, overlay)
}

// past are the history entries of a page and the authors it names.
func past(s *schema.Schema, p protocol.Page) ([]record.Entry, []replica.Author, error) {
	entries := make([]record.Entry, 0, len(p.Entries))
	authors := make([]replica.Author, 0, len(p.Authors))
	named := map[replica.Author]bool{}
	for _, a := range p.Authors {
		authors = append(authors, replica.Author{Number: a.Number, Device: a.Device, User: a.User})
	}
	for _, w := range p.Entries {
		e, known, err := w.Entry(s, p.Network)
		if err != nil {
			return nil, nil, err
		}
		if known {
			entries = append(entries, e)
		}
		if a := (replica.Author{Number: w.Device, Device: w.Name, User: w.User}); !named[a] {
			named[a] = true
			authors = append(authors, a)
		}
	}
	return entries, authors, nil
}
