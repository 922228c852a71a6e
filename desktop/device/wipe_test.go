package device

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/zalando/go-keyring"

	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed))
}

func TestOnlyAnOrderOfTheOfficeForThisComputerIsObeyed(t *testing.T) {
	office := key(1)
	s := State{ID: "mine", Key: office.Public().(ed25519.PublicKey)}
	order := protocol.Order{Device: "mine", ID: record.NewID(), At: 7, AtOnce: true}
	if got, err := CheckOrder(s, order.Sign(office)); err != nil || got != order {
		t.Errorf("%+v %v", got, err)
	}
	other, nameless := order, order
	other.Device, nameless.ID = "another", record.ID{}
	changed := order.Sign(office)
	changed.Order = protocol.Canonical(other)
	for name, c := range map[string]struct {
		state  State
		signed protocol.SignedOrder
	}{
		"for another computer": {s, other.Sign(office)},
		"without an id":        {s, nameless.Sign(office)},
		"another's signature":  {s, order.Sign(key(2))},
		"changed":              {s, changed},
		"no signature":         {s, protocol.SignedOrder{Order: protocol.Canonical(order)}},
		"no key is known":      {State{ID: "mine"}, order.Sign(office)},
		"nothing":              {s, protocol.SignedOrder{}},
	} {
		if _, err := CheckOrder(c.state, c.signed); !fault.Is(err, fault.OrderRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// inhabited is a folder as a laptop leaves it, with somebody else's files in it.
func inhabited(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{
		tokenFile, ReplicaFile, ReplicaFile + "-wal", ReplicaFile + "-shm", ReplicaFile + ".damaged-20260101-000000", ReplicaFile + ".damaged-20260101-000000-wal",
		stateFile, "uploads/1/file.csv", ".new-123", lockFile, "acopio.log", "photo.jpg", "replica.db.txt",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var leftBehind = []string{"acopio.log", "photo.jpg", "replica.db.txt", lockFile, wipeFile}

func TestWiping(t *testing.T) {
	keyring.MockInit()
	t.Setenv("ACOPIO_KEYRING", "")
	dir := inhabited(t)
	if err := keyring.Set(keyringService, keyOf(dir), "secret"); err != nil {
		t.Fatal(err)
	}
	if err := FinishWipe(dir); err != nil { // nothing was ordered
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ReplicaFile)); err != nil {
		t.Fatalf("wiped without an order: %v", err)
	}
	want := Wiped{Order: "o", At: 5, AtOnce: true, HandedIn: 3}
	if err := BeginWipe(dir, want); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := LoadWiped(dir); !ok || err != nil || got != want {
		t.Errorf("%+v %v %v", got, ok, err)
	}
	if err := FinishWipe(dir); err != nil {
		t.Fatal(err)
	}
	only(t, dir, leftBehind...)
	if _, err := Token(dir); !fault.Is(err, fault.NotEnrolled) {
		t.Errorf("the token is still in the keychain: %v", err)
	}
	want.Done = true
	if got, ok, err := LoadWiped(dir); !ok || err != nil || got != want {
		t.Errorf("%+v %v %v", got, ok, err)
	}
	if got, err := Load(dir); err != nil || !reflect.DeepEqual(got, State{}) {
		t.Errorf("%+v %v", got, err)
	}
	// What comes after it, on a computer that is used again, is no business of the old order.
	if err := os.WriteFile(filepath.Join(dir, ReplicaFile), []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := FinishWipe(dir); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "acopio.log", "photo.jpg", ReplicaFile, "replica.db.txt", lockFile, wipeFile)
	for range 2 {
		if err := ForgetWiped(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, err := LoadWiped(dir); ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
}

// The power fails in the middle of it: the next start goes on where it was.
func TestAWipeThatIsInterruptedGoesOn(t *testing.T) {
	t.Setenv("ACOPIO_KEYRING", "off")
	dir := inhabited(t)
	if err := BeginWipe(dir, Wiped{Order: "o"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, tokenFile)); err != nil { // as far as it had come
		t.Fatal(err)
	}
	if err := FinishWipe(dir); err != nil {
		t.Fatal(err)
	}
	only(t, dir, leftBehind...)
}

func TestADamagedNoteIsNoReasonToGoOnWithTheRegister(t *testing.T) {
	dir := inhabited(t)
	if err := os.WriteFile(filepath.Join(dir, wipeFile), []byte(`{"order":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := FinishWipe(dir); err == nil {
		t.Error("it was taken for no order")
	}
}
