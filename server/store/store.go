// Package store is what the server keeps: the latest state of every record, a hash-chained log of every accepted
// change, and the verdict on every mutation. It says what a backend must do; server/store/storetest proves that one
// does.
package store

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"acopio/shared/clock"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Head is where a network stands.
type Head struct {
	Network string
	Seq     uint64 // of the newest change; gapless from 1, in commit order
	Hash    []byte // of the log up to Seq
	Sums    record.Digest
	Records uint64 // living records
	Public  uint64 // living records that a viewer's replica holds
	Swept   uint64 // tombstones up to this seq are gone: a replica that stands below it must be filled anew
}

// Checksum is the head's checksum for a class of peers.
func (h Head) Checksum(class record.Class) record.Sum { return h.Sums.Of(class) }

// Count is the number of living records a peer of the class holds.
func (h Head) Count(class record.Class) uint64 {
	if class == record.PublicOnly {
		return h.Public
	}
	return h.Records
}

// Judged is the stored verdict on a mutation, with the hash of the mutation it was given on.
type Judged struct {
	Verdict record.Verdict
	Device  uint32
	Payload []byte
}

// Change is one accepted change: the log's entry, and what it made of the record, as its record.EncodeBody.
type Change struct {
	Entry   record.Entry
	Body    []byte
	Deleted bool
}

// Hours are a span of hours, each counted from 1970, the last one included.
type Hours struct{ From, To int64 }

// HoursTo are the hours in which everything happened that is no older than an age.
func HoursTo(now clock.Millis, age time.Duration) Hours {
	const hour = clock.Millis(time.Hour / time.Millisecond)
	return Hours{From: int64((now - clock.Millis(age.Milliseconds())) / hour), To: int64(now / hour)}
}

// Grave is the last entry of the log about a record that was buried; Seq is 0 where the log has none.
type Grave struct{ Version, Seq uint64 }

// Reader reads one consistent state.
type Reader interface {
	// Heads lists the networks in the order of their codes.
	Heads() ([]Head, error)
	// Head finds a network's head; ok is false for an unknown network.
	Head(network string) (h Head, ok bool, err error)
	// HashAt is the log's hash at a seq; nil when the log does not reach it.
	HashAt(network string, seq uint64) ([]byte, error)
	// Record is the latest state; nil when the record was never there.
	Record(key record.Key) (*record.Record, error)
	// Feed lists records whose last change is after a seq, in that order, at most limit of them and about maxBytes of
	// bodies (but at least one record); without tombstones up to the seq first. more says that there are others after them.
	Feed(network string, after, first uint64, limit, maxBytes int) (records []protocol.Record, more bool, err error)
	// Log lists entries with after < seq ≤ upTo, oldest first, at most limit.
	Log(network string, after, upTo uint64, limit int) ([]record.Entry, error)
	// History lists all entries of one record, oldest first.
	History(key record.Key) ([]record.Entry, error)
	// Definitions lists the records by which networks added fields for themselves, by network and id.
	Definitions() ([]*record.Record, error)
	// Referrers lists the records of a network that refer to one of its records by id, among them perhaps some that do
	// so no longer.
	Referrers(network string, target record.ID) ([]record.Key, error)
	// Authors lists who has ever changed anything in a network, by device number.
	Authors(network string) ([]protocol.Author, error)
	// Judged is the verdict already given on an op; ok is false for a new one.
	Judged(op record.OpID) (j Judged, ok bool, err error)
	// Aged is the seq up to which all entries of the log after a seq were made before a time; it looks at so many at most.
	Aged(network string, after uint64, before clock.Millis, limit int) (upTo uint64, err error)
	// Tombstones lists the deleted records whose last change is in a range, in its order.
	Tombstones(network string, after, upTo uint64) ([]*record.Record, error)
	// Buried is where the log ends of a record that Bury forgot; ok is false for one that was never buried.
	Buried(key record.Key) (g Grave, ok bool, err error)
	// Last is the newest op that PutLast noted for a device; ok is false when there is none.
	Last(device uint32) (op record.OpID, ok bool, err error)
	// Deletions is how many AddDeletions noted for a device within some hours.
	Deletions(device uint32, in Hours) (int, error)
}

// Tx is one durable transaction.
type Tx interface {
	Reader
	// Hashed is Record with the record.HashOfBody of what is stored of it.
	Hashed(key record.Key) (r *record.Record, whole record.Sum, err error)
	// PutRecord writes a record's latest state; body is its record.EncodeBody.
	PutRecord(r *record.Record, body []byte) error
	// Append adds an entry to the log with the chain's hash at it, and with the seq of the entry before it of the same record,
	// 0 if there is none: by these a record's history is found, from its latest state back.
	Append(e record.Entry, previous uint64, hash []byte) error
	// Bury forgets a deleted record for good: its latest state, and what its log entries say of it. The entries themselves
	// stay: who did something to it, and when, and the hashes of the chain.
	Bury(r *record.Record) error
	// PutGrave has a record that is not here count as buried.
	PutGrave(key record.Key, g Grave) error
	// PutAuthor remembers the name of a device number in a network.
	PutAuthor(network string, a protocol.Author) error
	// PutJudged remembers a verdict.
	PutJudged(op record.OpID, j Judged) error
	// PutLast remembers the newest op judged as a device's.
	PutLast(device uint32, op record.OpID) error
	// AddDeletions notes that a device has deleted so many more in the last of some hours, and forgets what it deleted in others
	// than those.
	AddDeletions(device uint32, in Hours, n int) error
	// PutHead writes a network's head, adding the network if it is new.
	PutHead(h Head) error
}

// Restoration says when a store was restored from a backup, and where the backup stood.
type Restoration struct {
	At     clock.Millis
	Backup clock.Millis      // of the newest change in it; 0 when it was empty
	Heads  map[string]uint64 // seq by network
}

// Store is a backend.
type Store interface {
	// Epoch names this life of the store: a restored backup gets a new one.
	Epoch() []byte
	// Floor is the least version that records are given: a restored backup's is above all that was given before.
	Floor() uint64
	// Restored tells of the last restore; ok is false when there was none.
	Restored() (r Restoration, ok bool)
	// Update runs fn in a transaction that is durable when Update returns nil. Transactions are serialized, also
	// between processes.
	Update(fn func(Tx) error) error
	// View runs fn over a consistent snapshot.
	View(ctx context.Context, fn func(Reader) error) error
	// Revision changes whenever any process has committed to the store.
	Revision(ctx context.Context) (uint64, error)
	Close() error
}

// OwnOf makes the fields of definitions, by number; those that make none are left out.
func OwnOf(s *schema.Schema, definitions []*record.Record) []schema.Own {
	c, err := s.Collection(schema.OwnFields)
	if err != nil {
		return nil
	}
	var out []schema.Own
	for _, r := range definitions {
		if collection, f, err := schema.OwnField(r.Network, r.Named(c)); err == nil && !r.Deleted {
			out = append(out, schema.Own{Collection: collection, Field: f})
		}
	}
	slices.SortStableFunc(out, func(a, b schema.Own) int { return int(a.Field.Number) - int(b.Field.Number) })
	return out
}

// References lists the records that a record refers to; only those of the references that its latest version set, when
// fresh is true.
func References(c *schema.Collection, r *record.Record, fresh bool) []record.ID {
	var out []record.ID
	take := func(n uint16) {
		f, ok := c.FieldByNumber(n)
		if !ok || !pointing(c, f) {
			return
		}
		if text, ok := r.Fields[n].(string); ok {
			if id, err := record.ParseID(text); err == nil {
				out = append(out, id)
			}
		}
	}
	if !fresh {
		for n := range r.Fields {
			take(n)
		}
		return out
	}
	for n, stamp := range r.Stamps { // of an edit, few are of this version
		if stamp.Version == r.Version {
			take(n)
		}
	}
	return out
}

// pointing reports whether a field names another record. A conflict names the record it is about as plain text, since that
// may be of any collection.
func pointing(c *schema.Collection, f *schema.Field) bool {
	return f.Type == schema.Reference || c.Name == "conflict" && f.Name == "record"
}

// Chain is the log's hash after an entry, from the hash before it.
func Chain(s *schema.Schema, before []byte, e record.Entry) []byte {
	w, _ := protocol.FromEntry(s, e, record.Everything)
	h := sha256.New()
	h.Write(before)
	h.Write(protocol.Canonical(w))
	return h.Sum(nil)[:16]
}
