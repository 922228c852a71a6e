// Package outbox keeps what a person has edited and the server has not confirmed: mutations in the order they were
// made, and the shadow (the server's last state) of every record they touch. It lives in the replica's own file and
// writes in the replica's own transactions, so that an edit is saved whole or not at all.
//
// A mutation waits, is acked (judged by the server, but its effect has not come back yet), rejected, or done. Done ones
// are kept a while: they are sent again to a server that was restored from an older backup.
package outbox

import (
	"time"

	"github.com/fxamacker/cbor/v2"

	"acopio/shared/clock"
	"acopio/shared/fault"
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
