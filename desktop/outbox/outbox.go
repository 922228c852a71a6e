// Package outbox keeps what a person has edited and the server has not confirmed: mutations in the order they were
// made, and the shadow (the server's last state) of every record they touch. It lives in the replica's own file and
// writes in the replica's own transactions, so that an edit is saved whole or not at all.
//
// A mutation waits, is acked (judged by the server, but its effect has not come back yet), rejected, or done. Done ones
// are kept a while: they are sent again to a server that was restored from an older backup.
package outbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"time"

	"github.com/fxamacker/cbor/v2"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/merge"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// State of a mutation in the outbox.
type State int

// The states; a mutation goes from Waiting to Acked to Done, or to Rejected and from there back to Waiting or to Done.
const (
	Waiting  State = 0
	Acked    State = 1
	Rejected State = 2
	Done     State = 3 // nothing of it is pending: confirmed, discarded or replaced
)

// What SQLite may choose an index by, it prepares a statement anew for, each time it is bound. Statements that run often
// hide that from it: these states are part of their text, and a sign stands before the question mark.
const (
	waiting  = "0"
	acked    = "1"
	rejected = "2"
	done     = "3"
)

// keepDone is how long done mutations are kept, cleanEvery how often those kept longer are looked for: it takes a look at
// all of them.
const (
	keepDone   = 30 * 24 * time.Hour
	cleanEvery = time.Hour
)

const tables = `
CREATE TABLE IF NOT EXISTS outbox (
  n          INTEGER PRIMARY KEY AUTOINCREMENT,
  op         BLOB NOT NULL UNIQUE,
  grp        BLOB,
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  state      INTEGER NOT NULL,
  sent       INTEGER NOT NULL DEFAULT 0, -- the server has confirmed it: worth sending again to a restored server
  seq        INTEGER NOT NULL DEFAULT 0, -- of the ack
  code       TEXT NOT NULL DEFAULT '',
  args       TEXT NOT NULL DEFAULT '',
  at         INTEGER NOT NULL,
  wire       BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_state ON outbox (state, n);
CREATE INDEX IF NOT EXISTS outbox_record ON outbox (id, collection, state);
CREATE TABLE IF NOT EXISTS shadow (
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  seq        INTEGER NOT NULL,
  body       BLOB, -- NULL: the server does not have the record
  PRIMARY KEY (id, collection)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held (
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  body       BLOB NOT NULL,
  PRIMARY KEY (id, collection)
);
CREATE TABLE IF NOT EXISTS ticket (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  ticket BLOB NOT NULL,
  last   BLOB -- the newest op of this replica that the server has judged
);
CREATE TABLE IF NOT EXISTS receipt (
  n         INTEGER PRIMARY KEY,
  network   TEXT NOT NULL,
  at        INTEGER NOT NULL,
  proposals INTEGER NOT NULL,
  arrived   INTEGER NOT NULL,
  kept      INTEGER NOT NULL
);`

// Outbox works on one replica. It is safe for concurrent use.
type Outbox struct {
	rep     *replica.Replica
	schema  *schema.Schema
	cleaned clock.Millis // when done mutations were last looked through; within write transactions
}

// Open makes the outbox's tables in a replica, where they are missing.
func Open(rep *replica.Replica) (*Outbox, error) {
	o := &Outbox{rep: rep, schema: rep.Schema()}
	return o, rep.Write(func(tx *replica.Tx) error {
		_, err := tx.Exec(tables + draftTable + landTable)
		return err
	})
}

// Item is one mutation in the outbox.
type Item struct {
	N        int64
	State    State
	At       clock.Millis
	Mutation record.Mutation
	Reason   *fault.Error // of a rejected one
}

const itemColumns = `n, state, at, code, args, wire`

func (o *Outbox) scan(rows *sql.Rows) ([]Item, error) {
	defer func() { _ = rows.Close() }()
	var out []Item
	for rows.Next() {
		var it Item
		var code, args string
		var wire []byte
		if err := rows.Scan(&it.N, &it.State, &it.At, &code, &args, &wire); err != nil {
			return nil, err
		}
		if err := o.fill(&it, code, args, wire); err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, rows.Err()
}

// fill adds to an item what is encoded in its row.
func (o *Outbox) fill(it *Item, code, args string, wire []byte) (err error) {
	if it.Mutation, err = decode(o.schema, wire); err != nil || it.State != Rejected {
		return err
	}
	it.Reason = &fault.Error{Code: fault.Code(code)}
	if args != "" {
		if err := json.Unmarshal([]byte(args), &it.Reason.Args); err != nil {
			return err
		}
	}
	it.Reason.Field = it.Reason.Args["field"]
	return nil
}

// encode keeps a mutation just as it will be sent: sent again, it must be the same to the byte.
func encode(s *schema.Schema, m record.Mutation) []byte {
	return protocol.Canonical(protocol.FromMutation(s, m))
}

func decode(s *schema.Schema, wire []byte) (record.Mutation, error) {
	var w protocol.Mutation
	if err := cbor.Unmarshal(wire, &w); err != nil {
		return record.Mutation{}, fault.Wrap(err, fault.ReplicaCorrupt)
	}
	return w.Mutation(s)
}

// insert puts a mutation at the end of the queue.
func (o *Outbox) insert(tx *replica.Tx, m record.Mutation) error { return o.insertAt(tx, m, nil) }

// insertFirst puts a mutation before all others.
func (o *Outbox) insertFirst(tx *replica.Tx, m record.Mutation) error {
	var first int64
	if err := tx.QueryRow(`SELECT COALESCE(MIN(n), 1) FROM outbox`).Scan(&first); err != nil {
		return err
	}
	return o.insertAt(tx, m, first-1)
}

func (o *Outbox) insertAt(tx *replica.Tx, m record.Mutation, n any) error {
	var group any
	if m.Group.Size > 0 {
		group = m.Group.ID[:]
	}
	return tx.Run(`INSERT INTO outbox (n, op, grp, network, collection, id, state, at, wire) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		n, m.Op[:], group, m.Key.Network, int64(m.Key.Collection), m.Key.ID[:], int64(Waiting), int64(tx.Now()), encode(o.schema, m))
}

// active lists the mutations of a record that people still see as theirs: not done, not declined by the office, and not merely
// sent again to a restored server, whatever it says to them. While there are any, or any that land on it,
// and only then, the record has a shadow and its row is not clean.
func (o *Outbox) active(tx *replica.Tx, key record.Key) (out []Item, err error) {
	err = tx.Each(`SELECT `+itemColumns+` FROM outbox WHERE id = +? AND collection = +? AND state < ? AND NOT (state IN (?, ?) AND sent = 1) AND code <> '`+declined+`' ORDER BY n`,
		func(row []driver.Value) error {
			it := Item{N: row[0].(int64), State: State(row[1].(int64)), At: clock.Millis(row[2].(int64))}
			err := o.fill(&it, row[3].(string), row[4].(string), row[5].([]byte))
			out = append(out, it)
			return err
		}, key.ID[:], int64(key.Collection), int64(Done), int64(Waiting), int64(Rejected))
	return out, err
}

// shadow is the server's last state of a record; nil when the server does not have it. ok is false when there is no
// shadow: the visible row is the server's.
func (o *Outbox) shadow(tx *replica.Tx, key record.Key) (server *record.Record, ok bool, err error) {
	row, err := tx.Row(`SELECT seq, body FROM shadow WHERE id = ? AND collection = ?`, key.ID[:], int64(key.Collection))
	if err != nil || row == nil {
		return nil, false, err
	}
	seq, body := uint64(row[0].(int64)), row[1]
	if body == nil {
		return nil, true, nil
	}
	c, known := o.schema.CollectionByNumber(key.Collection)
	if !known {
		return nil, false, fault.New(fault.ReplicaNewer)
	}
	server, err = record.DecodeBody(c, key, body.([]byte))
	if err != nil {
		return nil, false, fault.Wrap(err, fault.ReplicaCorrupt)
	}
	server.Seq = seq
	return server, true, nil
}

func (o *Outbox) putShadow(tx *replica.Tx, key record.Key, server *record.Record) error {
	var seq int64
	var body any
	if server != nil {
		c, known := o.schema.CollectionByNumber(key.Collection)
		if !known {
			return fault.New(fault.ReplicaNewer)
		}
		seq, body = int64(server.Seq), record.EncodeBody(c, server)
	}
	return tx.Run(`INSERT INTO shadow (network, collection, id, seq, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id, collection) DO UPDATE SET seq = excluded.seq, body = excluded.body`, key.Network, int64(key.Collection), key.ID[:], seq, body)
}

func dropShadow(tx *replica.Tx, key record.Key) error {
	return tx.Run(`DELETE FROM shadow WHERE id = ? AND collection = ?`, key.ID[:], int64(key.Collection))
}

// fold shows mutations on top of a server state.
func (o *Outbox) fold(key record.Key, server *record.Record, items []Item) (*record.Record, replica.State, error) {
	c, known := o.schema.CollectionByNumber(key.Collection)
	if !known {
		return nil, 0, fault.New(fault.ReplicaNewer)
	}
	live, state := server, replica.Clean
	for _, it := range items {
		live = merge.Rebase(c, live, it.Mutation)
		switch {
		case it.State == Rejected:
			state = replica.Rejected
		case state != replica.Rejected:
			state = replica.Pending
		}
	}
	return live, state, nil
}

// Rebase implements replica.Overlay: the server's new state becomes the shadow, and what is pending stays visible.
func (o *Outbox) Rebase(tx *replica.Tx, server *record.Record) (*record.Record, replica.State, error) {
	items, err := o.shown(tx, server.Key)
	if err != nil {
		return nil, 0, err
	}
	if len(items) == 0 { // what was pending is confirmed by the checkpoint that brings this
		return server, replica.Clean, dropShadow(tx, server.Key)
	}
	if err := o.putShadow(tx, server.Key, server); err != nil {
		return nil, 0, err
	}
	if into, retired := mergedInto(server); retired { // where it is shown instead is written at the checkpoint
		if landed, _, err := o.landingOf(tx, server.Key); err != nil || len(landed) > 0 {
			if err = errors.Join(err, putLanding(tx, server.Key, into)); err != nil {
				return nil, 0, err
			}
		}
	}
	return o.fold(server.Key, server, items)
}

// refresh writes a record's visible row anew, and that of the record on which its edits land.
func (o *Outbox) refresh(tx *replica.Tx, key record.Key) error {
	return errors.Join(o.redraw(tx, key), o.land(tx, key))
}

// redraw writes a record's visible row anew from its shadow and what is still pending on it. A record on which
// nothing is pending any more goes back to the server's state, or away if the server never had it.
func (o *Outbox) redraw(tx *replica.Tx, key record.Key) error {
	server, ok, err := o.shadow(tx, key)
	if err != nil || !ok {
		return err
	}
	return o.redrawOver(tx, key, server)
}

func (o *Outbox) redrawOver(tx *replica.Tx, key record.Key, server *record.Record) error {
	items, err := o.shown(tx, key)
	if err != nil {
		return err
	}
	live, state, err := o.fold(key, server, items)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		if err := dropShadow(tx, key); err != nil {
			return err
		}
	}
	unsure, err := o.unsure(tx, key, server)
	switch {
	case err != nil:
		return err
	case live == nil, unsure && len(items) == 0:
		return tx.Remove(key)
	case server == nil, unsure:
		return tx.PutLive(live, state)
	default:
		return tx.PutServer(server, live, state)
	}
}

// unsure reports whether a shadow is of before its network began to be fetched anew: whether the server has the record still
// is not known until it comes, or until all has come.
func (o *Outbox) unsure(tx *replica.Tx, key record.Key, shadow *record.Record) (bool, error) {
	if shadow == nil {
		return false, nil
	}
	row, _, err := tx.Record(key)
	return row != nil && row.Seq == 0, err
}

// Counts are what the status chip shows.
type Counts struct {
	Waiting  int // to send, or sent and not come back yet
	Rejected int
}

// Counts counts in the durable queue.
func (o *Outbox) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	rows, err := o.rep.QueryRaw(ctx, `SELECT state, COUNT(*) FROM outbox WHERE state < ? GROUP BY state`, Done)
	if err != nil {
		return c, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s State
		var n int
		if err := rows.Scan(&s, &n); err != nil {
			return c, err
		}
		if s == Rejected {
			c.Rejected += n
		} else {
			c.Waiting += n
		}
	}
	return c, rows.Err()
}

// List is everything that is not done, oldest first.
func (o *Outbox) List(ctx context.Context) ([]Item, error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT `+itemColumns+` FROM outbox WHERE state < ? ORDER BY n`, Done)
	if err != nil {
		return nil, err
	}
	return o.scan(rows)
}

// First is what the server refused, and then what waits, so many of each at the most, the oldest first: an import alone may be a
// hundred thousand edits.
func (o *Outbox) First(ctx context.Context, limit int) ([]Item, error) {
	var out []Item
	for _, which := range []string{"state = ?", "state < ?"} { // Rejected is the last before Done
		rows, err := o.rep.QueryRaw(ctx, `SELECT `+itemColumns+` FROM outbox WHERE `+which+` ORDER BY n LIMIT ?`, Rejected, limit)
		if err != nil {
			return nil, err
		}
		items, err := o.scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
	return out, nil
}

// Of is what is not done on one record, oldest first.
func (o *Outbox) Of(ctx context.Context, collection uint16, id record.ID) ([]Item, error) {
	rows, err := o.rep.QueryRaw(ctx, `SELECT `+itemColumns+` FROM outbox WHERE id = ? AND collection = ? AND state < ? ORDER BY n`, id[:], collection, Done)
	if err != nil {
		return nil, err
	}
	return o.scan(rows)
}
