package device

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// wipeFile says that this computer is being wiped, or was. It is written before anything is deleted and stays afterwards,
// until the computer is enrolled again: what is on it is all that the computer still knows.
const wipeFile = "wiped.json"

// Wiped is the note of an order that was obeyed.
type Wiped struct {
	Order    string       `json:"order"` // its id
	At       clock.Millis `json:"at"`    // when it was given
	AtOnce   bool         `json:"at_once"`
	HandedIn int          `json:"handed_in"` // edits that the office got as proposals
	Done     bool         `json:"done"`      // nothing is left to delete
}

// CheckOrder accepts an order that was signed by the pinned key for this very device, or fails with fault.OrderRefused. An
// order given to a device that was wiped is of no use again: enrolled anew, the computer is another device.
func CheckOrder(s State, signed protocol.SignedOrder) (protocol.Order, error) {
	o, err := signed.Open(s.Key)
	if err != nil {
		return o, err
	}
	if o.Device != s.ID || o.ID.IsZero() {
		return o, fault.Wrap(errors.New("it is for device "+o.Device), fault.OrderRefused)
	}
	return o, nil
}

// BeginWipe notes that everything in the folder is to be deleted: from here on FinishWipe does it, if not now then with the
// next start.
func BeginWipe(dir string, w Wiped) error { return saveWiped(dir, w) }

func saveWiped(dir string, w Wiped) error {
	b, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, wipeFile), b)
}

// LoadWiped finds the note; ok is false when there is none.
func LoadWiped(dir string) (w Wiped, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, wipeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return w, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &w)
	}
	if err != nil {
		return w, false, fault.Wrap(err, fault.DiskReadOnly)
	}
	return w, true, nil
}

// ours are the names of what Acopio keeps in its folder, but for the lock and the log, in which there is nothing of the
// register: nothing else in it is touched. The token goes first: without it the rest is of no use to anybody who would go
// on with it.
var ours = []string{
	tokenFile, ReplicaFile, ReplicaFile + "-wal", ReplicaFile + "-shm", ReplicaFile + "-journal", ReplicaFile + ".damaged-*",
	stateFile, "uploads", ".new-*",
}

// FinishWipe deletes all that Acopio keeps in the folder, but for the note. The files' bytes are not overwritten: a disk
// that is not encrypted may give them back to somebody who looks for them with the right tools.
func FinishWipe(dir string) error {
	w, ok, err := LoadWiped(dir)
	if err != nil || !ok || w.Done {
		return err
	}
	if useKeyring() {
		_ = keyring.Delete(keyringService, keyOf(dir)) // there may be none
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	for _, pattern := range ours {
		for _, e := range entries {
			if match, err := filepath.Match(pattern, e.Name()); err != nil || !match {
				continue
			}
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return fault.Wrap(err, fault.DiskReadOnly)
			}
		}
	}
	w.Done = true
	return saveWiped(dir, w)
}

// ForgetWiped removes the note: the computer is a device again.
func ForgetWiped(dir string) error {
	if err := os.Remove(filepath.Join(dir, wipeFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.DiskReadOnly)
	}
	return nil
}
