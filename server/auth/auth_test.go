package auth

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// cheap makes hashing quick where the hash is not what is tested.
var (
	cheap       = cost{memoryKiB: 64, passes: 1, threads: 1}
	cheapHashes = WithHashCost(cheap.memoryKiB, cheap.passes)
)

const goodPassword = "una clave larga"

// handClock is moved by hand.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newClock() *handClock {
	return &handClock{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
}

func openFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// openTest is an Auth on a fresh file, with its clock and the file's path.
func openTest(t *testing.T) (*Auth, *handClock, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "acopio.db")
	c := newClock()
	return openAt(t, path, c), c, path
}

func openAt(t *testing.T, path string, c *handClock) *Auth {
	t.Helper()
	a, err := Open(openFile(t, path), c, cheapHashes)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func addUser(t *testing.T, a *Auth, email string, role schema.Role, networks ...string) User {
	t.Helper()
	u, err := a.AddUser(t.Context(), CommandLine, NewUser{Email: email, Role: role, Networks: networks, Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func enroll(t *testing.T, a *Auth, email string) Enrolled {
	t.Helper()
	code, _, err := a.DeviceCode(t.Context(), CommandLine, email, 0)
	if err != nil {
		t.Fatal(err)
	}
	e, err := a.Enroll(t.Context(), Enrollment{Code: code, Name: "Portátil", Platform: "linux", Version: "0.1", Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// wants fails unless err carries the code.
func wants(t *testing.T, err error, code fault.Code) *fault.Error {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("error is %v, want %s", err, code)
	}
	return fault.Of(err)
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestOpenAgainKeepsWhatIsThere(t *testing.T) {
	a, c, path := openTest(t)
	ana := addUser(t, a, "ana@demo.example", schema.FieldStaff, "PE")
	b := openAt(t, path, c)
	got := must[User](t)(b.UserByEmail(t.Context(), "ANA@demo.example"))
	if got.ID != ana.ID || len(got.Networks) != 1 || got.Networks[0] != "PE" || !got.Active {
		t.Fatalf("after opening again: %+v", got)
	}
}

func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acopio.db")
	openFile(t, path) // creates nothing yet: the four below race for it
	var wg sync.WaitGroup
	for range 4 {
		db := openFile(t, path)
		wg.Go(func() {
			if _, err := Open(db, newClock(), cheapHashes); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestOpenRefusesNewerTables(t *testing.T) {
	_, c, path := openTest(t)
	db := openFile(t, path)
	if _, err := db.Exec(`INSERT INTO auth_migration (version, at) VALUES (99, 0)`); err != nil {
		t.Fatal(err)
	}
	_, err := Open(db, c, cheapHashes)
	wants(t, err, fault.ReplicaNewer)
}

func TestWriteIgnoresTheEndOfItsContext(t *testing.T) {
	a, _, _ := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := a.store.write(ctx, func(tx *tx) error {
		cancel()
		return tx.note(CommandLine, "test", subjectUser, "1", "", "")
	})
	if err != nil {
		t.Fatal(err)
	}
	if head := must[uint64](t)(a.store.read(t.Context()).auditHead()); head != 1 {
		t.Fatalf("head is %d after one note", head)
	}
}

func TestWriteRollsBackOnPanic(t *testing.T) {
	a, _, _ := openTest(t)
	func() {
		defer func() { _ = recover() }()
		_ = a.store.write(t.Context(), func(tx *tx) error {
			if err := tx.note(CommandLine, "test", subjectUser, "1", "", ""); err != nil {
				t.Error(err)
			}
			panic("stop")
		})
	}()
	if head := must[uint64](t)(a.store.read(t.Context()).auditHead()); head != 0 {
		t.Fatalf("head is %d after a panic", head)
	}
	addUser(t, a, "ana@demo.example", schema.Viewer) // the lock is free again
}

func TestFullDiskIsNamed(t *testing.T) {
	a, _, _ := openTest(t)
	a.store.db.SetMaxOpenConns(1)
	if _, err := a.store.db.Exec(`PRAGMA max_page_count = 1`); err != nil { // SQLite clamps it to the present size
		t.Fatal(err)
	}
	var err error
	for i := 0; i < 200 && err == nil; i++ {
		err = a.store.write(t.Context(), func(tx *tx) error {
			return tx.note(CommandLine, "test", subjectUser, "1", "", string(make([]byte, 4000)))
		})
	}
	wants(t, err, fault.DiskFull)
}
