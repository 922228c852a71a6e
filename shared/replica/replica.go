// Package replica keeps a copy of the register in one SQLite file: typed tables derived from the schema, full-text
// search, history, and a running checksum per network. The laptop has one, and so has the server, for the office's
// browser. Other packages keep their own tables (outbox, shadows, device) in the same file and the same transactions.
package replica

import (
	"context"
	"database/sql"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Options of Open. The zero value is what the product uses.
type Options struct {
	Schema *schema.Schema // nil: schema.Registry
	Clock  clock.Clock    // nil: clock.System
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
type Replica struct{ schema *schema.Schema }

var errTodo = fault.New(fault.Internal)

// Open creates, opens or migrates.
func Open(path string, o Options) (*Replica, error) { return nil, errTodo }

// Close ends it.
func (r *Replica) Close() error { return nil }

// Schema is what the tables are derived from.
func (r *Replica) Schema() *schema.Schema { return r.schema }

// Write runs fn in one durable transaction.
func (r *Replica) Write(fn func(*Tx) error) error { return errTodo }

// Change says what a committed transaction touched.
type Change struct {
	Networks map[string][]string // collection names by network
	Kind     string
}

// Subscribe calls fn after every commit that touched something.
func (r *Replica) Subscribe(fn func(Change)) (cancel func()) { return func() {} }

// Tx is a write transaction.
type Tx struct{}

// NetworkState is where the replica stands in a network's feed.
type NetworkState struct {
	Code     string
	Seq      uint64
	Hash     []byte // log hash at Seq
	Complete bool
	Class    record.Class
	Records  int           // living records, as the server has them
	Sums     record.Digest // of the server's state, without pending edits
}

// Author is who stands behind a device number.
type Author struct {
	Number uint32
	Device string
	User   string
}

// Overlay puts pending edits on top of a new server state.
type Overlay interface {
	Rebase(tx *Tx, server *record.Record) (live *record.Record, state State, err error)
}

func (tx *Tx) Now() clock.Millis                                         { return 0 }
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error)        { return nil, errTodo }
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error)        { return nil, errTodo }
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row               { return nil }
func (tx *Tx) Record(key record.Key) (*record.Record, State, error)      { return nil, 0, errTodo }
func (tx *Tx) PutLive(rec *record.Record, state State) error             { return errTodo }
func (tx *Tx) PutServer(server, live *record.Record, state State) error  { return errTodo }
func (tx *Tx) Remove(key record.Key) error                               { return errTodo }
func (tx *Tx) ApplyRecords(recs []*record.Record, overlay Overlay) error { return errTodo }
func (tx *Tx) AddEntries(entries []record.Entry) error                   { return errTodo }
func (tx *Tx) Network(code string) (NetworkState, error)                 { return NetworkState{}, errTodo }
func (tx *Tx) PutNetwork(n NetworkState) error                           { return errTodo }
func (tx *Tx) DropNetwork(code string) error                             { return errTodo }
func (tx *Tx) ResetNetwork(code string) error                            { return errTodo }
func (tx *Tx) PutAuthors(authors []Author) error                         { return errTodo }
func (tx *Tx) Touch(network, collection string)                          {}
func (tx *Tx) Find(collection uint16, id record.ID) (*record.Record, State, error) {
	return nil, 0, errTodo
}
func (tx *Tx) AddBatchChanges(batch record.ID, key record.Key, created bool, changes []record.Change) error {
	return errTodo
}

// Row is a record as lists show it.
type Row struct {
	Record     *record.Record
	State      State
	Title      string
	UpdatedAt  clock.Millis
	UpdatedBy  string
	InConflict bool
}

// Query selects rows of one collection.
type Query struct {
	Collection    string
	Networks      []string // none: all
	Search        string
	Where         []Condition
	Sort          []Order
	Limit, Offset int
	Deleted       bool
}

// Condition is one filter.
type Condition struct{ Field, Op, Value string }

// Order is one sort key.
type Order struct {
	Field      string
	Descending bool
}

// Result is a page of rows and how many there are in all.
type Result struct {
	Total int
	Rows  []Row
}

// Facet is a value and how many rows have it.
type Facet struct {
	Value string
	Count int
}

// Hit is something FindAnything found.
type Hit struct{ Collection, Network, ID, Title, Detail string }

// BatchChange is what an import batch did to one record.
type BatchChange struct {
	Key     record.Key
	Created bool
	Changes []record.Change
}

// ParseWhere reads field=value, field>=value, field<=value or field!=value.
func ParseWhere(s string) (Condition, error) { return Condition{}, errTodo }

func (r *Replica) Get(ctx context.Context, collection string, id record.ID) (*Row, error) {
	return nil, errTodo
}
func (r *Replica) Query(ctx context.Context, q Query) (Result, error)          { return Result{}, errTodo }
func (r *Replica) Each(ctx context.Context, q Query, fn func(Row) error) error { return errTodo }
func (r *Replica) Facets(ctx context.Context, q Query, field string) ([]Facet, error) {
	return nil, errTodo
}
func (r *Replica) Related(ctx context.Context, collection string, id record.ID) (map[string][]Row, error) {
	return nil, errTodo
}
func (r *Replica) FindAnything(ctx context.Context, text string, networks []string, limit int) ([]Hit, error) {
	return nil, errTodo
}
func (r *Replica) History(ctx context.Context, collection string, id record.ID) ([]record.Entry, error) {
	return nil, errTodo
}
func (r *Replica) HistoryComplete(ctx context.Context, collection string, id record.ID) (bool, error) {
	return false, errTodo
}
func (r *Replica) Networks(ctx context.Context) ([]NetworkState, error) { return nil, errTodo }
func (r *Replica) Recompute(ctx context.Context, network string) (record.Digest, int, error) {
	return record.Digest{}, 0, errTodo
}
func (r *Replica) BatchChanges(ctx context.Context, batch record.ID) ([]BatchChange, error) {
	return nil, errTodo
}
func (r *Replica) Authors(ctx context.Context) (map[uint32]Author, error) { return nil, errTodo }
func (r *Replica) QueryRaw(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return nil, errTodo
}
