// Package auth knows the people, devices and enrollment codes of a server, signs people in and recognizes devices,
// and keeps an append-only account of who changed them. It lives in tables of its own (auth_…) in the server's
// database, so that the command line can change accounts while the server runs: Changes tells a running server.
package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"io"
	"sync"
	"time"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
)

// Auth is the one door to accounts. It is safe for concurrent use, also by several processes on one database.
type Auth struct {
	store  *store
	clock  clock.Clock
	hasher *hasher
	chance io.Reader // of secrets

	accounts, addresses, codes *limiter // attempts to sign in, by account and by address; to enroll, by address

	opened uint64             // the audit's head when this was opened
	key    ed25519.PrivateKey // signs orders to laptops

	mu       sync.Mutex
	onRevoke []func(deviceID string)
	wake     []chan struct{} // one per reader of Changes
	sights   map[string]*sight
	flushed  time.Time
}

// Option changes how accounts are kept.
type Option func(*Auth)

// WithHashCost makes password hashes at another cost than the usual 64 MiB and two passes: for machines that have
// less, and for tests. Hashes already made keep working.
func WithHashCost(memoryKiB, passes uint32) Option {
	return func(a *Auth) { a.hasher = newHasher(cost{memoryKiB: memoryKiB, passes: passes, threads: 1}) }
}

// WithChance draws secrets and ids from a reader that does not fail, instead of from the machine: for the simulator.
func WithChance(chance io.Reader) Option {
	return func(a *Auth) {
		a.chance = chance
		a.store.chance, a.store.ids = chance, record.NewSource(a.clock, chance)
	}
}

// Open prepares the tables in db, which stays the caller's to close. It fails with fault.ReplicaNewer when the
// tables belong to a newer version.
func Open(db *sql.DB, c clock.Clock, options ...Option) (*Auth, error) {
	a := &Auth{
		store: &store{db: db, clock: c, chance: rand.Reader}, clock: c, chance: rand.Reader, hasher: newHasher(usualCost),
		accounts:  newLimiter(c, 5, 5*time.Minute),
		addresses: newLimiter(c, 20, 15*time.Minute),
		codes:     newLimiter(c, 10, 15*time.Minute),
		sights:    map[string]*sight{},
	}
	for _, set := range options {
		set(a)
	}
	ctx := context.Background()
	err := a.store.migrate(ctx)
	// While another program makes the file a write-ahead one, SQLite says busy without waiting.
	for tries := 0; tries < 20 && fault.Is(err, fault.ServerBusy); tries++ {
		time.Sleep(50 * time.Millisecond)
		err = a.store.migrate(ctx)
	}
	if err != nil {
		return nil, err
	}
	if a.key, err = a.store.signingKey(ctx); err != nil {
		return nil, err
	}
	a.opened, err = a.store.read(ctx).auditHead()
	return a, err
}
