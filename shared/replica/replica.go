// Package replica keeps a copy of the register in one SQLite file: typed tables derived from the schema, full-text
// search, history, and a running checksum per network. The laptop has one, and so has the server, for the office's
// browser. Other packages keep their own tables (outbox, shadows, device) in the same file and the same transactions.
//
// There is one writer and several readers. A transaction is durable when Write returns. Reads see the last committed
// state and never wait for a writer.
package replica

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Options of Open. The zero value is what the product uses.
type Options struct {
	Schema *schema.Schema // nil: schema.Registry
	Clock  clock.Clock    // nil: clock.System
	IDs    *record.Source // of ids drawn on behalf of this replica; nil: the machine's
	// AtCommit, when set, is called on either side of each commit. A test that panics in it leaves the file as a process
	// would that dies there.
	AtCommit func(done bool)
}

// State says how a visible row relates to the server's.
type State uint8

// The states of a visible row.
const (
	Clean    State = 0 // as the server has it
	Pending  State = 1 // with edits of this device that the server has not accepted yet
	Rejected State = 2 // with edits of this device that the server refused
)

func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Rejected:
		return "rejected"
	default:
		return "clean"
	}
}

// Replica is an open file. It is safe for concurrent use.
type Replica struct {
	path     string
	schema   *schema.Schema
	clock    clock.Clock
	ids      *record.Source
	tables   atomic.Pointer[layout]
	atCommit func(done bool)

	write   *writer
	writing sync.Mutex // held for the length of a write transaction
	failed  bool       // the disk failed the last transaction; under writing
	read    *sql.DB
	counts  *countCache
	scored  atomic.Int64 // the day the scores of standings were last seen to be of

	mu          sync.Mutex
	subscribers map[int]func(Change)
	nextSub     int
}

// layout is the tables as they are now. What was built on an earlier one still holds: tables only grow.
func (r *Replica) layout() *layout { return r.tables.Load() }

// Schema is what the tables are derived from: the build's, with the fields that networks of this replica added.
func (r *Replica) Schema() *schema.Schema { return r.schema }

// IDs draws ids for what is made on this replica.
func (r *Replica) IDs() *record.Source { return r.ids }

// Path is the file's.
func (r *Replica) Path() string { return r.path }

// Close waits for a write in progress, folds the write-ahead log into the file and closes it.
func (r *Replica) Close() error {
	return translate(errors.Join(r.read.Close(), r.write.close()))
}

// The kinds of Change.
const (
	ByServer = "server" // the server's state moved on
	ByDevice = "device" // only edits of this device
)

// Change says what a committed transaction touched.
type Change struct {
	Networks map[string][]string // collection names by network code
	Kind     string              // ByServer or ByDevice
}

// Subscribe calls fn after every commit that touched something, in the goroutine that wrote and under no lock: fn may
// read, but it must return soon. Calls of concurrent writers may come in another order than their commits.
func (r *Replica) Subscribe(fn func(Change)) (cancel func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.nextSub
	r.nextSub++
	r.subscribers[id] = fn
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.subscribers, id)
	}
}

func (r *Replica) publish(ch Change) {
	r.mu.Lock()
	fns := make([]func(Change), 0, len(r.subscribers))
	for _, fn := range r.subscribers {
		fns = append(fns, fn)
	}
	r.mu.Unlock()
	for _, fn := range fns {
		fn(ch)
	}
}

// QueryRaw reads other packages' tables in this file, from the read pool. The caller closes the rows.
func (r *Replica) QueryRaw(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := r.read.QueryContext(ctx, query, args...)
	return rows, translate(err)
}

// Author is who stands behind a device number.
type Author struct {
	Number uint32
	Device string // the device's name
	User   string // the person's name
}

// BatchChange is what an import batch did to one record.
type BatchChange struct {
	Key     record.Key
	Created bool
	Changes []record.Change
}

// table finds a collection's table by name.
func (r *Replica) table(collection string) (*table, error) {
	c, err := r.schema.Collection(collection)
	if err != nil {
		return nil, err
	}
	t, ok := r.layout().byNumber[c.Number]
	if !ok {
		return nil, fault.New(fault.UnknownCollection, "collection", collection)
	}
	return t, nil
}
