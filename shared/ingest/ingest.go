// Package ingest puts pages of the feed into a replica: the laptop's and the office's alike.
package ingest

import (
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// Page writes a page's records, history and authors in the caller's transaction. Records of collections that this build
// does not have are kept as they came. overlay puts pending edits on top of changed rows; nil where there are none. It fails with
// fault.BadFrame for a page that cannot be read.
func Page(tx *replica.Tx, s *schema.Schema, p protocol.Page, overlay replica.Overlay) error {
	records, strangers := make([]*record.Record, 0, len(p.Records)), []replica.Stranger(nil)
	for _, w := range p.Records {
		r, known, err := w.Record(s, p.Network)
		if err != nil {
			return err
		}
		if known {
			records = append(records, r)
			continue
		}
		key := record.Key{Network: p.Network, Collection: w.Collection, ID: w.ID}
		strangers = append(strangers, replica.Stranger{Key: key, Seq: w.Seq, Body: w.Body})
	}
	entries := make([]record.Entry, 0, len(p.Entries))
	authors := make([]replica.Author, 0, len(p.Authors))
	named := map[replica.Author]bool{}
	for _, a := range p.Authors {
		authors = append(authors, replica.Author{Number: a.Number, Device: a.Device, User: a.User})
	}
	for _, w := range p.Entries {
		e, known, err := w.Entry(s, p.Network)
		if err != nil {
			return err
		}
		if known {
			entries = append(entries, e)
		}
		if a := (replica.Author{Number: w.Device, Device: w.Name, User: w.User}); !named[a] {
			named[a] = true
			authors = append(authors, a)
		}
	}
	if err := tx.PutAuthors(authors); err != nil {
		return err
	}
	if err := tx.ApplyRecords(records, overlay); err != nil {
		return err
	}
	if err := tx.ApplyStrangers(strangers); err != nil {
		return err
	}
	return tx.AddEntries(entries)
}
