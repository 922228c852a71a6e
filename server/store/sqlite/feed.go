package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"acopio/server/store"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// feedEntries are the feed's entries after a seq, each with the record that is still in the state of that change: the others, whose
// record was changed again or is gone, are passed over.
const feedEntries = ` FROM feed CROSS JOIN record INDEXED BY record_key
	ON record.id = feed.id AND record.collection = feed.collection AND record.network = feed.network
	WHERE feed.network = +? AND feed.seq > ? AND record.seq = feed.seq `

const feedQuery = `SELECT feed.collection, feed.id, feed.seq, body` + feedEntries + `AND (deleted = 0 OR feed.seq > ?) ORDER BY feed.seq LIMIT +?`

func (r *reader) Feed(network string, after, first uint64, limit, maxBytes int) (out []protocol.Record, more bool, err error) {
	rows, err := r.q.Query(feedQuery, network, after, first, limit+1)
	if err != nil {
		return nil, false, Translate(err)
	}
	defer func() { _ = rows.Close() }()
	bytes := 0
	for rows.Next() {
		if bytes >= maxBytes || len(out) == limit {
			more = true
			break
		}
		var w protocol.Record
		var id sql.RawBytes
		if err := rows.Scan(&w.Collection, &id, &w.Seq, &w.Body); err != nil {
			return nil, false, Translate(err)
		}
		copy(w.ID[:], id)
		bytes += len(w.Body)
		out = append(out, w)
	}
	return out, more, Translate(rows.Err())
}

const tombstoneQuery = `SELECT feed.collection, feed.id, feed.seq, body` + feedEntries + `AND feed.seq <= ? AND deleted = 1 ORDER BY feed.seq`

func (r *reader) Tombstones(network string, after, upTo uint64) ([]*record.Record, error) {
	return all(r.q, func(scan func(...any) error) (*record.Record, error) {
		key := record.Key{Network: network}
		var id, body []byte
		var seq uint64
		if err := scan(&key.Collection, &id, &seq, &body); err != nil {
			return nil, err
		}
		copy(key.ID[:], id)
		c, err := r.collection(key)
		if err != nil {
			return nil, err
		}
		return decode(c, key, seq, body)
	}, tombstoneQuery, network, after, upTo)
}

// addToFeed puts a record's change at the end of the feed.
func (t *transaction) addToFeed(r *record.Record) error {
	return Translate(t.direct.Run(`INSERT INTO feed (network, seq, collection, id) VALUES (?, ?, ?, ?)`,
		r.Network, int64(r.Seq), int64(r.Collection), r.ID[:]))
}

func (t *transaction) takeFromFeed(network string, seq uint64) error {
	return Translate(t.direct.Run(`DELETE FROM feed WHERE network = ? AND seq = ?`, network, int64(seq)))
}

// Of how many changes the entries are gathered that they outdated, before those are taken out in their order: the more, the fewer
// pages of the feed are gone to for each. And how many one transaction takes out, so that edits do not wait: more only if more edits came
// in the meantime, since it may be that nobody but large pushes has a turn in between.
const (
	tidyRange = 65_536
	tidyTurn  = 2_000
)

// outdated is about how many entries of the feed are out of date, and at most.
func (st *Store) outdated(ctx context.Context) (n int, err error) {
	err = st.reader.QueryRowContext(ctx, `SELECT COALESCE(SUM(seq - tidied), 0) FROM head`).Scan(&n)
	return n, Translate(err)
}

// Tidy takes out of the feed what is out of date, in transactions so small that edits do not wait, until ctx ends.
func (st *Store) Tidy(ctx context.Context) error {
	type untidy struct {
		network string
		tidied  uint64
	}
	found, err := all(st.reader, func(scan func(...any) error) (untidy, error) {
		var u untidy
		err := scan(&u.network, &u.tidied)
		return u, err
	}, `SELECT network, tidied FROM head WHERE tidied < seq ORDER BY network`)
	if err != nil {
		return err
	}
	for _, u := range found {
		for at, more := u.tidied, true; more; {
			if at, more, err = st.tidy(ctx, u.network, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// tidy takes out what a range of changes after a seq outdated, and says up to which. more says that there are others after them.
func (st *Store) tidy(ctx context.Context, network string, after uint64) (upTo uint64, more bool, err error) {
	upTo = after
	stale, err := all(st.reader, func(scan func(...any) error) (uint64, error) {
		var previous uint64
		err := scan(&upTo, &previous)
		return previous, err
	}, `SELECT seq, previous FROM log WHERE network = +? AND seq > ? ORDER BY seq LIMIT +?`, network, after, tidyRange)
	if err != nil {
		return after, false, err
	}
	more = len(stale) == tidyRange
	slices.Sort(stale)
	begin, _ := slices.BinarySearch(stale, 1) // 0 is before the first change of a record
	if err := st.takeAllOut(ctx, network, stale[begin:]); err != nil {
		return after, false, err
	}
	return upTo, more, st.Update(func(tx store.Tx) error {
		t := tx.(*transaction) // Update makes no other
		return Translate(t.direct.Run(`UPDATE head SET tidied = MAX(tidied, ?) WHERE network = ?`, int64(upTo), network))
	})
}

// takeAllOut takes entries out of the feed, in turns.
func (st *Store) takeAllOut(ctx context.Context, network string, stale []uint64) error {
	before, err := st.Revision(ctx)
	if err != nil {
		return err
	}
	for len(stale) > 0 {
		now, err := st.Revision(ctx)
		if err != nil {
			return err
		}
		turn := min(len(stale), max(tidyTurn, 2*int(now-before))) //nolint:gosec // as many as came
		if err := st.takeOut(network, stale[:turn]); err != nil {
			return err
		}
		before, stale = now, stale[turn:]
	}
	return nil
}

func (st *Store) takeOut(network string, seqs []uint64) error {
	return st.Update(func(tx store.Tx) error {
		t := tx.(*transaction) // Update makes no other
		for _, seq := range seqs {
			if err := t.takeFromFeed(network, seq); err != nil {
				return err
			}
		}
		return nil
	})
}
