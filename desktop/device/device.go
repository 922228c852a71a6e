// Package device is the laptop's identity: where its data lives, which server it belongs to, the secret token by which
// that server knows it, and the lock that keeps two programs from opening one replica.
package device

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

// Files in the data folder.
const (
	ReplicaFile = "replica.db"
	lockFile    = "replica.lock"
	stateFile   = "device.json"
	tokenFile   = "token"
)

// DefaultDataDir is ACOPIO_DATA, or the platform's usual folder for programs' data.
func DefaultDataDir() (string, error) {
	if dir := os.Getenv("ACOPIO_DATA"); dir != "" {
		return dir, nil
	}
	base, err := os.UserConfigDir()
	if err != nil {
		return "", fault.Wrap(err, fault.BadUsage, "detail", "--data")
	}
	return filepath.Join(base, "acopio"), nil
}

// Lock holds a data folder for this process; Release gives it back. It fails with fault.ReplicaInUse.
func Lock(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(err, fault.DiskReadOnly)
	}
	l := flock.New(filepath.Join(dir, lockFile))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fault.Wrap(err, fault.DiskReadOnly)
	}
	if !ok {
		return nil, fault.New(fault.ReplicaInUse)
	}
	return func() { _ = l.Unlock() }, nil // the operating system releases it with the process anyway
}

// State is what a device knows about itself, kept in a small file beside the replica so that it outlives a replica that
// is damaged or rebuilt. The token is not in it.
type State struct {
	Server      string       `json:"server"` // base URL; empty: not enrolled
	ID          string       `json:"id"`
	Number      uint32       `json:"number"`
	Name        string       `json:"name"`
	Email       string       `json:"email"`
	UserName    string       `json:"user_name"`
	Role        schema.Role  `json:"role"`
	Epoch       []byte       `json:"epoch"` // of the server the replica was filled from
	Offset      clock.Millis `json:"offset"`
	CA          string       `json:"ca,omitempty"` // PEM of an extra certificate authority
	Revoked     bool         `json:"revoked,omitempty"`
	LastSuccess clock.Millis `json:"last_success,omitempty"`
	LastAttempt clock.Millis `json:"last_attempt,omitempty"`
	LastError   *LastError   `json:"last_error,omitempty"`
	CopyOf      string       `json:"copy_of,omitempty"` // the name of the device that this one was found to be a copy of
	Key         []byte       `json:"key,omitempty"`     // the server's, by which its orders are known; pinned at enrollment
	Parted      bool         `json:"parted,omitempty"`  // revoked, and what it had not sent was handed in
	// The lease: after so many days (0: any number) without contact the register is locked. Contact is when there was
	// contact last, Seen when this computer's clock was looked at last, and Spent how far it went forward in between.
	Lease    int          `json:"lease,omitempty"`
	Contact  clock.Millis `json:"contact,omitempty"`
	Seen     clock.Millis `json:"latest,omitempty"` // under the name it had first
	Spent    clock.Millis `json:"spent,omitempty"`
	Attempts []Attempt    `json:"attempts,omitempty"` // to sync, the last one last
	Examined clock.Millis `json:"examined,omitempty"` // when every row was last held against its checksum
	// Unproven says that the rows were examined, or found to differ, and not all compared with the server's since.
	Unproven bool     `json:"unproven,omitempty"`
	Repairs  []Repair `json:"repairs,omitempty"` // of what differed from the server, the last one last
}

// LastError is why the last attempt to sync failed.
type LastError struct {
	Code fault.Code        `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// Enrolled reports whether the device belongs to a server.
func (s State) Enrolled() bool { return s.Server != "" }

// Load reads the state; a folder without one is a device that is not enrolled.
func Load(dir string) (State, error) {
	var s State
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fault.Wrap(err, fault.ReplicaCorrupt)
	}
	return s, nil
}

// Save writes the state so that a power cut leaves the old one or the new one.
func Save(dir string, s State) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, stateFile), b)
}

// writeFile replaces a file, readable by its owner only, through a temporary one beside it.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return fault.Wrap(err, fault.DiskFull)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	return nil
}
