package device

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"
	"github.com/zalando/go-keyring"

	"acopio/shared/fault"
)

// keyringService names Acopio's entries in the operating system's keychain; an entry's user is the data folder.
const keyringService = "acopio"

// PutToken keeps the device's token: in the operating system's keychain where there is one, else in a file that only its
// owner can read. Which one is logged; the token never is.
func PutToken(dir, token string, log zerolog.Logger) error {
	if useKeyring() {
		err := keyring.Set(keyringService, keyOf(dir), token)
		if err == nil {
			_ = os.Remove(filepath.Join(dir, tokenFile)) // of an earlier enrollment
			log.Debug().Msg("the token is in the keychain")
			return nil
		}
		log.Info().Msg("no keychain here: the token is kept in a file that only its owner can read")
	}
	return writeFile(filepath.Join(dir, tokenFile), []byte(token+"\n"))
}

// Token finds the device's token, or fails with fault.NotEnrolled.
func Token(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fault.Wrap(err, fault.DiskReadOnly)
	}
	if useKeyring() {
		if token, err := keyring.Get(keyringService, keyOf(dir)); err == nil {
			return token, nil
		}
	}
	return "", fault.New(fault.NotEnrolled)
}

// useKeyring is off where the environment asks for the file: scripts, and machines whose keychain needs somebody to
// unlock it.
func useKeyring() bool { return os.Getenv("ACOPIO_KEYRING") != "off" }

func keyOf(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
